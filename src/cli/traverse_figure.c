/* The figure of a traversal: a labelled row for each latent, and a map of where pixels change. */
#include "cli/traverse.h"
#include "draw/collage.h"
#include "net/run_files.h"

#include <math.h>

enum { LABEL = 64, HEAD = 24 };

/* The texts, lengths and pictures of the figure's rows, and the heads of its columns. */
struct figure {
    int n_rows, n_columns;
    const lk_real **cells; /* (n_rows, n_columns): values, then the map */
    const char **labels, **notes, *heads[LK_TRAVERSE_STEPS_MAX + 1];
    char (*words)[2][LABEL];
    char head[LK_TRAVERSE_STEPS_MAX][HEAD];
    double *bars;
    lk_real *maps; /* (n_rows, H, W, C) */
    lk_arena arena;
};

static lk_status reserve_figure(const lk_traverse *w, struct figure *f, lk_error *err) {
    size_t rows = (size_t)f->n_rows, columns = (size_t)f->n_columns,
           maps = lk_size_mul(rows, lk_cli_picture_values(w->shape) * sizeof *f->maps);
    f->cells = lk_arena_alloc(&f->arena, lk_size_mul(rows * columns, sizeof *f->cells));
    f->labels = lk_arena_alloc(&f->arena, rows * sizeof *f->labels);
    f->notes = lk_arena_alloc(&f->arena, rows * sizeof *f->notes);
    f->words = lk_arena_alloc(&f->arena, rows * sizeof *f->words);
    f->bars = lk_arena_alloc(&f->arena, rows * sizeof *f->bars);
    f->maps = lk_arena_alloc(&f->arena, maps);
    return f->cells && f->labels && f->notes && f->words && f->bars && f->maps
               ? LK_OK
               : lk_fail_memory(err, maps, w->given->out);
}

/* "latent 4", or for several pictures "2: latent 4"; below it "KL 1.2, change 0.041". */
static void label_row(const lk_traverse *w, struct figure *f, int row) {
    const lk_traverse_latent *latent = &w->latents[row % w->n_rows];
    const lk_code_spread *spread = &w->steps.spread;
    char kl[32] = "", *label = f->words[row][0], *note = f->words[row][1];
    if (w->n_starts == 1) lk_format(label, LABEL, "latent %d", latent->index);
    if (w->n_starts > 1)
        lk_format(label, LABEL, "%d: latent %d", row / w->n_rows + 1, latent->index);
    if (spread->kl) lk_format(kl, sizeof kl, "KL %.1f, ", spread->kl[latent->index]);
    lk_format(note, LABEL, "%schange %.3f", kl, latent->change);
    f->labels[row] = label;
    f->notes[row] = note;
}

/* Lengths relative to the largest change. */
static void set_bars(const lk_traverse *w, struct figure *f) {
    double most = 0;
    for (int i = 0; i < w->n_rows; i++) most = fmax(most, w->latents[i].change);
    for (int row = 0; row < f->n_rows; row++)
        f->bars[row] = most > 0 ? w->latents[row % w->n_rows].change / most : 0;
}

static void set_heads(const lk_traverse *w, struct figure *f) {
    int steps = (int)w->given->steps;
    const char *unit = w->steps.unit == LK_UNIT_PLAIN ? "" : " sd";
    for (int i = 0; i < steps; i++) {
        double step = lk_traverse_step(w, i);
        bool centre = fabs(step) < 1e-9 * w->given->range;
        lk_format(f->head[i], HEAD, "%s%.3g%s", centre || step < 0 ? "" : "+", centre ? 0 : step,
                  unit);
        f->heads[i] = f->head[i];
    }
    f->heads[steps] = "changes";
}

/* How much each pixel changes from one end of a row to the other, mean of its channels. */
static double change_at(const lk_traverse *w, const struct figure *f, int row, size_t pixel) {
    size_t channels = (size_t)w->shape.channels;
    const lk_real *low = f->cells[row * f->n_columns] + pixel * channels,
                  *high = f->cells[row * f->n_columns + f->n_columns - 2] + pixel * channels;
    return lk_traverse_difference(low, high, channels);
}

