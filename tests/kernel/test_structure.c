/* Structural similarity under a sliding window: running and separable sums against plain sums in
   double, position by position. */
#include "base/rng.h"
#include "support.h"
#include "tensor/structure.h"

#include <likeness/memory.h>

#include <math.h>
#include <stdio.h>

#define TOLERANCE (sizeof(lk_real) == 8 ? 1e-12 : 2e-5)

enum { LARGEST = 41 };

/* The statistics of x and y in one window; the kernel computes them from sum and difference. */
struct window {
    double mx, my, vx, vy, sxy;
};

static double tap_at(const lk_sliding_window *w, int r, int c) {
    return w->taps ? (double)w->taps[r] * (double)w->taps[c] : 1.0 / (w->size * w->size);
}

static size_t pixel(const lk_sliding_window *w, int r, int c, int k) {
    return (size_t)((r * w->w + c) * w->c + k);
}

static struct window window_at(const lk_sliding_window *w, const lk_real *x, const lk_real *y,
                               int row, int column, int k) {
    struct window s = { 0 };
    for (int r = 0; r < w->size; r++)
        for (int c = 0; c < w->size; c++) {
            size_t at = pixel(w, row + r, column + c, k);
            s.mx += tap_at(w, r, c) * (double)x[at];
            s.my += tap_at(w, r, c) * (double)y[at];
        }
    for (int r = 0; r < w->size; r++)
        for (int c = 0; c < w->size; c++) {
            size_t at = pixel(w, row + r, column + c, k);
            double dx = (double)x[at] - s.mx, dy = (double)y[at] - s.my;
            s.vx += tap_at(w, r, c) * dx * dx;
            s.vy += tap_at(w, r, c) * dy * dy;
            s.sxy += tap_at(w, r, c) * dx * dy;
        }
    return s;
}

/* The loss at one position, eq. (1) to (5) with exponents 1, and its gradient for every pixel of
   the window. */
static double plain_position(const lk_sliding_window *w, const lk_real *x, const lk_real *y,
                             int row, int column, int k, double *gradient) {
    const double C1 = (double)w->C1, C2 = (double)w->C2;
    struct window s = window_at(w, x, y, row, column, k);
    double below = s.mx * s.mx + s.my * s.my + C1, l = (2 * s.mx * s.my + C1) / below;
    double spread = s.vx + s.vy + C2, cs = (2 * s.sxy + C2) / spread;
    bool product = w->kind == LK_SIMILARITY_PRODUCT;
    double g_l = product ? cs : w->kind == LK_SIMILARITY_SUM ? 1 : 0, g_cs = product ? l : 1;
    for (int r = 0; r < w->size; r++)
        for (int c = 0; c < w->size; c++) {
            size_t at = pixel(w, row + r, column + c, k);
            double dx = (double)x[at] - s.mx, dy = (double)y[at] - s.my;
            double by_l = 2 * (s.mx - l * s.my) / below, by_cs = 2 * (dx - cs * dy) / spread;
            gradient[at] -= tap_at(w, r, c) * (g_l * by_l + g_cs * by_cs);
        }
    return product ? 1 - l * cs : w->kind == LK_SIMILARITY_SUM ? 2 - l - cs : 1 - cs;
}

static void plain(const lk_sliding_window *w, const lk_real *x, const lk_real *y, double *totals,
                  double *gradient) {
    for (int row = 0; row + w->size <= w->h; row++)
        for (int column = 0; column + w->size <= w->w; column++)
            for (int k = 0; k < w->c; k++)
                totals[k] += plain_position(w, x, y, row, column, k, gradient);
}

/* Half of the pictures are nearly equal; a third of each picture is flat. */
static void draw(lk_rng *rng, const lk_sliding_window *w, lk_real *x, lk_real *y) {
    double blend = lk_rng_below(rng, 2) ? 1 : 0.05;
    for (int r = 0; r < w->h; r++)
        for (int i = 0; i < w->w * w->c; i++, x++, y++) {
            double u = lk_rng_uniform(rng), v = lk_rng_uniform(rng);
            bool flat = r % 30 >= 20;
            *x = LK_R(flat ? 0.9 : u);
            *y = LK_R(flat ? 0.8 : (1 - blend) * u + blend * v);
        }
}

static void gaussian(int size, lk_real *taps) {
    double sum = 0;
    for (int t = 0; t < size; t++) sum += exp(-pow((t - size / 2) / (0.15 * size), 2) / 2);
    for (int t = 0; t < size; t++)
        taps[t] = LK_R(exp(-pow((t - size / 2) / (0.15 * size), 2) / 2) / sum);
}

/* Compare the totals and the gradient, which is added with a weight to what is there, with plain
   ones. */
