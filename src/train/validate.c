/* Validation: the training objective and the metrics over the validation split, and pictures
   to look at. */
#include "train/validate.h"
#include "image/pairs.h"
#include "train/loop.h"

#include <math.h>
#include <string.h>

/* The same codes at each epoch: what becomes of them is seen to change. */
static lk_status prepare_samples(lk_run *t, lk_validator *v, lk_error *err) {
    double variance = lk_prior_variance(&t->config->regularizer.chosen);
    size_t n = 2 * (size_t)v->n_pictures, z = (size_t)t->config->model.latent,
           image = lk_shape_row(t->net.model.images->shape);
    if (variance <= 0 || !n) return LK_OK;
    v->codes = lk_arena_alloc(&t->arena, n * z * sizeof(lk_real));
    v->samples = lk_arena_alloc(&t->arena, n * image * sizeof(lk_real));
    if (!v->codes || !v->samples)
        return lk_fail_memory(err, n * (z + image) * sizeof(lk_real), "validation's samples");
    lk_prior_sample(variance, (uint64_t)t->config->seed, 0, (int)n, (int)z, v->codes);
    return lk_net_decoder(&t->net, t->config, &v->decoder, err);
}

lk_status lk_validator_create(lk_run *t, lk_error *err) {
    int n = lk_pack_count(t->pack, LK_SPLIT_VAL);
    if (!n) return LK_OK;
    lk_validator *v = lk_arena_alloc(&t->arena, sizeof *v);
    if (!v) return lk_fail_memory(err, sizeof *v, "validation");
    int64_t wanted = t->config->train.grid_images;
    v->n_images = n;
    v->n_pictures = wanted < n ? (int)wanted : n;
    size_t bytes =
        (size_t)v->n_pictures * lk_shape_row(t->net.model.images->shape) * sizeof(lk_real);
    v->originals = lk_arena_alloc(&t->arena, bytes);
    v->reconstructions = lk_arena_alloc(&t->arena, bytes);
    if (!v->originals || !v->reconstructions)
        return lk_fail_memory(err, bytes, "validation's pictures");
    lk_loader_options options = { .split = LK_SPLIT_VAL,
                                  .batch_size = (int)t->config->train.batch_size };
    lk_status status = lk_loader_create(t->pack, &options, &v->loader, err);
    if (!status) status = lk_code_meter_create(t->context, t->config, n, &v->meter, err);
    if (!status) status = prepare_samples(t, v, err);
    if (status)
        lk_validator_destroy(v);
    else
        t->validator = v;
    return status;
}

void lk_validator_destroy(lk_validator *v) {
    if (!v) return;
    lk_loader_destroy(v->loader);
    lk_code_meter_destroy(v->meter);
    if (v->decoder.latent) lk_graph_destroy(v->decoder.latent->graph);
}

/* The averaged weights take the place of the others, and back. */
static void swap_average(lk_run *t) {
    if (!t->state.average) return;
    for (size_t i = 0; i < t->state.n; i++) {
        lk_real weight = t->state.weight[i];
        t->state.weight[i] = t->state.average[i];
        t->state.average[i] = weight;
    }
}

static void keep_pictures(lk_validator *v, const lk_model *model, int first, int n_valid) {
    size_t image = lk_shape_row(model->images->shape);
    for (int i = 0; i < n_valid && first + i < v->n_pictures; i++) {
        memcpy(v->originals + (size_t)(first + i) * image, model->images->value + (size_t)i * image,
               image * sizeof(lk_real));
        memcpy(v->reconstructions + (size_t)(first + i) * image,
               model->output->value + (size_t)i * image, image * sizeof(lk_real));
    }
}

/* A term's mean over images, or over the batches that count for it. */
struct mean {
    double sum;
    int n;
};

/* Figures of whole batches compare only at one number of codes: the last, smaller batch counts
   where it is the only one. */
static void add_terms(const lk_run *t, int batch, int n_valid, struct mean *means) {
    const lk_model *model = &t->net.model;
    for (int i = 0; i < model->n_terms; i++) {
        const lk_term *term = &model->terms[i];
        bool counts = !term->whole_batches || n_valid == lk_graph_batch(t->net.graph) ||
                      (batch == 0 && n_valid >= 2);
        if (!counts) continue;
        means[i].sum += (double)term->value->value[0] * n_valid;
        means[i].n += n_valid;
    }
}

/* The objective; a term that nothing counted for has no say in it. */
static void sum_up(const lk_model *model, const struct mean *means, lk_validation *out) {
    out->loss = 0;
    for (int i = 0; i < model->n_terms; i++) {
        out->terms.v[i] = means[i].n ? means[i].sum / means[i].n : (double)NAN;
        if (means[i].n) out->loss += model->terms[i].weight * out->terms.v[i];
    }
}

static lk_status run_batches(lk_run *t, lk_metrics *metrics, lk_validation *out, lk_error *err) {
    const lk_model *model = &t->net.model;
    struct mean means[LK_TERMS_MAX] = { 0 };
    int first = 0;
    lk_status status = LK_OK;
    lk_code_meter_clear(t->validator->meter);
    for (int batch = 0; batch < lk_loader_batches(t->validator->loader) && !status; batch++) {
        int n_valid =
            lk_loader_fill(t->validator->loader, t->context, 0, batch, model->images->value, NULL);
        lk_graph_forward(t->net.graph, LK_EVAL, n_valid, (uint32_t)batch);
        add_terms(t, batch, n_valid, means);
        lk_code_meter_add(t->validator->meter, model, n_valid);
        keep_pictures(t->validator, model, first, n_valid);
        status = lk_metrics_add(metrics, model->images->value, model->output->value, n_valid, err);
        first += n_valid;
        if (!status) status = lk_train_asked(t);
    }
    if (status) return status;
    sum_up(model, means, out);
    lk_metrics_summarise(metrics, &out->metrics);
    lk_code_meter_summarise(t->validator->meter, &out->codes);
    return LK_OK;
}

lk_status lk_validate(lk_run *t, int epoch, lk_validation *out, lk_error *err) {
    lk_metrics *metrics = NULL;
    lk_validator *v = t->validator;
    lk_image_shape images = t->net.images;
    lk_validation result;
    lk_status status =
        lk_metrics_create(t->context, images.size, images.size, images.channels, &metrics, err);
    if (status) return status;
    swap_average(t);
    status = run_batches(t, metrics, &result, err);
    if (!status && v->samples)
        lk_net_map(v->decoder.latent, v->decoder.output, v->codes, 2 * v->n_pictures, v->samples);
    swap_average(t);
    lk_metrics_destroy(metrics);
    if (!status && v->n_pictures) {
        char path[LK_PATH_MAX];
        lk_format(path, sizeof path, "%s/grids/epoch_%04d.png", t->options->out, epoch);
        status = lk_pairs_picture(path, images, v->n_pictures, v->originals, v->reconstructions,
                                  v->samples, err);
    }
    if (!status) *out = result;
    return status;
}
