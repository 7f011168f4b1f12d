/* Convolution by matrix products against a naive one, at every geometry that goes wrong elsewhere; BLAS alone; the exp. */
#include "support.h"

#include <likeness/tensor.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TOLERANCE (sizeof(lk_real) == 8 ? 1e-13 : 1e-5)

static lk_context context;
static lk_comm single;

static int begin(void **state) {
    (void)state;
    lk_error err;
    single = lk_comm_single();
    context.comm = &single;
    if (lk_blas_prepare(&err) || lk_kernels_choose(&context.kernels, &err) || lk_threads_create(2, &context.threads, &err)) {
        print_error("%s\n", err.text);
        return -1;
    }
    return 0;
}

static int end(void **state) {
    (void)state;
    lk_threads_destroy(context.threads);
    return 0;
}

static lk_real *random_reals(size_t n, uint32_t index) {
    lk_real *x = lk_alloc(n * sizeof *x);
    lk_rng rng = lk_rng_at(1, LK_STREAM_TEST, 0, index);
    for (size_t i = 0; i < n; i++) x[i] = LK_R(lk_rng_normal(&rng));
    return x;
}

struct arrays {
    size_t n_image, n_map, n_weight;
    lk_real *image, *map, *weight, *image_bias, *map_bias, *got, *wanted;
    void *scratch;
};

static struct arrays arrays(const lk_conv *v) {
    struct arrays a = { .n_image = (size_t)(v->n * v->h * v->w * v->c),
                        .n_map = (size_t)(v->n * v->p * v->q * v->k),
                        .n_weight = (size_t)(v->k * v->kernel * v->kernel * v->c) };
    size_t most = a.n_image > a.n_map ? a.n_image : a.n_map;
    if (a.n_weight > most) most = a.n_weight;
    a.image = random_reals(a.n_image, 0);
    a.map = random_reals(a.n_map, 1);
    a.weight = random_reals(a.n_weight, 2);
    a.image_bias = random_reals((size_t)v->c, 3);
    a.map_bias = random_reals((size_t)v->k, 4);
    a.got = lk_alloc(most * sizeof *a.got);
    a.wanted = lk_alloc(most * sizeof *a.wanted);
    a.scratch = lk_alloc(2 * lk_conv_scratch_bytes(v));
    return a;
}

static void free_arrays(struct arrays *a) {
    void *all[] = { a->image, a->map, a->weight, a->image_bias, a->map_bias, a->got, a->wanted, a->scratch };
    for (size_t i = 0; i < LK_COUNT(all); i++) lk_free(all[i]);
}

/* Every product of image, weight and map that the definition of the convolution holds: gathers, scatters or forms dW. */
enum pass { GATHER, SCATTER, WEIGHTS };

static void naive(const lk_conv *v, enum pass pass, const struct arrays *a, lk_real *out) {
    for (int n = 0; n < v->n; n++)
        for (int p = 0; p < v->p; p++)
            for (int q = 0; q < v->q; q++)
                for (int k = 0; k < v->k; k++)
                    for (int r = 0; r < v->kernel; r++)
                        for (int s = 0; s < v->kernel; s++) {
                            int y = p * v->stride - v->padding + r, x = q * v->stride - v->padding + s;
                            if (y < 0 || x < 0 || y >= v->h || x >= v->w) continue;
                            for (int c = 0; c < v->c; c++) {
                                size_t image = (size_t)(((n * v->h + y) * v->w + x) * v->c + c);
                                size_t map = (size_t)(((n * v->p + p) * v->q + q) * v->k + k);
                                size_t weight = (size_t)(((k * v->kernel + r) * v->kernel + s) * v->c + c);
                                if (pass == GATHER) out[map] += a->image[image] * a->weight[weight];
                                if (pass == SCATTER) out[image] += a->map[map] * a->weight[weight];
                                if (pass == WEIGHTS) out[weight] += a->image[image] * a->map[map];
                            }
                        }
}