static void compare(const lk_sliding_window *w, lk_rng *rng) {
    size_t n = (size_t)(w->h * w->w * w->c);
    lk_real *x = lk_alloc(n * sizeof *x), *y = lk_alloc(n * sizeof *y),
            *s = lk_alloc(n * sizeof *s), *d = lk_alloc(n * sizeof *d);
    lk_real *got = lk_alloc(n * sizeof *got), *expected = lk_alloc(n * sizeof *expected);
    lk_real *scratch = lk_alloc(lk_window_scratch(w) * sizeof *scratch);
    double *gradient = lk_alloc(n * sizeof *gradient), totals[4] = { -1, -1, -1, -1 },
           plain_totals[4] = { 0 };
    double weight = 0.5, n_positions = (double)(w->h - w->size + 1) * (w->w - w->size + 1);
    draw(rng, w, x, y);
    plain(w, x, y, plain_totals, gradient);
    for (size_t i = 0; i < lk_window_scratch(w); i++) scratch[i] = (lk_real)NAN;
    for (size_t i = 0; i < n; i++)
        got[i] = LK_R(0.25), expected[i] = LK_R(0.25 + weight * gradient[i]);
    lk_test_kernels()->sum_and_difference(n, x, y, s, d);
    lk_test_kernels()->compare_window(w, s, d, scratch, totals, LK_R(weight), got);
    double error = lk_test_relative_l2(got, expected, n);
    if (!(error <= TOLERANCE))
        print_error("kind %d, %d x %d x %d, window %d%s\n", w->kind, w->h, w->w, w->c, w->size,
                    w->taps ? " gaussian" : "");
    assert_near(error, 0, TOLERANCE);
    for (int c = 0; c < w->c; c++)
        assert_near(totals[c] / n_positions, plain_totals[c] / n_positions, TOLERANCE * 0.5);
    lk_test_kernels()->compare_window(w, s, d, scratch, plain_totals, 1, NULL);
    assert_memory_equal(plain_totals, totals, (size_t)w->c * sizeof *totals);
    lk_free(x), lk_free(y), lk_free(s), lk_free(d), lk_free(got), lk_free(expected),
        lk_free(scratch), lk_free(gradient);
}

static void sums_equal_plain_ones_at_any_size(void **state) {
    (void)state;
    lk_rng rng = lk_rng_at(2, LK_STREAM_TEST, 0, 0);
    lk_real taps[LARGEST];
    for (int i = 0; i < 120; i++) {
        int size = 3 + 2 * (int)lk_rng_below(&rng, i % 4 ? 6 : 16);
        lk_sliding_window w = { .kind = (lk_similarity)(i % 3),
                                .h = size + (int)lk_rng_below(&rng, 40),
                                .w = size + (int)lk_rng_below(&rng, 40),
                                .c = 1 + (int)lk_rng_below(&rng, 4),
                                .size = size,
                                .alpha = 1,
                                .beta = 1,
                                .gamma = 1,
                                .C1 = LK_R(1e-4),
                                .C2 = LK_R(9e-4) };
        if (i % 10 == 0) w.h = w.w = size; /* one position */
        /* tall pictures, on which the running sums restart */
        if (i % 10 == 1) w.h = 150, w.w = size, w.c = 1;
        gaussian(size, taps);
        w.taps = lk_rng_below(&rng, 2) ? taps : NULL;
        compare(&w, &rng);
    }
}

/* Totals and gradient of the window positions in rows [first, first + n). */
static void compare_part(lk_sliding_window w, int first, int n, const lk_real *s, const lk_real *d,
                         double *totals, lk_real *gradient) {
    const size_t at = (size_t)(first * w.w * w.c);
    w.h = n + w.size - 1;
    lk_real *scratch = lk_alloc(lk_window_scratch(&w) * sizeof *scratch);
    double part[4];
    lk_test_kernels()->compare_window(&w, s + at, d + at, scratch, part, 1, gradient + at);
    for (int c = 0; c < w.c; c++) totals[c] += part[c];
    lk_free(scratch);
}

/* All five running sums, past their restarts, against sums that start further down. */
static void tall_pictures_are_the_sum_of_their_parts_under_any_exponents(void **state) {
    (void)state;
    enum {
        ROWS = 200,
        COLUMNS = 9,
        CHANNELS = 3,
        SIZE = 5,
        CUT = 70,
        POSITIONS = ROWS - SIZE + 1,
        N = ROWS * COLUMNS * CHANNELS
    };
    lk_sliding_window w = {
        .h = ROWS, .w = COLUMNS, .c = CHANNELS, .size = SIZE, .C1 = LK_R(1e-4), .C2 = LK_R(9e-4)
    };
    static lk_real x[N], y[N], s[N], d[N], whole[N], parts[N];
    w.alpha = LK_R(0.5), w.beta = 2, w.gamma = LK_R(1.5);
    lk_rng rng = lk_rng_at(2, LK_STREAM_TEST, 0, 1);
    draw(&rng, &w, x, y);
    lk_test_kernels()->sum_and_difference(N, x, y, s, d);
    double whole_totals[CHANNELS] = { 0 }, part_totals[CHANNELS] = { 0 };
    compare_part(w, 0, POSITIONS, s, d, whole_totals, whole);
    compare_part(w, 0, CUT, s, d, part_totals, parts);
    compare_part(w, CUT, POSITIONS - CUT, s, d, part_totals, parts);
    for (int c = 0; c < CHANNELS; c++) assert_near(whole_totals[c] / part_totals[c], 1, TOLERANCE);
    assert_near(lk_test_relative_l2(whole, parts, N), 0, 10 * TOLERANCE);
}

