/** What the direct engine and its kernels share. */
#ifndef LIKENESS_TENSOR_CONV_DIRECT_H
#define LIKENESS_TENSOR_CONV_DIRECT_H

#include "tensor/conv/conv.h"
#include "tensor/kernels.h"

/** Length of a patch as a row of a matrix, filled up with zeros to a multiple of 16. */
static inline int lk_direct_length(const lk_conv *v) {
    return (v->kernel * v->kernel * v->c + LK_GROUP - 1) / LK_GROUP * LK_GROUP;
}

#endif
