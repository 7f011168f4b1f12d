/** What adam and adamw share. */
#ifndef LIKENESS_OPTIM_ADAM_H
#define LIKENESS_OPTIM_ADAM_H

#include "optim/optim.h"

struct lk_adam {
    double beta1, beta2, eps, weight_decay;
};

#define LK_ADAM_OPTIONS                                                                            \
    LK_OPTION_NUMBER(struct lk_adam, beta1, 0.9, 0, 0.999999, "decay of the gradient's mean"),     \
        LK_OPTION_NUMBER(struct lk_adam, beta2, 0.999, 0, 0.99999999,                              \
                         "decay of the squared gradient's mean"),                                  \
        LK_OPTION_NUMBER(struct lk_adam, eps, 1e-8, 1e-30, 1, "added to the root")

void lk_adam_update(const lk_update *update, const struct lk_adam *options, bool decoupled);

#endif
