/* A network from a config. */
#include "run/net.h"

#include <likeness/optim.h>

#include <string.h>

static lk_model_plan plan_of(const lk_config *config) {
    return (lk_model_plan){
        .type = config->model.chosen,
        .architecture = config->model.layers,
        .latent = (int)config->model.latent,
        .initializer = { (lk_initializer_kind)config->model.initializer,
                         config->model.initializer_std },
        .reconstruction = config->reconstruction.chosen,
        .reconstruction_scale = config->reconstruction.scale,
        .regularizer = config->regularizer.chosen,
    };
}

/* Weights, gradient, the optimiser's moments, the average; and a copy of what a checkpoint holds,
   while it is written. */
static int arrays_of_training(const lk_config *config) {
    int more = ((const lk_optimizer *)config->optimizer.chosen.choice)->n_moments +
               (config->optimizer.average > 0);
    return 2 + more + 1 + more;
}

static lk_status finish(lk_net *net, const lk_config *config, lk_node *objective, lk_error *err) {
    char place[LK_PATH_MAX];
    lk_status status = lk_graph_finish(net->graph, objective, err);
    if (status == LK_USAGE && !lk_graph_status(net->graph, NULL))
        lk_error_prefix(err, "%s: model", lk_config_where(config, "model", place, sizeof place));
    return status;
}

/* All but its memory. */
static lk_status build(lk_net *net, const lk_context *context, const lk_config *config,
                       const lk_model_plan *plan, lk_image_shape images, int batch, int n_shards,
                       bool training, lk_error *err) {
    *net = (lk_net){ .context = context, .images = images };
    lk_params_init(&net->params);
    lk_graph_options options = { .context = context,
                                 .params = &net->params,
                                 .n = batch,
                                 .n_shards = n_shards,
                                 .training = training,
                                 .seed = (uint64_t)config->seed,
                                 .engine = (lk_engine_wish)config->model.engine,
                                 .n_arrays = training ? arrays_of_training(config) : 1 };
    lk_shape shape = LK_SHAPE_4(batch, images.channels, images.size, images.size);
    lk_status status = lk_graph_create(options, &net->graph, err);
    return status ? status : lk_model_build(plan, net->graph, shape, &net->model, err);
}

static lk_status start(lk_net *net, const lk_config *config, bool training, lk_error *err) {
    lk_status status = finish(net, config, training ? net->model.objective : NULL, err);
    return status
               ? status
               : lk_params_start(&net->params, net->context->threads, (uint64_t)config->seed, err);
}

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

static lk_status check_one(const lk_stored_tensor *tensor, const char *path, const char *name,
                           lk_shape shape, lk_error *err) {
    char got[256] = "nothing", wanted[128];
    if (tensor && same_shape(tensor, shape) &&
        (tensor->type == LK_STORED_F32 || tensor->type == LK_STORED_F64))
        return LK_OK;
    if (tensor) shape_text(tensor, got, sizeof got);
    return lk_fail(err, LK_FORMAT, "%s: tensor %s: got %s, wanted F32 or F64 %s", path, name, got,
                   lk_shape_text(shape, wanted, sizeof wanted));
}

static lk_status check_weights(const lk_stored_weights *weights, const lk_params *params,
                               lk_error *err) {
    lk_status status = LK_OK;
    for (int i = 0; i < params->n && !status; i++) {
        char name[512];
        lk_format(name, sizeof name, "%s%s",
                  params->list[i].kind == LK_TRAINED ? weights->prefix : "", params->list[i].name);
        status = check_one(lk_safetensors_find(weights->file, name), weights->path, name,
                           params->list[i].shape, err);
    }
    return status;
}

/* ---- networks ---- */

