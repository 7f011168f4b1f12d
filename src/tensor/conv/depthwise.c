/*
 * Depthwise convolution: each channel by itself. Nothing is packed but the weights, tap by tap.
 * Along a row, neighbours whose taps reach the same columns form a run, which is one call of a
 * kernel.
 *
 *   gather   map[c] = sum over taps of image[c] tap[c]
 *   scatter  the same sum of the map, over the taps that reach a pixel
 *   weights  tap[c] = sum over positions of image[c] map[c], by image and row, then by shard
 */
#include "engine.h"
#include "tensor/kernels.h"

#include <string.h>

enum { MOST_KERNEL = 64 }; /* bits of a mask of taps */

static bool depthwise_fits(const lk_conv *v) {
    return v->groups > 1 && v->groups == v->c && v->groups == v->k && v->kernel <= MOST_KERNEL;
}

struct pass {
    const lk_context *context;
    const lk_conv *conv;
    bool scatter;
    const lk_real *in, *map, *bias;
    lk_real *out, *taps; /* taps: by tap, then by channel; of weights: for each shard */
    bool add;
    char *scratch;
};

/* ---- scratch: of each thread, which taps reach each column, and the taps of a run; after those of
   the first thread, what all threads share ---- */

static int widest(const lk_conv *v) {
    return v->w > v->q ? v->w : v->q;
}

static size_t taps_size(const lk_conv *v) {
    return (size_t)(v->kernel * v->kernel) * (size_t)v->c;
}

static size_t lists_bytes(const lk_conv *v) {
    return (size_t)widest(v) * sizeof(uint64_t) +
           (size_t)(v->kernel * v->kernel) * sizeof(lk_depthwise_tap);
}

static size_t depthwise_scratch_bytes(const lk_conv *v) {
    return lists_bytes(v) + (size_t)v->n_shards * taps_size(v) * sizeof(lk_real);
}

static uint64_t *masks_of(const struct pass *pass, int thread) {
    return (uint64_t *)(void *)(pass->scratch +
                                (size_t)thread * lk_engine_scratch_bytes(pass->conv));
}

static lk_depthwise_tap *list_of(const struct pass *pass, int thread) {
    return (lk_depthwise_tap *)(void *)(masks_of(pass, thread) + widest(pass->conv));
}

static struct pass depthwise_pass(const lk_context *context, const lk_conv *v, void *scratch) {
    return (struct pass){ .context = context,
                          .conv = v,
                          .scratch = scratch,
                          .taps = (lk_real *)(void *)((char *)scratch + lists_bytes(v)) };
}

/* ---- runs ---- */

/* What tap i reads for place `at` of the result, along an axis on which the input has `size`
   places; -1: nothing. */
static int source(const struct pass *pass, int at, int i, int size) {
    const lk_conv *v = pass->conv;
    int from = pass->scatter ? at + v->padding - i * v->dilation
                             : at * v->stride - v->padding + i * v->dilation;
    if (pass->scatter && from % v->stride) return -1;
    if (pass->scatter) from /= v->stride;
    return from < 0 || from >= size ? -1 : from;
}

/* One direction of a pass: sizes of what it reads and writes, and how far apart the places of a run
   lie in each. */
struct sides {
    int in_h, in_w, out_h, out_w, in_step, out_step;
};

static struct sides sides_of(const struct pass *pass) {
    const lk_conv *v = pass->conv;
    if (pass->scatter) return (struct sides){ v->p, v->q, v->h, v->w, 1, v->stride };
    return (struct sides){ v->h, v->w, v->p, v->q, v->stride, 1 };
}

static void fill_masks(const struct pass *pass, uint64_t *masks) {
    struct sides s = sides_of(pass);
    for (int x = 0; x < s.out_w; x++) {
        masks[x] = 0;
        for (int i = 0; i < pass->conv->kernel; i++)
            if (source(pass, x, i, s.in_w) >= 0) masks[x] |= (uint64_t)1 << i;
    }
}

/* The taps that reach place (y, x) of the result. */
static int list_taps(const struct pass *pass, int y, int x, uint64_t mask, lk_depthwise_tap *list) {
    const lk_conv *v = pass->conv;
    struct sides s = sides_of(pass);
    int n = 0;
    for (int r = 0; r < v->kernel; r++) {
        int row = source(pass, y, r, s.in_h);
        for (int i = 0; row >= 0 && i < v->kernel; i++)
            if (mask >> i & 1)
                list[n++] = (lk_depthwise_tap){
                    .x = ((ptrdiff_t)row * s.in_w + source(pass, x, i, s.in_w)) * v->c,
                    .tap = (ptrdiff_t)(r * v->kernel + i) * v->c
                };
    }
    return n;
}

