/* Samples of a prior, and the Gaussian that is fitted where there is none. */
#include "evaluate/prior.h"
#include "base/file.h"
#include "evaluate/frechet.h"
#include "evaluate/spread.h"

#include "base/rng.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* ---- fitting ---- */

/* All codes, as moments. `codes`: a batch, (N, Z) */
static lk_status add_codes(const lk_model *encoder, const lk_pack *pack, const lk_stop *stop,
                           double *codes, lk_moments *moments, lk_error *err) {
    int n_all = lk_pack_count(pack, LK_SPLIT_TRAIN), most = lk_graph_batch(encoder->images->graph);
    lk_status status = LK_OK;
    for (int first = 0; first < n_all && !status; first += most) {
        int n = n_all - first < most ? n_all - first : most;
        size_t n_values = (size_t)n * (size_t)moments->n_values;
        status = lk_spread_encode(encoder, pack, n_all, first, n, err);
        for (size_t i = 0; i < n_values; i++) codes[i] = (double)encoder->latent->value[i];
        lk_moments_add(moments, codes, n);
        if (!status) status = lk_stop_ask(stop, err);
    }
    return status;
}

/* In place, by columns: the lower half of `matrix` becomes its Cholesky factor. A pivot that is
   only a rounding error gives a column of zeros. Returns whether all is finite. */
static bool factorise(double *matrix, size_t n) {
    double largest = 0;
    bool finite = true;
    for (size_t i = 0; i < n; i++) largest = fmax(largest, matrix[i * n + i]);
    for (size_t j = 0; j < n; j++) {
        const double *row_j = matrix + j * n;
        double pivot = row_j[j];
        for (size_t k = 0; k < j; k++) pivot -= row_j[k] * row_j[k];
        finite = finite && isfinite(pivot);
        double root = pivot > (double)n * DBL_EPSILON * largest ? sqrt(pivot) : 0;
        matrix[j * n + j] = root;
        for (size_t i = j + 1; i < n; i++) {
            double *row_i = matrix + i * n, value = row_i[j];
            for (size_t k = 0; k < j; k++) value -= row_i[k] * row_j[k];
            row_i[j] = root > 0 ? value / root : 0;
        }
    }
    return finite;
}

static lk_status reserve(lk_prior *prior, int latents, int batch, double **codes, lk_error *err) {
    size_t n = (size_t)latents, bytes = n * n * sizeof(double);
    *prior = (lk_prior){ .latents = latents };
    lk_arena_init(&prior->arena);
    if (latents > LK_FITTED_LATENTS_MAX)
        return lk_fail(err, LK_USAGE, "expected at most %d latents to fit a Gaussian to, got %d",
                       LK_FITTED_LATENTS_MAX, latents);
    prior->mean = lk_arena_alloc(&prior->arena, n * sizeof(double));
    prior->factor = lk_arena_alloc(&prior->arena, bytes);
    *codes = lk_arena_alloc(&prior->arena, (size_t)batch * n * sizeof(double));
    return prior->mean && prior->factor && *codes ? LK_OK
                                                  : lk_fail_memory(err, bytes, "a fitted Gaussian");
}

lk_status lk_prior_fit(const lk_context *context, const lk_model *encoder, const lk_pack *pack,
                       const lk_stop *stop, lk_prior *prior, lk_error *err) {
    double *codes = NULL;
    lk_moments moments = { 0 };
    lk_status status = reserve(prior, encoder->latent->shape.d[1],
                               lk_graph_batch(encoder->images->graph), &codes, err);
    if (status) return status;
    status = lk_moments_init(&moments, context->threads, prior->latents, err);
    if (!status) status = add_codes(encoder, pack, stop, codes, &moments, err);
    if (!status && moments.n < 2)
        status = lk_fail(err, LK_FORMAT,
                         "expected at least 2 training pictures to fit a Gaussian to, got %zu",
                         moments.n);
    if (!status) {
        lk_moments_covariance(&moments, prior->mean, prior->factor);
        if (!factorise(prior->factor, (size_t)prior->latents))
            status = lk_fail(err, LK_FORMAT, "a code of a training picture is not finite");
    }
    lk_moments_deinit(&moments);
    return status;
}

void lk_prior_deinit(lk_prior *prior) {
    lk_arena_deinit(&prior->arena);
    *prior = (lk_prior){ 0 };
}

/* ---- sampling ---- */

/* In place: mean + factor x, from the last value to the first, as each needs those before it. */
static void transform(const lk_prior *prior, lk_real *x) {
    size_t n = (size_t)prior->latents;
    for (size_t i = n; i-- > 0;) {
        double sum = prior->mean[i];
        for (size_t k = 0; k <= i; k++) sum += prior->factor[i * n + k] * (double)x[k];
        x[i] = LK_R(sum);
    }
}

void lk_prior_sample(const lk_prior *prior, uint64_t seed, int first, int n, int z, lk_real *out) {
    double sigma = prior->mean ? 1 : sqrt(prior->variance);
    for (int i = 0; i < n; i++, out += z) {
        lk_rng rng = lk_rng_at(seed, LK_STREAM_SAMPLE, 0, (uint32_t)(first + i));
        for (int k = 0; k < z; k++) out[k] = LK_R(sigma * lk_rng_normal(&rng));
        if (prior->mean) transform(prior, out);
    }
}
