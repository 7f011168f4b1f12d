/* Pictures and gradients as squares of sharp pixels. */
#include "explain/panels.h"

#include <likeness/memory.h>

#include <math.h>
#include <stdlib.h>

/* Enlarge by a whole number of the page's pixels, of which a unit has two; shrink a large one. */
static lk_status put_picture(lk_canvas *canvas, double x, double y, int side,
                             const lk_image *picture, lk_error *err) {
    lk_image shown = { 0 };
    int pixels = 2 * side, n = picture->width <= pixels ? picture->width : pixels;
    double unit = pixels / n / 2.0;
    lk_status status = lk_image_resize(picture, n, n, LK_FILTER_BOX, &shown, err);
    if (status) return status;
    lk_draw_picture(canvas, x, y, unit, &shown);
    lk_image_deinit(&shown);
    return LK_OK;
}

lk_status lk_panels_values(lk_canvas *canvas, double x, double y, int side, lk_image_shape shape,
                           const lk_real *values, lk_error *err) {
    lk_image picture = { 0 };
    lk_status status = lk_image_init(&picture, shape.size, shape.size, shape.channels, err);
    if (status) return status;
    lk_bytes_from_reals(values, lk_image_bytes(&picture), picture.pixels);
    status = put_picture(canvas, x, y, side, &picture, err);
    lk_image_deinit(&picture);
    return status;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The 99th percentile of the absolute values, so that one outlier does not make the rest pale. */
static double scale_of(const double *values, double *scratch, int n) {
    for (int i = 0; i < n; i++) scratch[i] = fabs(values[i]);
    qsort(scratch, (size_t)n, sizeof *scratch, by_size);
    return scratch[(n - 1) * 99 / 100];
}

/* -1 blue, 0 white, 1 red. */
static void set_signed(double value, uint8_t colour[3]) {
    double share = value > 1 ? 1 : value < -1 ? -1 : value;
    lk_colour end = share > 0 ? LK_COLOUR_RED : LK_COLOUR_BLUE;
    for (int c = 0; c < 3; c++)
        colour[c] = (uint8_t)lround(255 + fabs(share) * ((end >> (16 - 8 * c) & 255) - 255.0));
}

lk_status lk_panels_gradient(lk_canvas *canvas, double x, double y, int side, lk_image_shape shape,
                             const lk_real *gradient, double *scale, lk_error *err) {
    int n = shape.size * shape.size, channels = shape.channels;
    lk_image picture = { 0 };
    double *values = lk_alloc((size_t)n * 2 * sizeof *values);
    lk_status status =
        values ? LK_OK
               : lk_fail_memory(err, (size_t)n * 2 * sizeof *values, "a gradient's picture");
    if (!status) status = lk_image_init(&picture, shape.size, shape.size, 3, err);
    if (status) goto done;
    for (int i = 0; i < n * channels; i++) values[i / channels] -= (double)gradient[i] / channels;
    *scale = scale_of(values, values + n, n);
    for (int i = 0; i < n; i++)
        set_signed(*scale > 0 ? values[i] / *scale : 0, picture.pixels + 3 * i);
    status = put_picture(canvas, x, y, side, &picture, err);
done:
    lk_image_deinit(&picture);
    lk_free(values);
    return status;
}

void lk_panels_bar(lk_canvas *canvas, double x, double y, double width, double size) {
    enum { STEPS = 64, HEIGHT = 10 };
    static const char *const words[] = { "darker", "no change", "brighter" };
    for (int i = 0; i < STEPS; i++) {
        uint8_t c[3];
        set_signed(2.0 * i / (STEPS - 1) - 1, c);
        lk_draw_rectangle(canvas, x + width * i / STEPS, y, width / STEPS + 0.5, HEIGHT,
                          (lk_colour)c[0] << 16 | (lk_colour)c[1] << 8 | c[2]);
    }
    for (int i = 0; i < 3; i++)
        lk_draw_text(
            canvas, x + width * i / 2, y + HEIGHT + 1.1 * size,
            (lk_text_style){ .size = size, .colour = LK_COLOUR_GREY, .align = (lk_align)i },
            words[i]);
}
