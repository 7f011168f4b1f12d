/* likeness runs: the runs in a folder, a line each. */
#include "cli/flags.h"
#include "cli/run_list.h"

#include <string.h>

struct options {
    int sort, format;
    bool reverse, json;
};

static const lk_option options[] = {
    LK_OPTION_WORD(struct options, sort, "run", &LK_RUN_COLUMN_LIST(LK_RUN_COLUMN_WORD)[1],
                   "the order: the best SSIM and MSE come first, everything else from low to high, "
                   "what is not known last"),
    LK_OPTION_BOOLEAN(struct options, reverse, false, "the other way round"),
    LK_OPTION_WORD(struct options, format, "md", LK_WORDS(LK_RUN_FORMAT_LIST),
                   "Markdown, RFC 4180 with all digits, or one JSON object; without it, a terminal "
                   "shows aligned columns, as many as fit"),
    LK_OPTION_BOOLEAN(struct options, json, false, "the same as --format json"),
    { 0 },
};

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *o = cli->options;
    if (o->json && lk_cli_given(cli, "format") && o->format != LK_RUNS_JSON)
        return lk_fail(err, LK_USAGE, "expected --json or --format, got both");
    const lk_run_view view = { .sort = (lk_run_column)o->sort,
                               .reverse = o->reverse,
                               .format = o->json ? LK_RUNS_JSON : (lk_run_format)o->format,
                               .raw = lk_cli_given(cli, "format") };
    return lk_cli_put_runs(cli, cli->arguments[0], &view, err);
}

const lk_command lk_command_runs = {
    .name = "runs",
    .summary = "List the runs in a folder, a line each",
    .example = "likeness runs runs --sort ssim",
    .usage = "DIR [--sort COLUMN] [--reverse] [--format md|csv|json] [--json]",
    .details =
        "DIR is searched for runs, and so are all folders in it; runs of a sweep or of reproduce "
        "that have not started are listed too.\n"
        "state is running, stopped, finished or failed; epochs are those done and those planned; "
        "best is the epoch with the lowest validation loss; SSIM and MSE are those of the test "
        "pictures, once a run is finished; minutes are the time of training over all its sessions; "
        "started is in UTC.\n"
        "likeness table compares models and takes seeds together; likeness watch shows runs while "
        "they train.",
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
