/* metric: against scikit-image and plain numpy float64 (scripts/golden/metric.py), on pictures that
   both sides compute. */
#include "reference.h"
#include "support.h"

#include <likeness/metric.h>
#include <math.h>
#include <stdio.h>

#include "metric_values.h"

enum { SMOOTH, NOISY, FLAT, DARK, MIXED, VALUES_MAX = 64 * 64 * 3 };

static int smooth_at(int r, int c, int k) {
    int ramp = (5 * r + 3 * c + 67 * k + r * c / 8) % 512;
    return ramp > 255 ? 511 - ramp : ramp;
}

static int noisy_at(int r, int c, int k) {
    uint32_t h = ((uint32_t)r * 73856093U) ^ ((uint32_t)c * 19349663U) ^ ((uint32_t)k * 83492791U);
    return (int)((h * 2654435761U) >> 24);
}

static int value_at(int kind, int r, int c, int k) {
    const int smooth = smooth_at(r, c, k), noisy = noisy_at(r, c, k);
    const int values[] = { [SMOOTH] = smooth,
                           [NOISY] = noisy,
                           [FLAT] = 256 - 100 * k,
                           [DARK] = 0,
                           [MIXED] = (5 * smooth + 3 * noisy) / 8 };
    return values[kind];
}

static void draw(int kind, int height, int width, int channels, lk_real *out) {
    for (int r = 0; r < height; r++)
        for (int c = 0; c < width; c++)
            for (int k = 0; k < channels; k++) *out++ = LK_R(value_at(kind, r, c, k)) / 256;
}

static lk_metrics_summary measure(const struct golden_pair *p) {
    static lk_real x[VALUES_MAX], y[VALUES_MAX];
    draw(p->kind_x, p->height, p->width, p->channels, x);
    draw(p->kind_y, p->height, p->width, p->channels, y);
    lk_metrics_summary summary;
    lk_error err;
    assert_ok(lk_metrics_of_pair(x, y, p->height, p->width, p->channels, &summary, &err), &err);
    return summary;
}

/* The tolerance is relative; two undefined values are equal. */
static void assert_metric(lk_metric metric, int row, double got, double expected,
                          double tolerance) {
    if (isnan(got) && isnan(expected)) return;
    if (!(fabs(got - expected) <= tolerance * fmax(1, fabs(expected))))
        fail_msg("pair %d, %s: expected %.17g, got %.17g", row, lk_metric_key(metric), expected,
                 got);
}

static void metrics_equal_those_of_scikit_image_and_numpy(void **state) {
    (void)state;
    for (int i = 0; i < (int)LK_COUNT(golden_pairs); i++) {
        const struct golden_pair *p = &golden_pairs[i];
        lk_metrics_summary summary = measure(p);
        const double expected[LK_N_METRICS] = {
            [LK_METRIC_SSIM] = p->ssim,
            [LK_METRIC_MSE] = p->mse,
            [LK_METRIC_PSNR] = p->psnr,
            [LK_METRIC_LWSSIM] = p->lwssim,
            [LK_METRIC_CHROMA_RATIO] = p->chroma_y / p->chroma_x,
            [LK_METRIC_DELTA_E] = p->delta_e,
            [LK_METRIC_SHARPNESS_RATIO] =
                p->sharpness_x > 0 ? p->sharpness_y / p->sharpness_x : (double)NAN,
            [LK_METRIC_MS_SSIM] = p->ms_ssim,
        };
        for (int m = 0; m < LK_N_METRICS; m++)
            assert_metric((lk_metric)m, i, summary.value[m], expected[m], 1e-11);
    }
}

/* kernel/test_metric.c compares the kernels with this reference. */
static void the_reference_of_lab_equals_scikit_image(void **state) {
    (void)state;
    for (size_t i = 0; i < LK_COUNT(golden_labs); i++) {
        double lab[3];
        lk_test_lab(golden_labs[i].rgb[0], golden_labs[i].rgb[1], golden_labs[i].rgb[2], lab);
        for (int k = 0; k < 3; k++) assert_near(lab[k], golden_labs[i].lab[k], 1e-9);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_equal_those_of_scikit_image_and_numpy),
        cmocka_unit_test(the_reference_of_lab_equals_scikit_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
