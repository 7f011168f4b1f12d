/* likeness config: print or check a config, print the schema of configs. */
#include "base/file.h"
#include "cli/command.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/sets.h"
#include "experiment/check.h"
#include "net/net.h"
#include "net/run_files.h"

#include <likeness/config.h>
#include <likeness/experiment.h>

#include <cjson/cJSON.h>
#include <string.h>

struct options {
    lk_strings set;
    char data[LK_WORDS_MAX];
    int64_t size;
};

static const lk_option options[] = {
    LK_OPTION_SET(struct options, "the config"),
    LK_OPTION_INTEGER(struct options, size, 64, 1, 4096,
                      "side of the pictures that a preset's layers are for"),
    LK_OPTION_NAMED(struct options, data, "FILE.lkd",
                    "with check: a pack; finds what train would refuse on it"),
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

/* Whether train would take it on the pack that was given, or for pictures of that size. */
static lk_status check_config(const lk_cli *cli, const lk_config *config, lk_error *err) {
    const struct options *given = cli->options;
    lk_context context = { 0 };
    bool has_size = lk_cli_given(cli, "size");
    if (!has_size && !*given->data) return LK_OK;
    lk_status status = lk_context_open(0, &context, err);
    if (!status && has_size)
        status = lk_net_check(&context, config, (lk_image_shape){ (int)given->size, 3 }, err);
    if (!status && *given->data) status = lk_train_check(&context, config, given->data, err);
    lk_context_close(&context);
    return status;
}

/* What was not checked because neither a size nor a pack was given. */
static const char *unchecked(const lk_cli *cli) {
    const struct options *given = cli->options;
    bool is_built = lk_cli_given(cli, "size") || *given->data;
    return is_built ? "" : "; --size N or --data FILE.lkd also checks that the layers fit";
}

/* `json`: the document that was read. */
static lk_status load(lk_cli *cli, lk_json *json, const char *path, bool print, lk_error *err) {
    const struct options *given = cli->options;
    lk_text out = { 0 };
    lk_config config = { 0 };
    lk_status status = lk_config_load_json(json, path, given->set.v, given->set.n, &config, err);
    if (!status && print) status = lk_config_print(&config, (int)given->size, &out, err);
    if (!status && print) status = lk_cli_put(&out, err);
    if (!status && !print) status = check_config(cli, &config, err);
    if (!status && !print)
        lk_log_say(&cli->context.log, LK_INFO, "%s is valid%s", path, unchecked(cli));
    lk_text_deinit(&out);
    lk_config_deinit(&config);
    return status;
}

/* ---- experiments ---- */

static lk_status add_run(const lk_experiment_run *run, int size, lk_text *out, lk_error *err) {
    char name[LK_WORDS_MAX], label[2 * LK_WORDS_MAX];
    lk_text_add(
        out, "{\"name\":%s,\"label\":%s,\"config\":", lk_text_quoted(run->name, name, sizeof name),
        lk_text_quoted(run->label, label, sizeof label));
    lk_status status = lk_config_print(&run->config, size, out, err);
    lk_text_add(out, "}");
    return status;
}

/* Append the experiment with every config in full, as compact JSON. */
static lk_status add_experiment(const lk_experiment *e, int size, lk_text *out, lk_error *err) {
    char name[LK_WORDS_MAX];
    lk_status status = LK_OK;
    lk_text_add(out, "{\"name\":%s,\"seeds\":[", lk_text_quoted(e->name, name, sizeof name));
    for (int i = 0; i < e->n_seeds; i++)
        lk_text_add(out, "%s%lld", i ? "," : "", (long long)e->seeds[i]);
    lk_text_add(out, "],\"runs\":[");
    for (int i = 0; i < e->n_runs && !status; i++) {
        lk_text_add(out, "%s", i ? "," : "");
        status = add_run(&e->runs[i], size, out, err);
    }
    lk_text_add(out, "]}");
    return status ? status : out->failed ? lk_fail_memory(err, out->n, "an experiment") : LK_OK;
}

static lk_status print_experiment(const lk_experiment *e, int size, lk_error *err) {
    lk_text compact = { 0 }, out = { 0 };
    lk_json json = { 0 };
    lk_status status = add_experiment(e, size, &compact, err);
    if (!status) status = lk_json_parse(compact.data, compact.n, "experiment", &json, err);
    if (!status) status = lk_json_print(json.root, true, &out, err);
    if (!status) {
        lk_text_bytes(&out, "\n", 1);
        status = lk_cli_put(&out, err);
    }
    lk_json_deinit(&json);
    lk_text_deinit(&compact);
    lk_text_deinit(&out);
    return status;
}

static lk_status check_experiment(const lk_cli *cli, const lk_experiment *e, lk_error *err) {
    const struct options *given = cli->options;
    lk_image_shape images = { (int)given->size, 3 };
    lk_context context = { 0 };
    bool has_size = lk_cli_given(cli, "size");
    if (!has_size && !*given->data) return LK_OK;
    lk_status status = lk_context_open(0, &context, err);
    if (!status && has_size) status = lk_experiment_check_sizes(&context, e, NULL, images, err);
    if (!status && *given->data) status = lk_experiment_check(&context, e, given->data, err);
    lk_context_close(&context);
    return status;
}

static lk_status load_experiment(lk_cli *cli, lk_json *json, const char *path, bool print,
                                 lk_error *err) {
    const struct options *given = cli->options;
    lk_experiment experiment = { 0 };
    lk_status status =
        lk_experiment_load_json(json, path, given->set.v, given->set.n, &experiment, err);
    if (!status && print) status = print_experiment(&experiment, (int)given->size, err);
    if (!status && !print) status = check_experiment(cli, &experiment, err);
    if (!status && !print)
        lk_log_say(&cli->context.log, LK_INFO, "%s is a valid experiment: %d run%s, %d seed%s%s",
                   path, experiment.n_runs, experiment.n_runs == 1 ? "" : "s", experiment.n_seeds,
                   experiment.n_seeds == 1 ? "" : "s", unchecked(cli));
    lk_experiment_deinit(&experiment);
    return status;
}

static lk_status read_and_load(lk_cli *cli, bool print, lk_error *err) {
    char path[LK_PATH_MAX];
    const struct options *o = cli->options;
    lk_json json = { 0 };
    if (print && *o->data) return lk_fail(err, LK_USAGE, "--data: config print takes no pack");
    if (cli->n_arguments < 2)
        return lk_fail(err, LK_USAGE, "config %s: expected a config file", cli->arguments[0]);
    const char *given = cli->arguments[1];
    bool is_run = lk_format(path, sizeof path, "%s/" LK_RUN_CONFIG, given) &&
                  lk_folder_exists(given) && lk_file_may_exist(path);
    if (!is_run && !lk_format(path, sizeof path, "%s", given))
        return lk_fail(err, LK_USAGE, "%s: path is too long", given);
    lk_status status = lk_json_read_input(path, &json, err);
    if (status) return status == LK_READ ? LK_USAGE : status;
    return cJSON_GetObjectItemCaseSensitive(json.root, "runs")
               ? load_experiment(cli, &json, path, print, err)
               : load(cli, &json, path, print, err);
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
    .usage = "print CONFIG | check CONFIG | schema  [--set KEY=VALUE]... [--size N] "
             "[--data FILE.lkd]",
    .details =
        "print    the config with all that it extends, every default and every layer; of an "
        "experiment the configs of all runs; CONFIG may be the folder of a run\n"
        "check    exit code 0, or 2 and a line for everything that is wrong, with its file and "
        "line; of an experiment all configs are checked; with --size also whether the "
        "network fits, with --data whether train would start on that pack\n"
        "schema   the JSON Schema of configs, for editors\n"
        "`likeness help config` lists every key. Wherever a command takes a CONFIG or an "
        "EXPERIMENT, it may be -, standard input, "
        "or a pipe; paths in it are then relative to the current folder.",
    .options = options,
    .options_size = sizeof(struct options),
    .words = "print|check|schema",
    .min_arguments = 1,
    .max_arguments = 2,
    .run = run,
};
