/* Draws an explanation as one figure: the conclusion, the gradients at the run's reconstruction,
   and then what only depends on the picture: the parts of similarity, and curves. */
#include "draw/plot.h"
#include "explain/explain.h"
#include "explain/panels.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    WIDTH = 760,
    MARGIN = 18,
    INNER = WIDTH - 2 * MARGIN,
    N_PANELS = 5,
    PANEL = 128, /* side of a picture */
    PITCH = (INNER - PANEL) / (N_PANELS - 1),
    TEXT = 17,
    LINE = 23,
    BAR_HEIGHT = 11,
    N_ROWS = 7,
    PLOT_HEIGHT = 200,
    HEAD = 2 * LINE + 14,                            /* a section's heading and the line below */
    GRADIENTS = HEAD + LINE + PANEL + 2 * LINE + 54, /* heights of the sections */
    PARTS = HEAD + LINE + PANEL + 10 + N_ROWS * LINE + 16,
    CURVES = HEAD + LINE + 2 * PLOT_HEIGHT + 10
};

static const lk_text_style heading = { .size = 18, .colour = LK_COLOUR_TEXT, .bold = true },
                           plain = { .size = TEXT, .colour = LK_COLOUR_TEXT },
                           grey = { .size = TEXT, .colour = LK_COLOUR_GREY },
                           conclusion = { .size = 25, .colour = LK_COLOUR_TEXT, .bold = true };

/* Curves may lie on each other: a thick one shows below a thin one. */
static const lk_pen pens[LK_N_EXPLAINED_LOSSES] = { { 1.8, LK_COLOUR_BLUE, false },
                                                    { 5, LK_COLOUR_ORANGE, false },
                                                    { 1.8, LK_COLOUR_BLACK, true } };

static double panel_left(int panel) {
    return MARGIN + panel * PITCH;
}

static void put_heading(lk_canvas *c, double top, const char *words, const char *below) {
    lk_draw_line(c, MARGIN, top, WIDTH - MARGIN, top, (lk_pen){ 1, LK_COLOUR_LIGHT, false });
    lk_draw_text(c, MARGIN, top + 24, heading, words);
    lk_draw_text_within(c, MARGIN, top + 24 + LINE, INNER, grey, below);
}

/* ---- the conclusion ---- */

bool lk_explanation_pulls(const lk_explanation *e, double kept[2]) {
    const lk_explained_parts *darker = &e->parts[LK_PICTURE_DARKER],
                             *both = &e->parts[LK_PICTURE_BOTH];
    if (!(darker->product_pull > 0 && darker->sum_pull > 0)) return false;
    kept[0] = both->product_pull / darker->product_pull;
    kept[1] = both->sum_pull / darker->sum_pull;
    return true;
}

static void write_conclusion(const lk_explanation *e, char out[128]) {
    double kept[2];
    if (lk_explanation_pulls(e, kept))
        snprintf(out, 128, "Blurred, the product pulls brightness %.0f %% as hard; the sum %.0f %%",
                 100 * kept[0], 100 * kept[1]);
    else
        snprintf(out, 128, "What mse, ssim and lwssim ask of a reconstruction");
}

/* ---- what the run's reconstruction gets ---- */

