/* Pages to draw on: sizes, exact pixels, texts, the notes of each format, and errors. */
#include "base/file.h"
#include "draw/collage.h"
#include "draw/labels.h"
#include "draw/plot.h"
#include "pictures.h"
#include "support.h"

#include <likeness/memory.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 6 };
static const lk_origin_notes notes = { .title = "a <title> \xC3\xA4",
                                       .model = "vae & mse",
                                       .seed = "7",
                                       .data = "0123abcd",
                                       .command = "likeness draw --out x" };

static const char *path_of(const char *name) {
    static char path[4][LK_PATH_MAX];
    static int at;
    snprintf(path[at % 4], LK_PATH_MAX, LIKENESS_SCRATCH "/draw_%s", name);
    return path[at++ % 4];
}

static lk_image noise(int width, int height, int n_channels) {
    lk_image image;
    lk_error err;
    uint32_t state = 5;
    assert_ok(lk_image_init(&image, width, height, n_channels, &err), &err);
    for (size_t i = 0; i < lk_image_bytes(&image); i++)
        image.pixels[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
    return image;
}

/* A page of 200 x 100 with a picture at (20, 30), enlarged 4 times, and a text. */
static void write_page(const char *path, int zoom, const lk_image *picture) {
    lk_canvas *canvas = NULL;
    lk_error err;
    assert_ok(lk_canvas_create(path, &canvas, &err), &err);
    assert_ok(lk_canvas_begin(canvas, 200, 100, zoom, &err), &err);
    lk_draw_text(canvas, 20, 20, (lk_text_style){ .size = 15 }, "lwssim 100");
    lk_draw_picture(canvas, 20, 30, 4, picture);
    assert_ok(lk_canvas_write(canvas, &notes, &err), &err);
    lk_canvas_destroy(canvas);
}

static char *text_of(const char *path, size_t *n) {
    char *text = NULL;
    lk_error err;
    assert_ok(lk_file_read(path, 1 << 24, &text, n, &err), &err);
    return text;
}

/* Whether the bytes are somewhere in a file, zeros included. */
static bool holds(const char *path, const char *bytes, size_t n_bytes) {
    size_t n;
    char *text = text_of(path, &n);
    bool found = memmem(text, n, bytes, n_bytes);
    lk_free(text);
    return found;
}

static bool holds_text(const char *path, const char *text) {
    return holds(path, text, strlen(text));
}

/* ---- pages ---- */

static void pictures_keep_their_pixels(void **state) {
    (void)state;
    for (int n_channels = 1; n_channels <= 3; n_channels += 2)
        for (int zoom = 1; zoom <= 2; zoom++) {
            lk_image picture = noise(SIDE, SIDE, n_channels), page;
            lk_test_place place;
            lk_error err;
            write_page(path_of("exact.png"), zoom, &picture);
            assert_ok(lk_image_read(path_of("exact.png"), &page, &err), &err);
            assert_int_equal(page.width, 200 * zoom);
            assert_int_equal(page.height, 100 * zoom);
            assert_true(lk_test_find(&page, &picture, 4 * zoom, &place));
            assert_int_equal(place.x, 20 * zoom);
            assert_int_equal(place.y, 30 * zoom);
            lk_image_deinit(&picture);
            lk_image_deinit(&page);
        }
}

static void every_format_says_where_the_figure_is_from(void **state) {
    (void)state;
    lk_image picture = noise(SIDE, SIDE, 3);
    const char *png = path_of("notes.png"), *svg = path_of("notes.SVG"),
               *pdf = path_of("notes.pdf");
    write_page(png, 1, &picture);
    assert_true(holds(png, "tEXtSeed\0007", 10));
    assert_true(holds(png, "tEXtCommand\0likeness draw --out x", 33));
    assert_true(holds(png, "iTXtTitle\0\0\0\0\0a <title> \xC3\xA4", 26));
    write_page(svg, 1, &picture);
    assert_true(holds_text(svg, "<title>a &lt;title&gt; \xC3\xA4</title>"));
    assert_true(
        holds_text(svg, "Model: vae &amp; mse\nSeed: 7\nData: 0123abcd\nCommand: likeness "));
    write_page(pdf, 1, &picture);
    assert_true(holds(pdf, "%PDF-", 5));
    assert_true(holds_text(pdf, "Command: likeness draw --out x"));
    assert_false(holds_text(pdf, "CreationDate"));
    lk_image_deinit(&picture);
}

/* Cairo numbers the pictures of all SVGs of a process: cli/test_curves.c compares those. */
static void the_same_page_has_the_same_bytes(void **state) {
    (void)state;
    static const char *const endings[] = { "png", "pdf" };
    lk_image picture = noise(SIDE, SIDE, 3);
    for (size_t i = 0; i < LK_COUNT(endings); i++) {
        char name[32];
        size_t n, n_again;
        snprintf(name, sizeof name, "same.%s", endings[i]);
        const char *path = path_of(name);
        write_page(path, 1, &picture);
        char *first = text_of(path, &n);
        write_page(path, 1, &picture);
        char *again = text_of(path, &n_again);
        assert_int_equal(n, n_again);
        assert_memory_equal(first, again, n);
        lk_free(first);
        lk_free(again);
    }
    lk_image_deinit(&picture);
}

/* The name of the file must end in it: ".svgz" and "svg" are PNGs. */
static void text_and_lines_are_vectors_and_pictures_have_sharp_pixels(void **state) {
    (void)state;
    lk_image picture = noise(SIDE, SIDE, 3);
    write_page(path_of("vector.svg"), 1, &picture);
    assert_true(holds_text(path_of("vector.svg"), "<symbol overflow=\"visible\" id=\"glyph"));
    assert_true(holds_text(path_of("vector.svg"), "image-rendering:pixelated"));
    assert_true(holds_text(path_of("vector.svg"), "width=\"200px\" height=\"100px\""));
    write_page(path_of("other.svgz"), 1, &picture);
    assert_true(holds(path_of("other.svgz"), "\x89PNG", 4));
    lk_image_deinit(&picture);
}

static void a_page_that_cannot_be_written_leaves_the_old_file(void **state) {
    (void)state;
    lk_canvas *canvas = NULL;
    lk_error err;
    assert_ok(lk_canvas_create("/proc/nowhere/a.svg", &canvas, &err), &err);
    assert_ok(lk_canvas_begin(canvas, 10, 10, 1, &err), &err);
    assert_int_equal(lk_canvas_write(canvas, NULL, &err), LK_WRITE);
    assert_contains(err.text, "/proc/nowhere/a.svg");
    lk_canvas_destroy(canvas);
    assert_ok(lk_canvas_create("x.png", &canvas, &err), &err);
    assert_int_equal(lk_canvas_begin(canvas, LK_CANVAS_SIDE_MAX + 1, 10, 1, &err), LK_FORMAT);
    assert_contains(err.text, "x.png: expected sides of at most 32000");
    assert_int_equal(lk_canvas_begin(canvas, 20000, 10, 2, &err), LK_FORMAT);
    lk_canvas_destroy(canvas);
    lk_canvas_destroy(NULL);
}

/* ---- text ---- */

static void texts_are_as_wide_as_their_letters(void **state) {
    (void)state;
    lk_canvas *canvas = NULL;
    lk_error err;
    const lk_text_style small = { .size = 10 }, large = { .size = 20 },
                        bold = { .size = 10, .bold = true };
    assert_ok(lk_canvas_create("x.png", &canvas, &err), &err);
    double width = lk_text_width(canvas, small, "SSIM 0.89");
    assert_true(width > 40 && width < 70);
    assert_near(lk_text_width(canvas, large, "SSIM 0.89"), 2 * width, 1e-3);
    assert_true(lk_text_width(canvas, bold, "SSIM 0.89") > width);
    assert_near(lk_text_width(canvas, small, "SSIM ") + lk_text_width(canvas, small, "0.89"), width,
                1e-3);
    assert_near(lk_text_width(canvas, small, ""), 0, 0);
    /* what is no UTF-8, and control characters, are one sign each */
    assert_near(lk_text_width(canvas, small, "a\xFF\n"),
                lk_text_width(canvas, small, "a\xEF\xBF\xBD\xEF\xBF\xBD"), 1e-3);
    assert_int_equal(lk_text_lines(canvas, 1000, small, "three short words"), 1);
    assert_int_equal(lk_text_lines(canvas, 1, small, "three short words"), 3);
    lk_canvas_destroy(canvas);
}

static double ink_right_of(const char *path, int from) {
    lk_image page;
    lk_error err;
    double sum = 0;
    assert_ok(lk_image_read(path, &page, &err), &err);
    for (int y = 0; y < page.height; y++)
        for (int x = from; x < page.width; x++) sum += 255 - page.pixels[(y * page.width + x) * 3];
    lk_image_deinit(&page);
    return sum;
}

static void a_long_text_is_shortened_to_its_width(void **state) {
    (void)state;
    static const char *const texts[] = {
        "a name that is much longer than the place for it",
        "\xC3\xA4\xC3\xB6\xC3\xBC\xC3\xA4\xC3\xB6\xC3\xBC\xC3\xA4"
        "\xC3\xB6\xC3\xBC\xC3\xA4\xC3\xB6\xC3\xBC\xC3\xA4\xC3\xB6"
    };
    for (size_t i = 0; i < LK_COUNT(texts); i++) {
        lk_canvas *canvas = NULL;
        lk_error err;
        assert_ok(lk_canvas_create(path_of("short.png"), &canvas, &err), &err);
        assert_ok(lk_canvas_begin(canvas, 400, 30, 1, &err), &err);
        double width =
            lk_draw_text_within(canvas, 10, 20, 100, (lk_text_style){ .size = 16 }, texts[i]);
        assert_true(width > 60 && width <= 100);
        assert_ok(lk_canvas_write(canvas, NULL, &err), &err);
        assert_near(ink_right_of(path_of("short.png"), 112), 0, 0);
        assert_true(ink_right_of(path_of("short.png"), 60) > 0);
        lk_canvas_destroy(canvas);
    }
}

/* ---- axes ---- */

static void axes_have_a_few_ticks_at_round_numbers(void **state) {
    (void)state;
    static const struct {
        double low, high;
        bool log;
        int n;
        double ticks[6];
    } rows[] = { { 0, 1, false, 6, { 0, 0.2, 0.4, 0.6, 0.8, 1 } },
                 { 3, 41, false, 4, { 10, 20, 30, 40 } },
                 { -0.03, 0.021, false, 5, { -0.03, -0.02, -0.01, 0, 0.01 } },
                 { 0.0009, 1.2, true, 4, { 0.001, 0.01, 0.1, 1 } },
                 { 0.02, 0.3, true, 3, { 0.03, 0.1, 0.3 } },
                 { 0.4, 0.5, true, 5, { 0.4, 0.42, 0.44, 0.46, 0.48 } } };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        const lk_axis axis = {
            .any = true, .low = rows[i].low, .high = rows[i].high, .log = rows[i].log
        };
        double ticks[LK_TICKS_MAX];
        int n = lk_axis_ticks(&axis, 5, ticks);
        assert_true(n >= rows[i].n && n <= LK_TICKS_MAX);
        for (int k = 0; k < rows[i].n; k++) assert_near(ticks[k], rows[i].ticks[k], 1e-9);
    }
}

