/*
 * Patches of one row of positions of a padded channels-last image as the rows of a matrix, and
 * back. The S C numbers of a kernel row lie together in the image; they move four at a time.
 */
#include "vector.h"

#include "tensor/conv/direct.h"

typedef lk_real quad
    __attribute__((vector_size(4 * sizeof(lk_real)), aligned(sizeof(lk_real)), may_alias));

INLINE void copy_run(int n, const lk_real *from, lk_real *to) {
    int i = 0;
    for (; i + 4 <= n; i += 4) *(quad *)(to + i) = *(const quad *)(from + i);
    for (; i < n; i++) to[i] = from[i];
}

INLINE void add_run(int n, const lk_real *from, lk_real *to) {
    int i = 0;
    for (; i + 4 <= n; i += 4) *(quad *)(to + i) += *(const quad *)(from + i);
    for (; i < n; i++) to[i] += from[i];
}

INLINE void take_patches(const lk_conv *v, int run, const lk_real *padded, lk_real *panel) {
    const ptrdiff_t row = (v->w + 2 * v->padding) * (ptrdiff_t)v->c,
                    step = (ptrdiff_t)v->stride * v->c, length = lk_direct_length(v);
    for (int q = 0; q < v->q; q++, padded += step, panel += length) {
        for (int r = 0; r < v->kernel; r++) copy_run(run, padded + r * row, panel + r * run);
        for (ptrdiff_t i = v->kernel * run; i < length; i++) panel[i] = 0;
    }
}

/* Neighbouring patches overlap: every other one first, as a sum stored a moment ago is slow to load
   in other pieces. */
INLINE void add_patches(const lk_conv *v, int run, const lk_real *panel, lk_real *padded) {
    const ptrdiff_t row = (v->w + 2 * v->padding) * (ptrdiff_t)v->c,
                    step = (ptrdiff_t)v->stride * v->c, length = lk_direct_length(v);
    for (int first = 0; first < 2; first++)
        for (int r = 0; r < v->kernel; r++)
            for (int q = first; q < v->q; q += 2)
                add_run(run, panel + q * length + r * run, padded + q * step + r * row);
}

/* The runs of the usual kernels over three channels are known to the compiler. */
#define FOR_RUN(v, f, ...)                                                                         \
    switch ((v)->kernel * (v)->c) {                                                                \
    case 12:                                                                                       \
        f(v, 12, __VA_ARGS__);                                                                     \
        break;                                                                                     \
    case 15:                                                                                       \
        f(v, 15, __VA_ARGS__);                                                                     \
        break;                                                                                     \
    default:                                                                                       \
        f(v, (v)->kernel *(v)->c, __VA_ARGS__);                                                    \
        break;                                                                                     \
    }

void lk_kernel_patches(const lk_conv *v, const lk_real *padded, lk_real *panel) {
    FOR_RUN(v, take_patches, padded, panel)
}

void lk_kernel_patches_adjoint(const lk_conv *v, const lk_real *panel, lk_real *padded) {
    FOR_RUN(v, add_patches, panel, padded)
}
