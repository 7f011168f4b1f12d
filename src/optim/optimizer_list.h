/* Every optimiser and every schedule: a file of this name and a row. */
#include "optim/optim.h"

#define LK_OPTIMIZER_LIST(X)                                                                       \
    X(adam)                                                                                        \
    X(adamw)                                                                                       \
    X(sgd)

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
