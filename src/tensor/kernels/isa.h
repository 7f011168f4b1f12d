/**
 * Shared by the kernels: each file here is compiled once for every instruction set, with LK_ISA
 * naming it. Plain loops, which the compiler vectorises for that set; sums run in a fixed order of
 * lanes and blocks.
 */
#ifndef LIKENESS_TENSOR_KERNELS_ISA_H
#define LIKENESS_TENSOR_KERNELS_ISA_H

#include "tensor/kernels.h"

#define LK_JOIN_(a, b) a##_##b
#define LK_JOIN(a, b)  LK_JOIN_(a, b)
/** The name of a kernel or table in this instruction set: relu -> relu_avx512. */
#define LK_KERNEL(name) LK_JOIN(name, LK_ISA)

#define LK_PROTOTYPE(name, arguments) void LK_KERNEL(lk_kernel_##name) arguments;
LK_KERNEL_LIST(LK_PROTOTYPE)
#undef LK_PROTOTYPE

/* The loop's turns are independent even where input and output are the same array. */
#if defined(__clang__)
#define LK_VECTOR _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define LK_VECTOR _Pragma("GCC ivdep")
#else
#define LK_VECTOR
#endif

/* Partial sums a long sum is spread over: the compiler may not reorder a sum, so the lanes are
   written out. */
enum { LK_LANES = 32 };

#endif
