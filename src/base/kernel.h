/**
 * Shared by the kernels of all layers. A kernel is a file in src/LAYER/kernels. It is compiled once
 * for every instruction set, with LK_ISA naming it; base/isa.h chooses one of them.
 */
#ifndef LIKENESS_BASE_KERNEL_H
#define LIKENESS_BASE_KERNEL_H

/**
 * After the prototype of a function, or the declaration of a table, that other files use: its
 * symbol ends in the instruction set, lk_kernel_adam_avx512, so that one program holds all of them.
 * In the source, in a debugger and in ctags its name is plain: lk_kernel_adam.
 */
#define LK_IN_ISA(name)   __asm__(#name "_" LK_ISA_TEXT(LK_ISA))
#define LK_ISA_TEXT(isa)  LK_ISA_TEXT_(isa)
#define LK_ISA_TEXT_(isa) #isa

/* The loop's turns are independent even where input and output are the same array. */
#if defined(__clang__)
#define LK_VECTOR _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define LK_VECTOR _Pragma("GCC ivdep")
#else
#define LK_VECTOR
#endif

/* The size of a vector of the instruction set. */
#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

#define INLINE static inline __attribute__((always_inline))

/* Before a loop of constant length whose arrays shall become registers. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 64")
#endif

#endif
