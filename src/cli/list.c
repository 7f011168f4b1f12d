/* likeness list: what there is, from the tables that define it. */
#include "cli/command.h"
#include "cli/wrap.h"
#include "data/source.h"
#include "optim/optim.h"

#include <likeness/loader.h>
#include <likeness/metric.h>
#include <likeness/model.h>
#include <likeness/ops.h>

#include <string.h>

static void add_line(const char *name, const char *summary, lk_text *out) {
    lk_text_add(out, "%-20s %s\n", name, summary);
}

static void add_ops(const lk_op *const *ops, lk_text *out) {
    for (; ops && *ops; ops++) add_line((*ops)->name, (*ops)->summary, out);
}

static void add_all_ops(lk_text *out) {
    add_ops(lk_ops, out);
    for (const lk_choice *const *row = lk_losses; *row; row++)
        add_ops(((const lk_loss *)*row)->ops, out);
    for (const lk_choice *const *row = lk_regularizers; *row; row++)
        add_ops(((const lk_regularizer *)*row)->ops, out);
}

static void add_architectures(lk_text *out) {
    for (const lk_preset *const *row = lk_presets; *row; row++)
        add_line((*row)->name, (*row)->summary, out);
}

static void add_metrics(lk_text *out) {
    for (int m = 0; m < LK_N_ALL_METRICS; m++)
        add_line(lk_metric_key((lk_metric)m), lk_metric_describe((lk_metric)m)->words, out);
}

static void add_sources(lk_text *out) {
    for (const lk_source *const *row = lk_source_list; *row; row++)
        add_line((*row)->name, (*row)->summary, out);
}

/* Each list: what it holds, and a table of choices, whose keys are listed too, or a function that
   lists other rows. */
/* clang-format off */
#define LISTS(X)                                                                            \
    X(models, "model.type: the network and the use of its code", .choices = lk_models)      \
    X(corruptions, "corruption.type: what the encoder gets instead of a picture",           \
      .choices = lk_corruptions)                                                            \
    X(losses, "reconstruction.type: losses", .choices = lk_losses)                          \
    X(regularizers, "regularizer.type: what the codes should be like",                      \
      .choices = lk_regularizers)                                                           \
    X(layers, "layers of an encoder and a decoder", .choices = lk_layer_list)               \
    X(architectures, "model.architecture: presets", .add = add_architectures)               \
    X(optimizers, "optimizer.type: rules that change the weights", .choices = lk_optimizers) \
    X(schedules, "optimizer.schedule.type: how lr changes", .choices = lk_schedules)        \
    X(augmentations, "train.augment: random changes of training images",                    \
      .choices = lk_augmentations)                                                          \
    X(metrics, "columns of tables: how similar originals and reconstructions are",          \
      .add = add_metrics)                                                                   \
    X(ops, "operations of the library's graphs", .add = add_all_ops)                        \
    X(sources, "what prepare reads", .add = add_sources)
/* clang-format on */

static const struct list {
    const char *name, *summary;
    const lk_choice *const *choices;
    void (*add)(lk_text *out);
} lists[] = {
#define ROW(list, words, rows) { .name = #list, .summary = words, rows },
    LISTS(ROW)
#undef ROW
};

static void add_list(const struct list *list, lk_text *out) {
    for (const lk_choice *const *row = list->choices; row && *row; row++) {
        add_line((*row)->name, (*row)->summary, out);
        lk_options_help((*row)->options, 0, out);
    }
    if (list->add) list->add(out);
}

static void add_lists(lk_text *out) {
    for (size_t i = 0; i < LK_COUNT(lists); i++) add_line(lists[i].name, lists[i].summary, out);
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const char *names[LK_COUNT(lists) + 1] = { 0 }, *name = cli->arguments[0];
    lk_text out = { 0 };
    for (size_t i = 0; i < LK_COUNT(lists); i++) {
        names[i] = lists[i].name;
        if (name && strcmp(name, names[i]) == 0) add_list(&lists[i], &out);
    }
    if (!name) add_lists(&out);
    if (out.n || out.failed) return lk_cli_put_wrapped(&out, err);
    const char *nearest = lk_text_nearest(name, names);
    if (nearest)
        return lk_fail(err, LK_USAGE, "list: unknown list \"%s\", did you mean \"%s\"?", name,
                       nearest);
    return lk_fail(err, LK_USAGE, "list: unknown list \"%s\"; likeness list names them", name);
}

#define NAME(list, ...) "|" #list
const lk_command lk_command_list = {
    .name = "list",
    .summary = "What there is to choose from; of a LIST, a line on each row, and its keys",
    .example = "likeness list losses",
    .usage = "[LIST]",
    .words = &LISTS(NAME)[1],
    .max_arguments = 1,
    .run = run,
};
