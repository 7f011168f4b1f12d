/* The kernels of the chosen instruction set. */
#include "tensor/kernels.h"
#include "base/isa.h"

#define DECLARE(isa) extern const lk_kernels lk_kernels_##isa;
LK_ISA_LIST(DECLARE)

#define ROW(isa) [LK_ISA_##isa] = &lk_kernels_##isa,
static const lk_kernels *const tables[] = { LK_ISA_LIST(ROW) };

lk_status lk_kernels_choose(const lk_kernels **kernels, lk_error *err) {
    lk_isa isa;
    lk_status status = lk_isa_choose(&isa, err);
    if (!status) *kernels = tables[isa];
    return status;
}
