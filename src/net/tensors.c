/* Weights to and from files, in PyTorch's names and layouts. */
#include "net/tensors.h"

#include <likeness/text.h>

#include <string.h>

/* ---- what a file must hold ---- */

static void shape_text(const lk_stored_tensor *tensor, char *out, size_t n_bytes) {
    lk_text text = { 0 };
    for (int i = 0; i < tensor->n_dims; i++)
        lk_text_add(&text, "%s%zu", i ? ", " : "", tensor->shape[i]);
    lk_format(out, n_bytes, "%s (%s)", lk_stored_type_name(tensor->type),
              text.data ? text.data : "");
    lk_text_deinit(&text);
}

static bool same_shape(const lk_stored_tensor *tensor, lk_shape shape) {
    if (tensor->n_dims != shape.rank) return false;
    for (int i = 0; i < shape.rank; i++)
        if (tensor->shape[i] != (size_t)shape.d[i]) return false;
    return true;
}

lk_status lk_tensor_check(const lk_stored_tensor *tensor, const char *path, const char *name,
                          lk_shape shape, lk_error *err) {
    char got[256] = "nothing", expected[128];
    if (tensor && same_shape(tensor, shape) &&
        (tensor->type == LK_STORED_F32 || tensor->type == LK_STORED_F64))
        return LK_OK;
    if (tensor) shape_text(tensor, got, sizeof got);
    return lk_fail(err, LK_FORMAT, "%s: tensor %s: expected F32 or F64 %s, got %s", path, name,
                   lk_shape_text(shape, expected, sizeof expected), got);
}

void lk_tensor_list_init(lk_tensor_list *tensors) {
    *tensors = (lk_tensor_list){ 0 };
    lk_arena_init(&tensors->arena);
}

void lk_tensor_list_deinit(lk_tensor_list *tensors) {
    lk_free(tensors->list);
    lk_arena_deinit(&tensors->arena);
}

static lk_stored_tensor *append(lk_tensor_list *tensors) {
    if (tensors->n == tensors->capacity) {
        size_t capacity = tensors->capacity ? 2 * tensors->capacity : 64;
        lk_stored_tensor *list =
            lk_realloc(tensors->list, tensors->n * sizeof *list, capacity * sizeof *list);
        if (!list) return NULL;
        tensors->list = list;
        tensors->capacity = capacity;
    }
    lk_stored_tensor *tensor = &tensors->list[tensors->n++];
    *tensor = (lk_stored_tensor){ .type = sizeof(lk_real) == 8 ? LK_STORED_F64 : LK_STORED_F32 };
    return tensor;
}

/* Kernels are turned, in a copy; all else is written from where it lies. NULL: out of memory. */
static const lk_real *layout_of(lk_shape shape, const lk_real *values, lk_arena *arena) {
    if (shape.rank < 4) return values;
    lk_real *copy = lk_arena_alloc(arena, lk_shape_size(shape) * sizeof *copy);
    if (copy) lk_from_channels_last(shape, values, copy);
    return copy;
}

lk_status lk_tensor_list_add(lk_tensor_list *tensors, const lk_params *params, lk_param_kind kind,
                             const lk_real *values, const char *prefix, lk_error *err) {
    for (int i = 0; i < params->n; i++) {
        const lk_param *param = &params->list[i];
        if (param->kind != kind) continue;
        char name[512];
        lk_format(name, sizeof name, "%s%s", prefix, param->name);
        lk_stored_tensor *tensor = append(tensors);
        const lk_real *data = layout_of(param->shape, values + param->offset, &tensors->arena);
        char *copy = lk_arena_text(&tensors->arena, name);
        if (!tensor || !data || !copy)
            return lk_fail_memory(err, lk_shape_size(param->shape) * sizeof *data, name);
        tensor->name = copy;
        tensor->data = data;
        tensor->n_dims = param->shape.rank;
        for (int d = 0; d < param->shape.rank; d++) tensor->shape[d] = (size_t)param->shape.d[d];
    }
    return LK_OK;
}

/* One tensor, of either float type, into `as_written`. */
static lk_status load_one(const lk_stored_tensor *tensor, const char *path, const char *name,
                          lk_shape shape, lk_real *as_written, lk_error *err) {
    lk_status status = lk_tensor_check(tensor, path, name, shape, err);
    if (status) return status;
    const char *data = tensor->data;
    for (size_t i = 0, n = lk_shape_size(shape); i < n; i++) {
        float single;
        double twice;
        if (tensor->type == LK_STORED_F32)
            memcpy(&single, data + i * sizeof single, sizeof single), twice = (double)single;
        else
            memcpy(&twice, data + i * sizeof twice, sizeof twice);
        as_written[i] = LK_R(twice);
    }
    return LK_OK;
}

lk_status lk_tensor_load(const lk_stored_tensor *tensor, const char *path, const char *name,
                         const lk_param *param, lk_real *values, lk_error *err) {
    size_t bytes = lk_shape_size(param->shape) * sizeof(lk_real);
    lk_real *as_written = lk_alloc(bytes);
    if (!as_written) return lk_fail_memory(err, bytes, name);
    lk_status status = load_one(tensor, path, name, param->shape, as_written, err);
    if (!status) lk_to_channels_last(param->shape, as_written, values);
    lk_free(as_written);
    return status;
}

lk_status lk_tensors_load(const lk_safetensors *file, const char *path, const lk_params *params,
                          lk_param_kind kind, lk_real *values, const char *prefix, lk_error *err) {
    lk_status status = LK_OK;
    for (int i = 0; i < params->n && !status; i++) {
        const lk_param *param = &params->list[i];
        if (param->kind != kind) continue;
        char name[512];
        lk_format(name, sizeof name, "%s%s", prefix, param->name);
        status = lk_tensor_load(lk_safetensors_find(file, name), path, name, param,
                                values + param->offset, err);
    }
    return status;
}
