/* Draws curves: the loss with the chosen epoch, and small panels for scores and the rate. */
#include "draw/plot.h"
#include "report/curves.h"

#include <math.h>
#include <string.h>

enum {
    WIDTH = 640,
    MARGIN = 12,
    INNER = WIDTH - 2 * MARGIN,
    TEXT = 16,
    LINE = 24,
    PLOT = 280,
    PANEL = 165,
    PANELS = 4,
    NAMED_MAX = 24 /* in a legend */
};

struct figure {
    const lk_curves *curves;
    lk_canvas *canvas;
    lk_curves_group *groups;
    int n_groups;
    lk_arena arena;
};

/* Colours repeat, dashed. */
static lk_colour colour_of(const struct figure *f, const lk_curves_group *g) {
    return lk_series_colour((int)(g - f->groups));
}

static bool is_dashed(const struct figure *f, const lk_curves_group *g) {
    return g - f->groups >= LK_N_SERIES;
}

/* ---- curves ---- */

static void include(const struct figure *f, lk_axis *axis, int column) {
    for (int g = 0; g < f->n_groups; g++) {
        lk_axis_include(axis, f->groups[g].low[column], f->groups[g].n);
        lk_axis_include(axis, f->groups[g].high[column], f->groups[g].n);
    }
}

static bool has(const struct figure *f, int column) {
    lk_axis axis = { 0 };
    include(f, &axis, column);
    return axis.any;
}

/* A logarithmic axis, if all values have a place there. */
static lk_axis axis_of(const struct figure *f, int column, int other, bool log) {
    lk_axis axis = { 0 };
    include(f, &axis, column);
    if (other >= 0) include(f, &axis, other);
    axis.log = log && axis.low > 0;
    lk_axis_widen(&axis, 0.05);
    return axis;
}

static lk_axis epochs_of(const struct figure *f) {
    lk_axis axis = { .whole = true };
    for (int g = 0; g < f->n_groups; g++)
        lk_axis_include(&axis, f->groups[g].epoch, f->groups[g].n);
    lk_axis_widen(&axis, 0.02);
    return axis;
}

/* A single epoch is a point. */
static void put_curve(const lk_plot *plot, const lk_curves_group *g, int column, lk_pen pen) {
    if (g->n_seeds > 1)
        lk_plot_band(plot, g->epoch, g->low[column], g->high[column], g->n, pen.colour);
    lk_plot_curve(plot, g->epoch, g->mean[column], g->n, pen);
    if (g->n == 1 && isfinite(g->mean[column][0]))
        lk_draw_disc(plot->canvas, lk_plot_x(plot, g->epoch[0]),
                     lk_plot_y(plot, g->mean[column][0]), 1.5 * pen.thickness, pen.colour);
}

static lk_pen training_pen(const struct figure *f, const lk_curves_group *g) {
    return (lk_pen){ 1.2, f->n_groups == 1 ? LK_COLOUR_RED : colour_of(f, g), false };
}

static lk_pen validation_pen(const struct figure *f, const lk_curves_group *g) {
    return (lk_pen){ 2.8, colour_of(f, g), is_dashed(f, g) };
}

/* The epoch whose weights are the model's, and the loss there. */
static void mark_best(const struct figure *f, const lk_plot *plot, const lk_curves_group *g) {
    char words[64];
    double x = lk_plot_x(plot, g->best_epoch), y = lk_plot_y(plot, g->best);
    if (!isfinite(x) || !isfinite(y)) return;
    lk_draw_disc(plot->canvas, x, y, 6, LK_COLOUR_WHITE);
    lk_draw_disc(plot->canvas, x, y, 4.5, colour_of(f, g));
    if (f->n_groups > 1) return;
    lk_draw_line(plot->canvas, x, y, x, plot->y1, (lk_pen){ 1, colour_of(f, g), true });
    lk_format(words, sizeof words, "epoch %.3g: %.4g", g->best_epoch, g->best);
    bool left = x > (plot->x0 + plot->x1) / 2;
    lk_draw_text(plot->canvas, x + (left ? -8 : 8), y + 10 + 0.8 * TEXT,
                 (lk_text_style){ .size = TEXT,
                                  .colour = LK_COLOUR_TEXT,
                                  .align = left ? LK_ALIGN_RIGHT : LK_ALIGN_LEFT,
                                  .bold = true },
                 words);
}

