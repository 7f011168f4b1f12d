/* Validation: the training objective and the metrics over the validation split, and pictures
   to look at. */
#include "train/validate.h"
#include "draw/collage.h"
#include "evaluate/prior.h"
#include "net/run_files.h"

#include <likeness/loader.h>

#include <ctype.h>
#include <math.h>
#include <string.h>

enum { CODE_VALUES_MAX = 1 << 20 };

struct lk_validator {
    lk_validator_options with;
    lk_loader *loader;
    int n_pictures;
    int *chosen; /* the pictures that are drawn */
    double *ssim;
    lk_real *originals, *reconstructions;
    lk_code_meter *meter;
    lk_real *code_values; /* of this validation; NULL: not asked for */
    size_t n_code_values, code_values_max;
    lk_real *means, *logvars; /* of the codes of a batch, of all processes */
    lk_model decoder;         /* on the net's parameters; without nodes where there is no prior */
    lk_real *codes, *samples; /* 2 n_pictures codes of the prior, and their pictures */
    lk_arena arena;
};

/* The codes stay the same for the whole run, so that the pictures of two epochs compare. */
static lk_status prepare_samples(lk_validator *v, lk_error *err) {
    const lk_config *config = v->with.config;
    lk_net *net = v->with.net;
    double variance = lk_prior_variance(&config->regularizer.chosen);
    size_t n = 2 * (size_t)v->n_pictures, z = lk_shape_size(lk_config_code(config)),
           image = lk_shape_row(net->model.images->shape);
    if (variance <= 0 || !n) return LK_OK;
    v->codes = lk_arena_alloc(&v->arena, n * z * sizeof(lk_real));
    v->samples = lk_arena_alloc(&v->arena, n * image * sizeof(lk_real));
    if (!v->codes || !v->samples)
        return lk_fail_memory(err, n * (z + image) * sizeof(lk_real), "validation's samples");
    lk_prior_sample(&(lk_prior){ .variance = variance }, (uint64_t)config->seed, 0, (int)n, (int)z,
                    v->codes);
    return lk_net_part(net, config, LK_MODEL_DECODER, &v->decoder, err);
}

static lk_status prepare_gathered(lk_validator *v, lk_error *err) {
    const lk_config *config = v->with.config;
    size_t n_bytes =
        (size_t)config->train.batch_size * lk_shape_size(lk_config_code(config)) * sizeof(lk_real);
    v->means = lk_arena_alloc(&v->arena, n_bytes);
    v->logvars = lk_arena_alloc(&v->arena, n_bytes);
    return v->means && v->logvars ? LK_OK : lk_fail_memory(err, 2 * n_bytes, "validation's codes");
}

static lk_status prepare_pictures(lk_validator *v, int n_images, lk_error *err) {
    int64_t asked = v->with.config->train.grid_images;
    v->n_pictures = asked < n_images ? (int)asked : n_images;
    size_t n = (size_t)v->n_pictures,
           bytes = n * lk_shape_row(v->with.net->model.images->shape) * sizeof(lk_real);
    v->chosen = lk_arena_alloc(&v->arena, n * sizeof *v->chosen);
    v->ssim = lk_arena_alloc(&v->arena, n * sizeof *v->ssim);
    v->originals = lk_arena_alloc(&v->arena, bytes);
    v->reconstructions = lk_arena_alloc(&v->arena, bytes);
    return v->chosen && v->ssim && v->originals && v->reconstructions
               ? LK_OK
               : lk_fail_memory(err, bytes, "validation's pictures");
}

static lk_status prepare_codes(lk_validator *v, int n_images, lk_error *err) {
    const lk_config *config = v->with.config;
    size_t z = lk_shape_size(lk_config_code(config)), most = CODE_VALUES_MAX / z,
           n = (size_t)n_images < most ? (size_t)n_images : most;
    lk_status status = lk_code_meter_create(v->with.net->context, config, n_images, &v->meter, err);
    if (status || !v->with.keeps_codes) return status;
    v->code_values_max = n * z;
    v->code_values = lk_arena_alloc(&v->arena, n * z * sizeof *v->code_values);
    return v->code_values ? LK_OK : lk_fail_memory(err, n * z * sizeof(lk_real), "codes");
}

lk_status lk_validator_create(const lk_validator_options *options, lk_validator **out,
                              lk_error *err) {
    const lk_config *config = options->config;
    int n = lk_pack_count(options->pack, LK_SPLIT_VAL);
    *out = NULL;
    if (!n) return LK_OK;
    lk_validator *v = lk_alloc(sizeof *v);
    if (!v) return lk_fail_memory(err, sizeof *v, "validation");
    v->with = *options;
    lk_arena_init(&v->arena);
    lk_loader_options loader = { .split = LK_SPLIT_VAL,
                                 .batch_size = (int)config->train.batch_size };
    lk_status status = prepare_pictures(v, n, err);
    if (!status) status = lk_loader_create(options->pack, &loader, &v->loader, err);
    if (!status) status = prepare_codes(v, n, err);
    if (!status) status = prepare_gathered(v, err);
    if (!status) status = prepare_samples(v, err);
    if (status)
        lk_validator_destroy(v);
    else
        *out = v;
    return status;
}

