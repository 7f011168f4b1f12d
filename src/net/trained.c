/* Trained models: written at the end of a run, opened by everything that uses one. */
#include "net/trained.h"
#include "base/lock.h"
#include "net/run_files.h"
#include "net/tensors.h"

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The metadata of a model file, and the texts it points to. */
struct metadata {
    lk_text config, data, codes;
    char images[64];
    lk_metadata list[5];
    size_t n;
};

static lk_status fill_metadata(struct metadata *m, const lk_net *net, const lk_config *config,
                               const lk_preparation *data, const lk_code_spread *codes,
                               lk_error *err) {
    lk_status status = lk_config_print(config, net->images.size, &m->config, err);
    if (!status && data) status = lk_preparation_print(data, &m->data, err);
    if (codes && codes->n) lk_code_spread_print(codes, &m->codes);
    if (!status && m->codes.failed) status = lk_fail_memory(err, m->codes.n, "a model's codes");
    lk_format(m->images, sizeof m->images, "{\"size\": %d, \"channels\": %d}", net->images.size,
              net->images.channels);
    m->list[m->n++] = (lk_metadata){ "format", "pt" };
    m->list[m->n++] = (lk_metadata){ "likeness.images", m->images };
    m->list[m->n++] = (lk_metadata){ "likeness.config", m->config.data };
    if (data) m->list[m->n++] = (lk_metadata){ "likeness.data", m->data.data };
    if (m->codes.n) m->list[m->n++] = (lk_metadata){ "likeness.codes", m->codes.data };
    return status;
}

lk_status lk_model_write(const char *path, const lk_net *net, const lk_config *config,
                         const lk_preparation *data, const lk_code_spread *codes,
                         const lk_real *values, lk_error *err) {
    lk_tensor_list tensors;
    struct metadata metadata = { 0 };
    lk_tensor_list_init(&tensors);
    lk_status status = fill_metadata(&metadata, net, config, data, codes, err);
    if (!status)
        status = lk_tensor_list_add(&tensors, &net->params, LK_PARAM_TRAINED, values, "", err);
    if (!status)
        status = lk_tensor_list_add(&tensors, &net->params, LK_PARAM_STATISTIC,
                                    net->params.statistics, "", err);
    if (!status)
        status =
            lk_safetensors_write(path, tensors.list, tensors.n, metadata.list, metadata.n, err);
    lk_text_deinit(&metadata.config);
    lk_text_deinit(&metadata.data);
    lk_text_deinit(&metadata.codes);
    lk_tensor_list_deinit(&tensors);
    return status;
}

lk_status lk_model_images(const lk_safetensors *file, const char *path, lk_image_shape *images,
                          lk_error *err) {
    const char *text = lk_safetensors_metadata(file, "likeness.images");
    lk_image_shape read;
    if (!text ||
        sscanf(text, "{\"size\": %d, \"channels\": %d}", &read.size, &read.channels) != 2 ||
        read.size < 1 || read.size > 8192 || (read.channels != 1 && read.channels != 3))
        return lk_fail(
            err, LK_FORMAT,
            "%s: metadata likeness.images: expected {\"size\": H, \"channels\": 1 or 3}, got %s",
            path, text ? text : "nothing");
    *images = read;
    return LK_OK;
}

static lk_status read_config(lk_trained *trained, const char *const *sets, int n_sets,
                             lk_error *err) {
    const char *text = lk_safetensors_metadata(trained->file, "likeness.config");
    if (!text)
        return lk_fail(
            err, LK_FORMAT,
            "%s: metadata likeness.config: expected a config, got nothing: not written by likeness",
            trained->path);
    char name[LK_PATH_MAX + 16];
    lk_format(name, sizeof name, "%s (config)", trained->path);
    lk_status status =
        lk_config_parse_text(text, strlen(text), name, sets, n_sets, &trained->config, err);
    return status == LK_USAGE && !n_sets ? LK_FORMAT : status;
}

static int64_t count_of(const lk_trained *trained, const char *key) {
    const char *text = lk_safetensors_metadata(trained->file, key);
    return text ? strtoll(text, NULL, 10) : 0;
}

static void look_at_progress(lk_trained *trained, const char *run) {
    bool is = lk_safetensors_metadata(trained->file, "likeness.step") != NULL;
    trained->unfinished = (lk_unfinished){ .is = is,
                                           .running = is && lk_folder_is_locked(run),
                                           .step = count_of(trained, "likeness.step"),
                                           .epoch = count_of(trained, "likeness.epoch") };
}

