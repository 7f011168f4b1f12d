/** The block of a product that stays in registers: multiply.c, multiply_bf16.c. */
#ifndef LIKENESS_TENSOR_KERNELS_BLOCK_H
#define LIKENESS_TENSOR_KERNELS_BLOCK_H

#include "vector.h"

/* A block of C: as many accumulators as the registers hold next to a row of B and a number of A. */
#if defined(__AVX512F__)
enum { ROWS = 8, GROUPS = 2 };
#elif defined(__AVX2__)
enum { ROWS = 4, GROUPS = 1 };
#else
enum { ROWS = 2, GROUPS = 1 };
#endif

enum { PANEL = 2 * LK_GROUP }; /* length of a row of packed B */

INLINE void load_block(vec *c, int rows, int groups, bool add, lk_panel to, int row) {
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < groups * GROUP_VECTORS; j++) {
        const lk_real *p =
            to.at + (row + i) * to.row + j / GROUP_VECTORS * to.group + j % GROUP_VECTORS * WIDTH;
        c[i * groups * GROUP_VECTORS + j] = add ? load(p) : (vec){ 0 };
    }
}

INLINE void store_block(const vec *c, int rows, int groups, lk_panel to, int row) {
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < groups * GROUP_VECTORS; j++) {
        lk_real *p =
            to.at + (row + i) * to.row + j / GROUP_VECTORS * to.group + j % GROUP_VECTORS * WIDTH;
        store(p, c[i * groups * GROUP_VECTORS + j]);
    }
}

#endif