void lk_validator_destroy(lk_validator *v) {
    if (!v) return;
    lk_loader_destroy(v->loader);
    lk_code_meter_destroy(v->meter);
    if (v->decoder.latent) lk_graph_destroy(v->decoder.latent->graph);
    lk_arena_deinit(&v->arena);
    lk_free(v);
}

/* The averaged weights take the place of the net's; a second call puts both back. */
static void swap_average(const lk_validator *v) {
    const lk_params *params = &v->with.net->params;
    if (!v->with.average) return;
    for (size_t i = 0; i < params->n_trained; i++) {
        lk_real weight = params->trained[i];
        params->trained[i] = v->with.average[i];
        v->with.average[i] = weight;
    }
}

/* A term's mean over images, or over the batches that count for it. */
struct mean {
    double sum;
    int n;
};

/* Terms of whole batches compare only between batches of one size: the last, smaller batch counts
   only where it is the only one. */
static void add_terms(const lk_net *net, int batch, int n_valid, struct mean *means) {
    const lk_model *model = &net->model;
    for (int i = 0; i < model->n_terms + model->n_parts; i++) {
        const lk_term *term = &model->terms[i];
        bool counts = !term->whole_batches || n_valid == lk_graph_batch_in_all(net->graph) ||
                      (batch == 0 && n_valid >= 2);
        if (!counts) continue;
        means[i].sum += (double)term->value->value[0] * n_valid;
        means[i].n += n_valid;
    }
}

/* The objective; a term that nothing counted for has no say in it, and a part is in its term. */
static void sum_up(const lk_model *model, const struct mean *means, lk_validation *out) {
    out->loss = 0;
    for (int i = 0; i < model->n_terms + model->n_parts; i++) {
        out->terms.v[i] = means[i].n ? means[i].sum / means[i].n : (double)NAN;
        if (i < model->n_terms && means[i].n) out->loss += model->terms[i].weight * out->terms.v[i];
    }
}

/* Corrupted as in training for the loss, each picture in the same way in every epoch; clean for
   scores and codes. */
static void forward(const lk_net *net, bool corrupted, int n_valid, int batch) {
    lk_graph_corrupt(net->graph, corrupted);
    lk_graph_forward(net->graph, LK_EVAL, n_valid, (uint32_t)batch);
    lk_graph_corrupt(net->graph, false);
}

static void keep_codes(lk_validator *v, int n_valid) {
    size_t n = (size_t)n_valid * lk_shape_row(v->with.net->model.latent->shape),
           left = v->code_values_max - v->n_code_values;
    if (!v->code_values) return;
    n = n < left ? n : left;
    memcpy(v->code_values + v->n_code_values, v->means, n * sizeof *v->code_values);
    v->n_code_values += n;
}

static lk_comm *comm_of(const lk_validator *v) {
    return v->with.net->context->comm;
}

/* A node's value on all processes, into `all`. */
static lk_status gather(const lk_validator *v, const lk_node *node, lk_real *all, lk_error *err) {
    return lk_comm_gather(comm_of(v), node->value, lk_shape_size(node->shape) * sizeof *all, all,
                          err);
}

static lk_status add_codes(lk_validator *v, int n_valid, lk_error *err) {
    const lk_model *model = &v->with.net->model;
    lk_status status = gather(v, model->latent, v->means, err);
    if (!status && model->logvar) status = gather(v, model->logvar, v->logvars, err);
    if (status) return status;
    lk_code_meter_add_codes(v->meter, v->means, model->logvar ? v->logvars : NULL, n_valid);
    keep_codes(v, n_valid);
    return LK_OK;
}

static lk_status run_batch(lk_validator *v, int batch, struct mean *means, lk_metrics *metrics,
                           lk_error *err) {
    const lk_net *net = v->with.net;
    const lk_model *model = &net->model;
    int n_valid = lk_loader_fill(v->loader, net->context, 0, batch, model->images->value, NULL);
    const lk_metrics_part part = { n_valid, lk_graph_first(net->graph),
                                   lk_graph_batch(net->graph) };
    forward(net, true, n_valid, batch);
    add_terms(net, batch, n_valid, means);
    if (model->corrupted) forward(net, false, n_valid, batch);
    lk_status status = add_codes(v, n_valid, err);
    if (!status)
        status = lk_metrics_add_part(metrics, comm_of(v), part, model->images->value,
                                     model->output->value, err);
    if (!status) status = lk_graph_status(net->graph, err);
    if (!status) status = lk_stop_ask(v->with.stop, err);
    return lk_comm_agree(comm_of(v), false, status, err);
}

