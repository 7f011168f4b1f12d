/* The losses of programs that use the library: a config names one, the program brings its
   function. */
#include "loss/loss_list.h"

#include <string.h>

static const lk_option options[] = {
    LK_OPTION_STRING(lk_custom_options, name, "", "what the program calls its loss"),
    { 0 },
};

static lk_node *build(lk_node *x, lk_node *y, const void *chosen) {
    const lk_custom_options *o = chosen;
    if (!x || !y) return NULL;
    if (o->build) return o->build(x, y, o->self);
    return lk_refuse(x->graph, LK_USAGE,
                     "the loss \"%s\" is part of another program: only that can train with it",
                     o->name);
}

lk_status lk_custom_loss(const lk_chosen *loss, const char *name, lk_custom_build *function,
                         void *self, lk_error *err) {
    if (loss->choice != &lk_loss_custom.choice)
        return lk_fail(err, LK_USAGE, "reconstruction.type: expected \"custom\", got \"%s\"",
                       loss->choice->name);
    lk_custom_options *o = loss->options;
    if (strcmp(o->name, name) != 0)
        return lk_fail(err, LK_USAGE, "reconstruction.name: expected \"%s\", got \"%s\"", name,
                       o->name);
    o->build = function;
    o->self = self;
    return LK_OK;
}

const lk_loss lk_loss_custom = {
    .choice = { .name = "custom",
                .summary = "a loss of a program that trains through the library",
                .options = options,
                .options_size = sizeof(lk_custom_options) },
    .build = build,
    .needs_more = true,
};
