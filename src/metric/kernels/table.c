/* The table of the metrics' kernels for this instruction set. */
#include "kernels.h"

#define ROW(name, key, ...) lk_measure_##key,

extern const struct lk_metric_kernels lk_metric_kernels_of_isa LK_IN_ISA(lk_metric_kernels);
const struct lk_metric_kernels lk_metric_kernels_of_isa = {
    .isa = LK_ISA_TEXT(LK_ISA),
    .set = lk_metric_work_set,
    .set_products = lk_metric_work_set_products,
    .slide = lk_window_slide,
    .structural = lk_structural_measure,
    .ms_ssim = lk_ms_ssim_measure,
    .measure = { LK_METRIC_LIST(ROW) },
};