/* White where nothing changes, blue (of grey models black) where most does. */
static void draw_maps(const lk_traverse *w, struct figure *f) {
    static const double blue[3] = { 0, 0x72 / 255.0, 0xB2 / 255.0 };
    size_t image = lk_cli_picture_values(w->shape), channels = (size_t)w->shape.channels;
    double most = 0;
    for (int row = 0; row < f->n_rows; row++)
        for (size_t i = 0; i < image / channels; i++) most = fmax(most, change_at(w, f, row, i));
    for (int row = 0; row < f->n_rows; row++) {
        lk_real *map = f->maps + (size_t)row * image;
        for (size_t i = 0; i < image; i++) {
            double share = most > 0 ? change_at(w, f, row, i / channels) / most : 0,
                   full = channels == 3 ? blue[i % 3] : 0;
            map[i] = LK_R(1 + share * (full - 1));
        }
        f->cells[row * f->n_columns + f->n_columns - 1] = map;
    }
}

static lk_status write_figure(const lk_traverse *w, const struct figure *f, lk_error *err) {
    char title[LK_WORDS_MAX + 80], name[LK_WORDS_MAX];
    lk_cli_origin origin;
    lk_text below = { 0 };
    int steps = (int)w->given->steps;
    lk_text_add(&below, "Values in ");
    lk_traverse_unit(w, &below);
    lk_text_add(&below, ". On the right: where the pictures at the ends differ");
    lk_format(title, sizeof title, "%s: one latent changed at a time",
              lk_run_name(w->decoder.config.name, w->decoder.path, name));
    const lk_collage collage = { .shape = w->shape,
                                 .n_rows = f->n_rows,
                                 .n_columns = f->n_columns,
                                 .cells = f->cells,
                                 .title = title,
                                 .subtitle = below.data,
                                 .heads = f->heads,
                                 .labels = f->labels,
                                 .notes = f->notes,
                                 .bars = f->bars,
                                 .framed = steps % 2 ? steps / 2 + 1 : 0,
                                 .block = w->n_rows };
    lk_cli_origin_init(&origin, w->cli, &w->decoder, title);
    lk_status status = below.failed ? lk_fail_memory(err, below.n, w->given->out)
                                    : lk_collage_write(w->given->out, &collage, &origin.notes, err);
    lk_cli_origin_deinit(&origin);
    lk_text_deinit(&below);
    return status;
}

static lk_status fill_rows(lk_traverse *w, struct figure *f, lk_error *err) {
    int steps = (int)w->given->steps;
    for (int row = 0; row < f->n_rows; row++) {
        int index = w->latents[row % w->n_rows].index;
        label_row(w, f, row);
        for (int step = 0; step < steps; step++) {
            int i = row * steps + step;
            lk_traverse_set_code(w, i, row / w->n_rows, index, lk_traverse_value(w, index, step));
            f->cells[row * f->n_columns + step] =
                w->pictures + (size_t)i * lk_cli_picture_values(w->shape);
        }
    }
    lk_traverse_decode(w, f->n_rows * steps);
    return lk_graph_status(w->decoder.net.graph, err);
}

lk_status lk_traverse_draw(lk_traverse *w, lk_error *err) {
    struct figure f = { .n_rows = w->n_starts * w->n_rows, .n_columns = (int)w->given->steps + 1 };
    lk_arena_init(&f.arena);
    lk_status status = reserve_figure(w, &f, err);
    if (!status) status = fill_rows(w, &f, err);
    if (status) goto done;
    set_bars(w, &f);
    set_heads(w, &f);
    draw_maps(w, &f);
    status = write_figure(w, &f, err);
done:
    lk_arena_deinit(&f.arena);
    return status;
}
