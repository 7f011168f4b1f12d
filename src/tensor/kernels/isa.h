/**
 * Shared by the kernels: each file here is compiled once for every instruction set, with LK_ISA
 * naming it. Plain loops, which the compiler vectorises for that set; sums run in a fixed order of
 * lanes and blocks.
 */
#ifndef LIKENESS_TENSOR_KERNELS_ISA_H
#define LIKENESS_TENSOR_KERNELS_ISA_H

#include "tensor/kernels.h"

/**
 * After the prototype of a function, or the declaration of a table, that other files use: its
 * symbol ends in the instruction set, lk_kernel_adam_avx512, so that one program holds all of them.
 * In the source, in a debugger and in ctags its name is plain: lk_kernel_adam.
 */
#define LK_IN_ISA(name)   __asm__(#name "_" LK_ISA_TEXT(LK_ISA))
#define LK_ISA_TEXT(isa)  LK_ISA_TEXT_(isa)
#define LK_ISA_TEXT_(isa) #isa

#define LK_PROTOTYPE(name, arguments) void lk_kernel_##name arguments LK_IN_ISA(lk_kernel_##name);
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
