/* Times gamma every few epochs. */
#include "optim/optim.h"
#include "optim/optimizer_list.h"

#include <math.h>

struct options {
    int64_t step_epochs;
    double gamma;
};

static double factor(lk_progress at, const void *options) {
    const struct options *o = options;
    int64_t epoch = at.step / at.steps_an_epoch;
    return pow(o->gamma, (double)(epoch / o->step_epochs));
}

static const lk_option options[] = {
    LK_OPTION_INTEGER(struct options, step_epochs, 10, 1, 1000000, "epochs between two changes"),
    LK_OPTION_NUMBER(struct options, gamma, 0.1, 0, 1, "factor of each change"),
    { 0 },
};
const lk_schedule lk_schedule_step = {
    .choice = { .name = "step",
                .summary = "times gamma every step_epochs epochs",
                .options = options,
                .options_size = sizeof(struct options) },
    .factor = factor,
};
