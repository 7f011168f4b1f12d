/* The table of this instruction set. */
#include "isa.h"

#define ROW(name, arguments) .name = lk_kernel_##name,

extern const lk_kernels lk_kernels_of_isa LK_IN_ISA(lk_kernels);
const lk_kernels lk_kernels_of_isa = { .isa = LK_ISA_TEXT(LK_ISA), LK_KERNEL_LIST(ROW) };
