/**
 * A network ready to run: the parameters, graph and model that a config describes, for one batch
 * and image size.
 */
#ifndef LIKENESS_NET_NET_H
#define LIKENESS_NET_NET_H

#include "io/safetensors.h"

#include <likeness/config.h>
#include <likeness/image.h>

typedef struct lk_net {
    const lk_context *context;
    lk_image_shape images;
    lk_architecture architecture; /* the config's, fitted to the images */
    lk_arena arena;               /* owns its lists */
    lk_params params;
    lk_graph *graph;
    lk_model model;
} lk_net;

enum { LK_EVALUATION_BATCH = 64 }; /* fixed, so that results do not depend on the config's batch */

/**
 * Build the network of a config and initialize it from the seed.
 *
 * memory  `context` and `config` are borrowed; the caller ends it with lk_net_deinit, also after an
 *         error
 * errors  LK_USAGE: "file:line: place: expected, got", LK_MEMORY
 */
lk_status lk_net_init(lk_net *net, const lk_context *context, const lk_config *config,
                      lk_image_shape images, int batch, int n_shards, bool training, lk_error *err);
void lk_net_deinit(lk_net *net);
/** Whether the network of a config fits the images, for training. It takes no memory for values.
 * Errors: as above. */
lk_status lk_net_check(const lk_context *context, const lk_config *config, lk_image_shape images,
                       lk_error *err);
/** Stored weights: a file, its path for messages, and the prefix of the names of those that are
 * trained. */
typedef struct lk_stored_weights {
    const lk_safetensors *file;
    const char *path, *prefix;
} lk_stored_weights;
/**
 * One part of a model, with its parameters only, for batches of LK_EVALUATION_BATCH and without
 * gradients. It takes no memory unless `weights` has all of them. Errors: as above; LK_FORMAT:
 * which tensor, expected, got
 */
lk_status lk_net_init_part(lk_net *net, const lk_context *context, const lk_config *config,
                           lk_image_shape images, lk_model_part part,
                           const lk_stored_weights *weights, lk_error *err);
/**
 * The encoder or the decoder on the parameters of a whole net, for batches of LK_EVALUATION_BATCH.
 * The caller destroys its graph, model->latent->graph, before the net. It overwrites the memory of
 * the net's graph. Errors: LK_MEMORY.
 */
lk_status lk_net_part(lk_net *net, const lk_config *config, lk_model_part part, lk_model *model,
                      lk_error *err);
/**
 * The values of the node `to` for any number n of values of the input `from`, in evaluation: from
 * images to output it reconstructs, from images to latent it encodes, from latent to output it
 * decodes.
 * shape  in (n, row of `from`), out (n, row of `to`), stored as in the graph
 */
void lk_net_map(lk_node *from, const lk_node *to, const lk_real *in, int n, lk_real *out);

#endif
