/* Resizing against plain loops over the definition, byte by byte: pictures of any shape, also those
   that fill no vector and no band of rows. */
#include "base/rng.h"
#include "support.h"

#include <likeness/image.h>
#include <likeness/memory.h>

#include <math.h>
#include <string.h>

/* ---- the definition ---- */

static double sinc(double x) {
    const double pi = 3.14159265358979323846;
    return x == 0 ? 1 : sin(x * pi) / (x * pi);
}

static double curve(lk_filter filter, double x) {
    const double a = -0.5, d = fabs(x);
    switch (filter) {
    case LK_FILTER_BICUBIC:
        if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
        return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
    case LK_FILTER_BILINEAR:
        return d < 1 ? 1 - d : 0;
    case LK_FILTER_LANCZOS:
        return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    case LK_FILTER_BOX:
    default:
        return x > -0.5 && x <= 0.5 ? 1 : 0;
    }
}

/* One value: `in` has n_in values, `step` bytes apart. */
static uint8_t value_at(const uint8_t *in, int n_in, int step, int n_out, int i, lk_filter filter) {
    static const double supports[] = { [LK_FILTER_BICUBIC] = 2,
                                       [LK_FILTER_BILINEAR] = 1,
                                       [LK_FILTER_LANCZOS] = 3,
                                       [LK_FILTER_BOX] = 0.5 };
    double scale = (double)n_in / n_out, wide = scale < 1 ? 1 : scale, total = 0,
           support = supports[filter] * wide, centre = (i + 0.5) * scale;
    int first = (int)(centre - support + 0.5), last = (int)(centre + support + 0.5);
    if (first < 0) first = 0;
    if (last > n_in) last = n_in;
    for (int j = first; j < last; j++) total += curve(filter, (j - centre + 0.5) * (1 / wide));
    int64_t sum = 1 << 21;
    for (int j = first; j < last; j++) {
        double w = curve(filter, (j - centre + 0.5) * (1 / wide)) / total * (1 << 22);
        sum += in[j * step] * (int64_t)(w < 0 ? w - 0.5 : w + 0.5);
    }
    sum >>= 22;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

static lk_image blank(int width, int height, int n_channels) {
    lk_image image;
    lk_error err;
    assert_ok(lk_image_init(&image, width, height, n_channels, &err), &err);
    return image;
}

/* Rows first, then columns; an axis that keeps its length stays as it is. */
static lk_image resized(const lk_image *in, int width, int height, lk_filter filter) {
    const int n = in->n_channels;
    lk_image narrow = blank(width, in->height, n), out = blank(width, height, n);
    for (int y = 0; y < in->height; y++)
        for (int x = 0; x < width * n; x++) {
            const uint8_t *row = in->pixels + (size_t)y * (size_t)(in->width * n);
            narrow.pixels[y * width * n + x] =
                width == in->width ? row[x]
                                   : value_at(row + x % n, in->width, n, width, x / n, filter);
        }
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width * n; x++)
            out.pixels[y * width * n + x] =
                height == in->height
                    ? narrow.pixels[y * width * n + x]
                    : value_at(narrow.pixels + x, in->height, width * n, height, y, filter);
    lk_image_deinit(&narrow);
    return out;
}

/* ---- pictures ---- */

/* Noise; black; white; pixels of both, which the negative lobes push beyond the ends. */
enum { NOISE, BLACK, WHITE, EXTREMES, N_CONTENTS };

static lk_image draw(lk_rng *rng, int width, int height, int n_channels, int content) {
    lk_image image = blank(width, height, n_channels);
    for (size_t i = 0; i < lk_image_bytes(&image); i++) {
        uint32_t drawn = lk_rng_below(rng, 256);
        image.pixels[i] = (uint8_t)(content == NOISE   ? drawn
                                    : content == BLACK ? 0
                                    : content == WHITE ? 255
                                    : drawn % 2        ? 255
                                                       : 0);
    }
    return image;
}

static void check(lk_rng *rng, const int sides[2], const int to[2], int n_channels, int content,
                  lk_filter filter) {
    lk_error err;
    lk_image in = draw(rng, sides[0], sides[1], n_channels, content), out,
             expected = resized(&in, to[0], to[1], filter);
    assert_ok(lk_image_resize(&in, to[0], to[1], filter, &out, &err), &err);
    for (size_t i = 0; i < lk_image_bytes(&expected); i++)
        if (out.pixels[i] != expected.pixels[i])
            fail_msg("%d x %d x %d to %d x %d, %s, content %d: expected %d at %zu, got %d",
                     sides[0], sides[1], n_channels, to[0], to[1], lk_filter_name(filter), content,
                     expected.pixels[i], i, out.pixels[i]);
    lk_image_deinit(&in);
    lk_image_deinit(&out);
    lk_image_deinit(&expected);
}

/* The lengths next to those of vectors, tiles and bands. */
static void lengths_next_to_those_of_vectors_give_the_bytes_of_the_definition(void **state) {
    (void)state;
    static const int lengths[] = { 1, 2, 5, 15, 16, 17, 21, 22, 31, 33, 63, 64, 65, 130 };
    lk_rng rng = lk_rng_at(1, LK_STREAM_TEST, 0, 0);
    for (size_t i = 0; i < LK_COUNT(lengths); i++)
        for (size_t j = 0; j < LK_COUNT(lengths); j++)
            for (int n_channels = 1; n_channels <= 3; n_channels += 2) {
                const int in[] = { lengths[i], lengths[j] }, out[] = { lengths[j], lengths[i] },
                          square[] = { lengths[i], lengths[i] }, narrow[] = { 7, lengths[j] },
                          low[] = { lengths[i], 7 };
                lk_filter filter = (lk_filter)((i + j) % LK_N_FILTERS);
                check(&rng, in, out, n_channels, NOISE, filter);
                check(&rng, in, narrow, n_channels, NOISE, filter);
                check(&rng, in, low, n_channels, NOISE, filter);
                check(&rng, square, narrow, n_channels, NOISE, filter);
            }
}

static void any_picture_gives_the_bytes_of_the_definition(void **state) {
    (void)state;
    lk_rng rng = lk_rng_at(2, LK_STREAM_TEST, 0, 0);
    for (int i = 0; i < 40 * N_CONTENTS; i++) {
        int sides[4];
        for (int s = 0; s < 4; s++) sides[s] = 1 + (int)lk_rng_below(&rng, s < 2 ? 200 : 90);
        check(&rng, sides, sides + 2, i % 3 ? 3 : 1, i % N_CONTENTS,
              (lk_filter)lk_rng_below(&rng, LK_N_FILTERS));
    }
}

static void a_square_of_celeba_gives_the_bytes_of_the_definition(void **state) {
    (void)state;
    lk_rng rng = lk_rng_at(3, LK_STREAM_TEST, 0, 0);
    for (int f = 0; f < LK_N_FILTERS; f++)
        for (int content = 0; content < N_CONTENTS; content++)
            check(&rng, (const int[]){ 148, 148 }, (const int[]){ 64, 64 }, 3, content,
                  (lk_filter)f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_next_to_those_of_vectors_give_the_bytes_of_the_definition),
        cmocka_unit_test(any_picture_gives_the_bytes_of_the_definition),
        cmocka_unit_test(a_square_of_celeba_gives_the_bytes_of_the_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
