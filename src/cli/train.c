/* likeness train: one run, from a config and a pack to a model and its test figures. */
#include "base/file.h"
#include "cli/command.h"
#include "cli/eval.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/sets.h"
#include "cli/signals.h"
#include "experiment/names.h"
#include "net/run_files.h"

#include <likeness/train.h>

#include <cJSON.h>
#include <stdio.h>
#include <string.h>

struct options {
    char data[LK_WORDS_MAX], out[LK_WORDS_MAX], init[LK_WORDS_MAX];
    lk_strings set;
    bool init_partial, resume, extend, force, detect, tensorboard;
    int64_t epochs, steps, rank_timeout;
};

static const lk_option options[] = {
    LK_OPTION_NAMED(struct options, data, "FILE.lkd", "the pack to train on (likeness prepare)"),
    LK_OPTION_NAMED(
        struct options, out, "DIR",
        "folder of the run; default: runs/NAME, the name of the config or of its file, with "
        "the changes that --set, --epochs and --steps make, as in runs/NAME-lr_0.01"),
    LK_OPTION_SET(struct options, "the config"),
    LK_OPTION_NAMED(struct options, init, "FILE",
                    "start from the weights of a model, a run, or a PyTorch state_dict in "
                    "safetensors; its tensors must be those of the model"),
    LK_OPTION_BOOLEAN(struct options, init_partial, false,
                      "with --init: tensors that FILE lacks or has in another shape start at "
                      "random, others in it are not used; all are listed"),
    LK_OPTION_BOOLEAN(struct options, resume, false,
                      "continue the run in the folder; start one if there is none"),
    LK_OPTION_BOOLEAN(struct options, extend, false,
                      "with --resume: a schedule that depends on the length of the run follows "
                      "the new length"),
    LK_OPTION_BOOLEAN(struct options, force, false, "replace the run in the folder"),
    LK_OPTION_BOOLEAN(
        struct options, detect, false,
        "check every op's results; stop at the first that is not finite and name it; slow"),
    LK_OPTION_TENSORBOARD(struct options),
    LK_OPTION_INTEGER(struct options, epochs, 0, 0, 1e6,
                      "epochs in all, instead of the config's; 0: as in the config"),
    LK_OPTION_INTEGER(struct options, steps, 0, 0, 1e12,
                      "steps in all, instead of the config's; 0: as in the config"),
    LK_OPTION_RANK_TIMEOUT(struct options),
    { 0 },
};

/* What show_progress needs. */
struct shown {
    lk_cli *cli;
    const lk_config *config;
};

static void show_progress(void *self, const lk_train_progress *progress) {
    const struct shown *shown = self;
    lk_terminal *terminal = &shown->cli->terminal;
    const lk_choice *regularizer = shown->config->regularizer.chosen.choice;
    lk_text line = { 0 };
    lk_progress_line(progress, regularizer ? regularizer->name : NULL, lk_terminal_room(terminal),
                     &line);
    if (!line.failed) lk_terminal_progress(terminal, lk_seconds(), line.data);
    lk_text_deinit(&line);
}

static void say_next(const lk_log *log, const char *run) {
    lk_text word = { 0 };
    lk_command_word(run, &word);
    if (!word.failed)
        lk_log_say(log, LK_INFO,
                   "next: likeness reconstruct %s -n 8 --out grid.png, or likeness table %s",
                   word.data, word.data);
    lk_text_deinit(&word);
}

/* How long it took, which epoch the model is of, and what to do with it. */
static void say_end(const lk_cli *cli, const char *run, double seconds,
                    const lk_train_summary *summary, bool reported) {
    char duration[32], first[32], last[32];
    const lk_log *log = &cli->context.log;
    lk_terminal_duration(seconds, duration);
    if (summary->from < summary->to && summary->from)
        lk_log_say(log, LK_INFO, "steps %s to %s in %s", lk_count_text(summary->from + 1, first),
                   lk_count_text(summary->to, last), duration);
    else if (summary->from < summary->to)
        lk_log_say(log, LK_INFO, "done in %s", duration);
    if (summary->best_epoch)
        lk_log_say(log, LK_INFO,
                   "%s/" LK_RUN_MODEL
                   " has the weights of epoch %d, the best: validation loss %.5f",
                   run, summary->best_epoch, summary->best_loss);
    else
        lk_log_say(log, LK_INFO, "%s/" LK_RUN_MODEL " has the weights of the last step", run);
    if (reported) lk_log_say(log, LK_INFO, "%s/" LK_RUN_REPORT " shows all of it", run);
    say_next(log, run);
}

/* --epochs and --steps count as the last --set. --epochs alone also lifts the config's limit of
   steps. */
static lk_status load_config(const struct options *o, const char *path, lk_config *config,
                             lk_error *err) {
    lk_sets sets;
    lk_sets_init(&sets, &o->set);
    if (o->epochs) lk_sets_add(&sets, "train.epochs", o->epochs);
    if (o->epochs || o->steps) lk_sets_add(&sets, "train.steps", o->steps);
    return lk_config_load(path, sets.v, sets.n, config, err);
}

