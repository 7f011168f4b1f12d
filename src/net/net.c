/* A network from a config. */
#include "net/net.h"
#include "base/file.h"
#include "net/tensors.h"
#include "optim/optim.h"

#include <string.h>

static lk_model_plan plan_of(const lk_net *net, const lk_config *config) {
    return (lk_model_plan){
        .type = config->model.chosen,
        .architecture = net->architecture,
        .code = lk_config_code(config),
        .initializer = { (lk_initializer_kind)config->model.initializer,
                         config->model.initializer_std },
        .corruption = config->corruption.chosen,
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

static lk_status begin(lk_net *net, const lk_context *context, const lk_config *config,
                       lk_image_shape images, lk_error *err) {
    *net = (lk_net){ .context = context, .images = images };
    lk_params_init(&net->params);
    lk_arena_init(&net->arena);
    return lk_config_layers(config, images.size, &net->arena, &net->architecture, err);
}

/* All but its memory. */
static lk_status build(lk_net *net, const lk_config *config, const lk_model_plan *plan, int batch,
                       int n_shards, bool training, lk_error *err) {
    lk_image_shape images = net->images;
    lk_graph_options options = { .context = net->context,
                                 .params = &net->params,
                                 .n = batch,
                                 .n_shards = n_shards,
                                 .training = training,
                                 .seed = (uint64_t)config->seed,
                                 .engine = (lk_engine_choice)config->model.engine,
                                 .precision = (lk_precision)config->train.precision,
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

static lk_status check_weights(const lk_stored_weights *weights, const lk_params *params,
                               lk_error *err) {
    lk_status status = LK_OK;
    for (int i = 0; i < params->n && !status; i++) {
        char name[512];
        lk_format(name, sizeof name, "%s%s",
                  params->list[i].kind == LK_PARAM_TRAINED ? weights->prefix : "",
                  params->list[i].name);
        status = lk_tensor_check(lk_safetensors_find(weights->file, name), weights->path, name,
                                 params->list[i].shape, err);
    }
    return status;
}

/* ---- networks ---- */

/* The whole network, but for its memory. */
static lk_status build_whole(lk_net *net, const lk_context *context, const lk_config *config,
                             lk_image_shape images, int batch, int n_shards, bool training,
                             lk_error *err) {
    char place[LK_PATH_MAX], where[LK_PATH_MAX + 32];
    lk_status status = begin(net, context, config, images, err);
    if (status) return status;
    lk_model_plan plan = plan_of(net, config);
    lk_format(where, sizeof where, "%s: reconstruction",
              lk_config_where(config, "reconstruction", place, sizeof place));
    plan.reconstruction_where = where;
    return build(net, config, &plan, batch, n_shards, training, err);
}

lk_status lk_net_init(lk_net *net, const lk_context *context, const lk_config *config,
                      lk_image_shape images, int batch, int n_shards, bool training,
                      lk_error *err) {
    lk_status status = build_whole(net, context, config, images, batch, n_shards, training, err);
    return status ? status : start(net, config, training, err);
}

lk_status lk_net_check(const lk_context *context, const lk_config *config, lk_image_shape images,
                       lk_error *err) {
    const lk_config_train *train = &config->train;
    lk_net net;
    lk_status status = build_whole(&net, context, config, images, (int)train->batch_size,
                                   (int)train->shards, true, err);
    lk_net_deinit(&net);
    return status;
}

lk_status lk_net_init_part(lk_net *net, const lk_context *context, const lk_config *config,
                           lk_image_shape images, lk_model_part part,
                           const lk_stored_weights *weights, lk_error *err) {
    lk_status status = begin(net, context, config, images, err);
    if (status) return status;
    lk_model_plan plan = plan_of(net, config);
    plan.part = part;
    status = build(net, config, &plan, LK_EVALUATION_BATCH, 0, false, err);
    if (!status) status = check_weights(weights, &net->params, err);
    return status ? status : start(net, config, false, err);
}

lk_status lk_net_part(lk_net *net, const lk_config *config, lk_model_part part, lk_model *out,
                      lk_error *err) {
    lk_model_plan plan = plan_of(net, config);
    lk_graph *graph = NULL;
    lk_graph_options options = { .context = net->context,
                                 .params = &net->params,
                                 .n = LK_EVALUATION_BATCH,
                                 .engine = (lk_engine_choice)config->model.engine,
                                 .memory_of = net->graph };
    lk_shape images =
        LK_SHAPE_4(LK_EVALUATION_BATCH, net->images.channels, net->images.size, net->images.size);
    lk_model model;
    plan.part = part;
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
    lk_arena_deinit(&net->arena);
    *net = (lk_net){ 0 };
}
