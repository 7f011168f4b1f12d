/* likeness traverse: show what single latents stand for. */
#include "cli/command.h"
#include "cli/latents.h"
#include "cli/output.h"
#include "cli/pictures.h"
#include "cli/trained.h"
#include "cli/wrap.h"
#include "draw/collage.h"
#include "net/run_files.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = LK_LIST_MAX, PICTURES_MAX = 64, STEPS_MAX = 64 };

struct options {
    char out[LK_WORDS_MAX], latents[LK_WORDS_MAX];
    int64_t rows, steps;
    double range;
    lk_picture_options from;
    bool json;
};

static const lk_option options[] = {
    LK_OPTION_OUTPUT(
        struct options, out, "FILE.png|svg|pdf",
        "figure to write: a labelled row for each latent, a column for each value, and where "
        "pixels change" LK_HELP_DEFAULT_OUT("traverse", ".png")),
    LK_OPTION_NAMED(struct options, latents, "LIST",
                    "latents to show, counted from 0, as in 3,17,40; default: those that change "
                    "the picture most"),
    LK_OPTION_INTEGER(struct options, rows, 10, 1, ROWS_MAX,
                      "number of latents to show without --latents"),
    LK_OPTION_INTEGER(struct options, steps, 9, 2, STEPS_MAX, "number of values of each latent"),
    LK_OPTION_NUMBER(struct options, range, 3, 1e-6, 1e6,
                     "values go from -range to range standard deviations of the codes of training "
                     "pictures, around their mean"),
    LK_OPTIONS_PICTURES(struct options, from),
    LK_OPTION_BOOLEAN(struct options, json, false,
                      "one JSON object: what was written, and the table"),
    { 0 },
};

/* A latent, and how much the picture changes over the latent's range: the mean absolute difference
   of the pictures at its ends. */
struct latent {
    int index;
    double change;
};

struct work {
    lk_cli *cli;
    const struct options *given;
    lk_pictures from;
    lk_picture_options words_only; /* no pack */
    lk_trained decoder;
    lk_image_shape shape;
    lk_latents steps;
    int n_latents, n_rows, n_starts;
    lk_real *starts;        /* (n_starts, Z): the codes of the pictures, or the prior's mean */
    struct latent *latents; /* n_measured; the first n_rows are shown */
    int n_measured;
    lk_real *codes, *pictures;
};

/* In units of w->steps, from -range to range. */
static double step_at(const struct work *w, int step) {
    return w->given->range * (2.0 * step / (double)(w->given->steps - 1) - 1);
}

static double value_at(const struct work *w, int index, int step) {
    return lk_latents_at(&w->steps, index, step_at(w, step));
}

/* ---- the code to start from ---- */

/* A pack without --index and -n is only for measuring codes. */
static lk_status open_pictures(struct work *w, lk_error *err) {
    const lk_picture_options *given = &w->given->from;
    bool takes_rows = *given->index || given->n;
    lk_status status = *given->data && !takes_rows
                           ? lk_pictures_open(w->cli, &w->words_only, w->cli->arguments + 1,
                                              w->cli->n_arguments - 1, &w->from, err)
                           : lk_pictures_open(w->cli, given, w->cli->arguments + 1,
                                              w->cli->n_arguments - 1, &w->from, err);
    if (!status) status = lk_pictures_check_output(&w->from, "--out", w->given->out, err);
    if (!status && w->from.n > PICTURES_MAX)
        return lk_fail(err, LK_USAGE,
                       "expected at most %d pictures, got %d; --index or -n chooses fewer",
                       PICTURES_MAX, w->from.n);
    w->n_starts = w->from.n ? w->from.n : 1;
    return status;
}

static lk_status encode(struct work *w, lk_error *err) {
    lk_trained encoder;
    size_t n_bytes = (size_t)w->n_starts * lk_cli_picture_values(w->shape) * sizeof(lk_real);
    lk_status status =
        lk_trained_open_other(&w->decoder, &w->cli->context, LK_MODEL_ENCODER, &encoder, err);
    if (status) return status;
    lk_real *values = lk_alloc(n_bytes);
    status = values ? lk_pictures_read(&w->from, w->cli, &encoder, w->given->from.crop, err)
                    : lk_fail_memory(err, n_bytes, "the pictures");
    if (!status) {
        lk_pictures_numbers(&w->from, 0, w->n_starts, values);
        lk_net_map(encoder.net.model.images, encoder.net.model.latent, values, w->n_starts,
                   w->starts);
        status = lk_graph_status(encoder.net.graph, err);
    }
    lk_free(values);
    lk_trained_close(&encoder);
    return status;
}

