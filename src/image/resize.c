/*
 * Antialiased resizing, one axis after the other. The arithmetic is that of Pillow's Resample.c for
 * 8 bits: the filter is widened by the ratio, its weights are normalised and rounded to 22 bits,
 * and each pass rounds to 8 bits. Like Pillow's it is not gamma-aware.
 */
#include <likeness/image.h>
#include <likeness/memory.h>

#include <math.h>
#include <string.h>

/* PRECISION leaves 8 bits for the pixel and 2 for negative lobes. STRETCH: values summed at
   once. */
enum { PRECISION = 32 - 8 - 2, STRETCH = 192 };

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

/* For each output position: its first input, the number of inputs, and their weights (n_most for
   each position). */
struct taps {
    int n_most, *first, *n;
    int32_t *weights;
};

static void taps_deinit(struct taps *taps) {
    lk_free(taps->first);
    lk_free(taps->n);
    lk_free(taps->weights);
}

static void fill_taps(struct taps *taps, int n_in, int i, double scale, lk_filter filter,
                      double *scratch) {
    double widened = scale < 1 ? 1 : scale, support = filters[filter].support * widened,
           centre = (i + 0.5) * scale, sum = 0;
    int first = (int)(centre - support + 0.5), last = (int)(centre + support + 0.5);
    if (first < 0) first = 0;
    if (last > n_in) last = n_in;
    for (int j = first; j < last; j++)
        sum += scratch[j - first] = filters[filter].weight((j - centre + 0.5) * (1 / widened));
    int32_t *weights = taps->weights + (size_t)i * (size_t)taps->n_most;
    for (int j = 0; j < last - first; j++) {
        double weight = (sum != 0 ? scratch[j] / sum : scratch[j]) * (1 << PRECISION);
        weights[j] = (int32_t)(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    taps->first[i] = first;
    taps->n[i] = last - first;
}

static lk_status taps_init(struct taps *taps, int n_in, int n_out, lk_filter filter,
                           lk_error *err) {
    double scale = (double)n_in / n_out,
           support = filters[filter].support * (scale < 1 ? 1 : scale);
    *taps = (struct taps){ .n_most = (int)ceil(support) * 2 + 1 };
    size_t n = (size_t)n_out, most = (size_t)taps->n_most;
    taps->first = lk_alloc(n * sizeof *taps->first);
    taps->n = lk_alloc(n * sizeof *taps->n);
    taps->weights = lk_alloc(lk_size_mul(n * most, sizeof *taps->weights));
    double *scratch = lk_alloc(most * sizeof *scratch);
    bool enough = taps->first && taps->n && taps->weights && scratch;
    for (int i = 0; enough && i < n_out; i++) fill_taps(taps, n_in, i, scale, filter, scratch);
    lk_free(scratch);
    if (enough) return LK_OK;
    taps_deinit(taps);
    return lk_fail_memory(err, n * most * sizeof *taps->weights, "the weights of a resize");
}

static uint8_t clip(int32_t sum) {
    sum >>= PRECISION;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

/* Weighted sums of n pixels from `in` on, one for each channel. With n_channels known at compile
   time the sums stay in registers. */
static inline void weigh(const uint8_t *in, size_t n_channels, const int32_t *weights, int n,
                         uint8_t *out) {
    int32_t sums[3] = { 1 << (PRECISION - 1), 1 << (PRECISION - 1), 1 << (PRECISION - 1) };
    for (int j = 0; j < n; j++, in += n_channels)
        for (size_t c = 0; c < n_channels; c++) sums[c] += in[c] * weights[j];
    for (size_t c = 0; c < n_channels; c++) out[c] = clip(sums[c]);
}

static void rows_pass(const lk_image *in, const struct taps *taps, lk_image *out) {
    const size_t n = (size_t)in->n_channels;
    for (size_t y = 0; y < (size_t)out->height; y++) {
        const uint8_t *row = in->pixels + y * (size_t)in->width * n;
        uint8_t *to = out->pixels + y * (size_t)out->width * n;
        for (size_t x = 0; x < (size_t)out->width; x++, to += n) {
            const uint8_t *first = row + (size_t)taps->first[x] * n;
            const int32_t *weights = taps->weights + x * (size_t)taps->n_most;
            if (n == 3)
                weigh(first, 3, weights, taps->n[x], to);
            else
                weigh(first, 1, weights, taps->n[x], to);
        }
    }
}

/* A stretch of n values of an output row, from input rows that begin `row` bytes apart. */
static void weigh_stretch(const uint8_t *in, size_t row, const int32_t *weights, int n_taps,
                          size_t n, uint8_t *restrict out) {
    int32_t sums[STRETCH];
    for (size_t x = 0; x < n; x++) sums[x] = 1 << (PRECISION - 1);
    for (int j = 0; j < n_taps; j++, in += row)
        for (size_t x = 0; x < n; x++) sums[x] += in[x] * weights[j];
    for (size_t x = 0; x < n; x++) out[x] = clip(sums[x]);
}

static void columns_pass(const lk_image *in, const struct taps *taps, lk_image *out) {
    const size_t row = (size_t)in->width * (size_t)in->n_channels;
    for (size_t y = 0; y < (size_t)out->height; y++)
        for (size_t x = 0; x < row; x += STRETCH)
            weigh_stretch(in->pixels + (size_t)taps->first[y] * row + x, row,
                          taps->weights + y * (size_t)taps->n_most, taps->n[y],
                          row - x < STRETCH ? row - x : STRETCH, out->pixels + y * row + x);
}

typedef void pass(const lk_image *in, const struct taps *taps, lk_image *out);

/* Resize one axis from n_in to n_out pixels. An axis that keeps its length is only copied, because
   Pillow skips its pass too. */
static lk_status resize_axis(const lk_image *in, int n_in, int n_out, lk_filter filter, pass *run,
                             lk_image *out, lk_error *err) {
    if (n_in == n_out) return lk_image_to_channels(in, in->n_channels, out, err);
    struct taps taps;
    lk_status status = taps_init(&taps, n_in, n_out, filter, err);
    if (status) return status;
    bool is_row = run == rows_pass;
    status = lk_image_init(out, is_row ? n_out : in->width, is_row ? in->height : n_out,
                           in->n_channels, err);
    if (!status) run(in, &taps, out);
    taps_deinit(&taps);
    return status;
}

lk_status lk_image_resize(const lk_image *image, int width, int height, lk_filter filter,
                          lk_image *out, lk_error *err) {
    if (width < 1 || height < 1 || width > LK_IMAGE_SIDE_MAX || height > LK_IMAGE_SIDE_MAX)
        return lk_fail(err, LK_FORMAT, "resize: expected sides from 1 to %d, got %d x %d",
                       LK_IMAGE_SIDE_MAX, width, height);
    lk_image narrow;
    lk_status status = resize_axis(image, image->width, width, filter, rows_pass, &narrow, err);
    if (status) return status;
    status = resize_axis(&narrow, image->height, height, filter, columns_pass, out, err);
    lk_image_deinit(&narrow);
    return status;
}
