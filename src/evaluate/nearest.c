/* The nearest training picture, by matrix products over blocks of pictures. */
#include "evaluate/nearest.h"
#include "tensor/gemm.h"

#include <likeness/memory.h>

#include <math.h>
#include <string.h>

enum {
    ROWS = 256,             /* pictures on either side of a product, fewer if they are large */
    BLOCK_VALUES = 1 << 22, /* numbers on either side, about */
    CHUNK = 4096,           /* training pictures of one task */
    CANDIDATES = 4,         /* of each picture and chunk, to be compared in double */
    TASKS_AT_ONCE = 64      /* between two questions whether to stop */
};

/* A training picture, and its approximate squared distance without the picture's own square. */
struct candidate {
    float distance;
    int32_t index;
};

struct search {
    const lk_pack *pack;
    const lk_real *pictures;
    int n, n_values, n_train, n_rows; /* n_rows: on either side of a product */
    int n_chunks, first_task;
    struct candidate *best; /* (n_chunks, n, CANDIDATES) */
    lk_neighbour *out;
    lk_real *scratch; /* for each thread */
    size_t scratch_values;
};

static int smaller(int a, int b) {
    return a < b ? a : b;
}

static lk_real clip(lk_real v) {
    return v > 0 ? v < 1 ? v : 1 : 0;
}

/* Pictures around 1/2: smaller numbers, smaller errors. */
static void centre_queries(const struct search *s, int first, int n, lk_real *out) {
    const lk_real *from = s->pictures + (size_t)first * (size_t)s->n_values;
    for (size_t i = 0, n_all = (size_t)n * (size_t)s->n_values; i < n_all; i++)
        out[i] = clip(from[i]) - LK_R(0.5);
}

/* The same of training pictures, with their squares. */
static void centre_rows(const struct search *s, int first, int n, lk_real *out, float *squares) {
    size_t n_values = (size_t)s->n_values;
    const uint8_t *from = lk_pack_pixels(s->pack, LK_SPLIT_TRAIN, first);
    for (int row = 0; row < n; row++, from += n_values, out += n_values) {
        int64_t square = 0; /* of 2 * 255 times the value: exact */
        for (size_t i = 0; i < n_values; i++) {
            int value = 2 * from[i] - 255;
            square += (int64_t)value * value;
            out[i] = LK_R(value) / 510;
        }
        squares[row] = (float)((double)square / (510.0 * 510.0));
    }
}

/* Insert into a list in the order of distances; equal ones in the order of training pictures. */
static void insert(struct candidate *list, float distance, int index) {
    if (!(distance < list[CANDIDATES - 1].distance)) return;
    int at = CANDIDATES - 1;
    for (; at > 0 && distance < list[at - 1].distance; at--) list[at] = list[at - 1];
    list[at] = (struct candidate){ distance, index };
}

/* One block of pictures with one chunk of training pictures. */
static void search_chunk(void *context, int index, int thread) {
    struct search *s = context;
    const int task = s->first_task + index, first = task / s->n_chunks * s->n_rows,
              n = smaller(s->n - first, s->n_rows), chunk = task % s->n_chunks,
              end = smaller((chunk + 1) * CHUNK, s->n_train);
    lk_real *queries = s->scratch + (size_t)thread * s->scratch_values,
            *rows = queries + (size_t)s->n_rows * (size_t)s->n_values,
            *products = rows + (size_t)s->n_rows * (size_t)s->n_values;
    float squares[ROWS];
    struct candidate *best = s->best + ((size_t)chunk * (size_t)s->n + (size_t)first) * CANDIDATES;
    for (int i = 0; i < n * CANDIDATES; i++) best[i] = (struct candidate){ HUGE_VALF, -1 };
    centre_queries(s, first, n, queries);
    for (int row = chunk * CHUNK; row < end; row += s->n_rows) {
        int n_rows = smaller(end - row, s->n_rows);
        centre_rows(s, row, n_rows, rows, squares);
        lk_gemm(false, true, n, n_rows, s->n_values, -2, queries, s->n_values, rows, s->n_values, 0,
                products, n_rows);
        for (int i = 0; i < n; i++)
            for (int k = 0; k < n_rows; k++)
                insert(best + i * CANDIDATES, (float)products[i * n_rows + k] + squares[k],
                       row + k);
    }
}

