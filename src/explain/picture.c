/* Draws an explanation as one figure: gradients, curves, and the parts of similarity, with text. */
#include "explain/explain.h"
#include "report/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PANEL = 192, /* side of a picture */
    GAP = 28,
    MARGIN = 36,
    N_PANELS = 5,
    LABELS = 250, /* width of the table's first column */
    WIDTH = 2 * MARGIN + LABELS + N_PANELS * PANEL + (N_PANELS - 1) * GAP,
    TEXT = 2, /* scale of letters */
    LINE = 24,
    PLOT_HEIGHT = 220,
    HEAD = 2 * LINE + 14, /* a section's heading and the line below it */
    GRADIENTS_TOP = MARGIN,
    PANELS_TOP = GRADIENTS_TOP + HEAD + LINE,
    CURVES_TOP = PANELS_TOP + PANEL + 2 * LINE + 40,
    PLOTS_TOP = CURVES_TOP + HEAD,
    PARTS_TOP = PLOTS_TOP + 2 * (PLOT_HEIGHT + 16) + 30,
    PARTS_PANELS_TOP = PARTS_TOP + HEAD + LINE,
    TABLE_TOP = PARTS_PANELS_TOP + PANEL + 10,
    N_ROWS = 7,
    HEIGHT = TABLE_TOP + N_ROWS * LINE + 10 + LINE + MARGIN,
};

static const uint8_t black[3] = { 0, 0, 0 }, grey[3] = { 95, 95, 95 }, white[3] = { 255, 255, 255 };
/* Okabe, Ito, "Color universal design", 2008 */
static const struct style {
    uint8_t colour[3];
    int thickness;
} styles[LK_N_EXPLAINED_LOSSES] = { { { 0, 114, 178 }, 2 },
                                    { { 230, 120, 20 }, 5 },
                                    { { 0, 130, 95 }, 2 } };

static void put(lk_image *figure, int x, int y, const char *text) {
    lk_image_draw_text(figure, x, y, TEXT, black, text);
}

static void put_heading(lk_image *figure, int top, const char *heading, const char *below) {
    lk_image_draw_text(figure, MARGIN, top, TEXT, black, heading);
    lk_image_draw_text(figure, MARGIN + 1, top, TEXT, black, heading); /* bold */
    lk_image_draw_text(figure, MARGIN, top + LINE, TEXT, grey, below);
}

static int panel_left(int panel) {
    return MARGIN + LABELS + panel * (PANEL + GAP);
}

/* ---- pictures ---- */

/* Draw a picture enlarged by a whole number, with sharp pixels; shrink a large one. */
static lk_status put_picture(lk_image *figure, int left, int top, const lk_image *picture,
                             lk_error *err) {
    lk_image shown = { 0 };
    int zoom = picture->width <= PANEL ? PANEL / picture->width : 1,
        side = picture->width <= PANEL ? picture->width : PANEL;
    lk_status status = lk_image_resize(picture, side, side, LK_FILTER_BOX, &shown, err);
    if (status) return status;
    int margin = (PANEL - side * zoom) / 2;
    for (int i = 0; i < side * side; i++) {
        const uint8_t *pixel = shown.pixels + (size_t)i * (size_t)shown.n_channels;
        const uint8_t colour[3] = { pixel[0], pixel[shown.n_channels == 3 ? 1 : 0],
                                    pixel[shown.n_channels == 3 ? 2 : 0] };
        lk_image_fill(figure, left + margin + i % side * zoom, top + margin + i / side * zoom, zoom,
                      zoom, colour);
    }
    lk_image_deinit(&shown);
    return LK_OK;
}

static lk_status put_values(lk_image *figure, int left, int top, const lk_explanation *e,
                            const lk_real *values, lk_error *err) {
    lk_image picture = { 0 };
    lk_status status =
        lk_image_init(&picture, e->images.size, e->images.size, e->images.channels, err);
    if (status) return status;
    lk_bytes_from_reals(values, lk_image_bytes(&picture), picture.pixels);
    status = put_picture(figure, left, top, &picture, err);
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
    const double end[2][3] = { { 33, 82, 190 }, { 200, 28, 38 } };
    for (int c = 0; c < 3; c++)
        colour[c] = (uint8_t)lround(255 + fabs(share) * (end[share > 0][c] - 255));
}