static void an_axis_of_whole_numbers_has_no_ticks_between_them(void **state) {
    (void)state;
    for (int last = 1; last < 300; last++) {
        lk_axis axis = { .whole = true };
        double ticks[LK_TICKS_MAX], ends[] = { 1, last };
        lk_axis_include(&axis, ends, 2);
        lk_axis_widen(&axis, 0.02);
        int n = lk_axis_ticks(&axis, 5, ticks);
        assert_true(n > 0);
        for (int i = 0; i < n; i++) assert_near(ticks[i], round(ticks[i]), 0);
    }
}

static lk_image plot_of(const double *y, int n) {
    static const double x[] = { 0, 1, 2, 3, 4 };
    lk_canvas *canvas = NULL;
    lk_image page;
    lk_error err;
    assert_ok(lk_canvas_create(path_of("plot.png"), &canvas, &err), &err);
    assert_ok(lk_canvas_begin(canvas, 300, 200, 1, &err), &err);
    lk_plot plot = { .canvas = canvas,
                     .left = 10,
                     .top = 10,
                     .width = 280,
                     .height = 180,
                     .title = "title",
                     .size = 12,
                     .x = { .name = "x", .any = true, .high = 4 },
                     .y = { .name = "y", .any = true, .high = 2 } };
    lk_plot_begin(&plot);
    lk_plot_curve(&plot, x, y, n, (lk_pen){ 4, LK_COLOUR_RED, false });
    lk_plot_end(&plot);
    assert_ok(lk_canvas_write(canvas, NULL, &err), &err);
    lk_canvas_destroy(canvas);
    assert_ok(lk_image_read(path_of("plot.png"), &page, &err), &err);
    return page;
}

