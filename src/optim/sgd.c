/* Stochastic gradient descent with momentum, plain or Nesterov's, in PyTorch's convention. */
#include "optim/optim.h"
#include "optim/optimizer_list.h"

struct sgd_options {
    double momentum, weight_decay;
    bool nesterov;
};

static void sgd_update(const lk_update *u, const void *options) {
    const struct sgd_options *o = options;
    lk_sgd_step step = { .lr = u->lr,
                         .momentum = o->momentum,
                         .weight_decay = o->weight_decay,
                         .gradient_scale = u->gradient_scale,
                         .nesterov = o->nesterov,
                         .first = u->step == 1 };
    u->kernels->sgd(u->n, &step, u->gradient, u->moment[0], u->weight);
}

static const lk_option sgd_options[] = {
    LK_OPTION_NUMBER(struct sgd_options, momentum, 0.9, 0, 0.999999,
                     "decay of the accumulated gradient"),
    LK_OPTION_NUMBER(struct sgd_options, weight_decay, 0, 0, 10,
                     "times the weights, added to the gradient"),
    LK_OPTION_BOOLEAN(struct sgd_options, nesterov, false, "look ahead along the momentum"),
    { 0 },
};
const lk_optimizer lk_optimizer_sgd = {
    .choice = { .name = "sgd",
                .summary = "gradient descent with momentum",
                .options = sgd_options,
                .options_size = sizeof(struct sgd_options) },
    .n_moments = 1,
    .moment_names = { "sgd.momentum" },
    .update = sgd_update,
};
