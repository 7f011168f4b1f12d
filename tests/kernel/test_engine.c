/*
 * The convolution engines against plain sums in double, the fast ones next to the reference engine,
 * at many geometries. With LIKENESS_BENCH=1 it also prints the time that each takes.
 */
#include "base/rng.h"
#include "support.h"
#include "tensor/conv/winograd/plan.h"

#include <likeness/memory.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum pass { GATHER, SCATTER, WEIGHTS, PASSES };

struct arrays {
    size_t n_image, n_map, n_weight, most;
    lk_real *image, *map, *weight, *image_bias, *map_bias, *got;
    double *plain, *expected; /* the sums alone; with the bias and the values they are added to */
    bool without_bias;
};

static struct arrays arrays(const lk_conv *v) {
    struct arrays a = { .n_image = (size_t)(v->n * v->h * v->w * v->c),
                        .n_map = (size_t)(v->n * v->p * v->q * v->k),
                        .n_weight = (size_t)(v->k * v->kernel * v->kernel * (v->c / v->groups)) };
    a.most = a.n_image > a.n_map ? a.n_image : a.n_map;
    if (a.n_weight > a.most) a.most = a.n_weight;
    a.image = lk_test_normal(a.n_image, 0);
    a.map = lk_test_normal(a.n_map, 1);
    a.weight = lk_test_normal(a.n_weight, 2);
    a.image_bias = lk_test_normal((size_t)v->c, 3);
    a.map_bias = lk_test_normal((size_t)v->k, 4);
    a.got = lk_alloc(a.most * sizeof *a.got);
    a.plain = lk_alloc(a.most * sizeof *a.plain);
    a.expected = lk_alloc(a.most * sizeof *a.expected);
    return a;
}

static void free_arrays(struct arrays *a) {
    void *all[] = { a->image,    a->map, a->weight, a->image_bias,
                    a->map_bias, a->got, a->plain,  a->expected };
    for (size_t i = 0; i < LK_COUNT(all); i++) lk_free(all[i]);
}

static size_t result_size(const struct arrays *a, enum pass pass) {
    return pass == GATHER ? a->n_map : pass == SCATTER ? a->n_image : a->n_weight;
}

static const lk_real *bias_of(const lk_conv *v, const struct arrays *a, enum pass pass, int *n) {
    *n = pass == GATHER ? v->k : v->c;
    return a->without_bias   ? NULL
           : pass == GATHER  ? a->map_bias
           : pass == SCATTER ? a->image_bias
                             : NULL;
}

/* What one pixel, one map value and one tap contribute to each pass. */
static void naive_tap(const lk_conv *v, enum pass pass, const struct arrays *a, size_t image,
                      size_t map, int tap) {
    size_t taps = (size_t)(v->kernel * v->kernel), c = (size_t)(v->c / v->groups);
    for (size_t k = 0; k < (size_t)v->k; k++) {
        size_t weight = (k * taps + (size_t)tap) * c,
               first = k / (size_t)(v->k / v->groups) * c; /* channel of the group */
        double sum = 0, y = (double)a->map[map + k];
        for (size_t i = 0; i < c; i++) {
            double x = (double)a->image[image + first + i], w = (double)a->weight[weight + i];
            if (pass == GATHER) sum += x * w;
            if (pass == SCATTER) a->plain[image + first + i] += y * w;
            if (pass == WEIGHTS) a->plain[weight + i] += x * y;
        }
        if (pass == GATHER) a->plain[map + k] += sum;
    }
}

static void naive(const lk_conv *v, enum pass pass, struct arrays *a) {
    memset(a->plain, 0, a->most * sizeof *a->plain);
    for (int n = 0; n < v->n; n++)
        for (int p = 0; p < v->p; p++)
            for (int q = 0; q < v->q; q++)
                for (int tap = 0; tap < v->kernel * v->kernel; tap++) {
                    int y = p * v->stride - v->padding + tap / v->kernel * v->dilation,
                        x = q * v->stride - v->padding + tap % v->kernel * v->dilation;
                    if (y < 0 || x < 0 || y >= v->h || x >= v->w) continue;
                    size_t image = (size_t)(((n * v->h + y) * v->w + x) * v->c),
                           map = (size_t)(((n * v->p + p) * v->q + q) * v->k);
                    naive_tap(v, pass, a, image, map, tap);
                }
}

