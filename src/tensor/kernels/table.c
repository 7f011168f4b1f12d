/* The table of this instruction set. */
#include "isa.h"

#define TEXT_(x)             #x
#define TEXT(x)              TEXT_(x)
#define ROW(name, arguments) .name = LK_KERNEL(lk_kernel_##name),

extern const lk_kernels LK_KERNEL(lk_kernels);
const lk_kernels LK_KERNEL(lk_kernels) = { .isa = TEXT(LK_ISA), LK_KERNEL_LIST(ROW) };
