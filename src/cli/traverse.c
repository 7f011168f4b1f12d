/* likeness traverse: show what single latents stand for. */
#include "cli/traverse.h"
#include "draw/collage.h"

#include <limits.h>
#include <stdlib.h>

enum { ROWS_MAX = LK_LIST_MAX, PICTURES_MAX = 64 };

static const lk_option options[] = {
    LK_OPTION_OUTPUT(
        lk_traverse_options, out, "FILE.png|svg|pdf",
        "figure to write: a labelled row for each latent, a column for each value, and where "
        "pixels change" LK_HELP_DEFAULT_OUT("traverse", ".png")),
    LK_OPTION_NAMED(lk_traverse_options, latents, "LIST",
                    "latents to show, counted from 0, as in 3,17,40; default: those that change "
                    "the picture most"),
    LK_OPTION_INTEGER(lk_traverse_options, rows, 10, 1, ROWS_MAX,
                      "number of latents to show without --latents"),
    LK_OPTION_INTEGER(lk_traverse_options, steps, 9, 2, LK_TRAVERSE_STEPS_MAX,
                      "number of values of each latent"),
    LK_OPTION_NUMBER(lk_traverse_options, range, 3, 1e-6, 1e6,
                     "values go from -range to range standard deviations of the codes of training "
                     "pictures, around their mean"),
    LK_OPTIONS_PICTURES(lk_traverse_options, from),
    LK_OPTION_BOOLEAN(lk_traverse_options, json, false,
                      "one JSON object: what was written, and the table"),
    { 0 },
};

/* ---- the code to start from ---- */

/* A pack without --index and -n is only for measuring codes. */
static lk_status open_pictures(lk_traverse *w, lk_error *err) {
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

static lk_status encode(lk_traverse *w, lk_error *err) {
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
static lk_status find_starts(lk_traverse *w, lk_error *err) {
    double variance;
    if (w->from.n) return encode(w, err);
    if (w->steps.unit == LK_UNIT_PLAIN)
        return lk_cli_prior_variance(&w->decoder, "starting from its mean", &variance, err);
    for (int k = 0; k < w->n_latents && !(w->steps.sigma > 0); k++)
        w->starts[k] = LK_R(w->steps.spread.mean[k]);
    return LK_OK;
}

/* ---- which latents ---- */

static lk_status read_latents(lk_traverse *w, lk_error *err) {
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
    const lk_traverse_latent *x = a, *y = b;
    if (x->change != y->change) return x->change < y->change ? 1 : -1;
    return x->index - y->index;
}

/* All latents, those that change the picture most first. */
static void rank_latents(lk_traverse *w) {
    w->n_measured = w->n_latents;
    for (int i = 0; i < w->n_latents; i++) w->latents[i].index = i;
    lk_traverse_measure(w);
    qsort(w->latents, (size_t)w->n_latents, sizeof *w->latents, larger_change_first);
}

static lk_status reserve(lk_traverse *w, lk_error *err) {
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
static lk_status choose_latents(lk_traverse *w, lk_error *err) {
    int n = w->n_latents < ROWS_MAX ? ROWS_MAX : w->n_latents;
    w->latents = lk_alloc((size_t)n * sizeof *w->latents);
    if (!w->latents) return lk_fail_memory(err, (size_t)n * sizeof *w->latents, "the latents");
    w->n_rows = w->given->rows < w->n_latents ? (int)w->given->rows : w->n_latents;
    return *w->given->latents ? read_latents(w, err) : LK_OK;
}

static lk_status do_all(lk_traverse *w, lk_error *err) {
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
        lk_traverse_measure(w);
    else
        rank_latents(w);
    return lk_traverse_draw(w, err);
}

static lk_status run(lk_cli *cli, lk_error *err) {
    lk_traverse *w = lk_alloc(sizeof *w);
    if (!w) return lk_fail_memory(err, sizeof *w, "traversing");
    lk_cli_default_out(cli, "traverse.png");
    w->cli = cli;
    w->given = cli->options;
    lk_status status = do_all(w, err);
    if (!status)
        status = w->given->json ? lk_traverse_put_json(w, err) : lk_traverse_put_text(w, err);
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
    .options_size = sizeof(lk_traverse_options),
    .min_arguments = 1,
    .max_arguments = INT_MAX,
    .computes = true,
    .run = run,
};