static void want(const lk_conv *v, enum pass pass, struct arrays *a, bool add) {
    int n_bias;
    const lk_real *bias = bias_of(v, a, pass, &n_bias);
    for (size_t i = 0; i < result_size(a, pass); i++)
        a->expected[i] =
            a->plain[i] + (add ? 0.5 : 0) + (bias ? (double)bias[i % (size_t)n_bias] : 0);
}

static void compute(const lk_context *with, const lk_conv *v, enum pass pass, struct arrays *a,
                    bool add, void *scratch) {
    int n_bias;
    const lk_real *bias = bias_of(v, a, pass, &n_bias);
    /* values to add to, or NaN, which must not be read */
    for (size_t i = 0; i < result_size(a, pass); i++) a->got[i] = add ? LK_R(0.5) : (lk_real)NAN;
    if (pass == GATHER) lk_conv_gather(with, v, a->image, a->weight, bias, add, a->got, scratch);
    if (pass == SCATTER) lk_conv_scatter(with, v, a->map, a->weight, bias, add, a->got, scratch);
    if (pass == WEIGHTS) lk_conv_weights(with, v, a->image, a->map, add, a->got, scratch);
}

static double relative_error(const struct arrays *a, enum pass pass) {
    double error = 0, size = 0;
    for (size_t i = 0; i < result_size(a, pass); i++) {
        double d = (double)a->got[i] - a->expected[i];
        error += d * d;
        size += a->expected[i] * a->expected[i];
    }
    return sqrt(error / size);
}

/* The error of one engine, given exactly as much scratch as it asks for. */
static double error_of(lk_engine_choice choice, lk_conv v, enum pass pass, struct arrays *a,
                       bool add) {
    lk_conv_choose(choice, &v);
    size_t bytes = lk_conv_shared_bytes(&v) + 2 * lk_conv_scratch_bytes(&v);
    void *scratch = lk_alloc(bytes);
    memset(scratch, 0xff, bytes); /* must not be read before written */
    compute(lk_test_context(), &v, pass, a, add, scratch);
    lk_free(scratch);
    return relative_error(a, pass);
}

/* Tiles of 4 x 4 lose more digits than tiles of 2 x 2. */
static double allowed(const lk_conv *v, const char *engine, double reference) {
    bool four = strcmp(engine, "winograd") == 0 && lk_winograd_plan(v).m == 4;
    double floor = sizeof(lk_real) == 8 ? 1e-14 : four ? 5e-6 : 2e-6, times = four ? 4 : 2;
    return times * reference > floor ? times * reference : floor;
}

static const char *engine_of(lk_engine_choice choice, lk_conv v) {
    lk_conv_choose(choice, &v);
    return lk_conv_engine_name(&v);
}

static lk_conv geometry(int n, int shards, int c, int h, int w, int k, int kernel, int stride,
                        int padding) {
    lk_conv v = { .n = n,
                  .n_shards = shards,
                  .c = c,
                  .h = h,
                  .w = w,
                  .k = k,
                  .kernel = kernel,
                  .stride = stride,
                  .padding = padding,
                  .groups = 1,
                  .dilation = 1 };
    v.p = (h + 2 * padding - kernel) / stride + 1;
    v.q = (w + 2 * padding - kernel) / stride + 1;
    return v;
}

/* That geometry with groups and dilation. */
static lk_conv grouped(lk_conv v, int groups, int dilation) {
    int reach = dilation * (v.kernel - 1) + 1;
    v.groups = groups, v.dilation = dilation;
    v.p = (v.h + 2 * v.padding - reach) / v.stride + 1;
    v.q = (v.w + 2 * v.padding - reach) / v.stride + 1;
    return v;
}

/* Check every pass of the reference engine and of `engine`, which must be the one that is chosen
   here. NULL: check only the reference. */