/* The number of pixels of the curve's colour in a column. */
static int red_in(const lk_image *page, int x) {
    int n = 0;
    for (int y = 0; y < page->height; y++) {
        const uint8_t *p = page->pixels + (y * page->width + x) * 3;
        n += p[0] == 0xD5 && p[1] == 0x5E && p[2] == 0;
    }
    return n;
}

/* ---- names of points ---- */

static bool meet(lk_box a, lk_box b) {
    return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
}

/* A point with a disc of radius 5 and bars. */
static lk_label label_at(double x, double y, double width, double bar) {
    return (lk_label){ .text = "name",
                       .x = x,
                       .y = y,
                       .width = width,
                       .marks = { { x - 5, y - 5, x + 5, y + 5 },
                                  { x - bar, y - 1, x + bar, y + 1 },
                                  { x - 1, y - bar / 2, x + 1, y + bar / 2 } } };
}

static void assert_apart(const lk_label *labels, int n, lk_box within) {
    for (int i = 0; i < n; i++) {
        const lk_box box = labels[i].box;
        assert_true(box.x0 >= within.x0 && box.x1 <= within.x1);
        assert_true(box.y0 >= within.y0 && box.y1 <= within.y1);
        for (int k = 0; k < n; k++) {
            for (int m = 0; m < LK_LABEL_MARKS; m++)
                if (meet(box, labels[k].marks[m])) fail_msg("name %d covers point %d", i, k);
            if (i != k && meet(box, labels[k].box)) fail_msg("names %d and %d meet", i, k);
        }
    }
}

