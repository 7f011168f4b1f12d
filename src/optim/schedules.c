/* Learning rate schedules, and the warm-up before each of them. */
#include "optim/optim.h"
#include "optim/optimizer_list.h"

#include <math.h>

double lk_schedule_factor(const lk_chosen *schedule, lk_progress at, int64_t warmup_steps) {
    double factor = ((const lk_schedule *)schedule->choice)->factor(at, schedule->options);
    return at.step < warmup_steps ? factor * (double)(at.step + 1) / (double)warmup_steps : factor;
}

/* ---- constant ---- */

static double constant_factor(lk_progress at, const void *options) {
    (void)at, (void)options;
    return 1;
}

const lk_schedule lk_schedule_constant = {
    .choice = { .name = "constant", .summary = "the learning rate stays" },
    .factor = constant_factor,
};

/* ---- step: times gamma every few epochs ---- */

struct step_options {
    int64_t step_epochs;
    double gamma;
};

static double step_factor(lk_progress at, const void *options) {
    const struct step_options *o = options;
    int64_t epoch = at.step / at.steps_an_epoch;
    return pow(o->gamma, (double)(epoch / o->step_epochs));
}

static const lk_option step_options[] = {
    LK_OPTION_INTEGER(struct step_options, step_epochs, 10, 1, 1000000,
                      "epochs between two changes"),
    LK_OPTION_NUMBER(struct step_options, gamma, 0.1, 0, 1, "factor of each change"),
    { 0 },
};
const lk_schedule lk_schedule_step = {
    .choice = { .name = "step",
                .summary = "times gamma every step_epochs epochs",
                .options = step_options,
                .options_size = sizeof(struct step_options) },
    .factor = step_factor,
};

/* ---- exponential: times gamma each epoch ---- */

struct exponential_options {
    double gamma;
};

static double exponential_factor(lk_progress at, const void *options) {
    const struct exponential_options *o = options;
    return pow(o->gamma, (double)(at.step / at.steps_an_epoch));
}

static const lk_option exponential_options[] = {
    LK_OPTION_NUMBER(struct exponential_options, gamma, 0.95, 0, 1, "factor of each epoch"),
    { 0 },
};
const lk_schedule lk_schedule_exponential = {
    .choice = { .name = "exponential",
                .summary = "times gamma each epoch",
                .options = exponential_options,
                .options_size = sizeof(struct exponential_options) },
    .factor = exponential_factor,
};

/* ---- cosine: half a cosine from 1 down to `final` over the whole run (Loshchilov, Hutter, ICLR
   2017, without restarts) ---- */

struct cosine_options {
    double final;
};

static double cosine_factor(lk_progress at, const void *options) {
    double final = ((const struct cosine_options *)options)->final,
           done = (double)at.step / (double)at.n_steps;
    return final + (1 - final) * 0.5 * (1 + cos(3.14159265358979323846 * (done < 1 ? done : 1)));
}

static const lk_option cosine_options[] = {
    LK_OPTION_NUMBER(struct cosine_options, final, 0, 0, 1, "factor at the end of the run"),
    { 0 },
};
const lk_schedule lk_schedule_cosine = {
    .choice = { .name = "cosine",
                .summary = "half a cosine over the whole run",
                .options = cosine_options,
                .options_size = sizeof(struct cosine_options) },
    .factor = cosine_factor,
    .follows_length = true,
};