static void check(lk_conv v, const char *engine) {
    struct arrays a = arrays(&v);
    lk_engine_choice choice = LK_ENGINE_WINOGRAD;
    if (engine) assert_string_equal(engine_of(choice, v), engine);
    for (int pass = GATHER; pass < PASSES; pass++) {
        naive(&v, (enum pass)pass, &a);
        for (int flags = 0; flags < 4; flags++) {
            bool add = flags & 1;
            a.without_bias = flags & 2;
            want(&v, (enum pass)pass, &a, add);
            double reference = error_of(LK_ENGINE_IM2COL, v, (enum pass)pass, &a, add);
            assert_near(reference, 0, sizeof(lk_real) == 8 ? 1e-13 : 2e-6);
            if (!engine) continue;
            double got = error_of(choice, v, (enum pass)pass, &a, add);
            double most = allowed(&v, engine, reference);
            if (!(got < most))
                print_error("n %d shards %d c %d h %d w %d k %d kernel %d stride %d padding %d "
                            "pass %d flags %d: im2col's error %.2g\n",
                            v.n, v.n_shards, v.c, v.h, v.w, v.k, v.kernel, v.stride, v.padding,
                            pass, flags, reference);
            assert_near(got, 0, most);
        }
    }
    free_arrays(&a);
}

/* Geometries at which implementations often fail. */
/* ---- products in bf16 ---- */

/* Numbers that bf16 holds, with few digits: transforms for tiles of 2 x 2 keep them exact. */
static void make_exact(lk_real *x, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] = (lk_real)fmin(fmax(round((double)x[i]), -2), 2);
}

/* Every pass in bf16 of such numbers is as exact as in float. */
static void check_exact(lk_conv v, const char *engine) {
    struct arrays a = arrays(&v);
    v.precision = LK_PRECISION_BF16;
    assert_string_equal(engine_of(LK_ENGINE_WINOGRAD, v), engine);
    assert_true(strcmp(engine, "winograd") != 0 || lk_winograd_plan(&v).m == 2);
    make_exact(a.image, a.n_image), make_exact(a.map, a.n_map), make_exact(a.weight, a.n_weight);
    for (int pass = GATHER; pass < PASSES; pass++) {
        naive(&v, (enum pass)pass, &a);
        for (int flags = 0; flags < 4; flags++) {
            a.without_bias = flags & 2;
            want(&v, (enum pass)pass, &a, flags & 1);
            assert_near(error_of(LK_ENGINE_WINOGRAD, v, (enum pass)pass, &a, flags & 1), 0, 1e-6);
        }
    }
    free_arrays(&a);
}

static void the_passes_in_bf16_of_numbers_it_holds_equal_plain_sums(void **state) {
    (void)state;
    check_exact(geometry(3, 1, 32, 12, 12, 48, 4, 2, 1), "winograd");
    check_exact(geometry(13, 4, 80, 12, 12, 96, 4, 2, 1), "winograd"); /* an odd last shard */
    check_exact(geometry(5, 4, 16, 4, 4, 144, 5, 2, 2), "winograd");
    /* shared points: shards that begin inside a group of tiles, and images that end one early */
    check_exact(geometry(16, 2, 80, 12, 12, 96, 4, 2, 1), "winograd");
    check_exact(geometry(18, 1, 144, 12, 12, 16, 4, 2, 1), "winograd");
    check_exact(geometry(3, 1, 80, 4, 280, 80, 4, 2, 1), "winograd"); /* more than a group */
    check_exact(geometry(70, 8, 16, 2, 2, 32, 3, 1, 1), "winograd");  /* more tiles than a block */
    check_exact(geometry(1, 1, 16, 1, 1, 16, 4, 2, 2), "winograd");
    check_exact(geometry(5, 4, 3, 16, 16, 32, 4, 2, 1), "direct");
    check_exact(geometry(2, 2, 3, 17, 13, 48, 5, 2, 2), "direct");
    check_exact(geometry(2, 2, 8, 6, 6, 16, 7, 1, 3), "direct");
    check_exact(geometry(5, 4, 64, 12, 9, 3, 3, 1, 1), "mirrored");
}

/* What rounding costs, as the relative error of normal numbers: 2.4e-3 where the factors themselves
   are rounded, 3.4e-3 to 3.7e-3 where their points for tiles of 2 x 2 are, 0.9e-2 to 1.2e-2 for
   tiles of 4 x 4. In float it is 1e-7 to 1.4e-6. LIKENESS_BENCH=1 prints it. */
