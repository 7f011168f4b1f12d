/* Evaluation of a trained model, and of the baselines to compare it with. */
#include "evaluate/codes.h"
#include "evaluate/feature_scores.h"
#include "evaluate/pca.h"
#include "evaluate/sampler.h"
#include "net/run_files.h"
#include "net/trained.h"

#include <likeness/evaluate.h>
#include <likeness/loader.h>

#include <string.h>

/* Makes reconstructions of a batch of originals, of which `first` is the number of the first. */
typedef lk_status reconstructor(void *self, const lk_real *originals, int first, int n,
                                lk_real *out, lk_error *err);

/* Processes that measure together take whole batches: process r of P the batches r, r + P, ... The
   first process gets what all of them found, and goes on as if it had found it alone. */
struct evaluation {
    const lk_context *context;
    lk_comm alone, *comm; /* what the processes are */
    const lk_stop *stop;  /* NULL: never */
    const char *data;     /* the path of the pack */
    lk_feature_source features;
    lk_feature_network network; /* that it gives */
    lk_pack *pack;
    lk_split split;
    lk_loader *loader;
    lk_image_shape images;
    lk_real *originals, *reconstructions; /* a batch, (N, H, W, C) */
    const lk_sampler *sampler;            /* of the model that is measured; NULL: none */
    lk_real *all;                         /* a batch of each process */
    lk_arena arena;
};

static size_t image_size(const struct evaluation *e) {
    return (size_t)e->images.size * (size_t)e->images.size * (size_t)e->images.channels;
}

static lk_status check_baselines(const struct evaluation *e, const char *data, lk_error *err) {
    int n = lk_pack_count(e->pack, LK_SPLIT_TRAIN);
    return n >= 2 ? LK_OK
                  : lk_fail(err, LK_FORMAT,
                            "%s: the baselines need at least 2 training pictures, got %d", data, n);
}

