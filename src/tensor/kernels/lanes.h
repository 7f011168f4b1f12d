/**
 * Sums of many numbers. Blocks are summed in lk_real over fixed lanes, the blocks in double: fast,
 * and the error does not grow with the length.
 */
#ifndef LIKENESS_TENSOR_KERNELS_LANES_H
#define LIKENESS_TENSOR_KERNELS_LANES_H

#include "isa.h"

enum { LK_SUM_BLOCK = 4096 };

/* *sum = the sum of `value` over at = 0 ... n - 1. */
#define LK_TOTAL(sum, n, at, value)                                                                \
    double all = 0;                                                                                \
    for (size_t begin = 0; begin < (n); begin += LK_SUM_BLOCK) {                                   \
        size_t end = begin + LK_SUM_BLOCK < (n) ? begin + LK_SUM_BLOCK : (n), i = begin;           \
        lk_real lanes[LK_LANES] = { 0 };                                                           \
        for (; i + LK_LANES <= end; i += LK_LANES)                                                 \
            for (size_t lane = 0; lane < LK_LANES; lane++) {                                       \
                const size_t at = i + lane;                                                        \
                lanes[lane] += (value);                                                            \
            }                                                                                      \
        for (; i < end; i++) {                                                                     \
            const size_t at = i;                                                                   \
            lanes[0] += (value);                                                                   \
        }                                                                                          \
        for (int lane = 0; lane < LK_LANES; lane++) all += (double)lanes[lane];                    \
    }                                                                                              \
    *(sum) = all

#endif
