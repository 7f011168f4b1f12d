/** Pictures that a model's decoder makes of codes of its prior, for its scores. */
#ifndef LIKENESS_EVALUATE_SAMPLER_H
#define LIKENESS_EVALUATE_SAMPLER_H

#include "evaluate/prior.h"
#include "net/trained.h"

enum { LK_SAMPLER_SEED = 1 };

typedef struct lk_sampler {
    lk_trained decoder;
    lk_prior prior;
    lk_real *codes; /* a batch, (N, Z) */
} lk_sampler;

/** Whether samples of a model mean something: it has a prior, or the regularizer l2, after which a
 * Gaussian is fitted to its codes. */
bool lk_sampler_fits(const lk_config *config);

/**
 * Open the decoder of a model, which stays open for as long; without a prior, fit a Gaussian to the
 * codes of the training pictures of `pack`. The caller ends it with lk_sampler_close, also after an
 * error.
 * errors  those of lk_trained_open_other and lk_prior_fit
 */
lk_status lk_sampler_open(const lk_trained *model, const lk_context *context, const lk_pack *pack,
                          const lk_stop *stop, lk_sampler *sampler, lk_error *err);
void lk_sampler_close(lk_sampler *sampler);
/** Samples first, first + 1, ... of LK_SAMPLER_SEED; n is at most LK_EVALUATION_BATCH. Shape of
 * out: (n, H, W, C). Errors: those of the graph. */
lk_status lk_sampler_draw(const lk_sampler *sampler, int first, int n, lk_real *out, lk_error *err);

#endif