static void names_cover_neither_points_nor_bars_nor_each_other(void **state) {
    (void)state;
    /* a crowd with two points in one place, and one at each corner */
    const lk_label labels[] = { label_at(200, 150, 90, 12), label_at(200, 150, 90, 12),
                                label_at(206, 152, 70, 12), label_at(215, 148, 90, 20),
                                label_at(190, 160, 60, 12), label_at(196, 140, 80, 40),
                                label_at(5, 5, 60, 4),      label_at(395, 5, 60, 4),
                                label_at(5, 295, 60, 4),    label_at(395, 295, 60, 4) };
    const lk_box within = { 0, 0, 400, 300 };
    const int n = LK_COUNT(labels);
    lk_label placed[LK_COUNT(labels)], again[LK_COUNT(labels)];
    memcpy(placed, labels, sizeof labels);
    memcpy(again, labels, sizeof labels);
    lk_labels_place(placed, n, 14, within);
    assert_apart(placed, n, within);
    lk_labels_place(again, n, 14, within);
    for (int i = 0; i < n; i++) {
        assert_memory_equal(&placed[i].box, &again[i].box, sizeof again[i].box);
        assert_int_equal(placed[i].far, again[i].far);
    }
}

static void a_name_with_room_is_at_the_right_of_its_bar(void **state) {
    (void)state;
    lk_label label = label_at(100, 100, 50, 30);
    lk_labels_place(&label, 1, 14, (lk_box){ 0, 0, 400, 300 });
    assert_false(label.far);
    assert_near(label.box.x0, 134, 1e-9);
    assert_near((label.box.y0 + label.box.y1) / 2, 100, 1e-9);
}