static void rounding_to_bf16_costs_what_it_must(void **state) {
    (void)state;
    const struct {
        lk_conv v;
        double most;
    } rows[] = {
        { geometry(8, 4, 64, 16, 16, 64, 4, 2, 1), 1.3e-2 },
        { geometry(4, 2, 64, 16, 16, 64, 5, 2, 2), 1.3e-2 },
        { geometry(4, 2, 64, 16, 16, 64, 3, 1, 1), 1.3e-2 },
        { geometry(8, 4, 64, 12, 12, 64, 4, 2, 1), 4e-3 }, /* tiles of 2 x 2 */
        { geometry(3, 1, 64, 12, 12, 64, 4, 2, 1), 4e-3 }, /* an odd number of them */
        { geometry(8, 4, 64, 4, 4, 64, 5, 2, 2), 4e-3 },
        { geometry(8, 4, 3, 32, 32, 32, 4, 2, 1), 2.6e-3 },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_conv v = rows[i].v;
        struct arrays a = arrays(&v);
        a.without_bias = true;
        for (int pass = GATHER; pass < PASSES; pass++) {
            naive(&v, (enum pass)pass, &a);
            want(&v, (enum pass)pass, &a, false);
            v.precision = LK_PRECISION_FLOAT;
            double plain = error_of(LK_ENGINE_WINOGRAD, v, (enum pass)pass, &a, false);
            v.precision = LK_PRECISION_BF16;
            double error = error_of(LK_ENGINE_WINOGRAD, v, (enum pass)pass, &a, false);
            if (getenv("LIKENESS_BENCH"))
                print_message("%d %d/%d pass %d: float %.1e, bf16 %.1e\n", v.c, v.kernel, v.stride,
                              pass, plain, error);
            assert_near(plain, 0, 5e-6);
            assert_true(error > 1e-3);
            assert_near(error, 0, rows[i].most);
        }
        free_arrays(&a);
    }
}

static void the_passes_of_im2col_equal_plain_sums_at_every_geometry(void **state) {
    (void)state;
    const lk_conv rows[] = {
        geometry(2, 1, 3, 8, 8, 5, 4, 2, 1),
        geometry(1, 1, 1, 7, 5, 1, 3, 1, 1),
        geometry(3, 1, 2, 9, 11, 4, 5, 3, 2),
        geometry(2, 2, 3, 64, 64, 4, 3, 2, 1), /* (H + 2p - k) not a multiple of the stride */
        geometry(5, 4, 4, 10, 6, 3, 4, 3, 0),
        geometry(1, 1, 1, 1, 1, 1, 1, 1, 0),
        geometry(8, 8, 6, 4, 4, 7, 4, 2, 1),
        geometry(9, 4, 3, 6, 6, 2, 2, 5, 3),
        geometry(2, 2, 40, 12, 12, 33, 5, 2, 2),
        geometry(16, 8, 64, 8, 8, 520, 4, 2, 1),
        geometry(2, 1, 3, 3, 3, 2, 7, 1, 3),
        grouped(geometry(3, 2, 32, 8, 8, 48, 4, 2, 1), 2, 1),
        grouped(geometry(2, 2, 6, 7, 9, 9, 3, 1, 1), 3, 1),
        grouped(geometry(2, 1, 16, 9, 12, 16, 3, 1, 4), 1, 4),
        grouped(geometry(5, 4, 12, 11, 8, 24, 3, 2, 2), 6, 2),
        /* some weights' blocks end with their group */
        grouped(geometry(2, 1, 2048, 4, 4, 520, 3, 1, 1), 2, 1),
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) check(rows[i], NULL);
}

