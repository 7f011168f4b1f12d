/* likeness report: a page of HTML about a run, or about a folder of runs. */
#include "cli/report.h"
#include "base/file.h"
#include "cli/output.h"
#include "cli/trained.h"
#include "experiment/differences.h"
#include "experiment/search.h"
#include "html/html.h"
#include "html/report.h"
#include "net/run_files.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct options {
    char data[LK_WORDS_MAX], out[LK_WORDS_MAX];
};

static const lk_option options[] = {
    LK_OPTION_NAMED(struct options, data, "FILE.lkd",
                    "the pack of the test pictures; default: the one that the run, or the first "
                    "run of the folder, was trained on"),
    LK_OPTION_OUTPUT(struct options, out, "FILE.html",
                     "file to write; default: " LK_RUN_REPORT " in RUN or DIR, which replaces one "
                     "that is there"),
    { 0 },
};

/* What a report is about. */
struct subject {
    const char *const *folders;
    int n;
    const char *data, *out; /* data: "": the recorded pack */
};

static bool is_run(const char *folder) {
    static const char *const names[] = { LK_RUN_CONFIG, LK_RUN_TEST };
    char path[LK_PATH_MAX];
    for (size_t i = 0; i < LK_COUNT(names); i++)
        if (lk_format(path, sizeof path, "%s/%s", folder, names[i]) && lk_file_may_exist(path))
            return true;
    return false;
}

/* ---- the pack ---- */

/* A pack that was named must be there; the recorded one may be gone, and the page says why. */
static lk_status open_pack(const lk_cli *cli, const char *run, const struct subject *of,
                           lk_pack **pack, lk_error *reason, lk_error *err) {
    char path[LK_PATH_MAX];
    *pack = NULL;
    if (!*of->data && !run)
        return lk_error_set(reason, "Here are no runs, and so no pack of test pictures."), LK_OK;
    lk_status status = lk_cli_open_pack(cli, run ? run : "", of->data, path, pack, reason);
    if (status == LK_MEMORY || (status && *of->data))
        return lk_fail(err, status, "%s", reason->text);
    if (status) lk_error_prefix(reason, "There are no test pictures here");
    return LK_OK;
}

/* ---- the page ---- */

static lk_status make_run(const lk_cli *cli, const lk_context *context, const struct subject *of,
                          lk_text *page, lk_error *err) {
    lk_pack *pack;
    lk_error reason = { "" };
    lk_status status = open_pack(cli, of->folders[0], of, &pack, &reason, err);
    if (status) return status;
    const lk_report_pack given = { pack, reason.text };
    status = lk_report_run(context, of->folders[0], &given, page, err);
    lk_pack_close(pack);
    return status;
}

static const char *first_run(const lk_results *results) {
    for (size_t i = 0; i < results->n_rows; i++)
        if (results->rows[i].folder) return results->rows[i].folder;
    return NULL;
}

/* The name of the experiment, or of the folder. */
static void name_folders(const lk_results *results, const struct subject *of, char *out) {
    char whole[PATH_MAX];
    const char *path = realpath(of->folders[0], whole) ? whole : of->folders[0],
               *slash = strrchr(path, '/');
    lk_format(out, LK_WORDS_MAX, "%s",
              *results->experiment ? results->experiment
              : slash && slash[1]  ? slash + 1
                                   : path);
}

/* The folder in which a file will be; "": here, or at the root. */
static void folder_of(const char *path, char out[LK_PATH_MAX]) {
    const char *slash = strrchr(path, '/');
    lk_format(out, LK_PATH_MAX, "%.*s", slash ? (int)(slash - path) : 0, path);
}

static lk_status make_results(const lk_cli *cli, const lk_context *context,
                              const struct subject *of, lk_text *page, lk_error *err) {
    char title[LK_WORDS_MAX], folder[LK_PATH_MAX];
    lk_pack *pack = NULL;
    lk_error reason = { "" };
    lk_results results;
    lk_results_init(&results);
    lk_status status = LK_OK;
    for (int i = 0; i < of->n && !status; i++)
        status = lk_results_search(&results, of->folders[i], &context->log, err);
    if (!status) status = lk_results_label(&results, err);
    if (!status) status = lk_results_compare(&results, err);
    if (!status) status = open_pack(cli, first_run(&results), of, &pack, &reason, err);
    if (!status) {
        const lk_report_pack given = { pack, reason.text };
        name_folders(&results, of, title);
        folder_of(of->out, folder);
        status = lk_report_results(context, &results, title, folder, &given, page, err);
    }
    lk_pack_close(pack);
    lk_results_deinit(&results);
    return status;
}