static double distance_to(const struct search *s, int picture, int index) {
    const lk_real *a = s->pictures + (size_t)picture * (size_t)s->n_values;
    const uint8_t *b = lk_pack_pixels(s->pack, LK_SPLIT_TRAIN, index);
    double sum = 0;
    for (int i = 0; i < s->n_values; i++) {
        double d = (double)clip(a[i]) - b[i] / 255.0;
        sum += d * d;
    }
    return sqrt(sum / s->n_values);
}

static void consider(lk_neighbour *nearest, int index, double distance) {
    bool is_nearer =
        distance < nearest->distance || (distance == nearest->distance && index < nearest->index);
    nearest->second = fmin(nearest->second, is_nearer ? nearest->distance : distance);
    if (is_nearer) nearest->index = index, nearest->distance = distance;
}

/* The best of the candidates of all chunks. */
static void choose(void *context, int picture, int thread) {
    struct search *s = context;
    lk_neighbour nearest = { -1, HUGE_VAL, HUGE_VAL };
    (void)thread;
    for (int chunk = 0; chunk < s->n_chunks; chunk++) {
        const struct candidate *list =
            s->best + ((size_t)chunk * (size_t)s->n + (size_t)picture) * CANDIDATES;
        for (int i = 0; i < CANDIDATES && list[i].index >= 0; i++)
            consider(&nearest, list[i].index, distance_to(s, picture, list[i].index));
    }
    s->out[picture] = nearest;
}

static lk_status reserve(struct search *s, int n_threads, lk_error *err) {
    size_t n_best = lk_size_mul((size_t)s->n_chunks * (size_t)s->n, CANDIDATES * sizeof *s->best);
    s->scratch_values = (size_t)s->n_rows * (2 * (size_t)s->n_values + (size_t)s->n_rows);
    size_t n_scratch = lk_size_mul((size_t)n_threads, s->scratch_values * sizeof(lk_real));
    s->best = lk_alloc(n_best);
    s->scratch = lk_alloc(n_scratch);
    return s->best && s->scratch
               ? LK_OK
               : lk_fail_memory(err, n_best + n_scratch, "the search for near pictures");
}

static lk_status search_all(struct search *s, const lk_context *context, const lk_stop *stop,
                            lk_error *err) {
    int n_tasks = (s->n + s->n_rows - 1) / s->n_rows * s->n_chunks;
    lk_status status = LK_OK;
    for (; s->first_task < n_tasks && !status; s->first_task += TASKS_AT_ONCE) {
        lk_threads_run(context->threads, smaller(n_tasks - s->first_task, TASKS_AT_ONCE),
                       search_chunk, s);
        status = lk_stop_ask(stop, err);
    }
    if (!status) lk_threads_run(context->threads, s->n, choose, s);
    return status;
}

lk_status lk_nearest(const lk_context *context, const lk_pack *pack, const lk_real *pictures, int n,
                     const lk_stop *stop, lk_neighbour *out, lk_error *err) {
    const lk_pack_meta *meta = lk_pack_describe(pack);
    struct search s = { .pack = pack,
                        .pictures = pictures,
                        .n = n,
                        .n_values = meta->size * meta->size * meta->channels,
                        .n_train = lk_pack_count(pack, LK_SPLIT_TRAIN),
                        .out = out };
    int fit = BLOCK_VALUES / s.n_values;
    s.n_rows = fit < 1 ? 1 : smaller(fit, ROWS);
    s.n_chunks = (s.n_train + CHUNK - 1) / CHUNK;
    lk_status status = reserve(&s, lk_threads_count(context->threads), err);
    if (!status) status = search_all(&s, context, stop, err);
    lk_free(s.best);
    lk_free(s.scratch);
    return status;
}
