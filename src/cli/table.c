/* likeness table: compares the results of trained models, with verdicts on the paper's claims. */
#include "base/file.h"
#include "cli/command.h"
#include "cli/flags.h"
#include "cli/markdown.h"
#include "cli/output.h"
#include "cli/trained.h"
#include "experiment/differences.h"
#include "experiment/search.h"

#include <limits.h>

/* "none", "label", then the keys of the metrics. */
enum { SORT_NONE, SORT_LABEL, SORT_METRICS };
#define SORT_WORD(name, key, ...) "|" #key

struct options {
    int format, sort;
    char columns[LK_WORDS_MAX], out[LK_WORDS_MAX], plot[LK_WORDS_MAX], claims[LK_WORDS_MAX];
    bool no_claims;
};

static const lk_option options[] = {
    LK_OPTION_WORD(struct options, format, "md", LK_WORDS(LK_REPORT_FORMAT_LIST),
                   "Markdown, RFC 4180, LaTeX tabulars with booktabs, or one JSON object; without "
                   "it, a terminal shows aligned columns"),
    LK_OPTION_WORD(struct options, sort, "none",
                   "none|label" LK_METRIC_LIST(SORT_WORD) LK_FEATURE_METRIC_LIST(SORT_WORD),
                   "the order of the models: by a metric, the best first, or by label"),
    { .key = "columns",
      .type = LK_STRING,
      .offset = offsetof(struct options, columns),
      .text = "",
      .placeholder = "KEYS",
      .help = "the metrics to show, in this order, such as ssim,ms_ssim,psnr (see likeness list "
              "metrics); JSON always has all, csv too without it, but frechet and lpips only where "
              "they were measured, and active, kl and mmd only if named here" },
    LK_OPTION_BOOLEAN(struct options, no_claims, false, "leave out the verdicts on the claims"),
    LK_OPTION_OUTPUT(struct options, out, "FILE",
                     "file to write instead of standard output; its extension chooses the format "
                     "where --format does not"),
    LK_OPTION_OUTPUT(struct options, plot, "FILE.png|svg|pdf",
                     "figure to write next to the table: SSIM against MSE, a point for each model, "
                     "with error bars; dashes join the models that no other beats in both"),
    LK_OPTION_OUTPUT(struct options, claims, "FILE.csv",
                     "verdicts to write next to the table: a row for each claim and type of model, "
                     "with the difference and its error"),
    { 0 },
};

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

static int sort_of(const struct options *o) {
    return o->sort == SORT_NONE    ? LK_SORT_NONE
           : o->sort == SORT_LABEL ? LK_SORT_LABEL
                                   : o->sort - SORT_METRICS;
}

static lk_status write_plot(const lk_cli *cli, const lk_results *results,
                            const lk_report_view *view, lk_error *err) {
    const struct options *o = cli->options;
    lk_cli_origin origin;
    lk_cli_origin_init(&origin, cli, NULL, "SSIM against MSE");
    lk_status status = lk_report_scatter(results, view, o->plot, &origin.notes, err);
    lk_cli_origin_deinit(&origin);
    return status;
}

static lk_status write_claims(const char *path, const lk_results *results,
                              const lk_report_view *view, lk_error *err) {
    lk_text text = { 0 };
    lk_status status = lk_report_claims_csv(results, view, &text, err);
    if (!status) status = lk_file_write(path, text.data, text.n, err);
    lk_text_deinit(&text);
    return status;
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *o = cli->options;
    lk_report_view view = { .sort = sort_of(o), .no_claims = o->no_claims };
    lk_report_format format;
    lk_results results;
    lk_text text = { 0 };
    lk_results_init(&results);
    lk_status status = choose_format(cli, &format, err);
    if (!status && o->no_claims && *o->claims)
        status = lk_fail(err, LK_USAGE, "expected only one of --claims and --no-claims");
    if (!status && (status = lk_metric_list_read(o->columns, &view.columns, err)))
        lk_error_prefix(err, "--columns");
    for (int i = 0; i < cli->n_arguments && !status; i++)
        status = lk_results_search(&results, cli->arguments[i], &cli->context.log, err);
    if (!status) status = lk_results_label(&results, err);
    if (!status) status = lk_results_compare(&results, err);
    if (!status) status = lk_report_print(&results, format, &view, &text, err);
    if (!status && *o->plot) status = write_plot(cli, &results, &view, err);
    if (!status && *o->claims) status = write_claims(o->claims, &results, &view, err);
    if (!status && *o->out) status = lk_file_write(o->out, text.data, text.n, err);
    bool raw = lk_cli_given(cli, "format");
    if (!status && !*o->out)
        status = raw ? lk_cli_put(&text, err) : lk_cli_put_markdown(&text, err);
    lk_text_deinit(&text);
    lk_results_deinit(&results);
    return status;
}

const lk_command lk_command_table = {
    .name = "table",
    .summary = "Compare the results of models, with verdicts on the paper's claims",
    .example = "likeness table table1 --sort ssim",
    .usage = "DIR... [--sort KEY] [--columns KEYS] [--no-claims] [--format md|csv|tex|json] "
             "[--out FILE] [--plot FILE] [--claims FILE]",
    .details =
        "Each DIR is searched for runs, for folders of reproduce, and for results (results/ of "
        "reproduce, which needs nothing else).\n"
        "Runs that differ in nothing but the seed are one row, with mean and standard deviation. A "
        "run is called by the \"name\" of its "
        "config, or like its folder if that has none or if --set changed the config; such runs, "
        "and "
        "those of one name, are told apart by "
        "the keys in which they differ, as in lr=0.01. A run that is not finished, has diverged or "
        "is damaged is a row that says so. Where labels are made of keys, or shared, the column "
        "\"run\" "
        "names the folder of each run, and of several seeds the first.\n"
        "Verdicts compare the same test pictures; a claim holds, or does not, beyond the 95 % "
        "limit: Student's t over seeds with three seeds or more, else two standard errors over "
        "test pictures. Below the table they are a matrix of claims and types of "
        "model; JSON and the file of --claims have the difference behind each.",
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 1,
    .max_arguments = INT_MAX,
    .run = run,
};