static lk_status put_gradients(lk_canvas *c, double top, const lk_explanation *e, lk_error *err) {
    char text[64];
    double y = top + HEAD + LINE;
    put_heading(c, top, "What each loss asks of this run's reconstruction",
                "Minus the gradient at each pixel, mean of its channels");
    lk_draw_text(c, panel_left(0), y - 6, plain, "original");
    lk_draw_text(c, panel_left(1), y - 6, plain, "reconstruction");
    lk_status status = lk_panels_values(c, panel_left(0), y, PANEL, e->images, e->original, err);
    if (!status)
        status = lk_panels_values(c, panel_left(1), y, PANEL, e->images, e->reconstruction, err);
    for (int i = 0; i < LK_N_EXPLAINED_LOSSES && !status; i++) {
        double scale = 0, x = panel_left(2 + i);
        lk_draw_text(c, x, y - 6, plain, lk_explained_losses[i]);
        status = lk_panels_gradient(c, x, y, PANEL, e->images, e->losses[i].gradient, &scale, err);
        snprintf(text, sizeof text, "loss %.4g", e->losses[i].value);
        lk_draw_text(c, x, y + PANEL + LINE - 3, grey, text);
        snprintf(text, sizeof text, "full at %.2g", scale);
        lk_draw_text(c, x, y + PANEL + 2 * LINE - 3, grey, text);
    }
    snprintf(text, sizeof text, "SSIM %.3f", e->ssim);
    lk_draw_text(c, panel_left(1), y + PANEL + LINE - 3, grey, text);
    snprintf(text, sizeof text, "MSE %.5f", e->mse);
    lk_draw_text(c, panel_left(1), y + PANEL + 2 * LINE - 3, grey, text);
    lk_panels_bar(c, panel_left(2), y + PANEL + 2 * LINE + 8, WIDTH - MARGIN - panel_left(2), TEXT);
    return status;
}

/* ---- what depends on the picture alone: parts ---- */

/* A row of the parts: its name, its value in a picture, and the value of a full bar. */
static void put_bar(lk_canvas *c, int row, int panel, double top, double value, double full) {
    char text[32];
    double x = panel_left(panel), y = top + row * LINE, most = PANEL - 52,
           width = full > 0 ? most * fmax(0, fmin(1, value / full)) : 0;
    bool is_pull = row >= N_ROWS - 2;
    lk_draw_rectangle(c, x, y, most, BAR_HEIGHT, LK_COLOUR_LIGHT);
    lk_draw_rectangle(c, x, y, width, BAR_HEIGHT, is_pull ? LK_COLOUR_RED : LK_COLOUR_BLUE);
    snprintf(text, sizeof text, "%.2f", value);
    lk_draw_text(c, x + PANEL, y + BAR_HEIGHT,
                 (lk_text_style){ TEXT - 1, LK_COLOUR_GREY, LK_ALIGN_RIGHT, false, false }, text);
}

static void put_bars(lk_canvas *c, double top, const lk_explanation *e) {
    static const char *const names[N_ROWS] = { "luminance l",      "contrast c",
                                               "structure s",      "l c s (ssim)",
                                               "l + c s (lwssim)", "pull of l c s",
                                               "pull of l + c s" };
    double values[LK_N_PICTURES][N_ROWS], full[N_ROWS] = { 1, 1, 1, 1, 2, 0, 0 };
    for (int i = 0; i < LK_N_PICTURES; i++) {
        const lk_explained_parts *p = &e->parts[i];
        const double of_picture[N_ROWS] = { p->l,       p->c,   p->s,
                                            p->product, p->sum, p->product_pull,
                                            p->sum_pull };
        for (int row = 0; row < N_ROWS; row++) values[i][row] = of_picture[row];
        for (int row = N_ROWS - 2; row < N_ROWS; row++) full[row] = fmax(full[row], values[i][row]);
    }
    for (int row = 0; row < N_ROWS; row++) {
        lk_draw_text(c, MARGIN, top + row * LINE + BAR_HEIGHT, plain, names[row]);
        for (int i = 0; i < LK_N_PICTURES; i++)
            put_bar(c, row, 1 + i, top, values[i][row], full[row]);
    }
}

static lk_status put_parts(lk_canvas *c, double top, const lk_explanation *e, lk_error *err) {
    double y = top + HEAD + LINE;
    put_heading(c, top, "Independent of the run: in a product, wrong detail weakens the pull",
                "Means over 7 x 7 windows. Pull: how fast the loss falls as brightness grows");
    lk_draw_text(c, panel_left(0), y - 6, plain, "original");
    lk_status status = lk_panels_values(c, panel_left(0), y, PANEL, e->images, e->original, err);
    for (int i = 0; i < LK_N_PICTURES && !status; i++) {
        lk_draw_text(c, panel_left(1 + i), y - 6, plain, lk_picture_words[i]);
        status =
            lk_panels_values(c, panel_left(1 + i), y, PANEL, e->images, e->parts[i].picture, err);
    }
    put_bars(c, y + PANEL + 12, e);
    return status;
}