/* The figures of the test split, in the run's folder and on standard output. */
static lk_status test(lk_cli *cli, const lk_train_options *train, lk_error *err) {
    lk_evaluation evaluation;
    lk_status status = lk_evaluate_run(&cli->context, train->out, train->data, train->fingerprint,
                                       train->notes, &train->stop, &evaluation, err);
    return status ? status : lk_evaluation_print(&evaluation, false, err);
}

static lk_status describe_pack(const lk_cli *cli, const char *path, lk_pack_meta *meta,
                               lk_error *err) {
    lk_pack *pack = NULL;
    lk_status status = lk_pack_open(path, &cli->context, &pack, err);
    if (!status) *meta = *lk_pack_describe(pack);
    lk_pack_close(pack);
    return status;
}

/* ---- the folder ---- */

static bool sets_name(const lk_strings *set) {
    for (int i = 0; i < set->n; i++)
        if (strncmp(set->v[i], "name=", strlen("name=")) == 0) return true;
    return false;
}

/* The name in the file, even if changes to the config make it say too little; else the file's. */
static void name_of_file(const char *path, const lk_config *config, char out[LK_WORDS_MAX]) {
    const char *slash = strrchr(path, '/');
    const char *name =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(config->json.root, "name"));
    lk_format(out, LK_WORDS_MAX, "%s", name && *name ? name : slash ? slash + 1 : path);
    char *dot = name && *name ? NULL : strrchr(out, '.');
    if (dot && dot != out) *dot = 0;
    if (!*out || strcmp(out, "-") == 0) lk_format(out, LK_WORDS_MAX, "run");
}

/* `length`: whether --epochs and --steps count. */
static lk_status name_folder(struct options *o, const char *path, const lk_config *config,
                             bool length, lk_error *err) {
    char file[LK_WORDS_MAX], name[LK_WORDS_MAX];
    lk_sets sets;
    lk_sets_init(&sets, &o->set);
    if (length && o->epochs) lk_sets_add(&sets, "train.epochs", o->epochs);
    if (length && o->steps) lk_sets_add(&sets, "train.steps", o->steps);
    name_of_file(path, config, file);
    lk_status status =
        lk_experiment_name_changed(file, sets.v, sets_name(&o->set) ? 0 : sets.n, name, err);
    if (status) return status;
    lk_format(o->out, sizeof o->out, "runs/%s", name);
    char *first = o->out + strlen("runs/");
    if (*first == '.') *first = '_'; /* "..", or a folder that is hidden */
    for (char *at = first; *at; at++)
        if (*at == '/') *at = '_';
    return LK_OK;
}

/* A run there already is refused, as in any other folder. A run may continue for longer in the
   folder where it began. */
static lk_status default_folder(struct options *o, const char *path, const lk_config *config,
                                lk_error *err) {
    if (*o->out) return LK_OK;
    lk_status status = name_folder(o, path, config, true, err);
    if (status) return status;
    if (o->resume && !lk_folder_exists(o->out)) {
        status = name_folder(o, path, config, false, err);
        if (!status && !lk_folder_exists(o->out)) status = name_folder(o, path, config, true, err);
    }
    return status;
}

static lk_status check_options(const struct options *o, lk_error *err) {
    if (o->resume && o->force)
        return lk_fail(err, LK_USAGE, "--resume and --force: expected at most one of them");
    if (o->extend && !o->resume)
        return lk_fail(err, LK_USAGE, "--extend: expected --resume with it");
    if (o->init_partial && !*o->init)
        return lk_fail(err, LK_USAGE, "--init-partial: expected --init with it");
    return LK_OK;
}

/* The config, the folder, and what the pack is. */
static lk_status prepare(lk_cli *cli, lk_config *config, lk_pack_meta *meta, lk_error *err) {
    struct options *o = cli->options;
    lk_status status = check_options(o, err);
    if (!status) status = load_config(o, cli->arguments[0], config, err);
    if (status) return status;
    if ((status = default_folder(o, cli->arguments[0], config, err))) {
        lk_error_prefix(err, "expected --out, as the default folder has no name");
        return status;
    }
    return describe_pack(cli, o->data, meta, err);
}

/* What follows training: the figures of the test split, the report, and what to do next. */
static lk_status conclude(lk_cli *cli, const lk_train_options *train, bool has_test, double begin_s,
                          lk_error *err) {
    lk_status status = has_test ? test(cli, train, err) : LK_OK;
    if (status) return status;
    bool reported = lk_cli_report_run(cli, train->out, train->data);
    say_end(cli, train->out, lk_seconds() - begin_s, train->summary, reported);
    return LK_OK;
}

