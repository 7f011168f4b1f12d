/* Principal components by randomised subspace iteration. The order of every sum depends only on the
   shapes. */
#include "evaluate/pca.h"
#include "base/rng.h"
#include "evaluate/eigen.h"
#include "tensor/gemm.h"

#include <likeness/memory.h>

#include <math.h>
#include <string.h>

enum {
    OVERSAMPLING = 16, /* at least; at least half the number of components, too */
    ITERATIONS_MAX = 8,
    ENOUGH = 8,   /* pictures for each direction of the basis, in the first part */
    BLOCK = 256,  /* pictures a task projects at a time */
    SLICE = 512,  /* values a task sums over all pictures */
    STRIP = 256,  /* pictures in one product of such a sum */
    BUNDLE = 16,  /* directions made orthogonal together */
    TRIES_MAX = 8 /* random directions to try instead of one that vanished */
};
/* Iteration ends when the captured variance grows by less than this share of the rest: for all
   pictures, for a part of them. */
#define SETTLED      2e-3
#define SETTLED_PART 1e-2

struct fit {
    lk_threads *threads;
    const lk_stop *stop;
    const uint8_t *rows;
    size_t n_rows; /* those in use now */
    int n_values, n_basis, n_components, n_iterations;
    uint64_t seed;
    lk_real *mean;  /* (n_values) */
    lk_real *basis; /* (n_basis, n_values) */
    lk_real *codes; /* (n_rows, n_basis) */
    double *energy; /* a sum of squares for each task */
    /* (n_basis, n_basis): the codes' second moments, then their eigenvectors */
    double *moments;
    double *values;        /* (n_basis): their eigenvalues */
    lk_real *scratch;      /* for each thread */
    size_t scratch_values; /* of one thread */
};

static int n_parts(size_t n, int size) {
    return (int)((n + (size_t)size - 1) / (size_t)size);
}

static int part(size_t n, int size, int index) {
    size_t left = n - (size_t)index * (size_t)size;
    return left < (size_t)size ? (int)left : size;
}

static double sum(const double *values, int n) {
    double total = 0;
    for (int i = 0; i < n; i++) total += values[i];
    return total;
}

/* out (n_rows, n) = pictures from `first` on, values from `column` on, minus the mean */
static void centre(const struct fit *fit, size_t first, int n_rows, int column, int n,
                   lk_real *restrict out) {
    const lk_real *mean = fit->mean + column;
    for (int r = 0; r < n_rows; r++, out += n) {
        const uint8_t *row = fit->rows + (first + (size_t)r) * (size_t)fit->n_values + column;
        for (int c = 0; c < n; c++) out[c] = LK_R(row[c]) * (1 / LK_R(255)) - mean[c];
    }
}

/* The mean of a slice of values, and its share of the sum of squares around the mean. Both are
   computed from whole numbers and so are exact. */
static void average_slice(void *context, int index, int thread) {
    struct fit *fit = context;
    (void)thread;
    uint64_t sums[SLICE] = { 0 }, squares = 0;
    const int n = part((size_t)fit->n_values, SLICE, index);
    const uint8_t *row = fit->rows + (size_t)index * SLICE;
    for (size_t r = 0; r < fit->n_rows; r++, row += fit->n_values)
        for (int c = 0; c < n; c++) {
            sums[c] += row[c];
            squares += (uint64_t)row[c] * row[c];
        }
    double energy = (double)squares;
    for (int c = 0; c < n; c++) {
        double mean = (double)sums[c] / (double)fit->n_rows;
        fit->mean[(size_t)index * SLICE + (size_t)c] = (lk_real)(mean / 255);
        energy -= (double)sums[c] * mean;
    }
    fit->energy[index] = energy / (255.0 * 255.0);
}

/* codes = centred pictures * basis^T, of one block */
static void project_block(void *context, int index, int thread) {
    struct fit *fit = context;
    const size_t first = (size_t)index * BLOCK;
    const int n = part(fit->n_rows, BLOCK, index), n_values = fit->n_values, n_basis = fit->n_basis;
    lk_real *block = fit->scratch + (size_t)thread * fit->scratch_values,
            *codes = fit->codes + first * (size_t)n_basis;
    centre(fit, first, n, 0, n_values, block);
    lk_gemm(false, true, n, n_basis, n_values, 1, block, n_values, fit->basis, n_values, 0, codes,
            n_basis);
}

