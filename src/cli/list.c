/* likeness list: what there is, from the tables that define it. */
#include "cli/command.h"
#include "cli/output.h"
#include "data/source.h"
#include "optim/optim.h"

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
    for (const lk_preset *preset = lk_presets; preset->name; preset++)
        add_line(preset->name, preset->summary, out);
}

static void add_sources(lk_text *out) {
    for (const lk_source *const *row = lk_source_list; *row; row++)
        add_line((*row)->name, (*row)->summary, out);
}

/* Each list: a table of choices, whose keys are listed too, or a function that lists other rows. */
/* clang-format off */
#define LISTS(X)                               \
    X(models, .choices = lk_models)            \
    X(losses, .choices = lk_losses)            \
    X(regularizers, .choices = lk_regularizers) \
    X(layers, .choices = lk_layer_list)        \
    X(architectures, .add = add_architectures) \
    X(optimizers, .choices = lk_optimizers)    \
    X(schedules, .choices = lk_schedules)      \
    X(ops, .add = add_all_ops)                 \
    X(sources, .add = add_sources)
/* clang-format on */

static const struct list {
    const char *name;
    const lk_choice *const *choices;
    void (*add)(lk_text *out);
} lists[] = {
#define ROW(list, rows) { .name = #list, rows },
    LISTS(ROW)
#undef ROW
};

static lk_status print(const struct list *list, lk_error *err) {
    lk_text out = { 0 };
    for (const lk_choice *const *row = list->choices; row && *row; row++) {
        add_line((*row)->name, (*row)->summary, &out);
        lk_options_help((*row)->options, 0, &out);
    }
    if (list->add) list->add(&out);
    return lk_cli_put(&out, err);
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const char *names[LK_COUNT(lists) + 1] = { 0 }, *name = cli->arguments[0];
    for (size_t i = 0; i < LK_COUNT(lists); i++) {
        names[i] = lists[i].name;
        if (strcmp(name, names[i]) == 0) return print(&lists[i], err);
    }
    const char *nearest = lk_text_nearest(name, names);
    if (nearest)
        return lk_fail(err, LK_USAGE, "list: unknown list \"%s\", did you mean \"%s\"?", name,
                       nearest);
    return lk_fail(err, LK_USAGE, "list: unknown list \"%s\"; likeness list --help names them",
                   name);
}

#define WORD(list, rows) "|" #list
const lk_command lk_command_list = {
    .name = "list",
    .summary = "What there is: names, a line on each, and its keys",
    .usage = &LISTS(WORD)[1], /* after the first "|" */
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