/* Where the loss asks for more or less brightness: minus its gradient, the mean over channels. */
static lk_status put_gradient(lk_image *figure, int left, int top, const lk_explanation *e,
                              const lk_real *gradient, double *scale, lk_error *err) {
    int n = e->images.size * e->images.size, channels = e->images.channels;
    lk_image picture = { 0 };
    double *values = lk_alloc((size_t)n * 2 * sizeof *values);
    lk_status status =
        values ? LK_OK
               : lk_fail_memory(err, (size_t)n * 2 * sizeof *values, "a gradient's picture");
    if (!status) status = lk_image_init(&picture, e->images.size, e->images.size, 3, err);
    if (status) goto done;
    for (int i = 0; i < n * channels; i++) values[i / channels] -= (double)gradient[i] / channels;
    *scale = scale_of(values, values + n, n);
    for (int i = 0; i < n; i++)
        set_signed(*scale > 0 ? values[i] / *scale : 0, picture.pixels + 3 * i);
    status = put_picture(figure, left, top, &picture, err);
done:
    lk_image_deinit(&picture);
    lk_free(values);
    return status;
}

/* ---- sections ---- */

static lk_status put_gradients(lk_image *figure, const lk_explanation *e, lk_error *err) {
    char text[64];
    put_heading(
        figure, GRADIENTS_TOP, "1  What each loss asks of the reconstruction",
        "Minus the gradient at each pixel, mean of its channels. Red: brighter, blue: darker.");
    put(figure, panel_left(0), PANELS_TOP - LINE, "original");
    lk_status status = put_values(figure, panel_left(0), PANELS_TOP, e, e->original, err);
    put(figure, panel_left(1), PANELS_TOP - LINE, "reconstruction");
    if (!status) status = put_values(figure, panel_left(1), PANELS_TOP, e, e->reconstruction, err);
    for (int i = 0; i < LK_N_EXPLAINED_LOSSES && !status; i++) {
        double scale = 0;
        int left = panel_left(2 + i);
        put(figure, left, PANELS_TOP - LINE, lk_explained_losses[i]);
        status = put_gradient(figure, left, PANELS_TOP, e, e->losses[i].gradient, &scale, err);
        snprintf(text, sizeof text, "%.4g", e->losses[i].value);
        put(figure, left, PANELS_TOP + PANEL + 8, text);
        snprintf(text, sizeof text, "%.2g", scale);
        put(figure, left, PANELS_TOP + PANEL + 8 + LINE, text);
    }
    put(figure, MARGIN, PANELS_TOP + PANEL + 8, "loss");
    put(figure, MARGIN, PANELS_TOP + PANEL + 8 + LINE, "full colour at");
    return status;
}

static void put_plot(lk_image *figure, const lk_explanation *e, int change, bool of_norm) {
    lk_plot_curve curves[LK_N_EXPLAINED_LOSSES];
    int width = (WIDTH - 2 * MARGIN - 2 * GAP) / 3;
    char title[80];
    snprintf(title, sizeof title, "%s: %s", lk_change_names[change],
             of_norm ? "gradient" : lk_change_formulas[change]);
    for (int i = 0; i < LK_N_EXPLAINED_LOSSES; i++) {
        const lk_explained_curve *curve = &e->curves[change][i];
        curves[i] = (lk_plot_curve){ .name = lk_explained_losses[i],
                                     .thickness = styles[i].thickness,
                                     .y = of_norm ? curve->norm : curve->value };
        memcpy(curves[i].colour, styles[i].colour, 3);
    }
    const lk_plot plot = { .title = title,
                           .left = MARGIN + change * (width + GAP),
                           .top = PLOTS_TOP + (of_norm ? PLOT_HEIGHT + 16 : 0),
                           .width = width,
                           .height = PLOT_HEIGHT,
                           .x = e->k,
                           .n = LK_CURVE_STEPS,
                           .curves = curves,
                           .n_curves = LK_N_EXPLAINED_LOSSES,
                           .relative = true };
    lk_plot_draw(figure, &plot);
    if (change == 0 && !of_norm)
        lk_plot_legend(figure, WIDTH - MARGIN - 380, CURVES_TOP + LINE, curves,
                       LK_N_EXPLAINED_LOSSES);
}

