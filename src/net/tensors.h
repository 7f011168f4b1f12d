/** Weights in files: PyTorch's names and layouts. */
#ifndef LIKENESS_NET_TENSORS_H
#define LIKENESS_NET_TENSORS_H

#include "io/safetensors.h"
#include <likeness/params.h>

/** Tensors to be written. Those with another layout in files have their memory here; the others
 * stay in the arrays that they were added from. */
typedef struct lk_tensor_list {
    lk_stored_tensor *list;
    size_t n, capacity;
    lk_arena arena;
} lk_tensor_list;

void lk_tensor_list_init(lk_tensor_list *tensors);
void lk_tensor_list_deinit(lk_tensor_list *tensors);
/** Append every parameter of `kind` as prefix + name, with its values from the flat array `values`.
 * Errors: LK_MEMORY. */
lk_status lk_tensor_list_add(lk_tensor_list *tensors, const lk_params *params, lk_param_kind kind,
                             const lk_real *values, const char *prefix, lk_error *err);
/** The reverse: fill the flat array `values` from a file's tensors prefix + name. Errors:
 * LK_FORMAT: which tensor, expected, got; LK_MEMORY. */
lk_status lk_tensors_load(const lk_safetensors *file, const char *path, const lk_params *params,
                          lk_param_kind kind, lk_real *values, const char *prefix, lk_error *err);
/** The same of one tensor (NULL: absent) for one parameter; `name` is for messages. */
lk_status lk_tensor_load(const lk_stored_tensor *tensor, const char *path, const char *name,
                         const lk_param *param, lk_real *values, lk_error *err);
/** Fails unless a tensor of a file (NULL: absent) fits a parameter of that name and shape.
 * Errors: LK_FORMAT: which tensor, expected, got. */
lk_status lk_tensor_check(const lk_stored_tensor *tensor, const char *path, const char *name,
                          lk_shape shape, lk_error *err);

#endif
