/** How the rows of src/tensor/kernels/structure.c lie in scratch memory. */
#ifndef LIKENESS_TENSOR_STRUCTURE_H
#define LIKENESS_TENSOR_STRUCTURE_H

#include "tensor/kernels.h"

/** Loops over rows run on to a whole number of the longest vectors. */
enum { LK_STRUCTURE_VECTOR = 16 };
/** Rows one window goes down before it is the next one's turn. */
enum { LK_STRUCTURE_BLOCK = 8 };

/** n rounded up to whole vectors. */
static inline size_t lk_structure_whole(size_t n) {
    return (n + LK_STRUCTURE_VECTOR - 1) / LK_STRUCTURE_VECTOR * LK_STRUCTURE_VECTOR;
}

/** Values from one row to the next: a row of pixels and at least a vector behind it. */
static inline size_t lk_structure_stride(const lk_structure *w) {
    return lk_structure_whole((size_t)w->w * (size_t)w->c) + LK_STRUCTURE_VECTOR;
}

/** Values of scratch the kernel `structure` needs; `structures` needs the sum over its windows. */
size_t lk_structure_scratch(const lk_structure *structure);

#endif
