/*
 * The distance between Gaussians. With S1 = A^T A, where the rows of A are the eigenvectors of S1
 * times the roots of their eigenvalues, A S2 A^T is symmetric and has the eigenvalues of S1 S2 that
 * are not 0; the trace of (S1 S2)^(1/2) is the sum of their roots.
 */
#include "evaluate/frechet.h"
#include "evaluate/eigen.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { ROWS = 8 }; /* of a matrix, in one task */

static int n_tasks(int n_rows) {
    return (n_rows + ROWS - 1) / ROWS;
}

static int end_of(int index, int n_rows) {
    return (index + 1) * ROWS < n_rows ? (index + 1) * ROWS : n_rows;
}

/* ---- moments ---- */

lk_status lk_moments_init(lk_moments *m, lk_threads *threads, int n_values, lk_error *err) {
    size_t n = (size_t)n_values, matrix = lk_size_mul(lk_size_mul(n, n), sizeof(double));
    *m = (lk_moments){ .threads = threads, .n_values = n_values };
    lk_arena_init(&m->arena);
    m->first = lk_arena_alloc(&m->arena, n * sizeof(double));
    m->sum = lk_arena_alloc(&m->arena, n * sizeof(double));
    m->products = lk_arena_alloc(&m->arena, matrix);
    return m->first && m->sum && m->products ? LK_OK
                                             : lk_fail_memory(err, matrix, "moments of features");
}

void lk_moments_deinit(lk_moments *m) {
    lk_arena_deinit(&m->arena);
}

struct vectors {
    lk_moments *moments;
    const double *values;
    int n;
};

/* A few rows of the products, over the vectors in their order. */
static void add_products(void *context, int index, int thread) {
    const struct vectors *job = context;
    const int d = job->moments->n_values;
    (void)thread;
    for (int i = index * ROWS; i < end_of(index, d); i++) {
        double *restrict row = job->moments->products + (size_t)i * (size_t)d;
        for (int v = 0; v < job->n; v++) {
            const double *x = job->values + (size_t)v * (size_t)d, by = x[i];
            for (int j = i; j < d; j++) row[j] += by * x[j];
        }
    }
}

void lk_moments_add(lk_moments *m, double *vectors, int n) {
    const size_t d = (size_t)m->n_values;
    if (n < 1) return;
    if (m->n == 0) memcpy(m->first, vectors, d * sizeof *vectors);
    for (size_t v = 0; v < (size_t)n; v++)
        for (size_t i = 0; i < d; i++) {
            vectors[v * d + i] -= m->first[i];
            m->sum[i] += vectors[v * d + i];
        }
    struct vectors job = { m, vectors, n };
    lk_threads_run(m->threads, n_tasks(m->n_values), add_products, &job);
    m->n += (size_t)n;
}

/* All of the covariance; returns its trace. */
static double covariance(const lk_moments *m, double *out) {
    const size_t d = (size_t)m->n_values;
    const double n = (double)m->n;
    double trace = 0;
    for (size_t i = 0; i < d; i++) {
        for (size_t j = i; j < d; j++)
            out[i * d + j] = out[j * d + i] =
                (m->products[i * d + j] - m->sum[i] * m->sum[j] / n) / (n - 1);
        trace += out[i * d + i];
    }
    return trace;
}

void lk_moments_covariance(const lk_moments *m, double *mean, double *out) {
    for (size_t i = 0; i < (size_t)m->n_values; i++)
        mean[i] = m->first[i] + m->sum[i] / (double)m->n;
    covariance(m, out);
}

/* |m1 - m2|^2 */
static double between_means(const lk_moments *a, const lk_moments *b) {
    double sum = 0;
    for (int i = 0; i < a->n_values; i++) {
        double d = a->first[i] - b->first[i] + a->sum[i] / (double)a->n - b->sum[i] / (double)b->n;
        sum += d * d;
    }
    return sum;
}

/* ---- matrices ---- */

/* out (n, n_columns) = a (n, n_inner) b (n_inner, n_columns) */
struct product {
    const double *a, *b;
    double *out;
    int n, n_inner, n_columns;
};