static void put_curves(lk_image *figure, const lk_explanation *e) {
    put_heading(figure, CURVES_TOP,
                "2  The original's brightness, contrast and saturation scaled by k",
                "Loss and norm of its gradient, each over its largest value.");
    for (int change = 0; change < e->n_changes; change++) {
        put_plot(figure, e, change, false);
        put_plot(figure, e, change, true);
    }
}

static void put_column(lk_image *figure, int panel, const lk_explained_parts *parts) {
    const double values[N_ROWS] = { parts->l,       parts->c,   parts->s,
                                    parts->product, parts->sum, parts->product_pull,
                                    parts->sum_pull };
    for (int row = 0; row < N_ROWS; row++) {
        char text[32];
        snprintf(text, sizeof text, "%.3f", values[row]);
        put(figure, panel_left(panel), TABLE_TOP + row * LINE, text);
    }
}

/* How much of the pull on the darker picture is left if it is also blurred, which hardly changes
   its brightness in any window. */
static void put_pulls_kept(lk_image *figure, const lk_explanation *e) {
    const lk_explained_parts *darker = &e->parts[LK_PICTURE_DARKER],
                             *both = &e->parts[LK_PICTURE_BOTH];
    char text[128];
    if (!(darker->product_pull > 0 && darker->sum_pull > 0)) return;
    snprintf(text, sizeof text,
             "Blurred, the darker picture is pulled up by the product %.0f %% as hard as before, "
             "by the sum %.0f %%.",
             100 * both->product_pull / darker->product_pull,
             100 * both->sum_pull / darker->sum_pull);
    lk_image_draw_text(figure, MARGIN, TABLE_TOP + N_ROWS * LINE + 10, TEXT, grey, text);
}

static lk_status put_parts(lk_image *figure, const lk_explanation *e, lk_error *err) {
    static const char *const rows[N_ROWS] = { "luminance l",       "contrast c",
                                              "structure s",       "l c s  (ssim)",
                                              "l + c s  (lwssim)", "pull of l c s",
                                              "pull of l + c s" };
    put_heading(figure, PARTS_TOP, "3  In a product, wrong detail weakens the pull on brightness",
                "Means over windows of 7 x 7. Pull: how fast the loss falls as all of the picture "
                "is made brighter.");
    put(figure, panel_left(0), PARTS_PANELS_TOP - LINE, "original");
    lk_status status = put_values(figure, panel_left(0), PARTS_PANELS_TOP, e, e->original, err);
    for (int i = 0; i < LK_N_PICTURES && !status; i++) {
        put(figure, panel_left(1 + i), PARTS_PANELS_TOP - LINE, lk_picture_words[i]);
        status =
            put_values(figure, panel_left(1 + i), PARTS_PANELS_TOP, e, e->parts[i].picture, err);
        put_column(figure, 1 + i, &e->parts[i]);
    }
    for (int row = 0; row < N_ROWS; row++) put(figure, MARGIN, TABLE_TOP + row * LINE, rows[row]);
    put_pulls_kept(figure, e);
    return status;
}

lk_status lk_explanation_write(const lk_explanation *e, const char *path, lk_error *err) {
    lk_image figure = { 0 };
    lk_status status = lk_image_init(&figure, WIDTH, HEIGHT, 3, err);
    if (status) return status;
    lk_image_fill(&figure, 0, 0, WIDTH, HEIGHT, white);
    status = put_gradients(&figure, e, err);
    put_curves(&figure, e);
    if (!status) status = put_parts(&figure, e, err);
    if (!status) status = lk_image_write_png(path, &figure, err);
    lk_image_deinit(&figure);
    return status;
}
