/* The figure of an experiment, like Figure 1 of the paper: originals, then the reconstructions of
   each model, with its scores. */
#include "experiment/figure.h"
#include "draw/collage.h"
#include "experiment/folder.h"
#include "net/run_files.h"
#include "net/trained.h"
#include "report/summary.h"

#include <likeness/pack.h>

#include <math.h>
#include <string.h>

/* COLUMNS_MORE: the eyes of the first picture, and the mean colour */
enum { N_SCORES = 3, COLUMNS_MORE = 2 };

/* Pictures of one shape: originals, then a row for each run. */
struct figure {
    lk_image_shape shape;
    int n_rows, n_pictures;         /* rows; pictures in each */
    const lk_experiment_run **runs; /* of the rows after the first */
    size_t size;                    /* values of a picture */
    lk_real *pictures;              /* (n_rows, n_pictures + COLUMNS_MORE, H, W, C) */
    lk_collage_score *scores;       /* (n_rows, N_SCORES) */
    int64_t steps;                  /* of the longest run; 0: unknown */
    char fingerprint[LK_WORDS_MAX];
    lk_arena arena;
};

static lk_real *picture_at(const struct figure *f, int row, int column) {
    return f->pictures + (size_t)(row * (f->n_pictures + COLUMNS_MORE) + column) * f->size;
}

/* ---- rows ---- */

static bool has_model(const lk_reproduce_options *options, const lk_experiment_run *run) {
    char folder[LK_PATH_MAX], model[LK_PATH_MAX];
    lk_experiment_run_folder(options->out, run->name, options->experiment->seeds[0], folder);
    return lk_format(model, sizeof model, "%s/" LK_RUN_MODEL, folder) && lk_file_may_exist(model);
}

static const char *type_of(const lk_experiment_run *run) {
    return run->config.model.chosen.choice->name;
}

/* Runs with the same type of model follow each other. A run that diverged has no model, and no
   row. */
static lk_status find_runs(struct figure *f, const lk_reproduce_options *options, lk_error *err) {
    const lk_experiment *e = options->experiment;
    size_t n = (size_t)e->n_runs;
    bool *taken = lk_arena_alloc(&f->arena, n * sizeof *taken);
    f->n_rows = 1;
    f->runs = lk_arena_alloc(&f->arena, n * sizeof *f->runs);
    if (!f->runs || !taken) return lk_fail_memory(err, n * sizeof *f->runs, "the figure");
    for (int i = 0; i < e->n_runs; i++)
        for (int k = i; k < e->n_runs; k++) {
            if (taken[k] || strcmp(type_of(&e->runs[i]), type_of(&e->runs[k])) != 0) continue;
            taken[k] = true;
            if (has_model(options, &e->runs[k])) f->runs[f->n_rows++ - 1] = &e->runs[k];
        }
    return LK_OK;
}

/* ---- scores ---- */

static const lk_metric shown[N_SCORES] = { LK_METRIC_SSIM, LK_METRIC_MSE, LK_METRIC_DELTA_E };

static void fill_scores(struct figure *f, int row, const lk_report *report) {
    const char *label = f->runs[row - 1]->label, *name = f->runs[row - 1]->name;
    for (size_t i = 0; i < report->n_rows; i++) {
        const lk_summary *s = &report->rows[i];
        bool same = *s->first->label ? strcmp(s->first->label, label) == 0
                                     : strcmp(s->first->name, name) == 0;
        if (!same || !s->n_seeds) continue;
        if (s->first->steps > f->steps) f->steps = s->first->steps;
        for (int k = 0; k < N_SCORES; k++) {
            lk_collage_score *score = &f->scores[row * N_SCORES + k];
            double value = s->value[shown[k]];
            if (isfinite(value))
                lk_format(score->text, sizeof score->text, "%.*f",
                          lk_metric_describe(shown[k])->digits, value);
            score->best = s->best[shown[k]];
        }
    }
}

static lk_status read_scores(struct figure *f, const lk_context *context,
                             const lk_reproduce_options *options, lk_error *err) {
    static const lk_report_view view = { .sort = LK_SORT_NONE };
    char folder[LK_PATH_MAX];
    lk_results results;
    lk_report report = { 0 };
    f->scores = lk_arena_alloc(&f->arena, (size_t)f->n_rows * N_SCORES * sizeof *f->scores);
    if (!f->scores) return lk_fail_memory(err, sizeof *f->scores, "the figure");
    lk_format(folder, sizeof folder, "%s/results", options->out);
    lk_results_init(&results);
    lk_status status = lk_results_read(&results, folder, &context->log, err);
    if (!status) status = lk_results_label(&results, err);
    if (!status) status = lk_report_init(&report, &results, &view, err);
    for (int row = 1; row < f->n_rows && !status; row++) fill_scores(f, row, &report);
    if (!status) lk_report_deinit(&report);
    lk_results_deinit(&results);
    return status;
}

