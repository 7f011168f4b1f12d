/* The metrics' kernels of this instruction set. */
#include "kernels.h"

#define TEXT_(x)              #x
#define TEXT(x)               TEXT_(x)
#define ROW(name, key, words) LK_KERNEL(lk_measure_##key),

extern const struct lk_metric_kernels LK_KERNEL(lk_metric_kernels);
const struct lk_metric_kernels
    LK_KERNEL(lk_metric_kernels) = { .isa = TEXT(LK_ISA),
                                     .set = LK_KERNEL(lk_pair_set),
                                     .set_products = LK_KERNEL(lk_pair_set_products),
                                     .slide = LK_KERNEL(lk_window_slide),
                                     .structural = LK_KERNEL(lk_structural_measure),
                                     .measure = { LK_METRIC_LIST(ROW) } };
