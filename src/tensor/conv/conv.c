/* Which engine computes a convolution. */
#include "tensor/conv/conv.h"
#include "engine.h"

/* Fastest first; the last takes everything. */
static const lk_engine *const rows[] = { &lk_engine_dense,    &lk_engine_depthwise,
                                         &lk_engine_direct,   &lk_engine_mirrored,
                                         &lk_engine_winograd, &lk_engine_im2col };

void lk_conv_choose(lk_engine_choice choice, lk_conv *v) {
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        v->engine = rows[i];
        if (choice == LK_ENGINE_IM2COL && rows[i] != &lk_engine_im2col) continue;
        bool forced = choice == LK_ENGINE_WINOGRAD && rows[i] == &lk_engine_winograd;
        if (rows[i]->fits(v) && (forced || rows[i]->pays(v))) return;
    }
}

const char *lk_conv_engine_name(const lk_conv *v) {
    return v->engine->name;
}

size_t lk_conv_scratch_bytes(const lk_conv *v) {
    return lk_engine_scratch_bytes(v);
}

size_t lk_conv_shared_bytes(const lk_conv *v) {
    return v->engine->shared_bytes ? (v->engine->shared_bytes(v) + 63) / 64 * 64 : 0;
}

double lk_conv_macs(const lk_conv *v) {
    return (double)v->n * v->p * v->q * v->k * v->kernel * v->kernel * v->c / v->groups;
}

void lk_conv_gather(const lk_context *context, const lk_conv *v, const lk_real *image,
                    const lk_real *weight, const lk_real *bias, bool add, lk_real *map,
                    void *scratch) {
    v->engine->gather(context, v, image, weight, bias, add, map, scratch);
}

void lk_conv_scatter(const lk_context *context, const lk_conv *v, const lk_real *map,
                     const lk_real *weight, const lk_real *bias, bool add, lk_real *image,
                     void *scratch) {
    v->engine->scatter(context, v, map, weight, bias, add, image, scratch);
}

void lk_conv_weights(const lk_context *context, const lk_conv *v, const lk_real *image,
                     const lk_real *map, bool add, lk_real *dweight, void *scratch) {
    v->engine->weights(context, v, image, map, add, dweight, scratch);
}