static lk_status run_batches(lk_validator *v, lk_metrics *metrics, lk_validation *out,
                             lk_error *err) {
    struct mean means[LK_TERMS_MAX] = { 0 };
    lk_status status = LK_OK;
    lk_code_meter_clear(v->meter);
    v->n_code_values = 0;
    for (int batch = 0; batch < lk_loader_batches(v->loader) && !status; batch++)
        status = run_batch(v, batch, means, metrics, err);
    if (status) return status;
    sum_up(&v->with.net->model, means, out);
    lk_metrics_summarise(metrics, &out->metrics);
    lk_code_meter_summarise(v->meter, &out->codes);
    out->code_values = v->code_values;
    out->n_code_values = v->n_code_values;
    return LK_OK;
}

/* ---- pictures ---- */

/* Which pictures are drawn follows from the scores of this epoch. */
static lk_status make_pictures(lk_validator *v, const lk_metrics *metrics, lk_error *err) {
    const lk_model *model = &v->with.net->model;
    size_t image = lk_shape_row(model->images->shape);
    int n_all = lk_pack_count(v->with.pack, LK_SPLIT_VAL);
    lk_status status =
        lk_metrics_typical_to_worst(metrics, LK_METRIC_SSIM, n_all, v->n_pictures, v->chosen, err);
    for (int i = 0; i < v->n_pictures && !status; i++) {
        const uint8_t *pixels = lk_pack_pixels(v->with.pack, LK_SPLIT_VAL, v->chosen[i]);
        lk_reals_from_bytes(pixels, image, v->originals + (size_t)i * image);
        v->ssim[i] = lk_metrics_score(metrics, LK_METRIC_SSIM, (size_t)v->chosen[i]).value;
    }
    if (!status)
        lk_net_map(model->images, model->output, v->originals, v->n_pictures, v->reconstructions);
    if (!status && v->samples)
        lk_net_map(v->decoder.latent, v->decoder.output, v->codes, 2 * v->n_pictures, v->samples);
    return status;
}

const char *lk_validate_title(const lk_config *config, char out[LK_WORDS_MAX]) {
    const char *model = config->model.chosen.choice->name,
               *loss = config->reconstruction.chosen.choice->name;
    char upper[32] = "";
    for (size_t i = 0; model[i] && i + 1 < sizeof upper; i++)
        upper[i] = (char)toupper((unsigned char)model[i]);
    lk_format(out, LK_WORDS_MAX, "%s (%s)", upper, loss);
    return out;
}

const char *lk_validate_picture(const char *folder, int epoch, char path[LK_PATH_MAX]) {
    lk_format(path, LK_PATH_MAX, "%s/" LK_RUN_GRIDS "/epoch_%04d.png", folder, epoch);
    return path;
}

static lk_status draw_pictures(const lk_validator *v, int epoch, double ssim, lk_error *err) {
    char path[LK_PATH_MAX], name[LK_WORDS_MAX], title[LK_WORDS_MAX + 64], below[64], seed[32];
    lk_validate_title(v->with.config, name);
    lk_validate_picture(v->with.folder, epoch, path);
    lk_format(title, sizeof title, "%s, epoch %d: mean validation SSIM %.3f", name, epoch, ssim);
    lk_format(below, sizeof below,
              v->n_pictures > 1 ? "from the typical picture to the worst" : "the typical picture");
    lk_format(seed, sizeof seed, "%lld", (long long)v->with.config->seed);
    const char *const labels[] = { "reconstruction" };
    const lk_collage_faces faces = { .shape = v->with.net->images,
                                     .n = v->n_pictures,
                                     .n_models = 1,
                                     .n_samples = v->samples ? 2 : 0,
                                     .originals = v->originals,
                                     .made = v->reconstructions,
                                     .samples = v->samples,
                                     .ssim = v->ssim,
                                     .labels = labels,
                                     .title = title,
                                     .subtitle = below };
    const lk_origin_notes origin = { .title = title,
                                     .model = name,
                                     .seed = seed,
                                     .data = lk_pack_describe(v->with.pack)->fingerprint };
    return lk_collage_faces_write(path, &faces, &origin, err);
}

/* Rank 0 draws, alone. */
static lk_status make_own_pictures(lk_validator *v, const lk_metrics *metrics, lk_error *err) {
    lk_comm *comm = comm_of(v);
    if (!v->n_pictures || comm->rank > 0) return LK_OK;
    lk_comm_alone(comm, true);
    lk_status status = make_pictures(v, metrics, err);
    lk_comm_alone(comm, false);
    return status;
}

lk_status lk_validate(lk_validator *v, int epoch, lk_validation *out, lk_error *err) {
    lk_metrics *metrics = NULL;
    lk_image_shape images = v->with.net->images;
    lk_validation result;
    lk_status status = lk_metrics_create(v->with.net->context, images.size, images.size,
                                         images.channels, &metrics, err);
    status = lk_comm_agree(comm_of(v), false, status, err);
    if (status) return status;
    swap_average(v);
    status = run_batches(v, metrics, &result, err);
    if (!status) status = make_own_pictures(v, metrics, err);
    swap_average(v);
    lk_metrics_destroy(metrics);
    if (!status && v->n_pictures && comm_of(v)->rank == 0)
        status = draw_pictures(v, epoch, result.metrics.value[LK_METRIC_SSIM], err);
    result.has_picture = v->n_pictures > 0;
    if (!status) *out = result;
    return status;
}