/* The run that starts at (y, x). */
static lk_depthwise run_at(const struct pass *pass, int y, int x, int thread) {
    struct sides s = sides_of(pass);
    const uint64_t *masks = masks_of(pass, thread);
    lk_depthwise_tap *list = list_of(pass, thread);
    int n = 1;
    while (x + n * s.out_step < s.out_w && masks[x + n * s.out_step] == masks[x]) n++;
    return (lk_depthwise){ .n = n,
                           .c = pass->conv->c,
                           .n_taps = list_taps(pass, y, x, masks[x], list),
                           .taps = list,
                           .x_step = (ptrdiff_t)s.in_step * pass->conv->c,
                           .y_step = (ptrdiff_t)s.out_step * pass->conv->c };
}

/* ---- gather, scatter ---- */

static void depthwise_task(void *context, int n, int thread) {
    const struct pass *pass = context;
    struct sides s = sides_of(pass);
    size_t c = (size_t)pass->conv->c;
    const lk_real *in = pass->in + (size_t)n * (size_t)s.in_h * (size_t)s.in_w * c;
    lk_real *out = pass->out + (size_t)n * (size_t)s.out_h * (size_t)s.out_w * c;
    fill_masks(pass, masks_of(pass, thread));
    for (int y = 0; y < s.out_h; y++)
        for (int first = 0; first < s.out_step; first++)
            for (int x = first; x < s.out_w;) {
                lk_depthwise run = run_at(pass, y, x, thread);
                pass->context->kernels->depthwise(&run, in, pass->taps, pass->bias, pass->add,
                                                  out + ((size_t)y * (size_t)s.out_w + (size_t)x) *
                                                            c);
                x += run.n * s.out_step;
            }
}

static void convolve(struct pass *pass, const lk_real *weight) {
    const lk_conv *v = pass->conv;
    pass->context->kernels->transpose(v->c, v->kernel * v->kernel, weight, v->kernel * v->kernel,
                                      false, pass->taps, v->c);
    lk_threads_run(pass->context->threads, v->n, depthwise_task, pass);
}

static void depthwise_gather(const lk_context *context, const lk_conv *v, const lk_real *image,
                             const lk_real *weight, const lk_real *bias, bool add, lk_real *map,
                             void *scratch) {
    struct pass pass = depthwise_pass(context, v, scratch);
    pass.in = image, pass.bias = bias, pass.add = add, pass.out = map;
    convolve(&pass, weight);
}

static void depthwise_scatter(const lk_context *context, const lk_conv *v, const lk_real *map,
                              const lk_real *weight, const lk_real *bias, bool add, lk_real *image,
                              void *scratch) {
    struct pass pass = depthwise_pass(context, v, scratch);
    pass.scatter = true, pass.in = map, pass.bias = bias, pass.add = add, pass.out = image;
    convolve(&pass, weight);
}

/* ---- weights ---- */

static void depthwise_weights_task(void *context, int shard, int thread) {
    const struct pass *pass = context;
    const lk_conv *v = pass->conv;
    size_t c = (size_t)v->c;
    lk_real *sums = pass->taps + (size_t)shard * taps_size(v);
    memset(sums, 0, taps_size(v) * sizeof *sums);
    fill_masks(pass, masks_of(pass, thread));
    int end = lk_shard_begin(v->n, v->n_shards, shard + 1);
    for (int n = lk_shard_begin(v->n, v->n_shards, shard); n < end; n++) {
        const lk_real *image = pass->in + (size_t)n * (size_t)v->h * (size_t)v->w * c;
        const lk_real *map = pass->map + (size_t)n * (size_t)v->p * (size_t)v->q * c;
        for (int p = 0; p < v->p; p++)
            for (int q = 0; q < v->q;) {
                lk_depthwise run = run_at(pass, p, q, thread);
                pass->context->kernels->depthwise_taps(
                    &run, image, map + ((size_t)p * (size_t)v->q + (size_t)q) * c, sums);
                q += run.n;
            }
    }
}

static void depthwise_weights(const lk_context *context, const lk_conv *v, const lk_real *image,
                              const lk_real *map, bool add, lk_real *dweight, void *scratch) {
    struct pass pass = depthwise_pass(context, v, scratch);
    size_t size = taps_size(v);
    pass.in = image, pass.map = map;
    lk_threads_run(context->threads, v->n_shards, depthwise_weights_task, &pass);
    for (int apart = 1; apart < v->n_shards; apart *= 2) /* the tree */
        for (int i = 0; i < v->n_shards; i += 2 * apart)
            context->kernels->add_to(size, pass.taps + (size_t)(i + apart) * size,
                                     pass.taps + (size_t)i * size);
    context->kernels->transpose(v->kernel * v->kernel, v->c, pass.taps, v->c, add, dweight,
                                v->kernel * v->kernel);
}

const lk_engine lk_engine_depthwise = {
    .name = "depthwise",
    .fits = depthwise_fits,
    .pays = depthwise_fits,
    .scratch_bytes = depthwise_scratch_bytes,
    .gather = depthwise_gather,
    .scatter = depthwise_scatter,
    .weights = depthwise_weights,
};
