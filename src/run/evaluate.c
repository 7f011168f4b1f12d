/* Evaluation: a trained model, and the baselines that say what its figures mean. */
#include "run/codes.h"
#include "run/net.h"
#include "run/pca.h"

#include <cJSON.h>
#include <string.h>

/* What turns originals into reconstructions, batch by batch. */
typedef lk_status reconstructor(void *self, const lk_real *originals, int n, lk_real *out, lk_error *err);

struct evaluation {
    const lk_context *context;
    lk_pack *pack;
    lk_loader *loader;
    lk_image_shape images;
    lk_real *originals, *reconstructions; /* a batch, (N, H, W, C) */
    lk_arena arena;
};

static size_t image_size(const struct evaluation *e) {
    return (size_t)e->images.size * (size_t)e->images.size * (size_t)e->images.channels;
}

static lk_status check_baselines(const struct evaluation *e, const char *data, lk_error *err) {
    int n = lk_pack_count(e->pack, LK_PART_TRAIN);
    return n >= 2 ? LK_OK : lk_fail(err, LK_FORMAT, "%s: got %d training pictures, the baselines want at least 2", data, n);
}

static lk_status open_evaluation(struct evaluation *e, const lk_context *context, const char *data, lk_part part, lk_image_shape images,
                                 lk_error *err) {
    *e = (struct evaluation){ .context = context, .images = images };
    lk_arena_init(&e->arena);
    lk_status status = lk_pack_open(data, context, &e->pack, err);
    if (status) return status;
    const lk_pack_meta *meta = lk_pack_describe(e->pack);
    if (meta->size != images.size || meta->channels != images.channels)
        return lk_fail(err, LK_FORMAT, "%s: got pictures of %d x %d with %d channels, the model wants %d x %d with %d", data, meta->size,
                       meta->size, meta->channels, images.size, images.size, images.channels);
    lk_loader_options options = { .part = part, .batch_size = LK_EVALUATION_BATCH };
    status = lk_loader_create(e->pack, &options, &e->loader, err);
    if (status) {
        lk_error_prefix(err, "%s", data);
        return status;
    }
    size_t bytes = LK_EVALUATION_BATCH * image_size(e) * sizeof(lk_real);
    e->originals = lk_arena_alloc(&e->arena, bytes);
    e->reconstructions = lk_arena_alloc(&e->arena, bytes);
    return e->originals && e->reconstructions ? LK_OK : lk_fail_memory(err, 2 * bytes, "a batch");
}

static void close_evaluation(struct evaluation *e) {
    lk_loader_destroy(e->loader);
    lk_pack_close(e->pack);
    lk_arena_deinit(&e->arena);
}

static lk_status measure(struct evaluation *e, reconstructor *reconstruct, void *self, lk_metrics_summary *out, lk_error *err) {
    lk_metrics *metrics = NULL;
    lk_status status = lk_metrics_create(e->context, e->images.size, e->images.size, e->images.channels, &metrics, err);
    for (int batch = 0; !status && batch < lk_loader_batches(e->loader); batch++) {
        int n = lk_loader_fill(e->loader, e->context, 0, batch, e->originals, NULL);
        status = reconstruct(self, e->originals, n, e->reconstructions, err);
        if (!status) status = lk_metrics_add(metrics, e->originals, e->reconstructions, n, err);
    }
    if (!status) lk_metrics_summarise(metrics, out);
    lk_metrics_destroy(metrics);
    return status;
}

struct model {
    lk_trained *trained;
    lk_code_meter *meter; /* of the codes that come by */
};

static lk_status by_model(void *self, const lk_real *originals, int n, lk_real *out, lk_error *err) {
    const struct model *model = self;
    (void)err;
    lk_trained_reconstruct(model->trained, originals, n, out);
    lk_code_meter_add(model->meter, &model->trained->net.model, n);
    return LK_OK;
}