/* Also past the restarts. The largest window of the first set has its own kernel, that of the
   second set has none. */
static void windows_together_are_the_sum_of_single_ones(void **state) {
    (void)state;
    enum { ROWS = 150, COLUMNS = 23, CHANNELS = 3, N = ROWS * COLUMNS * CHANNELS };
    static const int sizes[2][LK_WINDOWS_AT_ONCE] = { { 15, 9, 9, 3 }, { 13, 11, 5, 3 } };
    const lk_real weights[LK_WINDOWS_AT_ONCE] = { 1, LK_R(0.5), 2, LK_R(0.25) };
    static lk_real x[N], y[N], s[N], d[N], together[N], single[N];
    lk_rng rng = lk_rng_at(2, LK_STREAM_TEST, 0, 2);
    for (int set = 0; set < 2; set++) {
        lk_sliding_window w[LK_WINDOWS_AT_ONCE];
        double totals[LK_WINDOWS_AT_ONCE * CHANNELS], expected[CHANNELS];
        size_t n_scratch = 0;
        for (int k = 0; k < LK_WINDOWS_AT_ONCE; k++) {
            w[k] = (lk_sliding_window){ .kind = LK_SIMILARITY_SUM,
                                        .h = ROWS,
                                        .w = COLUMNS,
                                        .c = CHANNELS,
                                        .size = sizes[set][k] };
            w[k].alpha = w[k].beta = w[k].gamma = 1, w[k].C1 = LK_R(1e-4), w[k].C2 = LK_R(9e-4);
            n_scratch += lk_window_scratch(&w[k]);
        }
        lk_real *scratch = lk_alloc(n_scratch * sizeof *scratch);
        draw(&rng, w, x, y);
        lk_test_kernels()->sum_and_difference(N, x, y, s, d);
        for (int i = 0; i < N; i++) together[i] = single[i] = 0;
        for (size_t i = 0; i < n_scratch; i++) scratch[i] = (lk_real)NAN;
        lk_test_kernels()->compare_windows(LK_WINDOWS_AT_ONCE, w, s, d, scratch, totals, weights,
                                           together);
        for (int k = 0; k < LK_WINDOWS_AT_ONCE; k++) {
            lk_test_kernels()->compare_window(&w[k], s, d, scratch, expected, weights[k], single);
            assert_memory_equal(expected, totals + k * CHANNELS, sizeof expected);
        }
        assert_near(lk_test_relative_l2(together, single, N), 0, TOLERANCE);
        lk_free(scratch);
    }
}

/* Tries neighbouring statistics, some of which make s exactly 0. */
static void the_slope_of_a_root_is_finite_at_0(void **state) {
    (void)state;
    const lk_sliding_window w = {
        .alpha = 1, .beta = 1, .gamma = LK_R(0.01), .C1 = LK_R(1e-4), .C2 = LK_R(9e-4)
    };
    lk_real vd = 4 * (w.C2 / 2 + LK_R(1e-8)), mean[LK_MEANS], loss, slope[LK_SLOPES] = { 0 };
    lk_real *means[LK_MEANS], *slopes[LK_SLOPES];
    int n_zeros = 0;
    for (int i = 0; i < 40; i++) vd -= vd * (sizeof(lk_real) == 8 ? LK_R(1e-16) : LK_R(6e-8));
    for (int i = 0; i < 80; i++, vd += vd * (sizeof(lk_real) == 8 ? LK_R(2e-16) : LK_R(1e-7))) {
        for (int m = 0; m < LK_MEANS; m++) mean[m] = 0, means[m] = &mean[m];
        for (int k = 0; k < LK_SLOPES; k++) slopes[k] = &slope[k];
        mean[LK_MEAN_DD] = vd;
        loss = 0;
        lk_test_kernels()->similarity(&w, 1, means, &loss, slopes);
        for (int k = 0; k < LK_SLOPES; k++) assert_true(isfinite(slope[k]));
        if (loss == 1) n_zeros++; /* 1 - l c s */
    }
    assert_true(n_zeros > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_equal_plain_ones_at_any_size),
        cmocka_unit_test(tall_pictures_are_the_sum_of_their_parts_under_any_exponents),
        cmocka_unit_test(windows_together_are_the_sum_of_single_ones),
        cmocka_unit_test(the_slope_of_a_root_is_finite_at_0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
