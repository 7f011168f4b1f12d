/* AdamW (Loshchilov, Hutter, ICLR 2019): Adam whose weight decay does not pass through the
   moments. */
#include "adam.h"

#include "optim/optimizer_list.h"

static void update(const lk_update *u, const void *options) {
    lk_adam_update(u, options, true);
}

static const lk_option options[] = {
    LK_ADAM_OPTIONS,
    LK_OPTION_NUMBER(struct lk_adam, weight_decay, 0.01, 0, 10,
                     "times lr times the weights, taken off them"),
    { 0 },
};
const lk_optimizer lk_optimizer_adamw = {
    .choice = { .name = "adamw",
                .summary = "Adam with decoupled weight decay",
                .options = options,
                .options_size = sizeof(struct lk_adam) },
    .n_moments = 2,
    .moment_names = { "adam.m", "adam.v" },
    .update = update,
};
