/*
 * likeness compare: every metric, and any loss, of two pictures, or of two folders whose pictures
 * have the same names. Pictures are compared in colour, because a grey picture may be stored in
 * colour; if all of them are grey, the metrics of colour are left out.
 */
#include "cli/command.h"
#include "cli/compare_loss.h"
#include "cli/compare_names.h"
#include "cli/compare_runs.h"
#include "cli/output.h"
#include "cli/wrap.h"
#include "data/source.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct options {
    char loss[LK_WORDS_MAX], csv[LK_WORDS_MAX], data[LK_WORDS_MAX], out[LK_WORDS_MAX];
    int64_t n;
    bool json;
};

static const lk_option options[] = {
    LK_OPTION_NAMED(struct options, loss, "LOSS",
                    "also a loss: its name, or JSON as in a config, {\"type\": \"lwssim\", "
                    "\"windows\": [3, 7]}"),
    LK_OPTION_OUTPUT(struct options, csv, "FILE.csv",
                     "CSV file to write: a row for each pair, with every metric"),
    LK_OPTION_NAMED(struct options, data, "FILE.lkd",
                    "of two runs: the pack to measure on; default: the one that A was trained on"),
    LK_OPTION_OUTPUT(struct options, out, "FILE.png|svg|pdf",
                     "of two runs: figure to write, test pictures above what A and B make of them"),
    LK_OPTION_INTEGER(struct options, n, 8, 1, LK_COMPARED_MAX, "how many pictures --out shows"),
    LK_OPTION_BOOLEAN(struct options, json, false, "one JSON object"),
    { 0 },
};

enum { BLOCK_MAX = 64, BLOCK_VALUES_MAX = 1 << 24 };

/* The pairs that were read but not yet measured, and the results so far. */
struct comparison {
    lk_cli *cli;
    int width, height, n_block, n_waiting;
    size_t n_values; /* of a picture */
    lk_real *a, *b;  /* (n_block, H, W, 3) */
    bool colour;
    lk_metrics *metrics;
    struct compared_loss loss;
    lk_text names; /* of the pairs, a line of CSV each */
};

static lk_status start(struct comparison *c, const lk_image *image, int n_pairs, const char *path,
                       lk_error *err) {
    lk_status status =
        lk_metrics_create(&c->cli->context, image->height, image->width, 3, &c->metrics, err);
    if (status) {
        lk_error_prefix(err, "%s", path);
        return status == LK_USAGE ? LK_FORMAT : status;
    }
    c->width = image->width;
    c->height = image->height;
    c->n_values = lk_image_bytes(image);
    size_t room = BLOCK_VALUES_MAX / c->n_values;
    c->n_block = room < 1 ? 1 : room > BLOCK_MAX ? BLOCK_MAX : (int)room;
    if (c->n_block > n_pairs) c->n_block = n_pairs;
    size_t n_bytes = (size_t)c->n_block * c->n_values * sizeof(lk_real);
    c->a = lk_alloc(n_bytes);
    c->b = lk_alloc(n_bytes);
    return c->a && c->b ? LK_OK : lk_fail_memory(err, n_bytes, "pictures to compare");
}

/* Bytes to [0, 1]. Returns whether any pixel has a colour. */
static bool convert(const lk_image *image, lk_real *out) {
    bool colour = false;
    for (size_t i = 0, n = lk_image_bytes(image); i < n; i++) out[i] = LK_R(image->pixels[i]) / 255;
    for (size_t i = 0, n = lk_image_bytes(image); i < n && !colour; i += 3)
        colour =
            image->pixels[i] != image->pixels[i + 1] || image->pixels[i] != image->pixels[i + 2];
    return colour;
}

static lk_status measure(struct comparison *c, lk_error *err) {
    const lk_picture_pair first = { .original = c->a,
                                    .reconstruction = c->b,
                                    .height = c->height,
                                    .width = c->width,
                                    .channels = 3 };
    lk_status status = lk_metrics_add(c->metrics, c->a, c->b, c->n_waiting, err);
    if (!status)
        status = compared_loss_add(&c->loss, c->cli->context.threads, first, c->n_waiting, err);
    c->n_waiting = 0;
    return status;
}