static void compare(const lk_conv *v, enum pass pass, struct arrays *a, bool add) {
    size_t n = pass == GATHER ? a->n_map : pass == SCATTER ? a->n_image : a->n_weight;
    int c = pass == GATHER ? v->k : v->c;
    const lk_real *bias = pass == GATHER ? a->map_bias : a->image_bias;
    for (size_t i = 0; i < n; i++) {
        a->got[i] = add ? LK_R(0.5) : (lk_real)NAN; /* what stands there must be added to, or not read at all */
        a->wanted[i] = (add ? LK_R(0.5) : 0) + (pass == WEIGHTS ? 0 : bias[i % (size_t)c]);
    }
    naive(v, pass, a, a->wanted);
    if (pass == GATHER) lk_conv_gather(&context, v, a->image, a->weight, bias, add, a->got, a->scratch);
    if (pass == SCATTER) lk_conv_scatter(&context, v, a->map, a->weight, bias, add, a->got, a->scratch);
    if (pass == WEIGHTS) lk_conv_weights(&context, v, a->image, a->map, add, a->got, a->scratch);
    double error = lk_test_relative_l2(a->got, a->wanted, n);
    if (!(error < TOLERANCE))
        print_error("n %d shards %d c %d h %d w %d k %d kernel %d stride %d padding %d pass %d add %d\n", v->n, v->n_shards, v->c, v->h,
                    v->w, v->k, v->kernel, v->stride, v->padding, (int)pass, add);
    assert_near(error, 0, TOLERANCE);
}

static void all_passes_equal_the_naive_ones_at_every_geometry(void **state) {
    (void)state;
    static const struct {
        int n, shards, c, h, w, k, kernel, stride, padding;
    } rows[] = {
        { 2, 1, 3, 8, 8, 5, 4, 2, 1 },     { 1, 1, 1, 7, 5, 1, 3, 1, 1 },     { 3, 1, 2, 9, 11, 4, 5, 3, 2 }, /* stride 3, kernel 5, odd */
        { 2, 2, 3, 64, 64, 4, 3, 2, 1 }, /* (H + 2p - k) not a multiple of the stride */
        { 5, 4, 4, 10, 6, 3, 4, 3, 0 },    { 1, 1, 1, 1, 1, 1, 1, 1, 0 },     { 8, 8, 6, 4, 4, 7, 4, 2, 1 },  { 9, 4, 3, 6, 6, 2, 2, 5, 3 },
        { 2, 2, 40, 12, 12, 33, 5, 2, 2 }, { 16, 8, 64, 8, 8, 520, 4, 2, 1 }, { 2, 1, 3, 3, 3, 2, 7, 1, 3 },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_conv v = { .n = rows[i].n,
                      .n_shards = rows[i].shards,
                      .c = rows[i].c,
                      .h = rows[i].h,
                      .w = rows[i].w,
                      .k = rows[i].k,
                      .kernel = rows[i].kernel,
                      .stride = rows[i].stride,
                      .padding = rows[i].padding };
        v.p = (v.h + 2 * v.padding - v.kernel) / v.stride + 1;
        v.q = (v.w + 2 * v.padding - v.kernel) / v.stride + 1;
        lk_conv_choose(LK_ENGINE_IM2COL, &v);
        struct arrays a = arrays(&v);
        for (int add = 0; add < 2; add++)
            for (int pass = GATHER; pass <= WEIGHTS; pass++) compare(&v, (enum pass)pass, &a, add);
        free_arrays(&a);
    }
}

static void the_same_bits_come_out_at_any_number_of_threads(void **state) {
    (void)state;
    lk_conv v = { .n = 19, .n_shards = 8, .c = 12, .h = 16, .w = 16, .k = 24, .p = 8, .q = 8, .kernel = 4, .stride = 2, .padding = 1 };
    lk_conv_choose(LK_ENGINE_IM2COL, &v);
    struct arrays a = arrays(&v);
    void *scratch = lk_alloc(8 * lk_conv_scratch_bytes(&v));
    for (int n_threads = 1; n_threads <= 8; n_threads++) {
        lk_error err;
        lk_context other = context;
        assert_ok(lk_threads_create(n_threads, &other.threads, &err), &err);
        lk_conv_weights(&other, &v, a.image, a.map, false, n_threads == 1 ? a.wanted : a.got, scratch);
        if (n_threads > 1) assert_memory_equal(a.got, a.wanted, a.n_weight * sizeof(lk_real));
        lk_threads_destroy(other.threads);
    }
    lk_free(scratch);
    free_arrays(&a);
}

