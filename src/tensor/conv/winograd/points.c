/* From tensors to points: a task's own, or, in bf16, those that tasks share. */
#include "tensor/conv/winograd/winograd.h"

lk_real *lk_winograd_of_phase(const lk_winograd_pass *pass, lk_real *points, int phase) {
    return points + (ptrdiff_t)phase * lk_winograd_square(&pass->plan) * LK_WINOGRAD_POINT;
}

lk_real *lk_winograd_take_image(const lk_winograd_pass *pass, const lk_winograd_block *b,
                                lk_real *own) {
    const lk_kernels *kernels = pass->context->kernels;
    lk_pair *pairs = (lk_pair *)(void *)own;
    if (pass->shared_image) return (lk_real *)(void *)lk_winograd_shared_image(pass, b);
    if (lk_conv_is_bf16(pass->plan.conv))
        kernels->winograd_image_bf16(b, pass->image, pass->product == LK_WINOGRAD_WEIGHTS, pairs);
    else
        kernels->winograd_image(b, pass->image, own);
    return own;
}

lk_real *lk_winograd_take_map(const lk_winograd_pass *pass, const lk_winograd_block *b,
                              lk_real *own) {
    const lk_kernels *kernels = pass->context->kernels;
    lk_pair *pairs = (lk_pair *)(void *)own;
    if (pass->shared_map) return (lk_real *)(void *)lk_winograd_shared_map(pass, b);
    if (lk_conv_is_bf16(pass->plan.conv))
        kernels->winograd_map_bf16(b, pass->map, pass->product == LK_WINOGRAD_WEIGHTS, pairs);
    else
        kernels->winograd_map(b, pass->map, own);
    return own;
}

void lk_winograd_take_weight(const lk_winograd_pass *pass, const lk_winograd_block *b,
                             lk_real *points) {
    const lk_kernels *kernels = pass->context->kernels;
    bool transposed = pass->product == LK_WINOGRAD_GATHER;
    if (lk_conv_is_bf16(pass->plan.conv))
        (transposed ? kernels->winograd_weight_transposed_bf16
                    : kernels->winograd_weight_bf16)(b, pass->weight, (lk_pair *)(void *)points);
    else
        (transposed ? kernels->winograd_weight_transposed
                    : kernels->winograd_weight)(b, pass->weight, points);
}