/* All processes train; then the others wait for rank 0. */
static lk_status train_and_conclude(lk_cli *cli, const lk_train_options *train, bool has_test,
                                    double begin_s, lk_error *err) {
    lk_comm *comm = cli->context.comm;
    lk_status status = lk_train_model(&cli->context, train, err);
    if (status) return status;
    if (comm->rank == 0) {
        lk_comm_alone(comm, true);
        status = conclude(cli, train, has_test, begin_s, err);
        lk_comm_alone(comm, false);
    }
    return lk_comm_agree(comm, true, status, err);
}

static lk_status run(lk_cli *cli, lk_error *err) {
    struct options *o = cli->options;
    lk_comm *comm = cli->context.comm;
    lk_config config = { 0 };
    lk_pack_meta meta;
    lk_run_notes notes;
    lk_train_summary summary;
    struct shown shown = { cli, &config };
    lk_text command = { 0 };
    double begin_s = lk_seconds();
    comm->limit_s = (double)o->rank_timeout;
    comm->stop = (lk_stop){ .asked = lk_signals_status };
    lk_signals_catch();
    lk_status status = lk_comm_agree(comm, false, prepare(cli, &config, &meta, err), err);
    if (status) goto done;
    lk_train_options train = { .config = &config,
                               .data = o->data,
                               .fingerprint = meta.fingerprint,
                               .out = o->out,
                               .init = *o->init ? o->init : NULL,
                               .init_partial = o->init_partial,
                               .resume = o->resume,
                               .extend = o->extend,
                               .force = o->force,
                               .detect = o->detect,
                               .tensorboard = o->tensorboard,
                               .notes = &notes,
                               .stop = { .asked = lk_signals_status },
                               .progress = comm->rank == 0 ? show_progress : NULL,
                               .summary = &summary,
                               .self = &shown };
    lk_command_line(cli, &command);
    train.command = command.data;
    status = train_and_conclude(cli, &train, meta.n[LK_SPLIT_TEST] > 0, begin_s, err);
done:
    lk_config_deinit(&config);
    lk_text_deinit(&command);
    return status;
}

const lk_command lk_command_train = {
    .name = "train",
    .summary = "Train a model from a config",
    .example =
        "likeness train configs/paper/vae_lwssim.json --data faces.lkd --out runs/vae --epochs 20",
    .usage = "CONFIG --data FILE.lkd [--out DIR] [--set KEY=VALUE]... [options]",
    .details =
        "The run is called by the \"name\" of its config, or like DIR if that has none, or if "
        "--set, "
        "--epochs or --steps change a number "
        "and no --set gives a name. DIR gets " LK_RUN_CONFIG ", " LK_RUN_RECORD ", " LK_RUN_LOG
        ", " LK_RUN_EPOCHS ", " LK_RUN_CURVES ", " LK_RUN_GRIDS "/, " LK_RUN_CHECKPOINTS
        "/, " LK_RUN_MODEL ", " LK_RUN_TEST ", " LK_RUN_TEST_SCORES " and " LK_RUN_REPORT
        ", and with --tensorboard " LK_RUN_BOARD "/.\n"
        "A loss that is not finite, or at the end of an epoch more than a million times that of "
        "the "
        "first step (or of 1), ends the run "
        "with exit code 4 before it is saved.\n"
        "On SIGTERM, SIGHUP, SIGUSR1 or SIGINT the current step, or batch of a validation "
        "or test, is finished and saved, and the "
        "program exits with 75 (SIGINT: 130); --resume continues, to the same bytes. Signals "
        "ignored at start (nohup) stay ignored.\n"
        "--resume with more --epochs or --steps also continues a run that is finished; its model "
        "and test figures are replaced. If it ended "
        "with a full epoch, the bytes are those of a run started with that many. With a schedule "
        "that depends on the length (cosine), this "
        "needs --extend. A run that train.patience ended continues only with more patience. The "
        "keys name, train.log_every_steps, train.checkpoint_every_steps and train.grid_images may "
        "change too.\n"
        "--init FILE must have every tensor of the model, by name and shape, and no others, except "
        "the optimiser's state of a checkpoint "
        "and PyTorch's num_batches_tracked. " LK_RUN_LOG " and " LK_RUN_TEST
        " name the file; --resume does not need it again.\n"
        "In a build with MPI (cmake -DLIKENESS_MPI=ON), \"mpirun -n P likeness train ...\" trains "
        "with P processes, on one machine or several, to the same bytes as one process; --resume "
        "may have another P. Each batch is divided: P is a power of two, at most the number of "
        "shards (train.shards; by default one for 8 pictures, up to 8). Each "
        "process reads the pack; the first one alone writes to DIR. Processes of a machine that "
        "mpirun lets run on the same processors (--bind-to none) divide them, and each is pinned "
        "to its own; --threads sets the threads of each process.",
    .options = options,
    .options_size = sizeof(struct options),
    .required = "data",
    .min_arguments = 1,
    .max_arguments = 1,
    .computes = true,
    .by_ranks = true,
    .run = run,
};
