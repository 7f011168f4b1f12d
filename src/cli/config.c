/* likeness config: print or check a config, print the schema of configs. */
#include "cli/command.h"
#include "cli/output.h"
#include "cli/sets.h"

#include <likeness/config.h>
#include <likeness/experiment.h>

#include <cjson/cJSON.h>
#include <string.h>

struct options {
    lk_strings set;
    int64_t size;
};

static const lk_option options[] = {
    LK_OPTION_SET(struct options, "the config"),
    LK_OPTION_INTEGER(struct options, size, 64, 1, 4096,
                      "side of the pictures that a preset's layers are for"),
    { 0 },
};

static lk_status schema(lk_cli *cli, lk_error *err) {
    lk_text out = { 0 };
    if (cli->n_arguments > 1)
        return lk_fail(err, LK_USAGE, "config schema: unexpected word \"%s\"", cli->arguments[1]);
    lk_status status = lk_config_schema(&out, err);
    if (!status) status = lk_cli_put(&out, err);
    lk_text_deinit(&out);
    return status;
}

/* `json`: the document that was read. */
static lk_status load(lk_cli *cli, lk_json *json, bool print, lk_error *err) {
    const struct options *given = cli->options;
    lk_text out = { 0 };
    lk_config config = { 0 };
    lk_status status =
        lk_config_load_json(json, cli->arguments[1], given->set.v, given->set.n, &config, err);
    if (!status) status = lk_config_print(&config, (int)given->size, &out, err);
    if (!status && print) status = lk_cli_put(&out, err);
    if (!status && !print) lk_log_say(&cli->context.log, LK_INFO, "%s is valid", cli->arguments[1]);
    lk_text_deinit(&out);
    lk_config_deinit(&config);
    return status;
}

static lk_status check_experiment(lk_cli *cli, lk_json *json, lk_error *err) {
    const struct options *given = cli->options;
    lk_experiment experiment = { 0 };
    lk_status status = lk_experiment_load_json(json, cli->arguments[1], given->set.v, given->set.n,
                                               &experiment, err);
    if (!status)
        lk_log_say(&cli->context.log, LK_INFO, "%s is a valid experiment: %d runs, %d seeds",
                   cli->arguments[1], experiment.n_runs, experiment.n_seeds);
    lk_experiment_deinit(&experiment);
    return status;
}

static lk_status read_and_load(lk_cli *cli, bool print, lk_error *err) {
    lk_json json = { 0 };
    if (cli->n_arguments < 2)
        return lk_fail(err, LK_USAGE, "config %s: expected a config file", cli->arguments[0]);
    lk_status status = lk_json_read_input(cli->arguments[1], &json, err);
    if (status) return status == LK_READ ? LK_USAGE : status;
    return !print && cJSON_GetObjectItemCaseSensitive(json.root, "runs")
               ? check_experiment(cli, &json, err)
               : load(cli, &json, print, err);
}

static lk_status run(lk_cli *cli, lk_error *err) {
    static const char *const actions[] = { "print", "check", "schema", NULL };
    const char *action = cli->arguments[0];
    if (strcmp(action, "schema") == 0) return schema(cli, err);
    if (strcmp(action, "print") == 0) return read_and_load(cli, true, err);
    if (strcmp(action, "check") == 0) return read_and_load(cli, false, err);
    const char *nearest = lk_text_nearest(action, actions);
    return lk_fail(err, LK_USAGE, "config: unknown action \"%s\", %s%s%s", action,
                   nearest ? "did you mean \"" : "expected ",
                   nearest ? nearest : "print, check or schema", nearest ? "\"?" : "");
}

const lk_command lk_command_config = {
    .name = "config",
    .summary = "Print or check a config, or print the schema of configs",
    .example = "likeness config print configs/paper/ae_ssim.json --set optimizer.lr=1e-4",
    .usage = "print CONFIG | check CONFIG | schema  [--set KEY=VALUE]... [--size N]",
    .details = "print    the config with all that it extends, every default and every layer\n"
               "check    exit code 0, or 2 with a message that says what is wrong and where; of an "
               "experiment all configs are checked\n"
               "schema   the JSON Schema of configs, for editors\n"
               "`likeness help config` lists every key. Wherever a command takes a CONFIG or an "
               "EXPERIMENT, it may be -, standard input, "
               "or a pipe; paths in it are then relative to the current folder.",
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 1,
    .max_arguments = 2,
    .run = run,
};
