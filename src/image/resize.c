/*
 * Antialiased resizing, one axis after the other. The arithmetic is that of Pillow's Resample.c for
 * 8 bits: the filter is widened by the ratio, its weights are normalised and rounded to 22 bits,
 * and each pass rounds to 8 bits. Like Pillow's it is not gamma-aware.
 */
#include "base/isa.h"
#include "image/resample.h"

#include <likeness/memory.h>

#include <math.h>

static double bicubic(double x) {
    const double a = -0.5;
    x = fabs(x);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

static double bilinear(double x) {
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

static double sinc(double x) {
    const double pi = 3.14159265358979323846;
    return x == 0 ? 1 : sin(x * pi) / (x * pi);
}

static double lanczos(double x) {
    return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

static double box(double x) {
    return x > -0.5 && x <= 0.5 ? 1 : 0;
}

#define ROW(name, constant, support) { #name, name, support },
static const struct {
    const char *name;
    double (*weight)(double x);
    double support;
} filters[] = { LK_FILTER_LIST(ROW) };
#undef ROW

const char *lk_filter_name(lk_filter filter) {
    return filters[filter].name;
}

static void taps_deinit(struct lk_taps *taps) {
    lk_free(taps->first);
    lk_free(taps->n);
    lk_free(taps->weights);
    *taps = (struct lk_taps){ 0 };
}

static void fill_taps(struct lk_taps *taps, int i, double scale, lk_filter filter,
                      double *scratch) {
    double widened = scale < 1 ? 1 : scale, support = filters[filter].support * widened,
           centre = (i + 0.5) * scale, sum = 0;
    int first = (int)(centre - support + 0.5), last = (int)(centre + support + 0.5);
    if (first < 0) first = 0;
    if (last > taps->n_in) last = taps->n_in;
    for (int j = first; j < last; j++)
        sum += scratch[j - first] = filters[filter].weight((j - centre + 0.5) * (1 / widened));
    int32_t *weights = taps->weights + (size_t)i * (size_t)taps->n_most;
    for (int j = 0; j < last - first; j++) {
        double weight = (sum != 0 ? scratch[j] / sum : scratch[j]) * (1 << LK_TAPS_PRECISION);
        weights[j] = (int32_t)(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    taps->first[i] = first;
    taps->n[i] = last - first;
}

/* After a failure there are none. */
static lk_status taps_init(struct lk_taps *taps, int n_in, int n_out, lk_filter filter,
                           lk_error *err) {
    double scale = (double)n_in / n_out,
           support = filters[filter].support * (scale < 1 ? 1 : scale);
    *taps = (struct lk_taps){ .n_in = n_in, .n_out = n_out, .n_most = (int)ceil(support) * 2 + 1 };
    size_t n = (size_t)n_out, most = (size_t)taps->n_most;
    taps->first = lk_alloc(n * sizeof *taps->first);
    taps->n = lk_alloc(n * sizeof *taps->n);
    taps->weights = lk_alloc(lk_size_mul(n * most, sizeof *taps->weights));
    double *scratch = lk_alloc(most * sizeof *scratch);
    bool enough = taps->first && taps->n && taps->weights && scratch;
    for (int i = 0; enough && i < n_out; i++) fill_taps(taps, i, scale, filter, scratch);
    lk_free(scratch);
    if (enough) return LK_OK;
    taps_deinit(taps);
    return lk_fail_memory(err, n * most * sizeof *taps->weights, "the weights of a resize");
}

#define DECLARE(isa) extern const struct lk_resample_kernels lk_resample_##isa;
LK_ISA_LIST(DECLARE)

#define TABLE(isa) [LK_ISA_##isa] = &lk_resample_##isa,
static const struct lk_resample_kernels *const tables[] = { LK_ISA_LIST(TABLE) };

/* What the two passes share. */
struct passes {
    const struct lk_resample_kernels *kernels;
    lk_filter filter;
    struct lk_taps taps; /* of the last pass */
};

/* The weights of one pass. Those of the last one serve again for a square. */
static lk_status set_taps(struct passes *passes, int n_in, int n_out, lk_error *err) {
    struct lk_taps *taps = &passes->taps;
    if (taps->n_in == n_in && taps->n_out == n_out) return LK_OK;
    taps_deinit(taps);
    return taps_init(taps, n_in, n_out, passes->filter, err);
}

/* Resize the rows. An axis that keeps its length is only copied, because Pillow skips its pass too.
   The caller owns `out`, also after a failure. */
static lk_status resize_rows(struct passes *passes, const lk_image *in, int width, lk_image *out,
                             lk_error *err) {
    if (width == in->width) return lk_image_to_channels(in, in->n_channels, out, err);
    lk_status status = set_taps(passes, in->width, width, err);
    if (!status) status = lk_image_init(out, width, in->height, in->n_channels, err);
    if (status) return status;
    size_t n_bytes = LK_BAND * (size_t)(in->width + width) * (size_t)in->n_channels;
    uint8_t *scratch = lk_alloc(n_bytes);
    if (!scratch) return lk_fail_memory(err, n_bytes, "the rows of a resize");
    passes->kernels->rows(in, &passes->taps, scratch, out);
    lk_free(scratch);
    return LK_OK;
}

static lk_status resize_columns(struct passes *passes, const lk_image *in, int height,
                                lk_image *out, lk_error *err) {
    if (height == in->height) return lk_image_to_channels(in, in->n_channels, out, err);
    lk_status status = set_taps(passes, in->height, height, err);
    if (!status) status = lk_image_init(out, in->width, height, in->n_channels, err);
    if (!status) passes->kernels->columns(in, &passes->taps, out);
    return status;
}

lk_status lk_image_resize(const lk_image *image, int width, int height, lk_filter filter,
                          lk_image *out, lk_error *err) {
    if (width < 1 || height < 1 || width > LK_IMAGE_SIDE_MAX || height > LK_IMAGE_SIDE_MAX)
        return lk_fail(err, LK_FORMAT, "resize: expected sides from 1 to %d, got %d x %d",
                       LK_IMAGE_SIDE_MAX, width, height);
    struct passes passes = { .filter = filter };
    lk_image narrow = { 0 };
    lk_isa isa;
    lk_status status = lk_isa_choose(&isa, err);
    if (status) return status;
    passes.kernels = tables[isa];
    status = resize_rows(&passes, image, width, &narrow, err);
    if (!status) status = resize_columns(&passes, &narrow, height, out, err);
    lk_image_deinit(&narrow);
    taps_deinit(&passes.taps);
    return status;
}