static lk_status write_report(const lk_cli *cli, const lk_context *context,
                              const struct subject *of, bool run, lk_error *err) {
    lk_text page = { 0 };
    lk_status status = (run ? make_run : make_results)(cli, context, of, &page, err);
    if (!status) status = lk_file_write(of->out, page.data, page.n, err);
    lk_text_deinit(&page);
    return status;
}

/* ---- at the end of other commands ---- */

static bool report_at_end(const lk_cli *cli, const char *folder, const char *data, bool run) {
    char out[LK_PATH_MAX];
    lk_context quiet = cli->context; /* what a report would say has been said */
    lk_error err;
    quiet.log = (lk_log){ 0 };
    lk_status status = lk_format(out, sizeof out, "%s/" LK_RUN_REPORT, folder)
                           ? LK_OK
                           : lk_fail(&err, LK_WRITE, "%s: path is too long", folder);
    const struct subject of = { &folder, 1, data, out };
    if (!status) status = write_report(cli, &quiet, &of, run, &err);
    if (status)
        lk_log_say(&cli->context.log, LK_WARNING,
                   "no report: %s; the rest is written, and likeness report makes one later",
                   err.text);
    return !status;
}

bool lk_cli_report_run(const lk_cli *cli, const char *run, const char *data) {
    return report_at_end(cli, run, data, true);
}

/* Whether a run has no page, or one from before its last scores. */
static bool needs_page(const char *run) {
    char path[LK_PATH_MAX];
    struct stat page, scores;
    if (!lk_format(path, sizeof path, "%s/" LK_RUN_TEST, run) || stat(path, &scores) != 0)
        return false;
    if (!lk_format(path, sizeof path, "%s/" LK_RUN_REPORT, run) || stat(path, &page) != 0)
        return true;
    return page.st_mtim.tv_sec < scores.st_mtim.tv_sec ||
           (page.st_mtim.tv_sec == scores.st_mtim.tv_sec &&
            page.st_mtim.tv_nsec < scores.st_mtim.tv_nsec);
}

/* Stops at the first page that cannot be written: the others would fail as well. */
static void report_each(const lk_cli *cli, const char *folder, const char *data) {
    lk_results results;
    lk_error ignored; /* the page of the folder meets it again */
    bool whole = true;
    lk_results_init(&results);
    if (!lk_results_search(&results, folder, NULL, &ignored))
        for (size_t i = 0; i < results.n_rows && whole; i++)
            if (results.rows[i].folder && needs_page(results.rows[i].folder))
                whole = report_at_end(cli, results.rows[i].folder, data, true);
    lk_results_deinit(&results);
}

bool lk_cli_report_runs(const lk_cli *cli, const char *folder, const char *data) {
    report_each(cli, folder, data);
    return report_at_end(cli, folder, data, false);
}

/* ---- the command ---- */

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *o = cli->options;
    char out[LK_PATH_MAX];
    const struct subject of = { cli->arguments, cli->n_arguments, o->data, out };
    if (cli->n_arguments > 1 && !*o->out)
        return lk_fail(err, LK_USAGE, "expected --out FILE.html with several folders");
    if (!lk_format(out, sizeof out, "%s%s", *o->out ? o->out : cli->arguments[0],
                   *o->out ? "" : "/" LK_RUN_REPORT))
        return lk_fail(err, LK_USAGE, "%s: path is too long", cli->arguments[0]);
    bool one = cli->n_arguments == 1 && is_run(cli->arguments[0]);
    lk_status status = write_report(cli, &cli->context, &of, one, err);
    if (status) return status;
    lk_text text = { 0 };
    lk_text_name(&text, out);
    lk_text_add(&text, "\n");
    return lk_cli_put(&text, err);
}

const lk_command lk_command_report = {
    .name = "report",
    .summary = "Write a page about a run, or about a folder of runs",
    .example = "likeness report runs/vae",
    .usage = "RUN|DIR... [--data FILE.lkd] [--out FILE.html]",
    .details =
        "The page is one file of HTML, at most 5 MB, for any browser; it needs no network. "
        "Commands "
        "that train write it at their end.\n"
        "Of a run it shows the curves of all that was logged, the scores, the worst and the best "
        "test pictures, the codes and samples where there is a prior, the config with what is not "
        "the default marked, and the command. Of several runs it shows their table, the paper's "
        "claims as a matrix, the curves of validation, what each model makes of the same faces, "
        "two "
        "of them with a slider between, and the time, speed and memory of each run, with links to "
        "the pages of the runs in DIR. Commands that do many runs write those pages too.\n"
        "Without the pack there are no pictures, and the page says why.",
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 1,
    .max_arguments = INT_MAX,
    .computes = true,
    .run = run,
};