/* Without a picture: the mean of the prior, or of the codes where there is no prior. */
static lk_status find_starts(struct work *w, lk_error *err) {
    double variance;
    if (w->from.n) return encode(w, err);
    if (w->steps.unit == LK_UNIT_PLAIN)
        return lk_cli_prior_variance(&w->decoder, "starting from its mean", &variance, err);
    for (int k = 0; k < w->n_latents && !(w->steps.sigma > 0); k++)
        w->starts[k] = LK_R(w->steps.spread.mean[k]);
    return LK_OK;
}

/* ---- which latents ---- */

static lk_status read_latents(struct work *w, lk_error *err) {
    lk_numbers numbers;
    lk_json json = { 0 };
    char text[LK_WORDS_MAX + 2];
    const lk_option list = { .key = "latents", .type = LK_INTEGERS, .max = w->n_latents - 1 };
    lk_format(text, sizeof text, "[%s]", w->given->latents);
    lk_status status = lk_json_argument(text, "--latents", &json, err);
    if (!status) status = lk_option_read(&list, &json, json.root, "", NULL, &numbers, err);
    lk_json_deinit(&json);
    if (status) return status;
    w->n_rows = w->n_measured = numbers.n;
    for (int i = 0; i < numbers.n; i++) w->latents[i].index = (int)numbers.v[i];
    return LK_OK;
}

static int larger_change_first(const void *a, const void *b) {
    const struct latent *x = a, *y = b;
    if (x->change != y->change) return x->change < y->change ? 1 : -1;
    return x->index - y->index;
}

/* Set code number `at` to a start code, with latent `index` set to `value`. */
static void set_code(const struct work *w, int at, int start, int index, double value) {
    size_t n = (size_t)w->n_latents;
    lk_real *code = w->codes + (size_t)at * n;
    memcpy(code, w->starts + (size_t)start * n, n * sizeof *code);
    code[index] = LK_R(value);
}

static void decode(const struct work *w, int n) {
    lk_net_map(w->decoder.net.model.latent, w->decoder.net.model.output, w->codes, n, w->pictures);
}

static double mean_difference(const lk_real *a, const lk_real *b, size_t n) {
    double sum = 0;
    for (size_t k = 0; k < n; k++) sum += fabs((double)a[k] - (double)b[k]);
    return sum / (double)n;
}

/* Add how much n latents, from the first-th on, change the picture from its start on. */
static void add_changes(struct work *w, int start, int first, int n) {
    size_t image = lk_cli_picture_values(w->shape);
    struct latent *latents = w->latents + first;
    int last = (int)w->given->steps - 1;
    for (int i = 0; i < n; i++) {
        set_code(w, 2 * i, start, latents[i].index, value_at(w, latents[i].index, 0));
        set_code(w, 2 * i + 1, start, latents[i].index, value_at(w, latents[i].index, last));
    }
    decode(w, 2 * n);
    for (int i = 0; i < n; i++) {
        const lk_real *low = w->pictures + (size_t)(2 * i) * image;
        latents[i].change += mean_difference(low, low + image, image) / w->n_starts;
    }
}

static void measure_changes(struct work *w) {
    int half = LK_EVALUATION_BATCH / 2, n = w->n_measured;
    for (int start = 0; start < w->n_starts; start++)
        for (int first = 0; first < n; first += half)
            add_changes(w, start, first, n - first < half ? n - first : half);
}

/* All latents, those that change the picture most first. */
static void rank_latents(struct work *w) {
    w->n_measured = w->n_latents;
    for (int i = 0; i < w->n_latents; i++) w->latents[i].index = i;
    measure_changes(w);
    qsort(w->latents, (size_t)w->n_latents, sizeof *w->latents, larger_change_first);
}

