/* likeness table: compares the results of trained models, with verdicts on the paper's claims. */
#include "base/file.h"
#include "cli/command.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "experiment/differences.h"
#include "experiment/row.h"
#include "net/run_files.h"

#include <cJSON.h>
#include <limits.h>
#include <math.h>

struct options {
    int format;
    char out[LK_WORDS_MAX];
};

static const lk_option options[] = {
    LK_OPTION_WORD(struct options, format, "md", LK_WORDS(LK_REPORT_FORMAT_LIST),
                   "Markdown, RFC 4180, LaTeX tabulars, or one JSON object"),
    LK_OPTION_OUTPUT(struct options, out, "FILE",
                     "file to write instead of standard output; its extension chooses the format "
                     "where --format does not"),
    { 0 },
};

static lk_status add_run(lk_results *results, const char *run, lk_error *err) {
    lk_result_head head = { .label = "",
                            .index = (int)results->n_rows,
                            .paper_ssim = (double)NAN,
                            .paper_mse = (double)NAN };
    cJSON *json = NULL;
    lk_status status = lk_result_of_run(run, &head, &json, err);
    if (!status) status = lk_results_add(results, json, run, run, err);
    cJSON_Delete(json);
    return status;
}

/* A run's folder, an experiment's, or a folder of results. */
static lk_status add(const lk_cli *cli, lk_results *results, const char *path, lk_error *err) {
    char test[LK_PATH_MAX], config[LK_PATH_MAX], inside[LK_PATH_MAX];
    if (!lk_format(inside, sizeof inside, "%s/results", path) ||
        !lk_format(test, sizeof test, "%s/" LK_RUN_TEST, path) ||
        !lk_format(config, sizeof config, "%s/" LK_RUN_CONFIG, path))
        return lk_fail(err, LK_FORMAT, "%s: path is too long", path);
    if (!lk_folder_exists(path))
        return lk_fail(
            err, LK_FORMAT,
            "%s: expected the folder of a run, of reproduce, or of results, got no folder", path);
    if (lk_file_may_exist(test)) return add_run(results, path, err);
    if (lk_file_may_exist(config))
        return lk_fail(err, LK_FORMAT,
                       "%s: contains a run without test.json: it is not done (train --resume "
                       "continues it), or its pack has no test split",
                       path);
    return lk_results_read(results, lk_folder_exists(inside) ? inside : path, &cli->context.log,
                           err);
}

/* The extension of --out chooses the format if --format does not. Any format is also plain text. */
static lk_status choose_format(const lk_cli *cli, lk_report_format *format, lk_error *err) {
#define EXTENSION(name, ...) #name,
    static const char *const extensions[] = { LK_REPORT_FORMAT_LIST(EXTENSION) };
#undef EXTENSION
    const struct options *o = cli->options;
    bool given = lk_cli_given(cli, "format");
    *format = (lk_report_format)o->format;
    for (size_t i = 0; i < LK_COUNT(extensions) && !given; i++)
        if (lk_cli_has_format(o->out, extensions[i])) *format = (lk_report_format)i;
    if (lk_cli_has_format(o->out, "txt")) return LK_OK;
    return lk_cli_check_format("--out", o->out,
                               given ? extensions[*format] : LK_WORDS(LK_REPORT_FORMAT_LIST), err);
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *o = cli->options;
    lk_report_format format;
    lk_results results;
    lk_text text = { 0 };
    lk_status status = LK_OK;
    lk_results_init(&results);
    status = choose_format(cli, &format, err);
    for (int i = 0; i < cli->n_arguments && !status; i++)
        status = add(cli, &results, cli->arguments[i], err);
    if (!status) status = lk_results_compare(&results, err);
    if (!status) status = lk_report_print(&results, format, &text, err);
    if (!status && *o->out) status = lk_file_write(o->out, text.data, text.n, err);
    if (!status && !*o->out) status = lk_cli_put(&text, err);
    lk_text_deinit(&text);
    lk_results_deinit(&results);
    return status;
}

const lk_command lk_command_table = {
    .name = "table",
    .summary = "Compare the results of models, with verdicts on the paper's claims",
    .usage = "RUN_OR_RESULTS... [--format md|csv|tex|json] [--out FILE]",
    .details =
        "Each argument is the folder of a run, of reproduce, or of results (results/ of reproduce, "
        "which needs nothing else). Rows with\n"
        "the same label are seeds of one model and become mean and standard deviation. Verdicts "
        "compare the same test pictures; a claim\n"
        "holds, or does not, beyond two standard errors: over seeds with three seeds or more, else "
        "over test pictures.",
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 1,
    .max_arguments = INT_MAX,
    .run = run,
};
