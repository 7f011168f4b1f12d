/**
 * Where the codes of samples come from: the prior that a model was trained with, or a Gaussian
 * fitted to the codes of its training pictures afterwards (Ghosh, Sajjadi, Vergari, Black,
 * Scholkopf, "From Variational to Deterministic Autoencoders", 2020, section 4).
 */
#ifndef LIKENESS_EVALUATE_PRIOR_H
#define LIKENESS_EVALUATE_PRIOR_H

#include <likeness/memory.h>
#include <likeness/model.h>
#include <likeness/pack.h>
#include <likeness/stop.h>

enum { LK_FITTED_LATENTS_MAX = 4096 }; /* the covariance has the square of that */

/** N(0, variance I), or fitted: N(mean, factor factor^T). */
typedef struct lk_prior {
    double variance; /* 0: fitted, or there is none */
    int latents;     /* fitted: Z */
    double *mean;    /* (Z); NULL: not fitted */
    double *factor;  /* (Z, Z), its lower half: the Cholesky factor of the covariance */
    lk_arena arena;
} lk_prior;

/**
 * Fit a Gaussian with a full covariance to the codes of all training pictures of a pack (the means
 * where codes are distributions). Latents that say nothing new, as constant ones, add nothing to
 * the samples.
 *
 * encoder  a model whose graph has images and codes, and runs in evaluation
 * stop     asked after each batch; may be NULL
 * errors   LK_USAGE: too many latents; LK_FORMAT: fewer than two pictures, or a code that is not
 *          finite; LK_MEMORY, those of the graph, or the answer of `stop`. The caller ends it with
 *          lk_prior_deinit, also after an error
 */
lk_status lk_prior_fit(const lk_context *context, const lk_model *encoder, const lk_pack *pack,
                       const lk_stop *stop, lk_prior *prior, lk_error *err);
void lk_prior_deinit(lk_prior *prior);

/** Samples first, first + 1, ... of the prior. Each depends only on the seed and its number. Shape
 * of out: (n, Z) */
void lk_prior_sample(const lk_prior *prior, uint64_t seed, int first, int n, int z, lk_real *out);

#endif
