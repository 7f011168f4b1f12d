/* report: where a plot draws its curves. */
#include "report/report.h"
#include "support.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 400, HEIGHT = 300, LEFT = 40, TOP = 30, PLOT_WIDTH = 320, PLOT_HEIGHT = 240, N = 5 };

static const double x[N] = { 0, 1, 2, 3, 4 };
static lk_image image;

static int start(void **state) {
    (void)state;
    lk_error err;
    assert_ok(lk_image_init(&image, WIDTH, HEIGHT, 3, &err), &err);
    return 0;
}

static int end(void **state) {
    (void)state;
    lk_image_deinit(&image);
    return 0;
}

static const uint8_t red[3] = { 255, 0, 0 };

static lk_plot_curve curve_of(const double *y) {
    return (lk_plot_curve){ .name = "curve", .colour = { 255, 0, 0 }, .thickness = 1, .y = y };
}

static void plot(const double *y, bool relative) {
    const lk_plot_curve curve = curve_of(y);
    const lk_plot plot = { .title = "title",
                           .left = LEFT,
                           .top = TOP,
                           .width = PLOT_WIDTH,
                           .height = PLOT_HEIGHT,
                           .x = x,
                           .n = N,
                           .curves = &curve,
                           .n_curves = 1,
                           .relative = relative };
    memset(image.pixels, 255, lk_image_bytes(&image));
    lk_plot_draw(&image, &plot);
}

static bool is(int column, int row, const uint8_t colour[3]) {
    return memcmp(image.pixels + ((size_t)row * WIDTH + (size_t)column) * 3, colour, 3) == 0;
}

/* The first and last column and row that hold the colour; false where none does. */
struct box {
    int left, right, top, bottom, n;
};

static struct box find(const uint8_t colour[3]) {
    struct box box = { WIDTH, -1, HEIGHT, -1, 0 };
    for (int row = 0; row < HEIGHT; row++)
        for (int column = 0; column < WIDTH; column++) {
            if (!is(column, row, colour)) continue;
            if (column < box.left) box.left = column;
            if (column > box.right) box.right = column;
            if (row < box.top) box.top = row;
            if (row > box.bottom) box.bottom = row;
            box.n++;
        }
    return box;
}

static void a_rising_line_goes_from_corner_to_corner_without_a_gap(void **state) {
    (void)state;
    static const double y[N] = { 0, 1, 2, 3, 4 };
    plot(y, false);
    struct box box = find(red);
    assert_int_equal(box.right, LEFT + PLOT_WIDTH - 1);
    assert_true(is(box.left, box.bottom, red) && is(box.right, box.top, red));
    assert_true(box.n >= box.right - box.left + 1 && box.n >= box.bottom - box.top + 1);
    assert_true(box.left > LEFT && box.top > TOP && box.bottom < TOP + PLOT_HEIGHT);
    struct box before = box;
    static const double ten_times[N] = { 0, 10, 20, 30, 40 };
    plot(ten_times, true); /* relative plots do not depend on the scale */
    box = find(red);
    assert_memory_equal(&box, &before, sizeof box);
}

static void what_is_not_finite_leaves_a_gap(void **state) {
    (void)state;
    const double y[N] = { 1, 1, (double)NAN, 1, 1 };
    plot(y, false);
    struct box box = find(red);
    assert_int_equal(box.top, box.bottom);
    int quarter = (box.right - box.left) / 4;
    assert_true(is(box.left + quarter / 2, box.top, red) &&
                is(box.right - quarter / 2, box.top, red));
    assert_false(is(box.left + 2 * quarter, box.top, red) ||
                 is(box.left + 3 * quarter / 2, box.top, red));
}

static void a_plot_stays_in_its_rectangle(void **state) {
    (void)state;
    static const double zero[N] = { 0 };
    plot(zero, true);
    for (int row = 0; row < HEIGHT; row++)
        for (int column = 0; column < WIDTH; column++) {
            static const uint8_t white[3] = { 255, 255, 255 };
            /* half a label */
            bool outside = row < TOP || row >= TOP + PLOT_HEIGHT || column < LEFT ||
                           column >= LEFT + PLOT_WIDTH + 10;
            if (outside && !is(column, row, white))
                fail_msg("column %d, row %d is drawn on", column, row);
        }
}

static void a_legend_is_as_wide_as_it_says(void **state) {
    (void)state;
    const lk_plot_curve curves[] = { curve_of(x), curve_of(x) };
    memset(image.pixels, 255, lk_image_bytes(&image));
    int width = lk_plot_legend(&image, 10, 10, curves, 2);
    struct box lines = find(red);
    assert_int_equal(lines.left, 10);
    assert_true(lines.right > 10 + width / 2 && lines.right < 10 + width);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rising_line_goes_from_corner_to_corner_without_a_gap),
        cmocka_unit_test(what_is_not_finite_leaves_a_gap),
        cmocka_unit_test(a_plot_stays_in_its_rectangle),
        cmocka_unit_test(a_legend_is_as_wide_as_it_says),
    };
    return cmocka_run_group_tests(tests, start, end);
}
