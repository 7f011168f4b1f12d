/* The choice of an instruction set. */
#include "base/isa.h"

#include <stdlib.h>
#include <string.h>

#ifdef LK_X86_KERNELS
static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}
#endif

#ifdef LK_BF16_KERNELS
static bool has_avx512_bf16(void) {
    return has_avx512() && __builtin_cpu_supports("avx512bf16");
}
#endif

static bool has_portable(void) {
    return true;
}

#define ROW(name) [LK_ISA_##name] = { #name, has_##name },
static const struct {
    const char *name;
    bool (*runs_here)(void);
} rows[] = { LK_ISA_LIST(ROW) };
#undef ROW

#define WORD(name) " " #name
lk_status lk_isa_choose(lk_isa *isa, lk_error *err) {
    const char *cap = getenv("LIKENESS_ISA");
    bool allowed = !cap || !*cap;
    for (int i = 0; i < LK_N_ISAS; i++) {
        allowed = allowed || strcmp(cap, rows[i].name) == 0;
        if (!allowed || !rows[i].runs_here()) continue;
        *isa = (lk_isa)i;
        return LK_OK;
    }
    return lk_fail(err, LK_USAGE, "LIKENESS_ISA: expected one of" LK_ISA_LIST(WORD) ", got \"%s\"",
                   cap);
}
