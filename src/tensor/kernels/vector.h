/**
 * Vectors of the instruction set a kernel is compiled for, by the compilers' vector extensions. A
 * group is 16 numbers of neighbouring channels whatever the width of a vector, so that memory looks
 * the same to all instruction sets.
 */
#ifndef LIKENESS_TENSOR_KERNELS_VECTOR_H
#define LIKENESS_TENSOR_KERNELS_VECTOR_H

#include "isa.h"

typedef lk_real vec __attribute__((vector_size(VECTOR_BYTES)));
/** A vector in memory, aligned like a number: it may lie anywhere in an array. */
typedef lk_real vec_in_array
    __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(lk_real)), may_alias));

enum { WIDTH = VECTOR_BYTES / (int)sizeof(lk_real), GROUP_VECTORS = LK_GROUP / WIDTH };

INLINE vec load(const lk_real *p) {
    return *(const vec_in_array *)p;
}

INLINE void store(lk_real *p, vec x) {
    *(vec_in_array *)p = x;
}

#endif
