/* Parameters in flat arrays. */
#include "graph_internal.h"

#include <string.h>

enum { GAP = 16 };

void lk_params_init(lk_params *params) {
    *params = (lk_params){ 0 };
    lk_arena_init(&params->arena);
}

void lk_params_deinit(lk_params *params) {
    lk_pages_free(params->trained, params->n_trained * sizeof(lk_real));
    lk_pages_free(params->gradient, params->n_trained * sizeof(lk_real));
    lk_free(params->statistics);
    lk_free(params->list);
    lk_arena_deinit(&params->arena);
    *params = (lk_params){ 0 };
}

const lk_param *lk_params_find(const lk_params *params, const char *name) {
    for (int i = 0; i < params->n; i++)
        if (strcmp(params->list[i].name, name) == 0) return &params->list[i];
    return NULL;
}

lk_real *lk_param_value(const lk_params *params, const lk_param *param) {
    return (param->kind == LK_TRAINED ? params->trained : params->statistics) + param->offset;
}

size_t lk_params_count(const lk_params *params) {
    size_t n = 0;
    for (int i = 0; i < params->n; i++)
        if (params->list[i].kind == LK_TRAINED) n += lk_shape_size(params->list[i].shape);
    return n;
}

lk_status lk_params_allocate(lk_params *params, lk_error *err) {
    if (params->trained) return LK_OK;
    size_t bytes = params->n_trained * sizeof(lk_real);
    params->trained = lk_pages_alloc(bytes);
    params->gradient = lk_pages_alloc(bytes);
    params->statistics = lk_alloc(params->n_statistics * sizeof(lk_real));
    if (params->trained && params->gradient && params->statistics) return LK_OK;
    return lk_fail_memory(err, 2 * bytes, "the parameters");
}

/* In the order as written, so that a start does not depend on how values are stored. */
static void start(lk_param param, uint64_t seed, uint32_t index, lk_real *as_written, lk_real *value) {
    lk_rng rng = lk_rng_at(seed, LK_STREAM_INIT, 0, index);
    size_t n = lk_shape_size(param.shape);
    for (size_t i = 0; i < n; i++) {
        double x = param.init.a;
        if (param.init.kind == LK_INIT_UNIFORM) x *= 2 * lk_rng_uniform(&rng) - 1;
        if (param.init.kind == LK_INIT_NORMAL) x *= lk_rng_normal(&rng);
        as_written[i] = LK_R(x);
    }
    lk_to_channels_last(param.shape, as_written, value);
}

lk_status lk_params_start(lk_params *params, uint64_t seed, lk_error *err) {
    lk_status status = lk_params_allocate(params, err);
    if (status) return status;
    size_t largest = 0;
    for (int i = 0; i < params->n; i++) {
        size_t n = lk_shape_size(params->list[i].shape);
        largest = n > largest ? n : largest;
    }
    lk_real *as_written = lk_alloc(largest * sizeof *as_written);
    if (!as_written) return lk_fail_memory(err, largest * sizeof *as_written, "starting the parameters");
    for (int i = 0; i < params->n; i++) start(params->list[i], seed, (uint32_t)i, as_written, lk_param_value(params, &params->list[i]));
    lk_free(as_written);
    return LK_OK;
}

static bool reserve(lk_params *params) {
    if (params->n < params->capacity) return true;
    int capacity = params->capacity ? 2 * params->capacity : 32;
    lk_param *list = lk_realloc(params->list, (size_t)params->n * sizeof *list, (size_t)capacity * sizeof *list);
    if (!list) return false;
    params->list = list;
    params->capacity = capacity;
    return true;
}

int lk_params_add(lk_params *params, const char *name, lk_shape shape, lk_param_kind kind, lk_init init) {
    char *copy = lk_arena_text(&params->arena, name);
    if (!copy || !reserve(params)) return -1;
    size_t *n = kind == LK_TRAINED ? &params->n_trained : &params->n_statistics;
    params->list[params->n] = (lk_param){ .name = copy, .shape = shape, .kind = kind, .init = init, .offset = *n };
    *n += (lk_shape_size(shape) + GAP - 1) / GAP * GAP;
    return params->n++;
}
