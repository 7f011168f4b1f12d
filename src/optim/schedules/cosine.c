/* Half a cosine from 1 down to `final` over the whole run (Loshchilov, Hutter, ICLR 2017, without
   restarts). */
#include "optim/optim.h"
#include "optim/optimizer_list.h"

#include <math.h>

struct options {
    double final;
};

static double factor(lk_progress at, const void *options) {
    double final = ((const struct options *)options)->final,
           done = (double)at.step / (double)at.n_steps;
    return final + (1 - final) * 0.5 * (1 + cos(3.14159265358979323846 * (done < 1 ? done : 1)));
}

static const lk_option options[] = {
    LK_OPTION_NUMBER(struct options, final, 0, 0, 1, "factor at the end of the run"), { 0 }
};
const lk_schedule lk_schedule_cosine = {
    .choice = { .name = "cosine",
                .summary = "half a cosine over the whole run",
                .options = options,
                .options_size = sizeof(struct options) },
    .factor = factor,
};