/* ---- curves ---- */

/* Each over its largest value, to compare shapes. */
static void normalise(const double *from, double to[LK_CURVE_STEPS]) {
    double largest = 0;
    for (int i = 0; i < LK_CURVE_STEPS; i++)
        if (isfinite(from[i])) largest = fmax(largest, from[i]);
    for (int i = 0; i < LK_CURVE_STEPS; i++) to[i] = largest > 0 ? from[i] / largest : from[i];
}

static void put_plot(lk_canvas *c, double top, const lk_explanation *e, int change, bool of_norm) {
    char title[80];
    double y[LK_CURVE_STEPS], width = INNER / 3.0;
    snprintf(title, sizeof title, "%s: %s", lk_change_names[change],
             lk_change_formulas[change] + strlen("y = "));
    lk_plot plot = {
        .canvas = c,
        .left = MARGIN + change * width,
        .top = top + of_norm * PLOT_HEIGHT,
        .width = width,
        .height = PLOT_HEIGHT,
        .title = of_norm ? NULL : title,
        .size = TEXT - 2,
        .x = { .name = "k", .any = true, .low = e->k[0], .high = e->k[LK_CURVE_STEPS - 1] },
        .y = { .name = change    ? NULL
                       : of_norm ? "gradient"
                                 : "loss",
               .any = true,
               .high = 1.05 }
    };
    lk_plot_begin(&plot);
    for (int i = 0; i < LK_N_EXPLAINED_LOSSES; i++) {
        const lk_explained_curve *curve = &e->curves[change][i];
        normalise(of_norm ? curve->norm : curve->value, y);
        lk_plot_curve(&plot, e->k, y, LK_CURVE_STEPS, pens[i]);
    }
    lk_plot_end(&plot);
}

static void put_curves(lk_canvas *c, double top, const lk_explanation *e) {
    lk_plot_key keys[LK_N_EXPLAINED_LOSSES];
    put_heading(c, top, "Independent of the run: one property of the picture scaled by k",
                "Loss and norm of its gradient, each over its largest value; k = 1 is the truth");
    for (int i = 0; i < LK_N_EXPLAINED_LOSSES; i++)
        keys[i] = (lk_plot_key){ lk_explained_losses[i], pens[i] };
    lk_plot_legend(c, MARGIN, top + HEAD + 12, INNER, TEXT, keys, LK_N_EXPLAINED_LOSSES);
    for (int change = 0; change < e->n_changes; change++)
        for (int of_norm = 0; of_norm < 2; of_norm++)
            put_plot(c, top + HEAD + LINE, e, change, of_norm);
}

/* ---- the figure ---- */

lk_status lk_explanation_write(const lk_explanation *e, const char *path, const char *caption,
                               const lk_origin_notes *origin, lk_error *err) {
    enum { BIG_LINE = 32 };
    char words[128];
    lk_canvas *c = NULL;
    lk_status status = lk_canvas_create(path, &c, err);
    if (status) return status;
    write_conclusion(e, words);
    double head = MARGIN + lk_text_lines(c, INNER, conclusion, words) * BIG_LINE,
           top = head + lk_text_lines(c, INNER, grey, caption) * LINE + 12;
    status = lk_canvas_begin(c, WIDTH, top + GRADIENTS + PARTS + CURVES + MARGIN, 2, err);
    if (status) goto done;
    lk_draw_text_wrapped(c, MARGIN, MARGIN + 22, INNER, BIG_LINE, conclusion, words);
    lk_draw_text_wrapped(c, MARGIN, head + 18, INNER, LINE, grey, caption);
    status = put_gradients(c, top, e, err);
    if (!status) status = put_parts(c, top + GRADIENTS, e, err);
    put_curves(c, top + GRADIENTS + PARTS, e);
    if (!status) status = lk_canvas_write(c, origin, err);
done:
    lk_canvas_destroy(c);
    return status;
}