static void the_shard_tree_adds_neighbours_first(void **state) {
    (void)state;
    for (int n_shards = 1; n_shards <= LK_SHARDS_MAX; n_shards *= 2) {
        double rows[LK_SHARDS_MAX], levels[8] = { 0 };
        for (int i = 0; i < n_shards; i++) {
            rows[i] = 1.0 / (i + 1);
            int level = lk_tree_level(i);
            levels[level] = rows[i];
            for (int merges = lk_tree_merges(i); merges > 0; merges--, level--) levels[level - 1] += levels[level];
        }
        lk_tree_sum(rows, n_shards, 1);
        assert_memory_equal(&levels[0], &rows[0], sizeof(double)); /* both forms of the tree: the same bits */
    }
}

static void shards_cover_every_sample_once(void **state) {
    (void)state;
    for (int n = 1; n < 200; n += 7)
        for (int s = 1; s <= 8; s *= 2) {
            assert_int_equal(lk_shard_begin(n, s, 0), 0);
            assert_int_equal(lk_shard_begin(n, s, s), n);
            for (int i = 0; i < s; i++) assert_true(lk_shard_begin(n, s, i + 1) >= lk_shard_begin(n, s, i));
        }
    assert_int_equal(lk_shard_count(64), 8);
    assert_int_equal(lk_shard_count(16), 2);
    assert_int_equal(lk_shard_count(100), 8);
    assert_int_equal(lk_shard_count(15), 1);
}

static void channels_last_and_back_is_the_identity(void **state) {
    (void)state;
    lk_shape shape = LK_SHAPE_4(2, 3, 4, 5);
    size_t n = lk_shape_size(shape);
    lk_real *x = random_reals(n, 9), *stored = lk_alloc(n * sizeof *stored), *back = lk_alloc(n * sizeof *back);
    lk_to_channels_last(shape, x, stored);
    assert_true(stored[((1 * 4 + 2) * 5 + 3) * 3 + 1] == x[((1 * 3 + 1) * 4 + 2) * 5 + 3]); /* n 1, c 1, h 2, w 3 */
    lk_from_channels_last(shape, stored, back);
    assert_memory_equal(back, x, n * sizeof *x);
    lk_free(x), lk_free(stored), lk_free(back);
}

static void elementwise_kernels_agree_with_libm(void **state) {
    (void)state;
    enum { N = 4001 };
    static lk_real x[N], y[N];
    double worst[3] = { 0 };
    static const lk_unary kinds[3] = { LK_EXP, LK_SIGMOID, LK_TANH };
    for (int i = 0; i < N; i++) x[i] = LK_R((i - N / 2) * 0.01);
    for (int k = 0; k < 3; k++) {
        context.kernels->unary_forward(kinds[k], N, 0, 0, x, y);
        for (int i = 0; i < N; i++) {
            double at = (double)x[i], wanted = k == 0 ? exp(at) : k == 1 ? 1 / (1 + exp(-at)) : tanh(at);
            double error = wanted == 0 ? fabs((double)y[i]) : fabs((double)y[i] / wanted - 1);
            if (!(error <= worst[k])) worst[k] = error;
        }
        assert_near(worst[k], 0, sizeof(lk_real) == 8 ? 1e-14 : 6e-7);
    }
}

static void no_elementwise_function_hides_a_nan(void **state) {
    (void)state;
    static lk_real x[37], y[37]; /* longer than a vector and its rest */
    for (int kind = LK_RELU; kind <= LK_AFFINE; kind++)
        for (int at = 0; at < 37; at++) {
            for (int i = 0; i < 37; i++) x[i] = i == at ? (lk_real)NAN : LK_R(0.5);
            context.kernels->unary_forward((lk_unary)kind, 37, LK_R(0.2), 0, x, y);
            for (int i = 0; i < 37; i++) assert_int_equal(isnan(y[i]) != 0, i == at);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_elementwise_function_hides_a_nan),
        cmocka_unit_test(all_passes_equal_the_naive_ones_at_every_geometry),
        cmocka_unit_test(the_same_bits_come_out_at_any_number_of_threads),
        cmocka_unit_test(the_shard_tree_adds_neighbours_first),
        cmocka_unit_test(shards_cover_every_sample_once),
        cmocka_unit_test(channels_last_and_back_is_the_identity),
        cmocka_unit_test(elementwise_kernels_agree_with_libm),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