static void labels_of_ticks_have_space_between_them(void **state) {
    (void)state;
    lk_canvas *canvas = NULL;
    lk_image page;
    lk_error err;
    assert_ok(lk_canvas_create(path_of("ticks.png"), &canvas, &err), &err);
    assert_ok(lk_canvas_begin(canvas, 640, 200, 1, &err), &err);
    lk_plot plot = { .canvas = canvas,
                     .width = 640,
                     .height = 200,
                     .size = 16,
                     .x = { .low = 0.0027, .high = 0.0047, .any = true },
                     .y = { .low = 0.1, .high = 0.9, .any = true } };
    lk_plot_begin(&plot);
    lk_plot_end(&plot);
    assert_ok(lk_canvas_write(canvas, NULL, &err), &err);
    lk_canvas_destroy(canvas);
    assert_ok(lk_image_read(path_of("ticks.png"), &page, &err), &err);
    int widest = 0, gap = 0; /* of the white columns below the axis, between the labels */
    for (int x = (int)plot.x0; x < page.width - 40; x++) {
        bool white = true;
        for (int y = (int)plot.y1 + 4; y < page.height && white; y++)
            white = page.pixels[(y * page.width + x) * 3] == 255;
        gap = white ? gap + 1 : 0;
        if (gap > widest) widest = gap;
    }
    assert_true(widest >= 16 && widest <= 200); /* with a label for each 0.0002 it is below 10 */
    lk_image_deinit(&page);
}

/* ---- curves ---- */

static void a_curve_has_gaps_and_stays_between_the_axes(void **state) {
    (void)state;
    static const double whole[] = { 1, 1, 1, 1, 1 }, gap[] = { 1, 1, (double)NAN, 1, 1 },
                        high[] = { 1, 1, 100, 1, 1 };
    lk_image page = plot_of(whole, 5), broken = plot_of(gap, 5), outside = plot_of(high, 5);
    int left = 0, right = 299;
    while (!red_in(&page, left)) left++;
    while (!red_in(&page, right)) right--;
    assert_true(left > 30 && right < 290 && right > left + 200);
    for (int x = left; x <= right; x++) {
        bool in_gap = x > left + (right - left) / 4 + 3 && x < right - (right - left) / 4 - 3,
             on_line = x < left + (right - left) / 4 - 3 || x > right - (right - left) / 4 + 3;
        assert_true(red_in(&page, x) > 0);
        if (in_gap) assert_int_equal(red_in(&broken, x), 0);
        if (on_line) assert_true(red_in(&broken, x) > 0);
    }
    for (int y = 0; y < 25; y++) /* the title's row, above the area */
        for (int x = 0; x < 300; x++) {
            const uint8_t *p = outside.pixels + (y * 300 + x) * 3;
            assert_false(p[0] == 0xD5 && p[1] == 0x5E && p[2] == 0);
        }
    lk_image_deinit(&page);
    lk_image_deinit(&broken);
    lk_image_deinit(&outside);
}

static void an_axis_holds_what_was_included_and_has_a_range(void **state) {
    (void)state;
    const double values[] = { (double)NAN, 0.5, -2, (double)INFINITY, 3 };
    lk_axis axis = { 0 }, log = { .log = true }, none = { .log = true }, one = { 0 };
    lk_axis_include(&axis, values, 5);
    lk_axis_include(&log, values, 5);
    assert_near(axis.low, -2, 0);
    assert_near(axis.high, 3, 0);
    assert_near(log.low, 0.5, 0);
    lk_axis_widen(&axis, 0.1);
    assert_near(axis.low, -2.5, 1e-12);
    assert_near(axis.high, 3.5, 1e-12);
    lk_axis_widen(&none, 0.1);
    assert_true(none.low > 0 && none.high > none.low);
    lk_axis_include(&one, values + 1, 1);
    lk_axis_widen(&one, 0.1);
    assert_true(one.low < 0.5 && one.high > 0.5);
}

/* ---- tables of pictures ---- */

enum { ROWS = 2, COLUMNS = 5, SMALL = 32 };