/* ---- pictures ---- */

static lk_status reserve(struct figure *f, const lk_pack *pack, lk_error *err) {
    const lk_pack_meta *meta = lk_pack_describe(pack);
    int n = lk_pack_count(pack, LK_SPLIT_TEST);
    f->shape = (lk_image_shape){ meta->size, meta->channels };
    f->n_pictures = n < LK_FIGURE_COLUMNS ? n : LK_FIGURE_COLUMNS;
    f->size = (size_t)meta->size * (size_t)meta->size * (size_t)meta->channels;
    lk_format(f->fingerprint, sizeof f->fingerprint, "%s", meta->fingerprint);
    size_t cells = (size_t)f->n_rows * (size_t)(f->n_pictures + COLUMNS_MORE),
           bytes = lk_size_mul(cells, f->size * sizeof(lk_real));
    f->pictures = lk_arena_alloc(&f->arena, bytes);
    return f->pictures ? LK_OK : lk_fail_memory(err, bytes, "the figure");
}

static lk_status fill_originals(struct figure *f, const lk_context *context,
                                const lk_reproduce_options *options, const char *fingerprint,
                                lk_error *err) {
    lk_pack *pack = NULL;
    lk_status status = lk_pack_open(options->data, context, &pack, err);
    if (status) return status;
    status =
        lk_pack_check_same(options->data, lk_pack_describe(pack)->fingerprint, fingerprint, err);
    if (!status) status = reserve(f, pack, err);
    int n = lk_pack_count(pack, LK_SPLIT_TEST);
    for (int i = 0; i < f->n_pictures && !status; i++) {
        const uint8_t *from =
            lk_pack_pixels(pack, LK_SPLIT_TEST, (int)((int64_t)i * n / f->n_pictures));
        lk_reals_from_bytes(from, f->size, picture_at(f, 0, i));
    }
    lk_pack_close(pack);
    return status;
}

static lk_status fill_row(struct figure *f, int row, const lk_context *context, const char *run,
                          lk_error *err) {
    lk_trained trained;
    lk_status status = lk_trained_open(run, context, NULL, 0, &trained, err);
    if (status) return status;
    lk_trained_reconstruct(&trained, picture_at(f, 0, 0), f->n_pictures, picture_at(f, row, 0));
    status = lk_graph_status(trained.net.graph, err);
    lk_trained_close(&trained);
    return status;
}

/* The middle of the first picture, a little above its centre, twice as large. */
static void fill_eyes(struct figure *f, int row) {
    int side = f->shape.size, channels = f->shape.channels, left = side / 4, top = side / 5;
    const lk_real *from = picture_at(f, row, 0);
    lk_real *to = picture_at(f, row, f->n_pictures);
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            for (int c = 0; c < channels; c++)
                *to++ = from[((top + y / 2) * side + left + x / 2) * channels + c];
}

static void mean_colour(const struct figure *f, int row, double colour[3]) {
    size_t channels = (size_t)f->shape.channels, n = (size_t)f->n_pictures * f->size;
    const lk_real *values = picture_at(f, row, 0);
    for (size_t c = 0; c < channels; c++) {
        double sum = 0;
        for (size_t i = c; i < n; i += channels) sum += (double)values[i];
        colour[c] = sum / (double)(n / channels);
    }
}

/* The mean colour of a row's pictures, and in the upper half that of the originals. */
static void fill_patch(struct figure *f, int row) {
    int side = f->shape.size, channels = f->shape.channels;
    double originals[3] = { 0 }, own[3] = { 0 };
    lk_real *to = picture_at(f, row, f->n_pictures + 1);
    mean_colour(f, 0, originals);
    mean_colour(f, row, own);
    for (int i = 0; i < side * side; i++)
        for (int c = 0; c < channels; c++)
            *to++ = LK_R(i < side * side / 2 ? originals[c] : own[c]);
}

/* ---- drawing ---- */

