/* likeness import: make a run of weights that were trained elsewhere. */
#include "base/file.h"
#include "cli/command.h"
#include "cli/eval.h"
#include "cli/flags.h"
#include "cli/sets.h"
#include "cli/signals.h"
#include "net/run_files.h"

#include <likeness/train.h>

struct options {
    char safetensors[LK_WORDS_MAX], out[LK_WORDS_MAX], data[LK_WORDS_MAX];
    int64_t size, channels;
    lk_strings set;
    bool force;
};

static const lk_option options[] = {
    LK_OPTION_NAMED(struct options, safetensors, "FILE",
                    "the weights: a PyTorch state_dict in safetensors, with every tensor of the "
                    "model, by name and shape, and no others except num_batches_tracked"),
    LK_OPTION_NAMED(struct options, out, "DIR", "folder of the run"),
    LK_OPTION_NAMED(struct options, data, "FILE.lkd",
                    "the pack that the run belongs to: the model is measured on its test split, "
                    "and traverse needs what is measured on its training split"),
    LK_OPTION_INTEGER(struct options, size, 0, 0, 4096,
                      "height and width of the pictures, without --data; 0: FILE says it, if "
                      "likeness wrote it"),
    LK_OPTION_INTEGER(struct options, channels, 3, 1, 3,
                      "1 for grey pictures, 3 for colours, with --size"),
    LK_OPTION_SET(struct options, "the config"),
    LK_OPTION_BOOLEAN(struct options, force, false, "replace the run in the folder"),
    { 0 },
};

static lk_status check_options(const lk_cli *cli, lk_error *err) {
    const struct options *o = cli->options;
    if (*o->data && o->size)
        return lk_fail(err, LK_USAGE, "--size: expected none with --data, which says it");
    if (!o->size && lk_cli_given(cli, "channels"))
        return lk_fail(err, LK_USAGE, "--channels: expected --size N with it");
    if (o->channels == 2) return lk_fail(err, LK_USAGE, "--channels: expected 1 or 3, got 2");
    return LK_OK;
}

/* The figures of the test split, in the run's folder and on standard output. */
static lk_status test(lk_cli *cli, const lk_import_options *import, lk_error *err) {
    lk_evaluation evaluation;
    lk_pack *pack = NULL;
    if (!import->data) return LK_OK;
    lk_status status = lk_pack_open(import->data, &cli->context, &pack, err);
    if (status) return status;
    if (lk_pack_count(pack, LK_SPLIT_TEST))
        status = lk_evaluate_run(&cli->context, import->out, import->data,
                                 lk_pack_describe(pack)->fingerprint, import->notes, &import->stop,
                                 &evaluation, err);
    if (!status && lk_pack_count(pack, LK_SPLIT_TEST))
        status = lk_evaluation_print(&evaluation, false, err);
    lk_pack_close(pack);
    return status;
}

static void say_next(const lk_cli *cli) {
    const struct options *o = cli->options;
    lk_log_say(&cli->context.log, LK_INFO, "%s/" LK_RUN_MODEL " has the weights of %s", o->out,
               o->safetensors);
    if (!*o->data)
        lk_log_say(&cli->context.log, LK_INFO,
                   "without --data nothing was measured: likeness eval %s --data FILE.lkd does it",
                   o->out);
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *o = cli->options;
    lk_config config = { 0 };
    lk_run_notes notes = { 0 };
    lk_text command = { 0 };
    lk_sets sets;
    lk_status status = check_options(cli, err);
    if (status) return status;
    lk_signals_catch();
    lk_sets_init(&sets, &o->set);
    status = lk_config_load(cli->arguments[0], sets.v, sets.n, &config, err);
    if (status) return status;
    lk_command_line(cli, &command);
    const lk_import_options import = { .config = &config,
                                       .weights = o->safetensors,
                                       .data = *o->data ? o->data : NULL,
                                       .size = (int)o->size,
                                       .channels = (int)o->channels,
                                       .out = o->out,
                                       .command = command.data,
                                       .force = o->force,
                                       .notes = &notes,
                                       .stop = { .asked = lk_signals_status } };
    status = lk_import_model(&cli->context, &import, err);
    if (!status) status = test(cli, &import, err);
    if (!status) say_next(cli);
    lk_config_deinit(&config);
    lk_text_deinit(&command);
    return status;
}

const lk_command lk_command_import = {
    .name = "import",
    .summary = "Make a run of weights that were trained in PyTorch",
    .example = "likeness import configs/quick/vq.json --safetensors vq.safetensors --size 64 --out "
               "runs/vq",
    .usage = "CONFIG --safetensors FILE --out DIR [--data FILE.lkd | --size N] [options]",
    .details =
        "Names and shapes of the tensors are those of a run of CONFIG: likeness info RUN --tensors "
        "lists them, and scripts/torch_model.py builds the same network in PyTorch.\n"
        "DIR is a run like any other: eval, reconstruct, encode, sample, table and the others take "
        "it. Without --data it has no scores, so table says that it is not tested. It has no "
        "checkpoint to resume from: train --init DIR goes on from its weights.",
    .options = options,
    .options_size = sizeof(struct options),
    .required = "safetensors|out",
    .min_arguments = 1,
    .max_arguments = 1,
    .computes = true,
    .run = run,
};
