/*
 * Adam (Kingma, Ba, ICLR 2015), bias-corrected, in PyTorch's convention: eps outside the root,
 * weight decay added to the gradient. AdamW (Loshchilov, Hutter, ICLR 2019): the decay does not
 * pass through the moments.
 */
#include "optim/optim.h"
#include "optim/optimizer_list.h"

#include <math.h>

struct adam_options {
    double beta1, beta2, eps, weight_decay;
};

static void adam_step(const lk_update *u, const struct adam_options *o, bool decoupled) {
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

static void adam_update(const lk_update *u, const void *options) {
    adam_step(u, options, false);
}

static void adamw_update(const lk_update *u, const void *options) {
    adam_step(u, options, true);
}

#define SHARED_OPTIONS                                                                             \
    LK_OPTION_NUMBER(struct adam_options, beta1, 0.9, 0, 0.999999,                                 \
                     "decay of the gradient's mean"),                                              \
        LK_OPTION_NUMBER(struct adam_options, beta2, 0.999, 0, 0.99999999,                         \
                         "decay of the squared gradient's mean"),                                  \
        LK_OPTION_NUMBER(struct adam_options, eps, 1e-8, 1e-30, 1, "added to the root")

static const lk_option adam_options[] = {
    SHARED_OPTIONS,
    LK_OPTION_NUMBER(struct adam_options, weight_decay, 0, 0, 10,
                     "times the weights, added to the gradient"),
    { 0 },
};
const lk_optimizer lk_optimizer_adam = {
    .choice = { .name = "adam",
                .summary = "Adam, bias-corrected",
                .options = adam_options,
                .options_size = sizeof(struct adam_options) },
    .n_moments = 2,
    .moment_names = { "adam.m", "adam.v" },
    .update = adam_update,
};

static const lk_option adamw_options[] = {
    SHARED_OPTIONS,
    LK_OPTION_NUMBER(struct adam_options, weight_decay, 0.01, 0, 10,
                     "times lr times the weights, taken off them"),
    { 0 },
};
const lk_optimizer lk_optimizer_adamw = {
    .choice = { .name = "adamw",
                .summary = "Adam with decoupled weight decay",
                .options = adamw_options,
                .options_size = sizeof(struct adam_options) },
    .n_moments = 2,
    .moment_names = { "adam.m", "adam.v" },
    .update = adamw_update,
};