/* basis = codes^T * centred pictures, of one slice of values */
static void expand_slice(void *context, int index, int thread) {
    struct fit *fit = context;
    const int column = index * SLICE, n = part((size_t)fit->n_values, SLICE, index),
              n_basis = fit->n_basis;
    lk_real *strip = fit->scratch + (size_t)thread * fit->scratch_values;
    for (size_t first = 0; first < fit->n_rows; first += STRIP) {
        int n_rows = fit->n_rows - first < STRIP ? (int)(fit->n_rows - first) : STRIP;
        centre(fit, first, n_rows, column, n, strip);
        lk_gemm(true, false, n_basis, n, n_rows, 1, fit->codes + first * (size_t)n_basis, n_basis,
                strip, n, first ? 1 : 0, fit->basis + column, fit->n_values);
    }
}

static lk_real *direction(const struct fit *fit, int index) {
    return fit->basis + (size_t)index * (size_t)fit->n_values;
}

static void randomise(struct fit *fit, int index, int attempt) {
    lk_rng rng = lk_rng_at(fit->seed, LK_STREAM_BASELINE, (uint32_t)attempt, (uint32_t)index);
    for (int i = 0; i < fit->n_values; i++) direction(fit, index)[i] = (lk_real)lk_rng_normal(&rng);
}

/* Scale to length 1; zero stays zero. Returns the length before. */
static double normalise(lk_real *v, int n) {
    double squares = 0;
    for (int i = 0; i < n; i++) squares += (double)v[i] * (double)v[i];
    const double length = sqrt(squares);
    for (int i = 0; i < n && length > 0; i++) v[i] = (lk_real)((double)v[i] / length);
    return length;
}

/* Make the n directions from `first` on orthogonal to the directions [from, to). Done twice,
   because the first pass leaves rounding errors. */
static void take_out(struct fit *fit, int first, int n, int from, int to) {
    const int n_values = fit->n_values, n_out = to - from;
    lk_real *v = direction(fit, first), *out = direction(fit, from), *along = fit->scratch;
    for (int pass = 0; pass < 2 && n_out > 0; pass++) {
        lk_gemm(false, true, n, n_out, n_values, 1, v, n_values, out, n_values, 0, along, n_out);
        lk_gemm(false, false, n, n_values, n_out, -1, along, n_out, out, n_values, 1, v, n_values);
    }
}

/* Gram-Schmidt in bundles, because one large product is faster than many small ones. If the
   pictures span fewer directions than the basis has, only rounding errors remain of a direction;
   then a random one is as good. */
static void orthonormalise(struct fit *fit) {
    for (int i = 0; i < fit->n_basis; i++) normalise(direction(fit, i), fit->n_values);
    for (int i = 0, bundle = 0; i < fit->n_basis; i++) {
        if (i % BUNDLE == 0) {
            bundle = i;
            take_out(fit, bundle, part((size_t)fit->n_basis, BUNDLE, i / BUNDLE), 0, bundle);
        }
        take_out(fit, i, 1, bundle, i);
        for (int attempt = 1;
             normalise(direction(fit, i), fit->n_values) < 1e-5 && attempt <= TRIES_MAX;
             attempt++) {
            randomise(fit, i, attempt);
            normalise(direction(fit, i), fit->n_values);
            take_out(fit, i, 1, 0, i);
        }
    }
}

/* moments = codes^T codes, in double over strips */
static void multiply_codes(struct fit *fit) {
    const int n = fit->n_basis;
    const size_t n_moments = (size_t)n * (size_t)n;
    memset(fit->moments, 0, n_moments * sizeof *fit->moments);
    for (size_t first = 0; first < fit->n_rows; first += STRIP) {
        int n_rows = fit->n_rows - first < STRIP ? (int)(fit->n_rows - first) : STRIP;
        const lk_real *codes = fit->codes + first * (size_t)n;
        lk_gemm(true, false, n, n, n_rows, 1, codes, n, codes, n, 0, fit->scratch, n);
        for (size_t i = 0; i < n_moments; i++) fit->moments[i] += (double)fit->scratch[i];
    }
}

/* Rayleigh-Ritz: within the basis the best directions are the eigenvectors of the codes' second
   moments. *captured: the variance along the directions that are kept. */
static lk_status measure(struct fit *fit, double *captured, lk_error *err) {
    lk_threads_run(fit->threads, n_parts(fit->n_rows, BLOCK), project_block, fit);
    multiply_codes(fit);
    lk_status status = lk_eigen_symmetric(fit->moments, fit->n_basis, fit->values, err);
    if (!status) *captured = sum(fit->values, fit->n_components);
    return status ? status : lk_stop_ask(fit->stop, err);
}