/* Room for the words below the lowest point. */
static void lower(lk_axis *axis) {
    const double share = 0.13;
    if (axis->log)
        axis->low /= pow(axis->high / axis->low, share);
    else
        axis->low -= share * (axis->high - axis->low);
}

static void put_losses(const struct figure *f, double top) {
    lk_plot plot = { .canvas = f->canvas,
                     .left = MARGIN,
                     .top = top,
                     .width = INNER,
                     .height = PLOT,
                     .size = TEXT,
                     .x = epochs_of(f),
                     .y = axis_of(f, LK_CURVE_TRAIN, LK_CURVE_VAL, true) };
    if (f->n_groups == 1) lower(&plot.y);
    plot.x.name = "epoch";
    plot.y.name = "loss";
    lk_plot_begin(&plot);
    for (int g = 0; g < f->n_groups; g++)
        put_curve(&plot, &f->groups[g], LK_CURVE_TRAIN, training_pen(f, &f->groups[g]));
    for (int g = 0; g < f->n_groups; g++)
        put_curve(&plot, &f->groups[g], LK_CURVE_VAL, validation_pen(f, &f->groups[g]));
    lk_plot_end(&plot);
    for (int g = 0; g < f->n_groups; g++) mark_best(f, &plot, &f->groups[g]);
}

static void put_panel(const struct figure *f, int place, double top, int column,
                      const char *title) {
    lk_axis y = axis_of(f, column, -1, false);
    lk_plot plot = { .canvas = f->canvas,
                     .left = MARGIN + place % 2 * (INNER / 2),
                     .top = top + place / 2 * PANEL,
                     .width = INNER / 2.0,
                     .height = PANEL,
                     .title = title,
                     .size = TEXT - 1,
                     .x = epochs_of(f),
                     .y = y };
    lk_plot_begin(&plot);
    for (int g = 0; g < f->n_groups; g++)
        put_curve(&plot, &f->groups[g], column,
                  (lk_pen){ 2, colour_of(f, &f->groups[g]), is_dashed(f, &f->groups[g]) });
    lk_plot_end(&plot);
}

/* ---- the figure ---- */

struct panel {
    int column;
    const char *title;
};

static int list_panels(const struct figure *f, struct panel panels[PANELS]) {
    int n = 0;
    if (has(f, LK_CURVE_SSIM))
        panels[n++] = (struct panel){ LK_CURVE_SSIM, "validation SSIM \xE2\x86\x91" };
    if (has(f, LK_CURVE_MSE))
        panels[n++] = (struct panel){ LK_CURVE_MSE, "validation MSE \xE2\x86\x93" };
    if (has(f, LK_CURVE_KL))
        panels[n++] = (struct panel){ LK_CURVE_KL, "KL" };
    else if (has(f, LK_CURVE_ACTIVE))
        panels[n++] = (struct panel){ LK_CURVE_ACTIVE, "active latents" };
    if (has(f, LK_CURVE_LR)) panels[n++] = (struct panel){ LK_CURVE_LR, "learning rate" };
    return n;
}

struct legend {
    lk_plot_key keys[NAMED_MAX];
    lk_text words[NAMED_MAX];
    int n;
};

/* One model: what is thin and what is thick. Several: their names, with the lowest validation
   loss. */
static void list_keys(const struct figure *f, struct legend *legend) {
    if (f->n_groups == 1) {
        legend->keys[legend->n++] = (lk_plot_key){ "training", training_pen(f, &f->groups[0]) };
        if (isfinite(f->groups[0].best))
            legend->keys[legend->n++] =
                (lk_plot_key){ "validation", validation_pen(f, &f->groups[0]) };
        return;
    }
    for (int i = 0; i < f->n_groups && i < NAMED_MAX; i++) {
        const lk_curves_group *g = &f->groups[i];
        lk_text *words = &legend->words[i];
        lk_text_add(words, "%s", g->label);
        if (isfinite(g->best)) lk_text_add(words, " (%.4g, epoch %.3g)", g->best, g->best_epoch);
        legend->keys[legend->n++] =
            (lk_plot_key){ words->failed ? g->label : words->data, validation_pen(f, g) };
    }
}

