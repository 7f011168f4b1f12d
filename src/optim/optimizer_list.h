/** Every optimiser and every schedule. */
#ifndef LIKENESS_OPTIM_OPTIMIZER_LIST_H
#define LIKENESS_OPTIM_OPTIMIZER_LIST_H

#include "optim/optim.h"

/** A row lk_optimizer_<name> each: adam and adamw in adam.c, sgd in sgd.c. */
#define LK_OPTIMIZER_LIST(X)                                                                       \
    X(adam)                                                                                        \
    X(adamw)                                                                                       \
    X(sgd)

/** A row lk_schedule_<name> each, in schedules.c. */
#define LK_SCHEDULE_LIST(X)                                                                        \
    X(constant)                                                                                    \
    X(step)                                                                                        \
    X(exponential)                                                                                 \
    X(cosine)

#define LK_OPTIMIZER_EXTERN(name) extern const lk_optimizer lk_optimizer_##name;
#define LK_SCHEDULE_EXTERN(name)  extern const lk_schedule lk_schedule_##name;
LK_OPTIMIZER_LIST(LK_OPTIMIZER_EXTERN)
LK_SCHEDULE_LIST(LK_SCHEDULE_EXTERN)
#undef LK_OPTIMIZER_EXTERN
#undef LK_SCHEDULE_EXTERN

#endif