/* ---- the picture ---- */

enum { LABEL = 64, HEAD = 24 };

/* The texts, lengths and pictures of the figure's rows, and the heads of its columns. */
struct figure {
    int n_rows, n_columns;
    const lk_real **cells; /* (n_rows, n_columns): values, then the map */
    const char **labels, **notes, *heads[STEPS_MAX + 1];
    char (*words)[2][LABEL];
    char head[STEPS_MAX][HEAD];
    double *bars;
    lk_real *maps; /* (n_rows, H, W, C) */
    lk_arena arena;
};

static lk_status reserve_figure(const struct work *w, struct figure *f, lk_error *err) {
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
static void label_row(const struct work *w, struct figure *f, int row) {
    const struct latent *latent = &w->latents[row % w->n_rows];
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
static void set_bars(const struct work *w, struct figure *f) {
    double most = 0;
    for (int i = 0; i < w->n_rows; i++) most = fmax(most, w->latents[i].change);
    for (int row = 0; row < f->n_rows; row++)
        f->bars[row] = most > 0 ? w->latents[row % w->n_rows].change / most : 0;
}

static void set_heads(const struct work *w, struct figure *f) {
    int steps = (int)w->given->steps;
    const char *unit = w->steps.unit == LK_UNIT_PLAIN ? "" : " sd";
    for (int i = 0; i < steps; i++) {
        double step = step_at(w, i);
        bool centre = fabs(step) < 1e-9 * w->given->range;
        lk_format(f->head[i], HEAD, "%s%.3g%s", centre || step < 0 ? "" : "+", centre ? 0 : step,
                  unit);
        f->heads[i] = f->head[i];
    }
    f->heads[steps] = "changes";
}

/* How much each pixel changes from one end of a row to the other, mean of its channels. */
static double change_at(const struct work *w, const struct figure *f, int row, size_t pixel) {
    size_t channels = (size_t)w->shape.channels;
    const lk_real *low = f->cells[row * f->n_columns] + pixel * channels,
                  *high = f->cells[row * f->n_columns + f->n_columns - 2] + pixel * channels;
    return mean_difference(low, high, channels);
}

/* White where nothing changes, blue (of grey models black) where most does. */
static void draw_maps(const struct work *w, struct figure *f) {
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

static lk_status write_figure(const struct work *w, const struct figure *f, lk_error *err) {
    char title[LK_WORDS_MAX + 80], name[LK_WORDS_MAX];
    lk_cli_origin origin;
    int steps = (int)w->given->steps;
    lk_format(title, sizeof title, "%s: one latent changed at a time",
              lk_run_name(w->decoder.config.name, w->decoder.path, name));
    const lk_collage collage = { .shape = w->shape,
                                 .n_rows = f->n_rows,
                                 .n_columns = f->n_columns,
                                 .cells = f->cells,
                                 .title = title,
                                 .heads = f->heads,
                                 .labels = f->labels,
                                 .notes = f->notes,
                                 .bars = f->bars,
                                 .framed = steps % 2 ? steps / 2 + 1 : 0,
                                 .block = w->n_rows };
    lk_cli_origin_init(&origin, w->cli, &w->decoder, title);
    lk_status status = lk_collage_write(w->given->out, &collage, &origin.notes, err);
    lk_cli_origin_deinit(&origin);
    return status;
}

static lk_status fill_rows(struct work *w, struct figure *f, lk_error *err) {
    int steps = (int)w->given->steps;
    for (int row = 0; row < f->n_rows; row++) {
        int index = w->latents[row % w->n_rows].index;
        label_row(w, f, row);
        for (int step = 0; step < steps; step++) {
            int i = row * steps + step;
            set_code(w, i, row / w->n_rows, index, value_at(w, index, step));
            f->cells[row * f->n_columns + step] =
                w->pictures + (size_t)i * lk_cli_picture_values(w->shape);
        }
    }
    decode(w, f->n_rows * steps);
    return lk_graph_status(w->decoder.net.graph, err);
}

static lk_status draw_figure(struct work *w, lk_error *err) {
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

static lk_status reserve(struct work *w, lk_error *err) {
    size_t latents = (size_t)w->n_latents, rows = (size_t)w->n_rows;
    size_t starts = (size_t)w->n_starts, most = starts * rows * (size_t)w->given->steps;
    if (most < LK_EVALUATION_BATCH) most = LK_EVALUATION_BATCH;
    size_t bytes = lk_size_mul(most, lk_cli_picture_values(w->shape) * sizeof(lk_real));
    w->starts = lk_alloc(starts * latents * sizeof *w->starts);
    w->codes = lk_alloc(lk_size_mul(most, latents * sizeof *w->codes));
    w->pictures = lk_alloc(bytes);
    return w->starts && w->codes && w->pictures ? LK_OK
                                                : lk_fail_memory(err, bytes, "the pictures");
}

/* How many rows there are, and which if the user says so. */
static lk_status choose_latents(struct work *w, lk_error *err) {
    int n = w->n_latents < ROWS_MAX ? ROWS_MAX : w->n_latents;
    w->latents = lk_alloc((size_t)n * sizeof *w->latents);
    if (!w->latents) return lk_fail_memory(err, (size_t)n * sizeof *w->latents, "the latents");
    w->n_rows = w->given->rows < w->n_latents ? (int)w->given->rows : w->n_latents;
    return *w->given->latents ? read_latents(w, err) : LK_OK;
}

static lk_status do_all(struct work *w, lk_error *err) {
    lk_status status = lk_cli_refuse_runs(w->cli, err);
    if (!status) status = open_pictures(w, err);
    if (!status)
        status = lk_trained_open_part(w->cli->arguments[0], &w->cli->context, LK_MODEL_DECODER,
                                      &w->decoder, err);
    if (status) return status;
    w->shape = w->decoder.net.images;
    w->n_latents = w->decoder.net.model.latent->shape.d[1];
    status = choose_latents(w, err);
    if (!status)
        status = lk_collage_check(w->given->out, w->shape, (int64_t)w->n_starts * w->n_rows,
                                  w->given->steps + 1,
                                  "fewer pictures, --rows or --steps are needed", err);
    if (!status) status = reserve(w, err);
    const char *data = w->from.data ? w->from.data : w->given->from.data;
    if (!status)
        status = lk_latents_open(w->cli, w->cli->arguments[0], &w->decoder, data, &w->steps, err);
    if (!status) status = find_starts(w, err);
    if (status) return status;
    if (*w->given->latents)
        measure_changes(w);
    else
        rank_latents(w);
    return draw_figure(w, err);
}

/* ---- the table ---- */

static const char *unit_words(const struct work *w) {
    static const char *const words[] = { "standard deviations of the codes of ",
                                         "standard deviations of the prior", "plain numbers" };
    return words[w->steps.unit];
}

static void add_row(const struct work *w, const struct latent *latent, lk_text *lines) {
    const lk_code_spread *spread = &w->steps.spread;
    lk_text_add(lines, "%d", latent->index);
    if (spread->kl) lk_text_add(lines, "\t%.4f", spread->kl[latent->index]);
    if (spread->n)
        lk_text_add(lines, "\t%.4f\t%.4f", spread->mean[latent->index],
                    spread->sd[latent->index] * spread->sd[latent->index]);
    lk_text_add(lines, "\t%.5f\n", latent->change);
}

static lk_status put_text(const struct work *w, lk_error *err) {
    const lk_code_spread *spread = &w->steps.spread;
    lk_text out = { 0 }, lines = { 0 };
    char n[32];
    lk_text_add(&out, "%s: latents", w->given->out);
    for (int i = 0; i < w->n_rows; i++)
        lk_text_add(&out, "%s %d", i ? "," : "", w->latents[i].index);
    lk_text_add(&out, "; values from %g to %g %s", step_at(w, 0),
                step_at(w, (int)w->given->steps - 1), unit_words(w));
    if (spread->n) lk_text_add(&out, "%s training pictures", lk_count_text(spread->n, n));
    lk_text_add(&lines, "latent%s%s\tchange\n", spread->kl ? "\tKL" : "",
                spread->n ? "\tmean\tvariance" : "");
    for (int i = 0; i < w->n_rows; i++) add_row(w, &w->latents[i], &lines);
    lk_text_add(&out, "\n");
    lk_cli_align(&lines, "rrrrr", &out);
    lk_text_deinit(&lines);
    return lk_cli_put_lines(&out, err);
}

static bool add_latent(const struct work *w, const struct latent *latent, cJSON *list) {
    const lk_code_spread *spread = &w->steps.spread;
    int k = latent->index;
    cJSON *json = cJSON_CreateObject();
    return cJSON_AddItemToArray(list, json) && lk_json_add_number(json, "latent", k) &&
           lk_json_add_number(json, "change", latent->change) &&
           lk_json_add_number(json, "from", value_at(w, k, 0)) &&
           lk_json_add_number(json, "to", value_at(w, k, (int)w->given->steps - 1)) &&
           (!spread->kl || lk_json_add_number(json, "kl", spread->kl[k])) &&
           (!spread->n || (lk_json_add_number(json, "mean", spread->mean[k]) &&
                           lk_json_add_number(json, "variance", spread->sd[k] * spread->sd[k])));
}

static lk_status put_json(const struct work *w, lk_error *err) {
    cJSON *json = cJSON_CreateObject(), *latents = NULL, *values = NULL, *table = NULL;
    double factor = w->steps.unit == LK_UNIT_PRIOR ? w->steps.sigma : 1;
    bool whole = lk_cli_add_model(json, w->decoder.path, &w->decoder.unfinished) &&
                 cJSON_AddStringToObject(json, "out", w->given->out) &&
                 cJSON_AddStringToObject(json, "unit", lk_latent_unit_name(w->steps.unit)) &&
                 lk_json_add_number(json, "n", w->steps.spread.n) &&
                 (latents = cJSON_AddArrayToObject(json, "latents")) &&
                 (values = cJSON_AddArrayToObject(json, "values")) &&
                 (table = cJSON_AddArrayToObject(json, "table"));
    for (int i = 0; i < w->n_rows && whole; i++)
        whole = cJSON_AddItemToArray(latents, cJSON_CreateNumber(w->latents[i].index));
    for (int i = 0; i < w->given->steps && whole; i++)
        whole = cJSON_AddItemToArray(values, cJSON_CreateNumber(factor * step_at(w, i)));
    for (int i = 0; i < w->n_measured && whole; i++) whole = add_latent(w, &w->latents[i], table);
    return lk_cli_put_json(json, whole, err);
}

static lk_status run(lk_cli *cli, lk_error *err) {
    struct work *w = lk_alloc(sizeof *w);
    if (!w) return lk_fail_memory(err, sizeof *w, "traversing");
    lk_cli_default_out(cli, "traverse.png");
    w->cli = cli;
    w->given = cli->options;
    lk_status status = do_all(w, err);
    if (!status) status = w->given->json ? put_json(w, err) : put_text(w, err);
    lk_latents_deinit(&w->steps);
    lk_pictures_close(&w->from);
    lk_free(w->starts);
    lk_free(w->latents);
    lk_free(w->codes);
    lk_free(w->pictures);
    lk_trained_close(&w->decoder);
    lk_free(w);
    return status;
}

const lk_command lk_command_traverse = {
    .name = "traverse",
    .summary = "Show what single latents stand for",
    .example = "likeness traverse runs/vae face.png --out latents.png",
    .usage = "RUN [IMAGE...] [[--data FILE.lkd] --index LIST] [--out FILE] [options]",
    .details = LK_HELP_RUN
    " All other latents stay as they are in the code of the IMAGE, or, without an IMAGE, at the "
    "prior's mean, or at the mean code if there is no prior. Several pictures get a block of rows "
    "each.\n"
    "A model file says where the codes of (at most 10,000 of) its training pictures lie. For "
    "checkpoints and models of older versions, --data without --index and -n measures that; "
    "otherwise values are standard deviations of the prior, or without a prior plain numbers, "
    "and then an IMAGE is needed.\n"
    "The table has the mean KL divergence from N(0, 1) (vae), the mean and the variance of "
    "these codes, and the change: the mean absolute difference of the pictures at both ends of "
    "the row, on [0, 1].\n" LK_HELP_IMAGES,
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 1,
    .max_arguments = INT_MAX,
    .computes = true,
    .run = run,
};