static void the_passes_of_winograd_equal_plain_sums(void **state) {
    (void)state;
    check(geometry(3, 1, 32, 16, 16, 48, 4, 2, 1), "winograd");
    check(geometry(5, 4, 16, 32, 32, 16, 4, 2, 1), "winograd");  /* more tiles than a block has */
    check(geometry(16, 8, 80, 8, 8, 96, 4, 2, 1), "winograd");   /* channels fill no whole block */
    check(geometry(2, 2, 64, 16, 16, 144, 5, 2, 2), "winograd"); /* phases of 3 and 2 taps */
    /* more tiles in an image than in a block */
    check(geometry(2, 1, 48, 70, 66, 16, 5, 2, 2), "winograd");
    check(geometry(4, 4, 32, 12, 12, 32, 3, 1, 1), "winograd");
    check(geometry(3, 2, 16, 9, 14, 32, 6, 2, 2), "winograd");
    check(geometry(2, 1, 16, 5, 5, 16, 2, 1, 0), "winograd");
    check(geometry(3, 1, 16, 4, 4, 16, 4, 2, 1), "winograd"); /* a map of 2 x 2 */
    check(geometry(1, 1, 16, 1, 1, 16, 4, 2, 2), "winograd"); /* a map of 1 x 1 */
}

static void the_passes_of_direct_equal_plain_sums(void **state) {
    (void)state;
    check(geometry(5, 4, 3, 16, 16, 32, 4, 2, 1), "direct");
    /* a patch of 75, an odd number of groups, positions that do not fill a block */
    check(geometry(2, 2, 3, 17, 13, 48, 5, 2, 2), "direct");
    check(geometry(2, 1, 3, 12, 12, 16, 5, 1, 2), "direct");
    /* runs of 3, and rows that no patch covers */
    check(geometry(3, 1, 1, 9, 7, 16, 3, 3, 0), "direct");
    check(geometry(2, 2, 8, 6, 6, 16, 7, 1, 3), "direct");
    check(geometry(1, 1, 2, 1, 1, 64, 1, 1, 0), "direct");
    check(geometry(16, 1, 3, 64, 64, 16, 4, 2, 1), "direct"); /* long sums */
}

static void the_passes_of_dense_equal_plain_sums(void **state) {
    (void)state;
    check(geometry(64, 8, 128, 1, 1, 320, 1, 1, 0), "dense");
    /* sums longer than a block, an odd last group, rows that do not fill a block */
    check(geometry(13, 4, 528, 1, 1, 48, 1, 1, 0), "dense");
    check(geometry(1, 1, 16, 1, 1, 16, 1, 1, 0), "dense");
    /* batches and channels that fill no whole block, on both sides of the blocks' lengths */
    check(geometry(1, 1, 528, 1, 1, 272, 1, 1, 0), "dense");
    check(geometry(7, 1, 144, 1, 1, 656, 1, 1, 0), "dense");
    check(geometry(65, 8, 400, 1, 1, 144, 1, 1, 0), "dense");
    check(geometry(130, 64, 48, 1, 1, 1040, 1, 1, 0), "dense"); /* shards of 2 and 3 samples */
    check(geometry(260, 4, 304, 1, 1, 176, 1, 1, 0), "dense");
}

static lk_conv depthwise(lk_conv v, int dilation) {
    return grouped(v, v.c, dilation);
}

static void the_passes_of_depthwise_equal_plain_sums(void **state) {
    (void)state;
    check(depthwise(geometry(5, 4, 32, 9, 12, 32, 3, 1, 1), 1), "depthwise");
    /* channels that fill no whole group, and fewer than a group */
    check(depthwise(geometry(3, 1, 40, 8, 7, 40, 5, 2, 2), 1), "depthwise");
    check(depthwise(geometry(2, 2, 3, 6, 6, 3, 4, 3, 1), 1), "depthwise");
    check(depthwise(geometry(2, 1, 17, 9, 8, 17, 3, 1, 2), 2), "depthwise");
    check(depthwise(geometry(3, 2, 16, 11, 13, 16, 3, 2, 3), 3), "depthwise");
    /* pixels between the taps, a kernel larger than the image, and a map of one value */
    check(depthwise(geometry(2, 1, 16, 8, 8, 16, 1, 2, 0), 1), "depthwise");
    check(depthwise(geometry(1, 1, 16, 3, 3, 16, 7, 1, 3), 1), "depthwise");
    check(depthwise(geometry(1, 1, 48, 1, 1, 48, 3, 1, 1), 1), "depthwise");
}