/* `images`: the shape of the model's pictures, which the pack must have; NULL: any. */
static lk_status open_evaluation(struct evaluation *e, const lk_context *context, const char *data,
                                 lk_split split, const lk_image_shape *images, const lk_stop *stop,
                                 lk_error *err) {
    *e = (struct evaluation){
        .context = context, .alone = lk_comm_single(), .stop = stop, .data = data, .split = split
    };
    e->comm = &e->alone;
    lk_arena_init(&e->arena);
    lk_status status = lk_pack_open(data, context, &e->pack, err);
    if (status) return status;
    const lk_pack_meta *meta = lk_pack_describe(e->pack);
    e->images = (lk_image_shape){ meta->size, meta->channels };
    if (images && (meta->size != images->size || meta->channels != images->channels))
        return lk_fail(
            err, LK_FORMAT,
            "%s: the model expects pictures of %d x %d with %d channels, got %d x %d with %d", data,
            images->size, images->size, images->channels, meta->size, meta->size, meta->channels);
    lk_loader_options options = { .split = split, .batch_size = LK_EVALUATION_BATCH };
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

/* The caller frees *out. */
static lk_status copy_scores(const lk_metrics *metrics, size_t n, lk_score **out, lk_error *err) {
    size_t n_bytes = lk_size_mul(n, sizeof(lk_score[LK_N_METRICS]));
    lk_score *to = lk_alloc(n_bytes);
    *out = to;
    if (!to) return lk_fail_memory(err, n_bytes, "the scores of pictures");
    for (size_t i = 0; i < n; i++)
        for (int m = 0; m < LK_N_METRICS; m++) *to++ = lk_metrics_score(metrics, (lk_metric)m, i);
    return LK_OK;
}

/* Without a network *meter stays NULL. */
static lk_status open_features(struct evaluation *e, lk_feature_meter **meter, lk_error *err) {
    if (!e->features.network) return LK_OK;
    size_t bytes = (size_t)e->comm->n_ranks * LK_EVALUATION_BATCH * image_size(e) * sizeof(lk_real);
    if (!e->all) e->all = lk_arena_alloc(&e->arena, bytes);
    if (!e->all) return lk_fail_memory(err, bytes, "a batch of each process");
    lk_status status = lk_feature_meter_create(e->context, &e->features, e->images, meter, err);
    return status ? status : lk_feature_meter_describe(*meter, &e->network, err);
}

/* The model, and what the codes of all processes are gathered in. */
struct model {
    lk_trained *trained;
    lk_code_meter *meter;     /* of all codes */
    lk_real *means, *logvars; /* a batch of each process */
};

/* What measure takes as one: how reconstructions are made, and of which model codes are kept. */
struct method {
    reconstructor *reconstruct;
    void *self;
    const struct model *coded; /* NULL: none */
};

/* The pictures of batch r of the round, if it has that many. */
static int count_of(int n_all, int r) {
    int left = n_all - r * LK_EVALUATION_BATCH;
    return left < 0 ? 0 : left < LK_EVALUATION_BATCH ? left : LK_EVALUATION_BATCH;
}

static lk_status add_codes(const struct evaluation *e, const struct model *model, int n_all,
                           lk_error *err) {
    const lk_model *net = &model->trained->net.model;
    size_t n = lk_shape_size(net->latent->shape), bytes = n * sizeof(lk_real);
    lk_status status = lk_comm_gather(e->comm, net->latent->value, bytes, model->means, err);
    if (!status && net->logvar)
        status = lk_comm_gather(e->comm, net->logvar->value, bytes, model->logvars, err);
    for (int r = 0; r < e->comm->n_ranks && !status; r++)
        lk_code_meter_add_codes(model->meter, model->means + (size_t)r * n,
                                net->logvar ? model->logvars + (size_t)r * n : NULL,
                                count_of(n_all, r));
    return status;
}

/* The first process alone runs the network of the features: its sums depend on their order. */
static lk_status add_features(struct evaluation *e, lk_feature_meter *meter, int round, int n_all,
                              lk_error *err) {
    size_t n = LK_EVALUATION_BATCH * image_size(e);
    if (!meter) return LK_OK;
    lk_status status =
        lk_comm_gather(e->comm, e->reconstructions, n * sizeof(lk_real), e->all, err);
    for (int r = 0; r < e->comm->n_ranks && !status && e->comm->rank == 0; r++) {
        int batch = round * e->comm->n_ranks + r;
        if (!count_of(n_all, r)) break;
        if (r > 0) lk_loader_fill(e->loader, e->context, 0, batch, e->originals, NULL);
        const lk_feature_sets sets = { e->originals, e->all + (size_t)r * n, count_of(n_all, r),
                                       count_of(n_all, r) };
        lk_feature_meter_add(meter, &sets);
    }
    return status;
}

/* A batch on each process. */
static lk_status measure_round(struct evaluation *e, const struct method *method, int round,
                               lk_metrics *metrics, lk_feature_meter *features, lk_error *err) {
    lk_comm *comm = e->comm;
    int batch = round * comm->n_ranks + comm->rank, batches = lk_loader_batches(e->loader),
        most = comm->n_ranks * LK_EVALUATION_BATCH,
        n_all = lk_pack_count(e->pack, e->split) - round * most;
    const lk_metrics_part part = { n_all < most ? n_all : most, comm->rank * LK_EVALUATION_BATCH,
                                   LK_EVALUATION_BATCH };
    lk_status status = LK_OK;
    if (batch < batches) {
        int n = lk_loader_fill(e->loader, e->context, 0, batch, e->originals, NULL);
        status = method->reconstruct(method->self, e->originals, batch * LK_EVALUATION_BATCH, n,
                                     e->reconstructions, err);
    }
    if (!status)
        status = lk_metrics_add_part(metrics, comm, part, e->originals, e->reconstructions, err);
    if (!status && method->coded) status = add_codes(e, method->coded, n_all, err);
    if (!status) status = add_features(e, features, round, n_all, err);
    if (!status) status = lk_stop_ask(e->stop, err);
    return lk_comm_agree(comm, features != NULL, status, err);
}

/* As many samples as there are pictures. They take the place of reconstructions. */
static lk_status add_samples(const struct evaluation *e, int n_all, lk_feature_meter *meter,
                             lk_error *err) {
    lk_status status = LK_OK;
    for (int first = 0; first < n_all && e->sampler && !status; first += LK_EVALUATION_BATCH) {
        int n = n_all - first < LK_EVALUATION_BATCH ? n_all - first : LK_EVALUATION_BATCH;
        status = lk_sampler_draw(e->sampler, first, n, e->reconstructions, err);
        if (!status) lk_feature_meter_add_samples(meter, e->reconstructions, n);
        if (!status) status = lk_stop_ask(e->stop, err);
    }
    return status;
}

/* `scores`: those of every picture; NULL: not needed. */
static lk_status measure(struct evaluation *e, const struct method *method, lk_score **scores,
                         lk_metrics_summary *out, lk_error *err) {
    lk_metrics *metrics = NULL;
    lk_feature_meter *features = NULL;
    int n_ranks = e->comm->n_ranks, rounds = (lk_loader_batches(e->loader) + n_ranks - 1) / n_ranks;
    lk_status status = lk_metrics_create(e->context, e->images.size, e->images.size,
                                         e->images.channels, &metrics, err);
    if (!status) status = open_features(e, &features, err);
    status = lk_comm_agree(e->comm, false, status, err);
    for (int round = 0; !status && round < rounds; round++)
        status = measure_round(e, method, round, metrics, features, err);
    if (!status) status = lk_pack_check_untouched(e->pack, e->data, e->context, err);
    if (!status) lk_metrics_summarise(metrics, out);
    if (!status && features && e->comm->rank == 0) {
        status = add_samples(e, (int)out->n, features, err);
        if (!status) status = lk_feature_meter_summarise(features, out, err);
    }
    if (!status && scores) status = copy_scores(metrics, out->n, scores, err);
    status = lk_comm_agree(e->comm, features != NULL, status, err);
    lk_feature_meter_destroy(features);
    lk_metrics_destroy(metrics);
    return status;
}

static lk_status by_model(void *self, const lk_real *originals, int first, int n, lk_real *out,
                          lk_error *err) {
    const struct model *model = self;
    (void)first, (void)err;
    lk_trained_reconstruct(model->trained, originals, n, out);
    return LK_OK;
}

static lk_status by_restoring(void *self, const lk_real *originals, int first, int n, lk_real *out,
                              lk_error *err) {
    const struct model *model = self;
    (void)err;
    lk_trained_restore(model->trained, originals, first, n, out);
    return LK_OK;
}

/* With samples, where there are metrics of features for them. */
static lk_status measure_clean(struct evaluation *e, struct model *model, lk_score **scores,
                               lk_evaluation *out, lk_error *err) {
    const struct method method = { by_model, model, model };
    const bool samples = e->features.network && lk_sampler_fits(&model->trained->config);
    lk_sampler sampler = { 0 };
    lk_status status = LK_OK;
    if (samples && e->comm->rank == 0) {
        status = lk_sampler_open(model->trained, e->context, e->pack, e->stop, &sampler, err);
        e->sampler = &sampler;
    }
    status = lk_comm_agree(e->comm, samples, status, err);
    if (!status) status = measure(e, &method, scores, &out->model, err);
    lk_sampler_close(&sampler);
    e->sampler = NULL;
    return status;
}

/* What a model would score that returns what it gets. */
static lk_status by_nothing(void *self, const lk_real *originals, int first, int n, lk_real *out,
                            lk_error *err) {
    const struct model *model = self;
    const lk_node *corrupted = model->trained->net.model.corrupted;
    (void)err;
    lk_trained_restore(model->trained, originals, first, n, out);
    memcpy(out, corrupted->value, (size_t)n * lk_shape_row(corrupted->shape) * sizeof *out);
    return LK_OK;
}

static lk_status measure_restoring(struct evaluation *e, struct model *model, lk_score **scores,
                                   lk_evaluation *out, lk_error *err) {
    if (!model->trained->net.model.corrupted)
        return lk_fail(err, LK_USAGE,
                       "%s: expected a model that was trained with a corruption, got "
                       "corruption.type none",
                       model->trained->path);
    out->corrupted = true;
    const struct method restoring = { by_restoring, model, model },
                        nothing = { by_nothing, model, NULL };
    lk_status status = measure(e, &restoring, scores, &out->model, err);
    return status ? status : measure(e, &nothing, NULL, &out->spoilt, err);
}

static lk_status reserve_codes(struct evaluation *e, struct model *model, lk_error *err) {
    size_t bytes = (size_t)e->comm->n_ranks *
                   lk_shape_size(model->trained->net.model.latent->shape) * sizeof(lk_real);
    model->means = lk_arena_alloc(&e->arena, bytes);
    model->logvars = lk_arena_alloc(&e->arena, bytes);
    return model->means && model->logvars
               ? LK_OK
               : lk_fail_memory(err, 2 * bytes, "codes of all processes");
}

static lk_status measure_model(struct evaluation *e, lk_trained *trained, int n_images,
                               const lk_evaluate_options *options, lk_score **scores,
                               lk_evaluation *out, lk_error *err) {
    struct model model = { .trained = trained };
    lk_status status = reserve_codes(e, &model, err);
    if (!status)
        status = lk_code_meter_create(e->context, &trained->config, n_images, &model.meter, err);
    status = lk_comm_agree(e->comm, false, status, err);
    if (!status)
        status = options->corrupted ? measure_restoring(e, &model, scores, out, err)
                                    : measure_clean(e, &model, scores, out, err);
    if (!status) lk_code_meter_summarise(model.meter, &out->codes);
    out->codes.kl_of_latent = NULL;
    lk_code_meter_destroy(model.meter);
    return status;
}

struct linear {
    const lk_context *context;
    const lk_pca *pca;
};

static lk_status by_mean(void *self, const lk_real *originals, int first, int n, lk_real *out,
                         lk_error *err) {
    const struct linear *linear = self;
    size_t size = (size_t)linear->pca->n_values;
    (void)originals, (void)first, (void)err;
    for (int i = 0; i < n; i++)
        memcpy(out + (size_t)i * size, linear->pca->mean, size * sizeof *out);
    return LK_OK;
}

/* Not clipped here: the metrics clip their input. */
static lk_status by_pca(void *self, const lk_real *originals, int first, int n, lk_real *out,
                        lk_error *err) {
    const struct linear *linear = self;
    (void)first;
    return lk_pca_reconstruct(linear->context, linear->pca, originals, n, out, err);
}

static lk_status measure_baselines(struct evaluation *e, int n_latents, lk_evaluation *out,
                                   lk_error *err) {
    int n_train = lk_pack_count(e->pack, LK_SPLIT_TRAIN), most = n_train - 1,
        n_values = (int)image_size(e);
    if (most > n_values) most = n_values;
    lk_pca pca = { 0 };
    lk_pca_options options = { .n_components = n_latents < most ? n_latents : most,
                               .seed = 1,
                               .stop = e->stop };
    lk_status status = lk_pca_fit(e->context, &options, lk_pack_pixels(e->pack, LK_SPLIT_TRAIN, 0),
                                  (size_t)n_train, n_values, &pca, err);
    struct linear linear = { e->context, &pca };
    const struct method mean = { by_mean, &linear, NULL }, components = { by_pca, &linear, NULL };
    e->comm = &e->alone;
    if (!status) status = measure(e, &mean, NULL, &out->mean_image, err);
    if (!status) status = measure(e, &components, NULL, &out->pca, err);
    out->n_components = options.n_components;
    out->has_baselines = true;
    lk_pca_deinit(&pca);
    return status;
}

static lk_status check_data(const struct evaluation *e, const lk_trained *trained,
                            const char *fingerprint, lk_evaluation *result, lk_error *err) {
    lk_format(result->data, sizeof result->data, "%s", lk_pack_describe(e->pack)->fingerprint);
    lk_run_name(trained->config.name, trained->path, result->name);
    lk_format(result->trained_on, sizeof result->trained_on, "%s", trained->data.fingerprint);
    lk_status status = lk_pack_check_same(e->data, result->data, fingerprint, err);
    if (!status && *result->trained_on && strcmp(result->trained_on, result->data) != 0)
        lk_log_say(&e->context->log, LK_WARNING,
                   "%s was trained on another pack than %s: fingerprint %s, here %s", trained->path,
                   e->data, result->trained_on, result->data);
    return status;
}

lk_status lk_evaluate(const lk_context *context, const char *model, const char *data,
                      const lk_evaluate_options *options, lk_evaluation *out, lk_error *err) {
    lk_trained trained;
    lk_status status = lk_trained_open(model, context, NULL, 0, &trained, err);
    if (status) return status;
    status = lk_evaluate_trained(context, &trained, data, options, out, err);
    lk_trained_close(&trained);
    return status;
}

/* Covariances of fewer pictures than values have no full rank. */
static void say_few(const struct evaluation *e, size_t n) {
    if (e->features.network && n <= (size_t)e->network.n_values)
        lk_log_say(&e->context->log, LK_WARNING,
                   "frechet: %zu pictures are few for %d features, and make the distance too "
                   "large: compare it only between models measured on as many pictures",
                   n, e->network.n_values);
}

lk_status lk_evaluate_trained(const lk_context *context, lk_trained *trained, const char *data,
                              const lk_evaluate_options *options, lk_evaluation *out,
                              lk_error *err) {
    struct evaluation e = { 0 };
    lk_evaluation result = { 0 };
    lk_score *scores = NULL;
    lk_split split = options->split;
    lk_status status =
        open_evaluation(&e, context, data, split, &trained->net.images, options->stop, err);
    e.features = options->features;
    if (options->comm) e.comm = options->comm;
    if (!status && options->baselines) status = check_baselines(&e, data, err);
    if (!status) status = check_data(&e, trained, options->fingerprint, &result, err);
    status = lk_comm_agree(e.comm, false, status, err);
    if (!status)
        status = measure_model(&e, trained, lk_pack_count(e.pack, split), options,
                               options->scores ? &scores : NULL, &result, err);
    if (!status && options->baselines && e.comm->rank == 0)
        status = measure_baselines(&e, (int)lk_shape_size(lk_config_code(&trained->config)),
                                   &result, err);
    result.features = e.network;
    if (!status) {
        say_few(&e, result.model.n);
        *out = result;
        if (options->scores) *options->scores = scores;
    } else {
        lk_free(scores);
    }
    close_evaluation(&e);
    return status;
}

lk_status lk_evaluate_baselines(const lk_context *context, const char *data, lk_split split,
                                int n_latents, const lk_feature_source *features,
                                const lk_stop *stop, lk_evaluation *out, lk_error *err) {
    struct evaluation e = { 0 };
    lk_evaluation result = { 0 };
    lk_status status = open_evaluation(&e, context, data, split, NULL, stop, err);
    if (features) e.features = *features;
    if (!status) status = check_baselines(&e, data, err);
    if (!status)
        lk_format(result.data, sizeof result.data, "%s", lk_pack_describe(e.pack)->fingerprint);
    if (!status) status = measure_baselines(&e, n_latents, &result, err);
    result.features = e.network;
    if (!status) *out = result;
    close_evaluation(&e);
    return status;
}