static lk_status add_images(struct comparison *c, const lk_image *a, const lk_image *b, int n_pairs,
                            const char *path_a, const char *path_b, lk_error *err) {
    if (a->width != b->width || a->height != b->height)
        return lk_fail(err, LK_FORMAT, "%s is %d x %d, but %s is %d x %d", path_a, a->width,
                       a->height, path_b, b->width, b->height);
    lk_status status = c->metrics ? LK_OK : start(c, a, n_pairs, path_a, err);
    if (status) return status;
    if (a->width != c->width || a->height != c->height)
        return lk_fail(err, LK_FORMAT, "%s is %d x %d, but the pictures before it are %d x %d",
                       path_a, a->width, a->height, c->width, c->height);
    size_t at = (size_t)c->n_waiting * c->n_values;
    bool colour_a = convert(a, c->a + at), colour_b = convert(b, c->b + at);
    c->colour = c->colour || colour_a || colour_b;
    c->n_waiting++;
    return c->n_waiting == c->n_block ? measure(c, err) : LK_OK;
}

static void note_names(struct comparison *c, const char *path_a, const char *path_b) {
    const char *const paths[] = { path_a, path_b };
    for (size_t i = 0; i < LK_COUNT(paths); i++) {
        lk_text name = { 0 };
        lk_text_name(&name, paths[i]);
        lk_text_cell(&c->names, name.data ? name.data : "");
        lk_text_add(&c->names, i ? "\n" : ",");
        c->names.failed = c->names.failed || name.failed;
        lk_text_deinit(&name);
    }
}

static lk_status add_pair(struct comparison *c, const char *path_a, const char *path_b, int n_pairs,
                          lk_error *err) {
    lk_image a = { 0 }, b = { 0 };
    lk_status status = lk_image_read(path_a, &a, err);
    if (!status) status = lk_image_read(path_b, &b, err);
    if (!status) status = add_images(c, &a, &b, n_pairs, path_a, path_b, err);
    if (!status && *((const struct options *)c->cli->options)->csv) note_names(c, path_a, path_b);
    lk_image_deinit(&a);
    lk_image_deinit(&b);
    return status;
}

static lk_status add_pair_of(struct comparison *c, const struct lk_listing *a, int i,
                             const struct lk_listing *b, int j, lk_error *err) {
    char path_a[LK_PATH_MAX], path_b[LK_PATH_MAX], text[64], done[32], all[32];
    if (!lk_listing_path(a, i, path_a) || !lk_listing_path(b, j, path_b))
        return lk_fail(err, LK_FORMAT, "%.200s...: path is too long", a->items[i].name);
    lk_status status = add_pair(c, path_a, path_b, a->n, err);
    lk_format(text, sizeof text, "%s of %s pairs", lk_count_text(i + 1, done),
              lk_count_text(a->n, all));
    if (a->n > BLOCK_MAX) lk_terminal_progress(&c->cli->terminal, lk_seconds(), text);
    return status;
}

static lk_status add_matched(struct comparison *c, const struct lk_listing *a,
                             const struct lk_listing *b, lk_error *err) {
    int n_by_stem, *partner = lk_alloc((size_t)a->n * sizeof *partner);
    if (!partner) return lk_fail_memory(err, (size_t)a->n * sizeof *partner, "pairs of pictures");
    lk_status status = compared_names_match(a, b, partner, &n_by_stem, err);
    if (!status && n_by_stem)
        lk_log_say(&c->cli->context.log, LK_INFO, "%d pair%s with different extensions", n_by_stem,
                   n_by_stem == 1 ? "" : "s");
    for (int i = 0; i < a->n && !status; i++) status = add_pair_of(c, a, i, b, partner[i], err);
    lk_free(partner);
    return status;
}

static lk_status add_folders(struct comparison *c, const char *path_a, const char *path_b,
                             lk_error *err) {
    lk_prepare_options of_a = { .path = path_a }, of_b = { .path = path_b };
    struct lk_listing *lists = lk_alloc(2 * sizeof *lists);
    const lk_source *folder = lk_source_find("folder");
    if (!lists) return lk_fail_memory(err, 2 * sizeof *lists, "two folders");
    lists[0].options = &of_a;
    lists[1].options = &of_b;
    lk_status status = folder->open(&lists[0], err);
    if (!status) status = folder->open(&lists[1], err);
    if (!status) status = add_matched(c, &lists[0], &lists[1], err);
    lk_listing_deinit(&lists[0]);
    lk_listing_deinit(&lists[1]);
    lk_free(lists);
    return status;
}