/* Iterate over the first n_rows pictures, whose sum of squares is `total`, until little changes. */
static lk_status settle(struct fit *fit, size_t n_rows, double total, double settled,
                        lk_error *err) {
    double before = 0, captured = 0;
    fit->n_rows = n_rows;
    lk_status status = measure(fit, &captured, err);
    for (int i = 0; i < ITERATIONS_MAX && !status; i++) {
        before = captured;
        lk_threads_run(fit->threads, n_parts((size_t)fit->n_values, SLICE), expand_slice, fit);
        status = lk_stop_ask(fit->stop, err);
        if (status) break;
        orthonormalise(fit);
        status = measure(fit, &captured, err);
        fit->n_iterations++;
        if (captured - before <= settled * (total - captured)) break;
    }
    return status;
}

/* Start from random directions and iterate over a few of the pictures, then over four times as
   many, and so on up to all. */
static lk_status iterate(struct fit *fit, double total, lk_error *err) {
    const size_t n_rows = fit->n_rows;
    int halvings = 0;
    lk_status status = LK_OK;
    for (int i = 0; i < fit->n_basis; i++) randomise(fit, i, 0);
    orthonormalise(fit);
    while (n_rows >> (halvings + 2) >= ENOUGH * (size_t)fit->n_basis) halvings += 2;
    for (; halvings >= 0 && !status; halvings -= 2) {
        size_t n = n_rows >> halvings;
        status = settle(fit, n, total * (double)n / (double)n_rows,
                        halvings ? SETTLED_PART : SETTLED, err);
    }
    return status;
}

static void choose_components(struct fit *fit, lk_pca *pca) {
    lk_real *rotation = fit->scratch;
    for (int i = 0; i < pca->n_components; i++)
        pca->variance[i] = fit->values[i] > 0 ? fit->values[i] / (double)fit->n_rows : 0;
    for (size_t i = 0; i < (size_t)pca->n_components * (size_t)fit->n_basis; i++)
        rotation[i] = (lk_real)fit->moments[i];
    lk_gemm(false, false, pca->n_components, fit->n_values, fit->n_basis, 1, rotation, fit->n_basis,
            fit->basis, fit->n_values, 0, pca->components, fit->n_values);
}

static size_t largest(size_t a, size_t b) {
    return a > b ? a : b;
}

static lk_status fit_init(struct fit *fit, lk_arena *arena, lk_error *err) {
    const size_t n_values = (size_t)fit->n_values, n_basis = (size_t)fit->n_basis;
    fit->scratch_values =
        largest(largest(BLOCK * n_values, (size_t)STRIP * SLICE), n_basis * n_basis);
    const size_t n_scratch =
        lk_size_mul((size_t)lk_threads_count(fit->threads), fit->scratch_values);
    fit->basis = lk_arena_alloc(arena, lk_size_mul(n_basis * n_values, sizeof(lk_real)));
    fit->codes =
        lk_arena_alloc(arena, lk_size_mul(lk_size_mul(fit->n_rows, n_basis), sizeof(lk_real)));
    fit->scratch = lk_arena_alloc(arena, lk_size_mul(n_scratch, sizeof(lk_real)));
    fit->energy =
        lk_arena_alloc(arena, lk_size_mul((size_t)n_parts(n_values, SLICE), sizeof(double)));
    fit->moments = lk_arena_alloc(arena, lk_size_mul(n_basis * n_basis, sizeof(double)));
    fit->values = lk_arena_alloc(arena, lk_size_mul(n_basis, sizeof(double)));
    if (fit->basis && fit->codes && fit->scratch && fit->energy && fit->moments && fit->values)
        return LK_OK;
    return lk_fail_memory(
        err, lk_size_mul(n_scratch + n_basis * (n_values + fit->n_rows), sizeof(lk_real)),
        "the principal components");
}

static lk_status pca_init(lk_pca *pca, int n_values, int n_components, lk_error *err) {
    const size_t n = (size_t)n_values, k = (size_t)n_components;
    *pca = (lk_pca){ .n_values = n_values, .n_components = n_components };
    pca->mean = lk_alloc(n * sizeof(lk_real));
    pca->components = lk_alloc(lk_size_mul(k * n, sizeof(lk_real)));
    pca->variance = lk_alloc(k * sizeof(double));
    if (pca->mean && pca->components && pca->variance) return LK_OK;
    return lk_fail_memory(err, lk_size_mul((k + 1) * n, sizeof(lk_real)),
                          "the principal components");
}