lk_status lk_net_init(lk_net *net, const lk_context *context, const lk_config *config,
                      lk_image_shape images, int batch, int n_shards, bool training,
                      lk_error *err) {
    lk_model_plan plan = plan_of(config);
    char place[LK_PATH_MAX], where[LK_PATH_MAX + 32];
    lk_format(where, sizeof where, "%s: reconstruction",
              lk_config_where(config, "reconstruction", place, sizeof place));
    plan.reconstruction_where = where;
    lk_status status = build(net, context, config, &plan, images, batch, n_shards, training, err);
    return status ? status : start(net, config, training, err);
}

lk_status lk_net_init_part(lk_net *net, const lk_context *context, const lk_config *config,
                           lk_image_shape images, lk_model_part part,
                           const lk_stored_weights *weights, lk_error *err) {
    lk_model_plan plan = plan_of(config);
    plan.part = part;
    lk_status status =
        build(net, context, config, &plan, images, LK_EVALUATION_BATCH, 0, false, err);
    if (!status) status = check_weights(weights, &net->params, err);
    return status ? status : start(net, config, false, err);
}

lk_status lk_net_decoder(lk_net *net, const lk_config *config, lk_model *out, lk_error *err) {
    lk_model_plan plan = plan_of(config);
    lk_graph *graph = NULL;
    lk_graph_options options = { .context = net->context,
                                 .params = &net->params,
                                 .n = LK_EVALUATION_BATCH,
                                 .engine = (lk_engine_wish)config->model.engine,
                                 .lender = net->graph };
    lk_shape images =
        LK_SHAPE_4(LK_EVALUATION_BATCH, net->images.channels, net->images.size, net->images.size);
    lk_model model;
    plan.part = LK_MODEL_DECODER;
    lk_status status = lk_graph_create(options, &graph, err);
    if (!status) status = lk_model_build(&plan, graph, images, &model, err);
    if (!status) status = lk_graph_finish(graph, NULL, err);
    if (status)
        lk_graph_destroy(graph);
    else
        *out = model;
    return status;
}

/* Batch after batch of one size, as the bits of a matrix product depend on its shape; the last one
   is filled up with its first row. */
void lk_net_map(lk_node *from, const lk_node *to, const lk_real *in, int n, lk_real *out) {
    size_t in_row = lk_shape_row(from->shape), out_row = lk_shape_row(to->shape);
    int batch = lk_graph_batch(from->graph);
    for (int first = 0; first < n; first += batch) {
        int n_valid = n - first < batch ? n - first : batch;
        const lk_real *rows = in + (size_t)first * in_row;
        for (int i = 0; i < batch; i++)
            memcpy(from->value + (size_t)i * in_row, rows + (size_t)(i < n_valid ? i : 0) * in_row,
                   in_row * sizeof *in);
        lk_graph_forward(from->graph, LK_EVAL, n_valid, 0);
        memcpy(out + (size_t)first * out_row, to->value, (size_t)n_valid * out_row * sizeof *out);
    }
}

void lk_net_deinit(lk_net *net) {
    lk_graph_destroy(net->graph);
    lk_params_deinit(&net->params);
    *net = (lk_net){ 0 };
}

/* ---- tensors ---- */

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
    lk_status status = check_one(tensor, path, name, shape, err);
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

lk_status lk_tensors_load(const lk_safetensors *file, const char *path, const lk_params *params,
                          lk_param_kind kind, lk_real *values, const char *prefix, lk_error *err) {
    lk_status status = LK_OK;
    for (int i = 0; i < params->n && !status; i++) {
        const lk_param *param = &params->list[i];
        if (param->kind != kind) continue;
        char name[512];
        lk_format(name, sizeof name, "%s%s", prefix, param->name);
        size_t bytes = lk_shape_size(param->shape) * sizeof(lk_real);
        lk_real *as_written = lk_alloc(bytes);
        if (!as_written) return lk_fail_memory(err, bytes, name);
        status =
            load_one(lk_safetensors_find(file, name), path, name, param->shape, as_written, err);
        if (!status) lk_to_channels_last(param->shape, as_written, values + param->offset);
        lk_free(as_written);
    }
    return status;
}