static void summarise(const struct comparison *c, lk_metrics_summary *summary) {
    lk_metrics_summarise(c->metrics, summary);
    for (int m = 0; m < LK_N_METRICS && !c->colour; m++)
        if (lk_metric_describe((lk_metric)m)->shown & LK_METRIC_OF_COLOUR)
            summary->value[m] = summary->se[m] = (double)NAN;
}

/* What is left out of the summary of grey pictures is empty here too. */
static void add_row(const struct comparison *c, const lk_metrics_summary *summary, size_t i,
                    lk_text *csv) {
    for (int m = 0; m < LK_N_METRICS; m++) {
        char number[LK_NUMBER_TEXT_MAX];
        lk_score score = lk_metrics_score(c->metrics, (lk_metric)m, i);
        bool left_out = !c->colour && isnan(summary->value[m]);
        lk_text_add(csv, ",%s",
                    score.weight > 0 && !left_out
                        ? lk_number_text(score.value / score.weight, number)
                        : "");
    }
    lk_text_add(csv, "\r\n");
}

static lk_status write_csv(const struct comparison *c, const lk_metrics_summary *summary,
                           const char *path, lk_error *err) {
    lk_text csv = { 0 };
    const char *names = c->names.data;
    lk_text_add(&csv, "a,b");
    for (int m = 0; m < LK_N_METRICS; m++) lk_text_add(&csv, ",%s", lk_metric_key((lk_metric)m));
    lk_text_add(&csv, "\r\n");
    for (size_t i = 0; i < summary->n && names; i++) {
        size_t n = strcspn(names, "\n");
        lk_text_bytes(&csv, names, n);
        names += n + 1;
        add_row(c, summary, i, &csv);
    }
    lk_status status = csv.failed || c->names.failed ? lk_fail_memory(err, csv.n, path)
                                                     : lk_file_write(path, csv.data, csv.n, err);
    lk_text_deinit(&csv);
    return status;
}

static const char *number_text(double value, char out[32]) {
    snprintf(out, 32, isfinite(value) ? "%.6f" : "-", value);
    return out;
}

static void add_line(lk_text *out, const char *name, double value, bool with_se, double se,
                     const char *words) {
    char number[32];
    lk_text_add(out, "%s\t%s\t", name, number_text(value, number));
    if (with_se) lk_text_add(out, "%s\t", number_text(se, number));
    lk_text_add(out, "%s\n", words);
}

static void add_loss(lk_text *out, const struct compared_loss *loss, bool with_se) {
    double mean, se;
    compared_loss_summarise(loss, &mean, &se);
    add_line(out, "loss", mean, with_se, se, loss->literal.loss.choice->summary);
}

static lk_status put_text(const struct comparison *c, const lk_metrics_summary *summary,
                          lk_error *err) {
    lk_text lines = { 0 }, out = { 0 };
    char value[32];
    bool many = summary->n > 1;
    lk_text_add(&lines, many ? "metric\tvalue\tse\twhat it is\n" : "metric\tvalue\twhat it is\n");
    for (int m = 0; m < LK_N_METRICS; m++)
        add_line(&lines, lk_metric_key((lk_metric)m), summary->value[m], many, summary->se[m],
                 lk_metric_describe((lk_metric)m)->words);
    if (c->loss.n) add_loss(&lines, &c->loss, many);
    lk_text_add(&out, "%s pair%s of %d x %d%s", lk_count_text((int64_t)summary->n, value),
                many ? "s" : "", c->width, c->height, c->colour ? "" : ", grey");
    if (summary->n_identical)
        lk_text_add(&out, ", %s identical", lk_count_text((int64_t)summary->n_identical, value));
    lk_text_add(&out, "\n");
    lk_cli_align(&lines, many ? "lrrl" : "lrl", &out);
    lk_text_deinit(&lines);
    return lk_cli_put_lines(&out, err);
}