/* A table with a blank cell, and the page that it makes. */
static lk_image page_of(const lk_collage *with, lk_image pictures[ROWS * COLUMNS]) {
    static lk_real values[ROWS * COLUMNS][SMALL * SMALL * 3];
    const lk_real *cells[ROWS * COLUMNS] = { 0 };
    lk_image page;
    lk_error err;
    for (int i = 0; i < ROWS * COLUMNS - 1; i++) {
        pictures[i] = noise(SMALL, SMALL, 3);
        pictures[i].pixels[0] = (uint8_t)(20 * i);
        for (int k = 0; k < SMALL * SMALL * 3; k++)
            values[i][k] = LK_R(pictures[i].pixels[k]) / 255;
        cells[i] = values[i];
    }
    lk_collage collage = *with;
    collage.shape = (lk_image_shape){ SMALL, 3 };
    collage.n_rows = ROWS;
    collage.n_columns = COLUMNS;
    collage.cells = cells;
    assert_ok(lk_collage_write(path_of("table.png"), &collage, &notes, &err), &err);
    assert_ok(lk_image_read(path_of("table.png"), &page, &err), &err);
    return page;
}

static void a_table_without_words_is_its_pictures_with_gaps(void **state) {
    (void)state;
    lk_image pictures[ROWS * COLUMNS] = { { 0 } }, page = page_of(&(lk_collage){ 0 }, pictures);
    assert_int_equal(lk_collage_zoom((lk_image_shape){ SMALL, 3 }), LK_TEST_SHOWN / SMALL);
    assert_int_equal(page.width, COLUMNS * LK_TEST_CELL + LK_TEST_GAP);
    assert_int_equal(page.height, ROWS * LK_TEST_CELL + LK_TEST_GAP);
    for (int i = 0; i < ROWS * COLUMNS - 1; i++) {
        lk_test_place place;
        assert_true(lk_test_find(&page, &pictures[i], LK_TEST_SHOWN / SMALL, &place));
        assert_int_equal(place.x, LK_TEST_GAP + i % COLUMNS * LK_TEST_CELL);
        assert_int_equal(place.y, LK_TEST_GAP + i / COLUMNS * LK_TEST_CELL);
        lk_image_deinit(&pictures[i]);
    }
    const uint8_t *blank = lk_test_cell(&page, ROWS, COLUMNS, 1, COLUMNS - 1);
    for (int k = 0; k < LK_TEST_SHOWN * 3; k++) assert_int_equal(blank[k], 255);
    lk_image_deinit(&page);
}

static void words_take_room_next_to_the_pictures_which_stay_exact(void **state) {
    (void)state;
    static const char *const labels[] = { "a", "a wide label" }, *const notes_of[] = { "n", "n" },
                             *const heads[COLUMNS] = { "-3 sd", "0", "+3 sd" };
    static const char *const captions[ROWS * COLUMNS] = { [1] = "0.912" };
    static const double bars[] = { 1, 0.25 };
    const lk_collage whole = { .labels = labels,
                               .notes = notes_of,
                               .bars = bars,
                               .heads = heads,
                               .captions = captions,
                               .title = "A title",
                               .subtitle = "below it",
                               .framed = 2,
                               .block = 1 };
    lk_image pictures[ROWS * COLUMNS] = { { 0 } }, page = page_of(&whole, pictures);
    int y = 0;
    assert_true(page.width > COLUMNS * LK_TEST_CELL + 100);
    for (int i = 0; i < ROWS * COLUMNS - 1; i++) {
        lk_test_place place;
        assert_true(lk_test_find(&page, &pictures[i], LK_TEST_SHOWN / SMALL, &place));
        assert_int_equal(place.x, page.width - (COLUMNS - i % COLUMNS) * LK_TEST_CELL);
        /* the first row has a caption, and another block follows */
        if (i == COLUMNS) assert_true(place.y > y + LK_TEST_CELL + 12 + 10);
        y = place.y;
        lk_image_deinit(&pictures[i]);
    }
    lk_image_deinit(&page);
}