/* "drawn-1a2b, 800 steps, seeds 1, 2, 3": the same for all rows. */
static void write_subtitle(const struct figure *f, const lk_experiment *e, lk_text *out) {
    char steps[32];
    lk_text_add(out, "data %.12s", f->fingerprint);
    if (f->steps) lk_text_add(out, ", %s steps", lk_count_text(f->steps, steps));
    lk_text_add(out, ", seed%s ", e->n_seeds == 1 ? "" : "s");
    for (int i = 0; i < e->n_seeds; i++)
        lk_text_add(out, "%s%lld", i ? ", " : "", (long long)e->seeds[i]);
    if (e->n_seeds > 1)
        lk_text_add(out, " (scores: mean; pictures: seed %lld)", (long long)e->seeds[0]);
    lk_text_add(out, ". On the right the eyes of the first picture, and the mean colour; its upper "
                     "half is that of the originals");
}

static lk_status write_figure(const struct figure *f, const lk_reproduce_options *options,
                              lk_collage *collage, const char *path, lk_error *err) {
    const lk_experiment *e = options->experiment;
    char seed[32];
    lk_text below = { 0 };
    write_subtitle(f, e, &below);
    lk_format(seed, sizeof seed, "%lld", (long long)e->seeds[0]);
    collage->title = *e->name ? e->name : NULL;
    collage->subtitle = below.data;
    const lk_origin_notes origin = { .title = e->name, .seed = seed, .data = f->fingerprint };
    lk_status status = below.failed ? lk_fail_memory(err, below.n, "the figure")
                                    : lk_collage_write(path, collage, &origin, err);
    lk_text_deinit(&below);
    return status;
}

static lk_status draw(struct figure *f, const lk_reproduce_options *options, const char *path,
                      lk_error *err) {
    static const char *const score_heads[N_SCORES] = { "SSIM \xE2\x86\x91", "MSE \xE2\x86\x93",
                                                       "\xCE\x94"
                                                       "E \xE2\x86\x93" };
    size_t columns = (size_t)f->n_pictures + COLUMNS_MORE, rows = (size_t)f->n_rows;
    const lk_real **cells = lk_arena_alloc(&f->arena, rows * columns * sizeof *cells);
    const char **labels = lk_arena_alloc(&f->arena, rows * sizeof *labels);
    const char **heads = lk_arena_alloc(&f->arena, columns * sizeof *heads);
    bool *gaps = lk_arena_alloc(&f->arena, rows * sizeof *gaps);
    if (!cells || !labels || !heads || !gaps)
        return lk_fail_memory(err, rows * columns * sizeof *cells, "the figure");
    for (size_t i = 0; i < rows * columns; i++) cells[i] = f->pictures + i * f->size;
    for (int row = 0; row < f->n_rows; row++) {
        labels[row] = row ? f->runs[row - 1]->label : "original";
        gaps[row] = row == 0 || (row + 1 < f->n_rows &&
                                 strcmp(type_of(f->runs[row - 1]), type_of(f->runs[row])) != 0);
    }
    heads[f->n_pictures] = "eyes \xC3\x97 2";
    heads[f->n_pictures + 1] = "colour";
    lk_collage collage = { .shape = f->shape,
                           .n_rows = f->n_rows,
                           .n_columns = f->n_pictures + COLUMNS_MORE,
                           .cells = cells,
                           .heads = heads,
                           .labels = labels,
                           .n_scores = N_SCORES,
                           .score_heads = score_heads,
                           .scores = f->scores,
                           .gaps = gaps };
    return write_figure(f, options, &collage, path, err);
}

lk_status lk_experiment_figure(const lk_context *context, const lk_reproduce_options *options,
                               const char *fingerprint, const char *path, lk_error *err) {
    struct figure f = { 0 };
    lk_arena_init(&f.arena);
    lk_status status = find_runs(&f, options, err);
    if (!status) status = fill_originals(&f, context, options, fingerprint, err);
    if (!status) status = read_scores(&f, context, options, err);
    for (int row = 1; row < f.n_rows && !status; row++) {
        char run[LK_PATH_MAX];
        lk_experiment_run_folder(options->out, f.runs[row - 1]->name, options->experiment->seeds[0],
                                 run);
        status = fill_row(&f, row, context, run, err);
    }
    for (int row = 0; row < f.n_rows && !status; row++) {
        fill_eyes(&f, row);
        fill_patch(&f, row);
    }
    if (!status) status = draw(&f, options, path, err);
    lk_arena_deinit(&f.arena);
    return status;
}