static lk_status check_shape(const lk_pca_options *options, size_t n_rows, int n_values,
                             lk_error *err) {
    size_t most = n_rows < (size_t)n_values ? n_rows : (size_t)n_values;
    if (options->n_components >= 1 && (size_t)options->n_components <= most) return LK_OK;
    return lk_fail(err, LK_USAGE,
                   "principal components: expected 1 to %zu for %zu pictures of %d values, got %d",
                   most, n_rows, n_values, options->n_components);
}

lk_status lk_pca_fit(const lk_context *context, const lk_pca_options *options, const uint8_t *rows,
                     size_t n_rows, int n_values, lk_pca *pca, lk_error *err) {
    lk_status status = check_shape(options, n_rows, n_values, err);
    if (status) return status;
    lk_pca result = { 0 };
    lk_arena arena;
    lk_arena_init(&arena);
    struct fit fit = { .threads = context->threads,
                       .stop = options->stop,
                       .rows = rows,
                       .n_rows = n_rows,
                       .n_values = n_values,
                       .n_components = options->n_components,
                       .seed = options->seed };
    int more = options->n_components / 2 > OVERSAMPLING ? options->n_components / 2 : OVERSAMPLING;
    fit.n_basis = n_values - more < options->n_components ? n_values : options->n_components + more;
    status = pca_init(&result, n_values, options->n_components, err);
    if (!status) status = fit_init(&fit, &arena, err);
    if (status) goto done;
    fit.mean = result.mean;
    int n_slices = n_parts((size_t)n_values, SLICE);
    lk_threads_run(fit.threads, n_slices, average_slice, &fit);
    double total = sum(fit.energy, n_slices);
    result.total_variance = total / (double)n_rows;
    status = iterate(&fit, total, err);
    if (status) goto done;
    choose_components(&fit, &result);
    result.n_iterations = fit.n_iterations;
    *pca = result;
    result = (lk_pca){ 0 };
done:
    lk_pca_deinit(&result);
    lk_arena_deinit(&arena);
    return status;
}

void lk_pca_deinit(lk_pca *pca) {
    lk_free(pca->mean);
    lk_free(pca->components);
    lk_free(pca->variance);
    *pca = (lk_pca){ 0 };
}

struct reconstruction {
    const lk_pca *pca;
    const lk_real *images;
    int n;
    lk_real *out, *codes; /* codes: (BLOCK, n_components) for each thread */
};

static void reconstruct_block(void *context, int index, int thread) {
    const struct reconstruction *job = context;
    const lk_pca *pca = job->pca;
    const int n = part((size_t)job->n, BLOCK, index), n_values = pca->n_values,
              k = pca->n_components;
    const size_t first = (size_t)index * BLOCK * (size_t)n_values;
    const lk_real *images = job->images + first;
    lk_real *out = job->out + first, *codes = job->codes + (size_t)thread * BLOCK * (size_t)k;
    for (int r = 0; r < n; r++)
        for (size_t i = 0, at = (size_t)r * (size_t)n_values; i < (size_t)n_values; i++)
            out[at + i] = images[at + i] - pca->mean[i];
    lk_gemm(false, true, n, k, n_values, 1, out, n_values, pca->components, n_values, 0, codes, k);
    for (int r = 0; r < n; r++)
        memcpy(out + (size_t)r * (size_t)n_values, pca->mean, (size_t)n_values * sizeof *out);
    lk_gemm(false, false, n, n_values, k, 1, codes, k, pca->components, n_values, 1, out, n_values);
}

lk_status lk_pca_reconstruct(const lk_context *context, const lk_pca *pca, const lk_real *images,
                             int n, lk_real *out, lk_error *err) {
    size_t n_codes =
        lk_size_mul((size_t)lk_threads_count(context->threads) * BLOCK, (size_t)pca->n_components);
    lk_real *codes = lk_alloc(lk_size_mul(n_codes, sizeof *codes));
    if (!codes)
        return lk_fail_memory(err, lk_size_mul(n_codes, sizeof *codes), "the principal components");
    struct reconstruction job = {
        .pca = pca, .images = images, .n = n, .out = out, .codes = codes
    };
    lk_threads_run(context->threads, n_parts((size_t)n, BLOCK), reconstruct_block, &job);
    lk_free(codes);
    return LK_OK;
}
