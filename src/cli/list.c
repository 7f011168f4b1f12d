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
    for (const char *const *name = lk_architecture_names; *name; name++)
        lk_text_add(out, "%s\n", *name);
}

static void add_sources(lk_text *out) {
    for (const lk_source *const *row = lk_source_list; *row; row++)
        add_line((*row)->name, (*row)->summary, out);
}

/* A list of choices, whose keys are listed too, or a function that lists other rows. */
static const struct list {
    const char *name;
    const lk_choice *const *choices;
    void (*add)(lk_text *out);
} lists[] = {
    { .name = "models", .choices = lk_models },
    { .name = "losses", .choices = lk_losses },
    { .name = "regularizers", .choices = lk_regularizers },
    { .name = "layers", .choices = lk_layer_list },
    { .name = "architectures", .add = add_architectures },
    { .name = "optimizers", .choices = lk_optimizers },
    { .name = "schedules", .choices = lk_schedules },
    { .name = "ops", .add = add_all_ops },
    { .name = "sources", .add = add_sources },
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

const lk_command lk_command_list = {
    .name = "list",
    .summary = "What there is: names, a line on each, and its keys",
    .usage = "models|losses|regularizers|layers|architectures|optimizers|schedules|ops|sources",
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