/* Below the title: of one run how it went, of several what the lines are. */
static void write_sentence(const struct figure *f, lk_text *out) {
    int n_most = 0;
    for (int g = 0; g < f->n_groups; g++)
        if (f->groups[g].n_seeds > n_most) n_most = f->groups[g].n_seeds;
    if (f->curves->n_runs == 1)
        lk_curves_sentence(&f->curves->runs[0], out);
    else
        lk_text_add(out, "%s%s",
                    f->n_groups > 1 ? "thick: validation, thin: training" : "mean over seeds",
                    n_most > 1 ? "; bands: range over seeds" : "");
}

static void write_title(const struct figure *f, lk_text *out) {
    const lk_curves_group *first = &f->groups[0];
    if (f->n_groups > 1)
        lk_text_add(out, "%d models", f->n_groups);
    else if (first->n_seeds > 1)
        lk_text_add(out, "%s, %d seeds", first->label, first->n_seeds);
    else
        lk_text_add(out, "%s", first->label);
}

static lk_status draw(struct figure *f, const char *title, const char *sentence,
                      const lk_origin_notes *origin, lk_error *err) {
    const lk_text_style big = { .size = 21, .colour = LK_COLOUR_TEXT, .bold = true },
                        plain = { .size = 18, .colour = LK_COLOUR_TEXT };
    struct panel panels[PANELS];
    struct legend legend = { .n = 0 };
    int n_panels = list_panels(f, panels);
    list_keys(f, &legend);
    double top = MARGIN + 24 + LINE,
           plots = top + 10 +
                   LINE * lk_plot_legend_lines(f->canvas, INNER, TEXT, legend.keys, legend.n);
    lk_status status = lk_canvas_begin(
        f->canvas, WIDTH, plots + PLOT + 8 + (n_panels + 1) / 2 * PANEL + MARGIN, 2, err);
    if (status) goto done;
    lk_draw_text_within(f->canvas, MARGIN, MARGIN + 20, INNER, big, title);
    lk_draw_text_within(f->canvas, MARGIN, MARGIN + 20 + LINE, INNER, plain, sentence);
    lk_plot_legend(f->canvas, MARGIN, top + LINE, INNER, TEXT, legend.keys, legend.n);
    put_losses(f, plots);
    for (int i = 0; i < n_panels; i++)
        put_panel(f, i, plots + PLOT + 8, panels[i].column, panels[i].title);
    status = lk_canvas_write(f->canvas, origin, err);
done:
    for (int i = 0; i < NAMED_MAX; i++) lk_text_deinit(&legend.words[i]);
    return status;
}

lk_status lk_curves_write(const lk_curves *curves, const char *path, const lk_origin_notes *origin,
                          lk_error *err) {
    struct figure f = { .curves = curves };
    lk_text title = { 0 }, sentence = { 0 };
    lk_arena_init(&f.arena);
    lk_status status = lk_curves_form_groups(curves, &f.arena, &f.groups, &f.n_groups, err);
    if (!status) status = lk_canvas_create(path, &f.canvas, err);
    if (status) goto done;
    write_title(&f, &title);
    write_sentence(&f, &sentence);
    lk_origin_notes notes = origin ? *origin : (lk_origin_notes){ 0 };
    notes.title = title.data;
    status = title.failed || sentence.failed ? lk_fail_memory(err, title.n + sentence.n, path)
                                             : draw(&f, title.data, sentence.data, &notes, err);
done:
    lk_canvas_destroy(f.canvas);
    lk_text_deinit(&title);
    lk_text_deinit(&sentence);
    lk_arena_deinit(&f.arena);
    return status;
}
