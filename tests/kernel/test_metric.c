/* metric: the kernels against plain pow() and cbrt(). With LIKENESS_BENCH set it also prints how
   many pictures per second each metric measures on one core. */
#include "base/rng.h"
#include "metric/work.h"
#include "reference.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>

enum { SIDE = 64, VALUES = SIDE * SIDE * 3, PIXELS = SIDE * SIDE };

static struct lk_metric_work pair = {
    .height = SIDE, .width = SIDE, .channels = 3, .with_lab = true
};
static lk_real x[VALUES], y[VALUES];

/* x: every byte, and the values at the ends and bends of the curves; y: random values in [0, 1]. */
static int begin(void **state) {
    (void)state;
    static const double bends[] = {
        0, 1e-30, 1e-7, 0.04044, 0.04045, 0.04046, 0.09, 0.1, 0.99999, 1
    };
    lk_error err;
    lk_rng rng = lk_rng_at(7, LK_STREAM_TEST, 0, 0);
    for (int i = 0; i < VALUES; i++) {
        x[i] = LK_R(lk_rng_below(&rng, 256)) / 255;
        y[i] = (lk_real)lk_rng_uniform(&rng);
    }
    for (size_t i = 0; i < LK_COUNT(bends); i++)
        for (size_t c = 0; c < 3; c++) x[3 * i + c] = (lk_real)bends[i];
    if (!lk_metric_work_init(&pair, &err)) return 0;
    print_error("%s\n", err.text);
    return -1;
}

static int end(void **state) {
    (void)state;
    lk_metric_work_deinit(&pair);
    return 0;
}

static void lab_of_pictures_equals_lab_of_pixels(void **state) {
    (void)state;
    const lk_real *const pictures[] = { x, y };
    double largest = 0;
    pair.kernels->set(&pair, x, y);
    for (int p = 0; p < 2; p++)
        for (size_t i = 0; i < PIXELS; i++) {
            const lk_real *v = pictures[p] + 3 * i;
            double expected[3];
            lk_test_lab((double)v[0], (double)v[1], (double)v[2], expected);
            for (size_t k = 0; k < 3; k++)
                largest = fmax(largest, fabs(pair.lab[p][k * PIXELS + i] - expected[k]));
        }
    assert_near(largest, 0, 1e-12);
}

static void report(const char *name, double seconds) {
    print_message("%-16s %7.1f us a pair, %6.0f pairs/s\n", name, 1e6 * seconds, 1 / seconds);
}

static double quickest(lk_metric metric) {
    double best = 1;
    for (int i = 0; i < 200; i++) {
        double begin_s = lk_seconds();
        if (metric == LK_N_METRICS)
            pair.kernels->set(&pair, x, y);
        else
            pair.kernels->measure[metric](&pair);
        best = fmin(best, lk_seconds() - begin_s);
    }
    return best;
}

static void time_of_each_metric(void **state) {
    (void)state;
    if (!getenv("LIKENESS_BENCH")) skip();
    double all = quickest(LK_N_METRICS);
    print_message("%s\n", pair.kernels->isa);
    report("maps and Lab", all);
    for (int m = 0; m < LK_N_METRICS; m++) {
        double seconds = quickest((lk_metric)m);
        report(lk_metric_key((lk_metric)m), seconds);
        all += seconds;
    }
    report("all", all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lab_of_pictures_equals_lab_of_pixels),
        cmocka_unit_test(time_of_each_metric),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