static void the_passes_of_mirrored_equal_plain_sums(void **state) {
    (void)state;
    check(geometry(5, 4, 64, 12, 9, 3, 3, 1, 1), "mirrored");
    check(geometry(2, 2, 32, 7, 8, 1, 5, 1, 0), "mirrored");
    check(geometry(2, 1, 16, 6, 6, 8, 3, 1, 2), "mirrored");
    check(geometry(1, 1, 48, 5, 4, 2, 2, 1, 0), "mirrored");
    check(geometry(3, 1, 16, 5, 6, 3, 4, 1, 2), "mirrored");
}

static void the_passes_at_random_geometries_equal_plain_sums(void **state) {
    (void)state;
    lk_rng rng = lk_rng_at(7, LK_STREAM_TEST, 0, 0);
    for (int i = 0; i < 40; i++) {
        int stride = 1 + (int)lk_rng_below(&rng, 2),
            kernel = stride == 1 ? 2 + (int)lk_rng_below(&rng, 2) : 4 + (int)lk_rng_below(&rng, 3);
        int n = 1 + (int)lk_rng_below(&rng, 9), shards = 1 << lk_rng_below(&rng, 4);
        int padding = (int)lk_rng_below(&rng, 6),
            least = kernel - 2 * padding > 1 ? kernel - 2 * padding : 1;
        int h = least + (int)lk_rng_below(&rng, 24), w = least + (int)lk_rng_below(&rng, 24);
        while (shards > n) shards /= 2;
        check(geometry(n, shards, 16 * (1 + (int)lk_rng_below(&rng, 3)), h, w,
                       16 * (1 + (int)lk_rng_below(&rng, 3)), kernel, stride, padding),
              "winograd");
    }
}

static void every_engine_gives_the_same_bits_at_any_number_of_threads(void **state) {
    (void)state;
    lk_conv rows[] = { geometry(19, 8, 32, 16, 16, 128, 4, 2, 1),
                       geometry(3, 2, 16, 24, 24, 160, 5, 2, 2),
                       geometry(19, 8, 3, 16, 16, 32, 4, 2, 1),
                       geometry(19, 8, 160, 1, 1, 96, 1, 1, 0),
                       geometry(19, 8, 12, 16, 16, 24, 4, 2, 1),
                       depthwise(geometry(19, 8, 40, 9, 9, 40, 3, 1, 1), 1),
                       grouped(geometry(19, 8, 12, 9, 9, 24, 3, 1, 2), 3, 2),
                       geometry(19, 8, 32, 9, 9, 3, 3, 1, 1) };
    static const char *const engines[] = { "winograd", "winograd",  "direct", "dense",
                                           "im2col",   "depthwise", "im2col", "mirrored" };
    for (size_t i = 0; i < 2 * LK_COUNT(rows); i++) {
        lk_conv *v = &rows[i / 2];
        struct arrays a = arrays(v);
        v->precision = i % 2 ? LK_PRECISION_BF16 : LK_PRECISION_FLOAT;
        lk_conv_choose(LK_ENGINE_AUTO, v);
        assert_string_equal(lk_conv_engine_name(v), engines[i / 2]);
        lk_real *first = lk_alloc(a.most * sizeof *first);
        void *scratch = lk_alloc(lk_conv_shared_bytes(v) + 8 * lk_conv_scratch_bytes(v));
        for (int pass = GATHER; pass < PASSES; pass++)
            for (int n_threads = 1; n_threads <= 8; n_threads++) {
                lk_error err;
                lk_context other = *lk_test_context();
                assert_ok(lk_threads_create(n_threads, &other.threads, &err), &err);
                compute(&other, v, (enum pass)pass, &a, false, scratch);
                size_t bytes = result_size(&a, (enum pass)pass) * sizeof(lk_real);
                if (n_threads == 1) memcpy(first, a.got, bytes);
                assert_memory_equal(a.got, first, bytes);
                lk_threads_destroy(other.threads);
            }
        lk_free(first), lk_free(scratch);
        free_arrays(&a);
    }
}

