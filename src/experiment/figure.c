/* The figure of an experiment, like Figure 1 of the paper: originals, then the reconstructions of
   each model. */
#include "experiment/figure.h"
#include "experiment/folder.h"
#include "net/run_files.h"
#include "net/trained.h"

#include <likeness/pack.h>

#include <string.h>

enum { SIDE = 128, GAP = 2 };

/* Pictures of one shape, row by row: originals, then a row for each run. */
struct figure {
    lk_image_shape shape;
    int n_rows, n_columns, zoom;
    const lk_experiment_run **runs; /* of the rows after the first */
    size_t size;                    /* values of a picture */
    uint8_t *pixels;                /* (n_rows, n_columns, H, W, C) */
    lk_real *originals;             /* (n_columns, H, W, C) */
    lk_real *made;
};

static uint8_t *row_of(const struct figure *f, int row) {
    return f->pixels + (size_t)row * (size_t)f->n_columns * f->size;
}

/* A run that diverged has no model, and no row. */
static lk_status find_runs(struct figure *f, const lk_reproduce_options *options, lk_error *err) {
    const lk_experiment *e = options->experiment;
    size_t bytes = (size_t)e->n_runs * sizeof *f->runs;
    f->n_rows = 1;
    f->runs = lk_alloc(bytes);
    if (!f->runs) return lk_fail_memory(err, bytes, "the figure");
    for (int i = 0; i < e->n_runs; i++) {
        char run[LK_PATH_MAX], model[LK_PATH_MAX];
        lk_experiment_run_folder(options->out, e->runs[i].name, e->seeds[0], run);
        if (lk_format(model, sizeof model, "%s/" LK_RUN_MODEL, run) && lk_file_may_exist(model))
            f->runs[f->n_rows++ - 1] = &e->runs[i];
    }
    return LK_OK;
}

static lk_status open_figure(struct figure *f, const lk_context *context,
                             const lk_reproduce_options *options, const char *fingerprint,
                             lk_error *err) {
    lk_pack *pack = NULL;
    lk_status status = lk_pack_open(options->data, context, &pack, err);
    if (status) return status;
    const lk_pack_meta *meta = lk_pack_describe(pack);
    status = lk_pack_check_same(options->data, meta->fingerprint, fingerprint, err);
    int n = lk_pack_count(pack, LK_SPLIT_TEST);
    f->shape = (lk_image_shape){ meta->size, meta->channels };
    f->n_columns = n < LK_FIGURE_COLUMNS ? n : LK_FIGURE_COLUMNS;
    f->zoom = meta->size < SIDE ? SIDE / meta->size : 1;
    f->size = (size_t)meta->size * (size_t)meta->size * (size_t)meta->channels;
    size_t row = (size_t)f->n_columns * f->size,
           bytes = (size_t)f->n_rows * row + 2 * row * sizeof(lk_real);
    f->pixels = lk_alloc((size_t)f->n_rows * row);
    f->originals = lk_alloc(row * sizeof(lk_real));
    f->made = lk_alloc(row * sizeof(lk_real));
    if (!status && (!f->pixels || !f->originals || !f->made))
        status = lk_fail_memory(err, bytes, "the figure");
    for (int i = 0; i < f->n_columns && !status; i++) {
        const uint8_t *from =
            lk_pack_pixels(pack, LK_SPLIT_TEST, (int)((int64_t)i * n / f->n_columns));
        memcpy(row_of(f, 0) + (size_t)i * f->size, from, f->size);
    }
    for (size_t i = 0; i < row && !status; i++) f->originals[i] = LK_R(f->pixels[i]) / 255;
    lk_pack_close(pack);
    return status;
}

static void close_figure(struct figure *f) {
    lk_free(f->runs);
    lk_free(f->pixels);
    lk_free(f->originals);
    lk_free(f->made);
}

static lk_status fill_row(struct figure *f, int row, const lk_context *context, const char *run,
                          lk_error *err) {
    lk_trained trained;
    lk_status status = lk_trained_open(run, context, NULL, 0, &trained, err);
    if (status) return status;
    lk_trained_reconstruct(&trained, f->originals, f->n_columns, f->made);
    status = lk_graph_status(trained.net.graph, err);
    lk_trained_close(&trained);
    lk_bytes_from_reals(f->made, (size_t)f->n_columns * f->size, row_of(f, row));
    return status;
}

static lk_status draw(const struct figure *f, lk_image *out, lk_error *err) {
    size_t n = (size_t)f->n_rows * (size_t)f->n_columns;
    lk_image *cells = lk_alloc(n * sizeof *cells);
    const char **labels = lk_alloc((size_t)f->n_rows * sizeof *labels);
    lk_status status =
        cells && labels ? LK_OK : lk_fail_memory(err, n * sizeof *cells, "the figure");
    for (size_t i = 0; i < n && !status; i++)
        cells[i] =
            (lk_image){ f->shape.size, f->shape.size, f->shape.channels, f->pixels + i * f->size };
    for (int row = 0; row < f->n_rows && !status; row++)
        labels[row] = row ? f->runs[row - 1]->label : "original";
    lk_grid_options options = { .n_rows = f->n_rows,
                                .n_columns = f->n_columns,
                                .gap = GAP,
                                .zoom = f->zoom,
                                .labels = labels };
    if (!status) status = lk_grid(cells, &options, out, err);
    lk_free(cells);
    lk_free(labels);
    return status;
}

lk_status lk_experiment_figure(const lk_context *context, const lk_reproduce_options *options,
                               const char *fingerprint, const char *path, lk_error *err) {
    const lk_experiment *e = options->experiment;
    struct figure f = { 0 };
    lk_image image = { 0 };
    lk_status status = find_runs(&f, options, err);
    if (!status) status = open_figure(&f, context, options, fingerprint, err);
    for (int row = 1; row < f.n_rows && !status; row++) {
        char run[LK_PATH_MAX];
        lk_experiment_run_folder(options->out, f.runs[row - 1]->name, e->seeds[0], run);
        status = fill_row(&f, row, context, run, err);
    }
    if (!status) status = draw(&f, &image, err);
    if (!status) status = lk_image_write_png(path, &image, err);
    lk_image_deinit(&image);
    close_figure(&f);
    return status;
}
