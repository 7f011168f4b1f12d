/* Adam (Kingma, Ba, ICLR 2015), bias-corrected, in PyTorch's convention: eps outside the root,
   decay added to the gradient. */
#include "adam.h"

#include "optim/optimizer_list.h"

#include <math.h>

void lk_adam_update(const lk_update *u, const struct lk_adam *o, bool decoupled) {
    lk_adam_step step = { .lr = u->lr,
                          .beta1 = o->beta1,
                          .beta2 = o->beta2,
                          .eps = o->eps,
                          .weight_decay = o->weight_decay,
                          .decoupled = decoupled,
                          .correction1 = 1 - pow(o->beta1, (double)u->step),
                          .correction2 = 1 - pow(o->beta2, (double)u->step),
                          .gradient_scale = u->gradient_scale };
    u->kernels->adam(u->n, &step, u->gradient, u->moment[0], u->moment[1], u->weight);
}

static void update(const lk_update *u, const void *options) {
    lk_adam_update(u, options, false);
}

static const lk_option options[] = {
    LK_ADAM_OPTIONS,
    LK_OPTION_NUMBER(struct lk_adam, weight_decay, 0, 0, 10,
                     "times the weights, added to the gradient"),
    { 0 },
};
const lk_optimizer lk_optimizer_adam = {
    .choice = { .name = "adam",
                .summary = "Adam, bias-corrected",
                .options = options,
                .options_size = sizeof(struct lk_adam) },
    .n_moments = 2,
    .moment_names = { "adam.m", "adam.v" },
    .update = update,
};
