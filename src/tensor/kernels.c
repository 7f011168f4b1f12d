/* The choice of an instruction set. */
#include "tensor/kernels.h"

#include <stdlib.h>
#include <string.h>

extern const lk_kernels lk_kernels_portable;
#ifdef LK_X86_KERNELS
extern const lk_kernels lk_kernels_avx2, lk_kernels_avx512;

static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}
#endif

static bool always(void) {
    return true;
}

/* Best first. */
static const struct {
    const lk_kernels *kernels;
    bool (*runs_here)(void);
} rows[] = {
#ifdef LK_X86_KERNELS
    { &lk_kernels_avx512, has_avx512 },
    { &lk_kernels_avx2, has_avx2 },
#endif
    { &lk_kernels_portable, always },
};

lk_status lk_kernels_choose(const lk_kernels **kernels, lk_error *err) {
    const char *cap = getenv("LIKENESS_ISA");
    bool allowed = !cap || !*cap;
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        allowed = allowed || strcmp(cap, rows[i].kernels->isa) == 0;
        if (!allowed || !rows[i].runs_here()) continue;
        *kernels = rows[i].kernels;
        return LK_OK;
    }
    return lk_fail(err, LK_USAGE, "LIKENESS_ISA: expected avx512, avx2 or portable, got \"%s\"",
                   cap);
}
