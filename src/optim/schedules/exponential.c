/* Times gamma each epoch. */
#include "optim/optim.h"
#include "optim/optimizer_list.h"

#include <math.h>

struct options {
    double gamma;
};

static double factor(lk_progress at, const void *options) {
    return pow(((const struct options *)options)->gamma, (double)(at.step / at.steps_an_epoch));
}

static const lk_option options[] = {
    LK_OPTION_NUMBER(struct options, gamma, 0.95, 0, 1, "factor of each epoch"), { 0 }
};
const lk_schedule lk_schedule_exponential = {
    .choice = { .name = "exponential",
                .summary = "times gamma each epoch",
                .options = options,
                .options_size = sizeof(struct options) },
    .factor = factor,
};