static lk_status measure_model(struct evaluation *e, lk_trained *trained, int n_images, lk_evaluation *out, lk_error *err) {
    struct model model = { .trained = trained };
    lk_status status = lk_code_meter_create(e->context, &trained->config, n_images, &model.meter, err);
    if (!status) status = measure(e, by_model, &model, &out->model, err);
    if (!status) lk_code_meter_summarise(model.meter, &out->codes);
    out->codes.kl_of_latent = NULL;
    lk_code_meter_destroy(model.meter);
    return status;
}

struct linear {
    const lk_context *context;
    const lk_pca *pca;
};

static lk_status by_mean(void *self, const lk_real *originals, int n, lk_real *out, lk_error *err) {
    const struct linear *linear = self;
    size_t size = (size_t)linear->pca->n_values;
    (void)originals, (void)err;
    for (int i = 0; i < n; i++) memcpy(out + (size_t)i * size, linear->pca->mean, size * sizeof *out);
    return LK_OK;
}

/* Not clipped here: the metrics clip whatever they measure. */
static lk_status by_pca(void *self, const lk_real *originals, int n, lk_real *out, lk_error *err) {
    const struct linear *linear = self;
    return lk_pca_reconstruct(linear->context, linear->pca, originals, n, out, err);
}

static lk_status measure_baselines(struct evaluation *e, int n_latents, lk_evaluation *out, lk_error *err) {
    int n_train = lk_pack_count(e->pack, LK_PART_TRAIN), most = n_train - 1, n_values = (int)image_size(e);
    if (most > n_values) most = n_values;
    lk_pca pca = { 0 };
    lk_pca_options options = { .n_components = n_latents < most ? n_latents : most, .seed = 1 };
    lk_status status = lk_pca_fit(e->context, &options, lk_pack_pixels(e->pack, LK_PART_TRAIN, 0), (size_t)n_train, n_values, &pca, err);
    struct linear linear = { e->context, &pca };
    if (!status) status = measure(e, by_mean, &linear, &out->mean_image, err);
    if (!status) status = measure(e, by_pca, &linear, &out->pca, err);
    out->n_components = options.n_components;
    out->has_baselines = true;
    lk_pca_deinit(&pca);
    return status;
}

lk_status lk_evaluate(const lk_context *context, const char *model, const char *data, lk_part part, bool baselines, lk_evaluation *out,
                      lk_error *err) {
    lk_trained trained;
    struct evaluation e = { 0 };
    lk_evaluation result = { 0 };
    lk_status status = lk_trained_open(model, context, NULL, 0, &trained, err);
    if (status) return status;
    status = open_evaluation(&e, context, data, part, trained.net.images, err);
    if (!status && baselines) status = check_baselines(&e, data, err);
    if (!status) status = measure_model(&e, &trained, lk_pack_count(e.pack, part), &result, err);
    if (!status && baselines) status = measure_baselines(&e, (int)trained.config.model.latent, &result, err);
    if (!status) *out = result;
    close_evaluation(&e);
    lk_trained_close(&trained);
    return status;
}

static lk_status add_summary(cJSON *object, const char *key, const lk_metrics_summary *summary, lk_error *err) {
    cJSON *json = NULL;
    lk_status status = lk_metrics_json(summary, &json, err);
    if (!status) cJSON_AddItemToObject(object, key, json);
    return status;
}

static lk_status add_baselines(cJSON *json, const lk_evaluation *evaluation, lk_error *err) {
    cJSON *baselines = cJSON_AddObjectToObject(json, "baselines");
    cJSON_AddNumberToObject(baselines, "components", evaluation->n_components);
    lk_status status = add_summary(baselines, "mean_image", &evaluation->mean_image, err);
    if (!status) status = add_summary(baselines, "pca", &evaluation->pca, err);
    return status;
}

lk_status lk_evaluation_json(const lk_evaluation *evaluation, cJSON **out, lk_error *err) {
    cJSON *json = NULL;
    lk_status status = lk_metrics_json(&evaluation->model, &json, err);
    if (status) return status;
    status = lk_codes_json(&evaluation->codes, json, "codes", err);
    if (!status && evaluation->has_baselines) status = add_baselines(json, evaluation, err);
    if (!status)
        *out = json;
    else
        cJSON_Delete(json);
    return status;
}