static void a_column_of_scores_without_numbers_is_left_out(void **state) {
    (void)state;
    static const char *const labels[] = { "a", "b" },
                             *const heads[] = { "SSIM", "a wide column", "MSE" },
                             *const heads_left[] = { "SSIM", "MSE" };
    static const lk_collage_score scores[] = { { .text = "" }, { .text = "" },
                                               { .text = "" }, { .text = "1.12", .best = true },
                                               { .text = "" }, { .text = "2.1" } },
                                  left[] = { { .text = "" },
                                             { .text = "" },
                                             { .text = "1.12", .best = true },
                                             { .text = "2.1" } };
    const lk_collage
        three = { .labels = labels, .n_scores = 3, .score_heads = heads, .scores = scores },
        two = { .labels = labels, .n_scores = 2, .score_heads = heads_left, .scores = left };
    lk_image pictures[ROWS * COLUMNS] = { { 0 } }, a = page_of(&three, pictures), b;
    for (int i = 0; i < ROWS * COLUMNS; i++) lk_image_deinit(&pictures[i]);
    b = page_of(&two, pictures);
    assert_int_equal(a.width, b.width);
    assert_int_equal(a.height, b.height);
    assert_memory_equal(a.pixels, b.pixels, lk_image_bytes(&a));
    for (int i = 0; i < ROWS * COLUMNS; i++) lk_image_deinit(&pictures[i]);
    lk_image_deinit(&a);
    lk_image_deinit(&b);
}

static void faces_have_a_row_for_each_model_and_the_error_of_a_single_one(void **state) {
    (void)state;
    enum { N = 9, VALUES = N * SMALL * SMALL };
    static lk_real values[3 * VALUES];
    static const char *const labels[] = { "one", "two" };
    lk_error err;
    lk_image one, two;
    for (int i = 0; i < 3 * VALUES; i++) values[i] = LK_R((i * 7919) % 256) / 255;
    lk_collage_faces faces = { .shape = { SMALL, 1 },
                               .n = N,
                               .n_models = 1,
                               .originals = values,
                               .made = values + VALUES,
                               .labels = labels };
    assert_ok(lk_collage_faces_write(path_of("one.png"), &faces, &notes, &err), &err);
    faces.n_models = 2;
    assert_ok(lk_collage_faces_write(path_of("two.png"), &faces, &notes, &err), &err);
    assert_ok(lk_image_read(path_of("one.png"), &one, &err), &err);
    assert_ok(lk_image_read(path_of("two.png"), &two, &err), &err);
    /* two blocks of three rows, as nine columns do not fit next to each other */
    assert_int_equal(one.height, 6 * LK_TEST_CELL + LK_TEST_GAP + 12);
    assert_int_equal(two.height, one.height);
    lk_image_deinit(&one);
    lk_image_deinit(&two);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_keep_their_pixels),
        cmocka_unit_test(every_format_says_where_the_figure_is_from),
        cmocka_unit_test(the_same_page_has_the_same_bytes),
        cmocka_unit_test(text_and_lines_are_vectors_and_pictures_have_sharp_pixels),
        cmocka_unit_test(a_page_that_cannot_be_written_leaves_the_old_file),
        cmocka_unit_test(texts_are_as_wide_as_their_letters),
        cmocka_unit_test(a_long_text_is_shortened_to_its_width),
        cmocka_unit_test(axes_have_a_few_ticks_at_round_numbers),
        cmocka_unit_test(a_curve_has_gaps_and_stays_between_the_axes),
        cmocka_unit_test(names_cover_neither_points_nor_bars_nor_each_other),
        cmocka_unit_test(a_name_with_room_is_at_the_right_of_its_bar),
        cmocka_unit_test(labels_of_ticks_have_space_between_them),
        cmocka_unit_test(an_axis_of_whole_numbers_has_no_ticks_between_them),
        cmocka_unit_test(an_axis_holds_what_was_included_and_has_a_range),
        cmocka_unit_test(a_table_without_words_is_its_pictures_with_gaps),
        cmocka_unit_test(words_take_room_next_to_the_pictures_which_stay_exact),
        cmocka_unit_test(a_column_of_scores_without_numbers_is_left_out),
        cmocka_unit_test(faces_have_a_row_for_each_model_and_the_error_of_a_single_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
