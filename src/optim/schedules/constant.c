/* The learning rate stays. */
#include "optim/optim.h"
#include "optim/optimizer_list.h"

static double factor(lk_progress at, const void *options) {
    (void)at, (void)options;
    return 1;
}

const lk_schedule lk_schedule_constant = {
    .choice = { .name = "constant", .summary = "the learning rate stays" }, .factor = factor
};