static lk_status put_json(const struct comparison *c, const lk_metrics_summary *summary,
                          lk_error *err) {
    cJSON *json = NULL;
    double mean, se;
    lk_status status = lk_metrics_json(summary, &json, err);
    if (status) return status;
    if (!c->loss.n) return lk_cli_put_json(json, true, err);
    compared_loss_summarise(&c->loss, &mean, &se);
    bool whole = cJSON_AddStringToObject(json, "loss_type", c->loss.literal.loss.choice->name) &&
                 lk_json_add_number(json, "loss", mean) && lk_json_add_number(json, "loss_se", se);
    return lk_cli_put_json(json, whole, err);
}

static lk_status add_all(struct comparison *c, const char *a, const char *b, lk_error *err) {
    bool folder_a = lk_folder_exists(a), folder_b = lk_folder_exists(b);
    lk_status status = LK_OK;
    if ((folder_a && lk_file_may_exist(b)) || (folder_b && lk_file_may_exist(a)))
        return lk_fail(err, LK_USAGE,
                       "expected two pictures or two folders, got a folder, %s, and a file, %s",
                       folder_a ? a : b, folder_a ? b : a);
    status = folder_a || folder_b ? add_folders(c, a, b, err) : add_pair(c, a, b, 1, err);
    return !status && c->n_waiting ? measure(c, err) : status;
}

static lk_status compare_pictures(lk_cli *cli, lk_error *err) {
    const struct options *given = cli->options;
    struct comparison c = { .cli = cli };
    lk_metrics_summary summary;
    if (*given->data || *given->out)
        return lk_fail(err, LK_USAGE, "--%s: expected two runs with it, got pictures",
                       *given->data ? "data" : "out");
    lk_status status = compared_loss_init(&c.loss, given->loss, err);
    if (!status) status = add_all(&c, cli->arguments[0], cli->arguments[1], err);
    lk_terminal_end(&cli->terminal);
    if (!status) summarise(&c, &summary);
    if (!status && *given->csv) status = write_csv(&c, &summary, given->csv, err);
    if (!status) status = given->json ? put_json(&c, &summary, err) : put_text(&c, &summary, err);
    compared_loss_deinit(&c.loss);
    lk_metrics_destroy(c.metrics);
    lk_text_deinit(&c.names);
    lk_free(c.a);
    lk_free(c.b);
    return status;
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *given = cli->options;
    const lk_compared_options compared = { .data = given->data,
                                           .out = given->out,
                                           .csv = given->csv,
                                           .n = (int)given->n,
                                           .json = given->json };
    const char *a = cli->arguments[0], *b = cli->arguments[1];
    bool run_a = compare_runs_is_run(a), run_b = compare_runs_is_run(b);
    if (run_a != run_b)
        return lk_fail(err, LK_USAGE, "expected two runs or none, got one, %s", run_a ? a : b);
    if (!run_a) return compare_pictures(cli, err);
    if (*given->loss) return lk_fail(err, LK_USAGE, "--loss: expected pictures, got two runs");
    return compare_runs(cli, &compared, err);
}

const lk_command lk_command_compare = {
    .name = "compare",
    .summary =
        "Measure how similar two pictures or folders of pictures are, or how two runs differ",
    .example = "likeness compare original.png reconstruction.png --json",
    .usage = "A B [--loss LOSS] [--csv FILE] [--json] | RUN_A RUN_B [--out FILE] [options]",
    .details = "A contains the originals, B the reconstructions. Pictures in folders are matched "
               "by their names, and where these differ, by their names without the extension; "
               "each must be in both.\n"
               "Values are means over the pairs, with standard errors (se). Pictures must have the "
               "same size, at least 11 x 11. If all "
               "are grey, chroma_ratio and delta_e are left out (null in JSON); so is psnr for "
               "identical pictures.\n"
               "--loss takes the same as reconstruction in a config, and computes the loss in "
               "double as its paper defines it; training "
               "uses a form that stays differentiable.\n"
               "Of two runs (folders) it lists the keys of their configs that differ, the scores "
               "of both, and A's minus B's on the same test pictures, with the standard error of "
               "pairs; one is better beyond two of them. --out draws the same pictures from both.",
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 2,
    .max_arguments = 2,
    .computes = true,
    .run = run,
};
