/** Starting a run from the weights in a file. */
#ifndef LIKENESS_TRAIN_ORIGIN_H
#define LIKENESS_TRAIN_ORIGIN_H

#include "net/net.h"

#include <likeness/evaluate.h>
#include <likeness/json.h>

typedef struct lk_origin_request {
    const char *path;
    bool partial;        /* the file may lack tensors, have them in another shape, or have more */
    bool may_be_partial; /* the command has --init-partial, for the message */
} lk_origin_request;
/**
 * Load weights and statistics into the net from a Likeness model (a run's folder too), a checkpoint
 * (its averaged weights if it has any), or a PyTorch state_dict in safetensors. Its names and
 * shapes must be those of the net. With `partial`, tensors that it lacks or that have another shape
 * keep the values they have, and others in it are ignored; the log lists both. Fills in *out.
 * errors  LK_READ; LK_FORMAT: which tensors are missing, have another shape, or are not of the
 *         model; a value that is not finite; LK_MEMORY
 */
lk_status lk_origin_load(const lk_net *net, const lk_origin_request *request, lk_origin *out,
                         lk_error *err);
/** Fails if a run that has this origin cannot have been started from the file at `path`. A file
 * that is gone is no reason. Errors: LK_USAGE. */
lk_status lk_origin_check(const lk_origin *origin, const char *path, lk_error *err);

/** The origin as a JSON object, without line breaks. Errors: LK_MEMORY. */
lk_status lk_origin_print(const lk_origin *origin, lk_text *out, lk_error *err);
/** The reverse, of metadata called `name`. Errors: LK_FORMAT, LK_MEMORY. */
lk_status lk_origin_parse(const char *text, const char *name, lk_origin *out, lk_error *err);

#endif
