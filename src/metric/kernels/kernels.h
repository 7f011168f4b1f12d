/* What the metrics' kernels share. As in src/tensor/kernels, each file is compiled once for every
   instruction set. */
#ifndef LIKENESS_METRIC_KERNELS_KERNELS_H
#define LIKENESS_METRIC_KERNELS_KERNELS_H

#include "base/kernel.h"
#include "metric/work.h"

void lk_metric_work_set(struct lk_metric_work *work, const lk_real *x, const lk_real *y)
    LK_IN_ISA(lk_metric_work_set);
void lk_metric_work_set_products(struct lk_metric_work *work)
    LK_IN_ISA(lk_metric_work_set_products);
size_t lk_window_slide(const struct lk_metric_work *work, const struct lk_metric_window *window,
                       lk_window_user *use, void *self) LK_IN_ISA(lk_window_slide);
lk_structural_value lk_structural_measure(const struct lk_metric_work *work,
                                          const lk_structural_form *form)
    LK_IN_ISA(lk_structural_measure);
double lk_ms_ssim_measure(const struct lk_metric_work *work, const lk_ms_ssim_form *form)
    LK_IN_ISA(lk_ms_ssim_measure);
/* Convert n values (R, G, B, ...), shifted by -1/2, to planes L, a, b of n / 3 values each. */
void lk_lab_planes(size_t n, const double *shifted, double *lab) LK_IN_ISA(lk_lab_planes);

#define DECLARE(name, key, ...)                                                                    \
    lk_score lk_measure_##key(const struct lk_metric_work *work) LK_IN_ISA(lk_measure_##key);
LK_METRIC_LIST(DECLARE)
#undef DECLARE

/* A long sum is spread over this many partial sums. The compiler may not reorder a sum, so the code
   writes the lanes out. */
enum { SUM_LANES = 16 };

/* sum += the sum of `value` over at = 0 ... n - 1. */
#define ADD_UP(sum, n, at, value)                                                                  \
    do {                                                                                           \
        double lanes[SUM_LANES] = { 0 };                                                           \
        size_t turn = 0;                                                                           \
        for (; turn + SUM_LANES <= (n); turn += SUM_LANES)                                         \
            for (size_t lane = 0; lane < SUM_LANES; lane++) {                                      \
                const size_t at = turn + lane;                                                     \
                lanes[lane] += (value);                                                            \
            }                                                                                      \
        for (size_t at = turn; at < (n); at++) lanes[at - turn] += (value);                        \
        for (int lane = 0; lane < SUM_LANES; lane++) (sum) += lanes[lane];                         \
    } while (0)

#endif
