/*
 * Statistics of codes. Active latents: Burda, Grosse, Salakhutdinov, "Importance Weighted
 * Autoencoders", 2015, section 5.1.2. MMD^2: the unbiased estimate of loss.h over many codes. With
 * Gaussian posteriors, codes drawn from them should follow the prior (the aggregate posterior), not
 * their means.
 *
 * For two sets of n true prior samples the estimate has mean 0. First-order terms cancel under the
 * prior, so its variance is (4 / (n (n-1)) + 4 / n^2) E[k~^2], k~(x, y) = k(x, y) - E_y k - E_x k +
 * E k (Gretton et al. 2012, section 4). The expectation is taken over the pairs of the fixed prior
 * samples: E[k~^2] = E[k^2] - 2 E_x[(E_y k)^2] + (E k)^2.
 */
#include "evaluate/codes.h"
#include "base/rng.h"

#include <cJSON.h>
#include <math.h>

enum { COMPARED_MAX = 2048, VALUES_MAX = 1 << 23, SEED = 0, LANES = 8 };
#define ACTIVE_VARIANCE 0.01

struct lk_code_meter {
    const lk_context *context;
    lk_mmd_options mmd;
    bool has_prior;
    int latents;
    size_t n, n_compared; /* codes so far; codes that are compared */
    /* of each latent: the first code, the sums of differences from it and of their squares */
    double *first, *sum, *squares;
    /* of each latent: the sum, after lk_code_meter_summarise the mean */
    double *kl;
    double *codes, *prior;               /* (n_compared, latents) */
    double *alike, *across;              /* sums of k for each code */
    double prior_alike, prior_deviation; /* sum of k over ordered pairs of prior samples; E[k~^2] */
    bool has_posterior;
    lk_arena arena;
};

/* ---- MMD ---- */

/* |a - b|^2, summed in lanes, so that an addition need not wait for the one before. */
static double distance(const double *a, const double *b, int n) {
    double lanes[LANES] = { 0 }, sum = 0;
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int lane = 0; lane < LANES; lane++)
            lanes[lane] += (a[i + lane] - b[i + lane]) * (a[i + lane] - b[i + lane]);
    for (; i < n; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
    for (int lane = 0; lane < LANES; lane++) sum += lanes[lane];
    return sum;
}

static double kernel(const lk_code_meter *m, const double *a, const double *b) {
    double slope;
    return lk_mmd_kernel_at(&m->mmd, 2 * m->latents * m->mmd.prior_variance,
                            distance(a, b, m->latents), &slope);
}

static const double *row(const lk_code_meter *m, const double *matrix, size_t i) {
    return matrix + i * (size_t)m->latents;
}

/* Prior sample i with all others: the sums of k and of its square. */
static void compare_prior(void *context, int i, int thread) {
    lk_code_meter *m = context;
    double sum = 0, squares = 0;
    (void)thread;
    for (size_t j = 0; j < m->n_compared; j++) {
        double k = j == (size_t)i ? 0 : kernel(m, row(m, m->prior, (size_t)i), row(m, m->prior, j));
        sum += k, squares += k * k;
    }
    m->alike[i] = sum, m->across[i] = squares;
}

static void measure_prior(lk_code_meter *m) {
    double n = (double)m->n_compared, pairs = n * (n - 1), squares = 0, lines = 0;
    lk_threads_run(m->context->threads, (int)m->n_compared, compare_prior, m);
    m->prior_alike = 0;
    for (size_t i = 0; i < m->n_compared; i++) {
        m->prior_alike += m->alike[i];
        squares += m->across[i];
        lines += m->alike[i] * m->alike[i] - m->across[i];
    }
    double mean = m->prior_alike / pairs;
    m->prior_deviation = squares / pairs - 2 * lines / (pairs * (n - 2)) + mean * mean;
}

/* Code i with all later codes, and with all prior samples. */
static void compare_code(void *context, int i, int thread) {
    lk_code_meter *m = context;
    const double *code = row(m, m->codes, (size_t)i);
    double alike = 0, across = 0;
    (void)thread;
    for (size_t j = (size_t)i + 1; j < m->n_compared; j++)
        alike += kernel(m, code, row(m, m->codes, j));
    for (size_t j = 0; j < m->n_compared; j++) across += kernel(m, code, row(m, m->prior, j));
    m->alike[i] = 2 * alike, m->across[i] = across;
}

static double measure_mmd(lk_code_meter *m) {
    double n = (double)m->n_compared, alike = m->prior_alike, across = 0;
    lk_threads_run(m->context->threads, (int)m->n_compared, compare_code, m);
    for (size_t i = 0; i < m->n_compared; i++) alike += m->alike[i], across += m->across[i];
    return alike / (n * (n - 1)) - 2 * across / (n * n);
}

/* ---- the meter ---- */

static void draw_prior(lk_code_meter *m) {
    double sigma = sqrt(m->mmd.prior_variance);
    for (size_t i = 0; i < m->n_compared; i++) {
        lk_rng rng = lk_rng_at(SEED, LK_STREAM_EVAL_PRIOR, UINT32_MAX, (uint32_t)i);
        for (int k = 0; k < m->latents; k++)
            m->prior[i * (size_t)m->latents + (size_t)k] = sigma * lk_rng_normal(&rng);
    }
}

static bool reserve(lk_code_meter *m) {
    double **arrays[] = { &m->first, &m->sum,   &m->squares, &m->kl,
                          &m->codes, &m->prior, &m->alike,   &m->across };
    size_t latents = (size_t)m->latents, matrix = lk_size_mul(m->n_compared, latents);
    const size_t sizes[] = { latents, latents, latents,       latents,
                             matrix,  matrix,  m->n_compared, m->n_compared };
    for (size_t i = 0; i < LK_COUNT(arrays); i++)
        if (!(*arrays[i] = lk_arena_alloc(&m->arena, lk_size_mul(sizes[i], sizeof(double)))))
            return false;
    return true;
}