/* Of a run that is training, the checkpoint just found may be replaced before it is opened. */
static lk_status open_file(const char *path, lk_trained *trained, lk_error *err) {
    enum { TRIES = 3 };
    lk_status status = LK_OK;
    if (!lk_folder_exists(path))
        return lk_format(trained->path, sizeof trained->path, "%s", path)
                   ? lk_safetensors_open(trained->path, &trained->file, err)
                   : lk_fail(err, LK_FORMAT, "%s: path is too long", path);
    for (int i = 0; i < TRIES; i++) {
        status = lk_run_find_model(path, trained->path, err);
        if (status) return status;
        status = lk_safetensors_open(trained->path, &trained->file, err);
        if (!status || lk_file_may_exist(trained->path)) break;
    }
    if (!status) look_at_progress(trained, path);
    return status;
}

static void say_unfinished(const lk_trained *trained, const char *run, const lk_log *log) {
    const lk_config_train *train = &trained->config.train;
    const lk_unfinished *at = &trained->unfinished;
    bool best = strstr(trained->path, LK_RUN_BEST) != NULL;
    lk_log_say(log, LK_INFO, "%s: %s; its %s checkpoint is used: %s %lld of %lld", run,
               at->running ? "still running" : "not finished", best ? "best" : "last",
               train->steps ? "step" : "epoch", (long long)(train->steps ? at->step : at->epoch),
               (long long)(train->steps ? train->steps : train->epochs));
}

static lk_status open_part(const char *path, const lk_context *context, lk_model_part part,
                           const char *const *sets, int n_sets, lk_trained *trained,
                           lk_error *err) {
    lk_image_shape images = { 0 };
    lk_status status = trained->file ? LK_OK : open_file(path, trained, err);
    if (!status) status = lk_model_images(trained->file, trained->path, &images, err);
    if (!status) status = lk_preparation_read(trained->file, trained->path, &trained->data, err);
    if (!status) status = read_config(trained, sets, n_sets, err);
    lk_stored_weights weights = { .file = trained->file, .path = trained->path };
    if (!status) {
        trained->config.reconstruction.chosen.choice = NULL; /* no loss: nothing is trained here */
        weights.prefix = trained->config.optimizer.average > 0 &&
                                 lk_safetensors_metadata(trained->file, "likeness.step")
                             ? "average."
                             : "";
        status =
            lk_net_init_part(&trained->net, context, &trained->config, images, part, &weights, err);
        if (status == LK_USAGE && !n_sets) status = LK_FORMAT;
    }
    lk_net *net = &trained->net;
    if (!status)
        status = lk_tensors_load(trained->file, trained->path, &net->params, LK_PARAM_TRAINED,
                                 net->params.trained, weights.prefix, err);
    if (!status)
        status = lk_tensors_load(trained->file, trained->path, &net->params, LK_PARAM_STATISTIC,
                                 net->params.statistics, "", err);
    if (!status && trained->unfinished.is && !trained->borrows)
        say_unfinished(trained, path, &context->log);
    if (status) lk_trained_close(trained);
    return status;
}

lk_status lk_trained_open(const char *path, const lk_context *context, const char *const *sets,
                          int n_sets, lk_trained *trained, lk_error *err) {
    *trained = (lk_trained){ 0 };
    return open_part(path, context, LK_MODEL_WHOLE, sets, n_sets, trained, err);
}

lk_status lk_trained_open_part(const char *path, const lk_context *context, lk_model_part part,
                               lk_trained *trained, lk_error *err) {
    *trained = (lk_trained){ 0 };
    return open_part(path, context, part, NULL, 0, trained, err);
}

lk_status lk_trained_open_other(const lk_trained *from, const lk_context *context,
                                lk_model_part part, lk_trained *trained, lk_error *err) {
    *trained = (lk_trained){ .file = from->file, .borrows = true, .unfinished = from->unfinished };
    lk_format(trained->path, sizeof trained->path, "%s", from->path);
    return open_part(from->path, context, part, NULL, 0, trained, err);
}

void lk_trained_close(lk_trained *trained) {
    lk_net_deinit(&trained->net);
    lk_config_deinit(&trained->config);
    if (!trained->borrows) lk_safetensors_close(trained->file);
    trained->file = NULL;
}

void lk_trained_reconstruct(lk_trained *trained, const lk_real *originals, int n, lk_real *out) {
    lk_net_map(trained->net.model.images, trained->net.model.output, originals, n, out);
}

void lk_trained_restore(lk_trained *trained, const lk_real *originals, int first, int n,
                        lk_real *out) {
    const lk_model *model = &trained->net.model;
    size_t bytes = (size_t)n * lk_shape_row(model->images->shape) * sizeof *out;
    memcpy(model->images->value, originals, bytes);
    lk_graph_corrupt(trained->net.graph, true);
    lk_graph_forward(trained->net.graph, LK_EVAL, n, (uint32_t)(first / LK_EVALUATION_BATCH));
    lk_graph_corrupt(trained->net.graph, false);
    memcpy(out, model->output->value, bytes);
}
