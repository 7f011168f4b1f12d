/**
 * Shared by the kernels of tensors. Plain loops, which the compiler vectorises for the instruction
 * set; sums run in a fixed order of lanes and blocks.
 */
#ifndef LIKENESS_TENSOR_KERNELS_ISA_H
#define LIKENESS_TENSOR_KERNELS_ISA_H

#include "base/kernel.h"
#include "tensor/kernels.h"

#include <math.h>

#define LK_PROTOTYPE(name, arguments) void lk_kernel_##name arguments LK_IN_ISA(lk_kernel_##name);
LK_KERNEL_LIST(LK_PROTOTYPE)
#undef LK_PROTOTYPE

/* The root of an lk_real, without a detour over double. */
#define LK_SQRT(x) _Generic((x), float : sqrtf, double : sqrt)(x)

/* Partial sums a long sum is spread over: the compiler may not reorder a sum, so the lanes are
   written out. */
enum { LK_LANES = 32 };

#endif
