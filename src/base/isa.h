/** The instruction sets that kernels are compiled for (base/kernel.h), and the choice of one. */
#ifndef LIKENESS_BASE_ISA_H
#define LIKENESS_BASE_ISA_H

#include <likeness/status.h>

/** Best first. */
#if defined(LK_BF16_KERNELS)
#define LK_ISA_LIST(X) X(avx512_bf16) X(avx512) X(avx2) X(portable)
#elif defined(LK_X86_KERNELS)
#define LK_ISA_LIST(X) X(avx512) X(avx2) X(portable)
#else
#define LK_ISA_LIST(X) X(portable)
#endif

#define LK_ISA_ENUM(name) LK_ISA_##name,
typedef enum lk_isa { LK_ISA_LIST(LK_ISA_ENUM) LK_N_ISAS } lk_isa;
#undef LK_ISA_ENUM

/**
 * The best instruction set that the processor and LIKENESS_ISA (a name of the list) allow.
 * errors  LK_USAGE when LIKENESS_ISA is another word
 */
lk_status lk_isa_choose(lk_isa *isa, lk_error *err);

#endif
