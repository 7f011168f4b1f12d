/** How pictures become the input of a model: as the pack that it was trained on was made. */
#ifndef LIKENESS_NET_PREPARATION_H
#define LIKENESS_NET_PREPARATION_H

#include "io/safetensors.h"

#include <likeness/image.h>
#include <likeness/options.h>

enum { LK_CROP_MAX = 1000000 };

/** The size and the channels are those of the model's images. */
typedef struct lk_preparation {
    char source[LK_WORDS_MAX];     /* as lk_pack_meta has it; "": the file does not say */
    int64_t crop;                  /* side of the centre square in pixels; 0: the largest */
    int filter;                    /* lk_filter */
    char background[LK_WORDS_MAX]; /* behind transparent pixels, "#000000" */
    char fingerprint[LK_WORDS_MAX];
} lk_preparation;

/** Its fields, as the JSON object of the metadata likeness.data has them. */
extern const lk_option lk_preparation_options[];

/** The JSON object, on one line. Errors: LK_MEMORY. */
lk_status lk_preparation_print(const lk_preparation *preparation, lk_text *out, lk_error *err);
/** Read that of a model file or checkpoint. Files of versions that did not store it give the
 * defaults. Keys that are unknown are ignored. Errors: LK_FORMAT, LK_MEMORY. */
lk_status lk_preparation_read(const lk_safetensors *file, const char *path,
                              lk_preparation *preparation, lk_error *err);

#endif