static void im2col_can_be_chosen_and_auto_avoids_engines_that_do_not_pay(void **state) {
    (void)state;
    lk_conv strided = geometry(2, 1, 32, 16, 16, 32, 4, 2, 1),
            tiny = geometry(2, 1, 32, 1, 1, 32, 4, 2, 2);
    assert_string_equal(engine_of(LK_ENGINE_IM2COL, strided), "im2col");
    assert_string_equal(engine_of(LK_ENGINE_AUTO, strided), "winograd");
    /* one value per map: nothing to share */
    assert_string_equal(engine_of(LK_ENGINE_AUTO, tiny), "im2col");
    assert_string_equal(engine_of(LK_ENGINE_WINOGRAD, tiny), "winograd");
}

/* Milliseconds of one pass on the test's threads: the minimum of several runs. */
static double quickest(const lk_conv *v, enum pass pass, struct arrays *a, void *scratch) {
    double best = 1e9;
    for (int i = 0; i < 7; i++) {
        double begin_s = lk_seconds();
        compute(lk_test_context(), v, pass, a, false, scratch);
        best = fmin(best, 1e3 * (lk_seconds() - begin_s));
    }
    return best;
}

static void time_of_each_engine(void **state) {
    (void)state;
    if (!getenv("LIKENESS_BENCH")) skip();
    lk_conv layers[] = { geometry(64, 8, 3, 64, 64, 32, 4, 2, 1),
                         geometry(64, 8, 32, 32, 32, 64, 4, 2, 1),
                         geometry(64, 8, 64, 16, 16, 128, 4, 2, 1),
                         geometry(64, 8, 128, 8, 8, 256, 4, 2, 1),
                         geometry(16, 2, 256, 16, 16, 512, 5, 2, 2),
                         geometry(64, 8, 64, 16, 16, 64, 3, 1, 1),
                         geometry(64, 8, 64, 64, 64, 3, 3, 1, 1),
                         depthwise(geometry(64, 8, 64, 32, 32, 64, 3, 1, 1), 1),
                         geometry(64, 8, 4096, 1, 1, 128, 1, 1, 0) };
    print_message("%s, 2 threads\n%-32s %-9s %8s %8s %8s  GFLOP/s of the plain sum\n",
                  lk_test_kernels()->isa, "layer", "engine", "gather", "scatter", "weights");
    for (size_t i = 0; i < LK_COUNT(layers); i++) {
        lk_conv *v = &layers[i];
        struct arrays a = arrays(v);
        for (int choice = LK_ENGINE_AUTO; choice <= LK_ENGINE_IM2COL; choice++) {
            double ms[PASSES], sum = 0;
            lk_conv_choose((lk_engine_choice)choice, v);
            void *scratch = lk_alloc(lk_conv_shared_bytes(v) + 2 * lk_conv_scratch_bytes(v));
            for (int pass = GATHER; pass < PASSES; pass++)
                sum += ms[pass] = quickest(v, (enum pass)pass, &a, scratch);
            print_message("%4d x %2d^2 -> %4d, %d/%d, batch %2d %-9s %8.2f %8.2f %8.2f %8.0f\n",
                          v->c, v->h, v->k, v->kernel, v->stride, v->n, lk_conv_engine_name(v),
                          ms[GATHER], ms[SCATTER], ms[WEIGHTS], 6e-6 * lk_conv_macs(v) / sum);
            lk_free(scratch);
        }
        free_arrays(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_passes_of_im2col_equal_plain_sums_at_every_geometry),
        cmocka_unit_test(the_passes_of_direct_equal_plain_sums),
        cmocka_unit_test(the_passes_of_dense_equal_plain_sums),
        cmocka_unit_test(the_passes_in_bf16_of_numbers_it_holds_equal_plain_sums),
        cmocka_unit_test(rounding_to_bf16_costs_what_it_must),
        cmocka_unit_test(every_engine_gives_the_same_bits_at_any_number_of_threads),
        cmocka_unit_test(im2col_can_be_chosen_and_auto_avoids_engines_that_do_not_pay),
        cmocka_unit_test(the_passes_of_winograd_equal_plain_sums),
        cmocka_unit_test(the_passes_of_depthwise_equal_plain_sums),
        cmocka_unit_test(the_passes_of_mirrored_equal_plain_sums),
        cmocka_unit_test(the_passes_at_random_geometries_equal_plain_sums),
        cmocka_unit_test(time_of_each_engine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