static void multiply_rows(void *context, int index, int thread) {
    const struct product *p = context;
    const size_t inner = (size_t)p->n_inner, columns = (size_t)p->n_columns;
    (void)thread;
    for (int i = index * ROWS; i < end_of(index, p->n); i++) {
        double *restrict out = p->out + (size_t)i * columns;
        memset(out, 0, columns * sizeof *out);
        for (size_t k = 0; k < inner; k++) {
            const double by = p->a[(size_t)i * inner + k], *restrict row = p->b + k * columns;
            for (size_t j = 0; j < columns; j++) out[j] += by * row[j];
        }
    }
}

static void multiply(lk_threads *threads, struct product product) {
    lk_threads_run(threads, n_tasks(product.n), multiply_rows, &product);
}

static void transpose(const double *matrix, int n_rows, int n_columns, double *out) {
    for (size_t i = 0; i < (size_t)n_rows; i++)
        for (size_t j = 0; j < (size_t)n_columns; j++)
            out[j * (size_t)n_rows + i] = matrix[i * (size_t)n_columns + j];
}

/* How many of n eigenvalues, in descending order, are more than rounding errors. */
static int rank_of(const double *values, int n) {
    const double least = n * DBL_EPSILON * values[0];
    int rank = 0;
    while (rank < n && values[rank] > least) rank++;
    return rank;
}

/* ---- the distance ---- */

struct work {
    lk_threads *threads;
    int n;
    double *first, *second, *third; /* (n, n): the covariances, and room */
    double *values;                 /* (n) */
    lk_arena arena;
};

static lk_status reserve(struct work *w, lk_error *err) {
    const size_t n = (size_t)w->n, matrix = lk_size_mul(n * n, sizeof(double));
    w->first = lk_arena_alloc(&w->arena, matrix);
    w->second = lk_arena_alloc(&w->arena, matrix);
    w->third = lk_arena_alloc(&w->arena, matrix);
    w->values = lk_arena_alloc(&w->arena, n * sizeof(double));
    return w->first && w->second && w->third && w->values
               ? LK_OK
               : lk_fail_memory(err, lk_size_mul(3, matrix), "the distance of features");
}

/* A S2 A^T, of `rank` rows, into the third matrix; the two covariances are overwritten. */
static void multiply_covariances(struct work *w, int rank) {
    const int n = w->n;
    for (int i = 0; i < rank; i++)
        for (int j = 0; j < n; j++)
            w->first[(size_t)i * (size_t)n + (size_t)j] *= sqrt(w->values[i]);
    multiply(w->threads, (struct product){ w->first, w->second, w->third, rank, n, n });
    transpose(w->first, rank, n, w->second);
    memcpy(w->first, w->third, (size_t)rank * (size_t)n * sizeof *w->first);
    multiply(w->threads, (struct product){ w->first, w->second, w->third, rank, n, rank });
}

/* The trace of (S1 S2)^(1/2). */
static lk_status trace_of_root(struct work *w, double *trace, lk_error *err) {
    *trace = 0;
    lk_status status = lk_eigen_symmetric(w->first, w->n, w->values, err);
    int rank = status ? 0 : rank_of(w->values, w->n);
    if (!rank) return status;
    multiply_covariances(w, rank);
    status = lk_eigen_symmetric(w->third, rank, w->values, err);
    for (int i = 0, n = status ? 0 : rank_of(w->values, rank); i < n; i++)
        *trace += sqrt(w->values[i]);
    return status;
}

lk_status lk_frechet(const lk_moments *a, const lk_moments *b, double *distance, lk_error *err) {
    struct work w = { .threads = a->threads, .n = a->n_values };
    *distance = (double)NAN;
    if (a->n < 2 || b->n < 2) return LK_OK;
    lk_arena_init(&w.arena);
    lk_status status = reserve(&w, err);
    if (status) goto done;
    const double apart = between_means(a, b) + covariance(a, w.first) + covariance(b, w.second);
    double root = 0;
    if (!isfinite(apart)) goto done;
    status = trace_of_root(&w, &root, err);
    if (!status) *distance = fmax(apart - 2 * root, 0);
done:
    lk_arena_deinit(&w.arena);
    return status;
}