lk_status lk_code_meter_create(const lk_context *context, const lk_config *config, int n_images,
                               lk_code_meter **out, lk_error *err) {
    lk_code_meter *m = lk_alloc(sizeof *m);
    if (!m) return lk_fail_memory(err, sizeof *m, "statistics of codes");
    const lk_chosen *regularizer = &config->regularizer.chosen;
    m->context = context;
    m->mmd = lk_mmd_options_for(regularizer);
    m->has_prior = lk_prior_variance(regularizer) > 0 && n_images >= 2;
    m->latents = (int)lk_shape_size(lk_config_code(config));
    int most = VALUES_MAX / m->latents < COMPARED_MAX ? VALUES_MAX / m->latents : COMPARED_MAX;
    m->n_compared = !m->has_prior ? 0 : (size_t)(n_images < most ? n_images : most);
    lk_arena_init(&m->arena);
    if (!reserve(m)) {
        size_t n_bytes = 2 * lk_size_mul(m->n_compared, (size_t)m->latents * sizeof(double));
        lk_code_meter_destroy(m);
        return lk_fail_memory(err, n_bytes, "statistics of codes");
    }
    draw_prior(m);
    if (m->has_prior) measure_prior(m);
    *out = m;
    return LK_OK;
}

void lk_code_meter_destroy(lk_code_meter *m) {
    if (!m) return;
    lk_arena_deinit(&m->arena);
    lk_free(m);
}

void lk_code_meter_clear(lk_code_meter *m) {
    m->n = 0;
    for (int k = 0; k < m->latents; k++) m->sum[k] = m->squares[k] = m->kl[k] = 0;
}

double lk_code_kl(double mean, double spread) {
    return (mean * mean + expm1(spread) - spread) / 2;
}

static void add_code(lk_code_meter *m, const lk_real *mu, const lk_real *logvar) {
    lk_rng rng = lk_rng_at(SEED, LK_STREAM_EVAL_NOISE, 0, (uint32_t)m->n);
    double *code = m->n < m->n_compared ? m->codes + m->n * (size_t)m->latents : NULL;
    for (int k = 0; k < m->latents; k++) {
        double mean = (double)mu[k], spread = logvar ? (double)logvar[k] : 0;
        if (m->n == 0) m->first[k] = mean;
        m->sum[k] += mean - m->first[k];
        m->squares[k] += (mean - m->first[k]) * (mean - m->first[k]);
        if (logvar) m->kl[k] += lk_code_kl(mean, spread);
        if (code) code[k] = mean + (logvar ? exp(spread / 2) * lk_rng_normal(&rng) : 0);
    }
    m->n++;
}

void lk_code_meter_add(lk_code_meter *m, const lk_model *model, int n) {
    lk_code_meter_add_codes(m, model->latent->value, model->logvar ? model->logvar->value : NULL,
                            n);
}

void lk_code_meter_add_codes(lk_code_meter *m, const lk_real *mean, const lk_real *logvar, int n) {
    m->has_posterior = logvar != NULL;
    for (int i = 0; i < n; i++) {
        size_t at = (size_t)i * (size_t)m->latents;
        add_code(m, mean + at, logvar ? logvar + at : NULL);
    }
}

void lk_code_meter_summarise(lk_code_meter *m, lk_codes_summary *out) {
    double n = (double)m->n, compared = (double)m->n_compared, nan = (double)NAN;
    *out = (lk_codes_summary){ .n = m->n, .latents = m->latents, .mmd_n = m->n_compared };
    for (int k = 0; k < m->latents; k++) {
        double mean = m->sum[k] / n;
        out->active += m->squares[k] / n - mean * mean > ACTIVE_VARIANCE;
        m->kl[k] /= n;
        out->kl += m->kl[k];
    }
    if (!m->has_posterior) out->kl = nan;
    out->kl_of_latent = m->has_posterior ? m->kl : NULL;
    out->mmd = m->has_prior ? measure_mmd(m) : nan;
    out->mmd_prior = m->has_prior ? 0 : nan;
    out->mmd_prior_sd = m->has_prior && m->n_compared > 2
                            ? sqrt((4 / (compared * (compared - 1)) + 4 / (compared * compared)) *
                                   fmax(m->prior_deviation, 0))
                            : nan;
}

/* ---- JSON ---- */

lk_status lk_codes_json(const lk_codes_summary *codes, cJSON *object, const char *key,
                        lk_error *err) {
    cJSON *json = cJSON_AddObjectToObject(object, key);
    bool whole = lk_json_add_number(json, "n", (double)codes->n) &&
                 lk_json_add_number(json, "latents", codes->latents) &&
                 lk_json_add_number(json, "active", codes->active) &&
                 lk_json_add_number(json, "kl", codes->kl) &&
                 lk_json_add_number(json, "mmd_n", (double)codes->mmd_n) &&
                 lk_json_add_number(json, "mmd", codes->mmd) &&
                 lk_json_add_number(json, "mmd_prior", codes->mmd_prior) &&
                 lk_json_add_number(json, "mmd_prior_sd", codes->mmd_prior_sd);
    if (whole && codes->kl_of_latent)
        whole = lk_json_add(json, "kl_of_latent",
                            cJSON_CreateDoubleArray(codes->kl_of_latent, codes->latents));
    return whole ? LK_OK : lk_json_no_memory(err, key);
}
