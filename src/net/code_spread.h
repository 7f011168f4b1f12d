/** Where the codes of a model lie: mean and standard deviation of each latent over training
 * pictures, in the metadata of model files. */
#ifndef LIKENESS_NET_CODE_SPREAD_H
#define LIKENESS_NET_CODE_SPREAD_H

#include "io/safetensors.h"

#include <likeness/text.h>

/** Each array has a number for each latent. */
typedef struct lk_code_spread {
    int n, latents;    /* n: of pictures; 0: nothing is known */
    double *mean, *sd; /* of the codes; with Gaussian posteriors of their means */
    double *kl; /* of the posteriors from N(0, 1), mean over pictures; NULL: there are none */
} lk_code_spread;

/** One that is to be filled, with zeros. The caller ends it with lk_code_spread_deinit. Errors:
 * LK_MEMORY. */
lk_status lk_code_spread_init(lk_code_spread *spread, int n, int latents, bool has_kl,
                              lk_error *err);
void lk_code_spread_deinit(lk_code_spread *spread);

/** {"n": N, "mean": [...], "sd": [...], "kl": [...]}, with nine digits. */
void lk_code_spread_print(const lk_code_spread *spread, lk_text *out);
/** Read that of a model file. Files without one, of older versions and checkpoints, give n = 0. The
 * caller ends it with lk_code_spread_deinit. Errors: LK_FORMAT, LK_MEMORY. */
lk_status lk_code_spread_read(const lk_safetensors *file, const char *path, int latents,
                              lk_code_spread *spread, lk_error *err);

#endif
