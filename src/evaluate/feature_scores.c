/* The metrics of features: a graph with the network twice, for originals and reconstructions. */
#include "evaluate/feature_scores.h"
#include "base/crc32c.h"
#include "evaluate/frechet.h"
#include "net/features.h"
#include "net/net.h"

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { VALUES_MAX = 8192 }; /* that frechet compares: its matrices have the square of that */
#define LENGTH_EPS 1e-10    /* added to a length, as LPIPS does */

/* One of the two sets of pictures. */
struct side {
    lk_node *pictures, *features[LK_LIST_MAX];
    lk_moments moments;
    double *vectors; /* a batch of the last feature, (LK_EVALUATION_BATCH, n_values) */
};

struct lk_feature_meter {
    const lk_context *context;
    const lk_perceptual_options *network;
    lk_params params; /* none: the network's are constants */
    lk_graph *graph;
    struct side original, reconstruction;
    lk_moments samples;                    /* as those of reconstructions */
    const lk_real *linear[LK_LIST_MAX];    /* of LPIPS, (C) each */
    double distances[LK_EVALUATION_BATCH]; /* of a batch */
    double sum, squares;                   /* of all distances */
    size_t n_distances;
    lk_arena arena;
};

lk_feature_source lk_feature_source_of(const lk_config *config, char where[LK_FEATURES_WHERE_MAX]) {
    char place[LK_PATH_MAX];
    lk_format(where, LK_FEATURES_WHERE_MAX, "%s: features",
              lk_config_where(config, "features", place, sizeof place));
    return (lk_feature_source){ lk_config_network(config), where };
}

/* ---- building ---- */

static void build_side(struct lk_feature_meter *m, const char *name, lk_shape shape,
                       struct side *side) {
    side->pictures = lk_input(m->graph, name, shape);
    if (!side->pictures) return;
    lk_features_extract(m->network, side->pictures, side->features);
    for (int i = 0; i < m->network->features.n; i++)
        if (side->features[i]) lk_keep(side->features[i]);
}

static void build_linear(struct lk_feature_meter *m) {
    for (int i = 0; i < m->network->features.n && *m->network->linear; i++) {
        const lk_node *feature = m->original.features[i],
                      *linear = feature ? lk_features_linear(m->network, i, feature) : NULL;
        m->linear[i] = linear ? linear->value : NULL;
    }
}

static const lk_node *last_feature(const struct lk_feature_meter *m, const struct side *side) {
    return side->features[m->network->features.n - 1];
}

/* Values of a vector that frechet compares: channels, or all of a feature without positions. */
static int n_values_of(const struct lk_feature_meter *m) {
    return last_feature(m, &m->original)->shape.d[1];
}

static lk_status check_values(const struct lk_feature_meter *m, lk_error *err) {
    if (n_values_of(m) <= VALUES_MAX) return LK_OK;
    return lk_fail(err, LK_USAGE,
                   "expected at most %d values in the last feature, or as many channels, got %d",
                   VALUES_MAX, n_values_of(m));
}

/* All but memory for values. */
static lk_status build(struct lk_feature_meter *m, lk_image_shape images, lk_error *err) {
    const lk_graph_options options = { .context = m->context,
                                       .params = &m->params,
                                       .n = LK_EVALUATION_BATCH };
    const lk_shape shape =
        LK_SHAPE_4(LK_EVALUATION_BATCH, images.channels, images.size, images.size);
    lk_feature_weights weights;
    lk_status status = lk_graph_create(options, &m->graph, err);
    if (!status) status = lk_features_open(m->network, &weights, err);
    if (status) return status;
    lk_features_freeze(m->graph, &weights);
    build_side(m, "originals", shape, &m->original);
    build_side(m, "reconstructions", shape, &m->reconstruction);
    build_linear(m);
    lk_graph_freeze(m->graph, NULL, NULL);
    lk_features_close(&weights);
    status = lk_graph_status(m->graph, err);
    return status ? status : check_values(m, err);
}

static lk_status reserve_side(struct lk_feature_meter *m, struct side *side, lk_error *err) {
    const int n_values = n_values_of(m);
    const size_t bytes = (size_t)n_values * LK_EVALUATION_BATCH * sizeof(double);
    lk_status status = lk_moments_init(&side->moments, m->context->threads, n_values, err);
    side->vectors = lk_arena_alloc(&m->arena, bytes);
    return status || side->vectors ? status : lk_fail_memory(err, bytes, "features");
}

static lk_status start(const lk_context *context, const lk_feature_source *source,
                       lk_image_shape images, lk_feature_meter **out, lk_error *err) {
    lk_feature_meter *m = lk_alloc(sizeof *m);
    *out = m;
    if (!m) return lk_fail_memory(err, sizeof *m, "the metrics of features");
    m->context = context;
    m->network = source->network;
    lk_params_init(&m->params);
    lk_arena_init(&m->arena);
    lk_arena_init(&m->original.moments.arena);
    lk_arena_init(&m->reconstruction.moments.arena);
    lk_arena_init(&m->samples.arena);
    return build(m, images, err);
}

lk_status lk_feature_meter_create(const lk_context *context, const lk_feature_source *source,
                                  lk_image_shape images, lk_feature_meter **out, lk_error *err) {
    lk_feature_meter *m = NULL;
    lk_status status = start(context, source, images, &m, err);
    if (!status) status = lk_graph_finish(m->graph, NULL, err);
    if (status && m) lk_error_prefix(err, "%s", source->where);
    if (!status) status = reserve_side(m, &m->original, err);
    if (!status) status = reserve_side(m, &m->reconstruction, err);
    if (!status) status = lk_moments_init(&m->samples, context->threads, n_values_of(m), err);
    if (status)
        lk_feature_meter_destroy(m);
    else
        *out = m;
    return status;
}

lk_status lk_feature_meter_check(const lk_context *context, const lk_feature_source *source,
                                 lk_image_shape images, lk_error *err) {
    lk_feature_meter *m = NULL;
    lk_status status = start(context, source, images, &m, err);
    if (status && m) lk_error_prefix(err, "%s", source->where);
    lk_feature_meter_destroy(m);
    return status;
}

void lk_feature_meter_destroy(lk_feature_meter *m) {
    if (!m) return;
    lk_graph_destroy(m->graph);
    lk_params_deinit(&m->params);
    lk_moments_deinit(&m->original.moments);
    lk_moments_deinit(&m->reconstruction.moments);
    lk_moments_deinit(&m->samples);
    lk_arena_deinit(&m->arena);
    lk_free(m);
}

/* ---- pictures ---- */

/* At most a batch of n pictures; the rest of the batch is grey, and counts for nothing. */
static void fill(const struct side *side, const lk_real *pictures, int n) {
    const size_t size = lk_shape_row(side->pictures->shape);
    lk_real *to = side->pictures->value;
    for (size_t i = 0; i < (size_t)n * size; i++)
        to[i] = pictures[i] < 0 ? 0 : pictures[i] > 1 ? 1 : pictures[i];
    for (size_t i = (size_t)n * size; i < LK_EVALUATION_BATCH * size; i++) to[i] = LK_R(0.5);
}

/* The mean over positions, which vectors have one of. Maps are stored channels last. */
static void pool(const lk_node *feature, const lk_real *values, double *out) {
    const size_t n_values = (size_t)feature->shape.d[1],
                 n = lk_shape_row(feature->shape) / n_values;
    for (size_t k = 0; k < n_values; k++) out[k] = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n_values; k++) out[k] += (double)values[i * n_values + k];
    for (size_t k = 0; k < n_values; k++) out[k] /= (double)n;
}

static void pool_picture(void *context, int index, int thread) {
    const struct lk_feature_meter *m = context;
    const struct side *const sides[] = { &m->original, &m->reconstruction };
    (void)thread;
    for (size_t s = 0; s < LK_COUNT(sides); s++) {
        const lk_node *feature = last_feature(m, sides[s]);
        pool(feature, feature->value + (size_t)index * lk_shape_row(feature->shape),
             sides[s]->vectors + (size_t)index * (size_t)n_values_of(m));
    }
}

static double length_of(const lk_real *values, size_t n) {
    double sum = 0;
    for (size_t k = 0; k < n; k++) sum += (double)values[k] * (double)values[k];
    return sqrt(sum) + LENGTH_EPS;
}

/* LPIPS of one feature of one pair. */
static double distance(const lk_real *w, const lk_real *a, const lk_real *b, size_t n_positions,
                       size_t n_channels) {
    double sum = 0;
    for (size_t i = 0; i < n_positions; i++, a += n_channels, b += n_channels) {
        const double length_a = length_of(a, n_channels), length_b = length_of(b, n_channels);
        for (size_t k = 0; k < n_channels; k++) {
            double d = (double)a[k] / length_a - (double)b[k] / length_b;
            sum += (double)w[k] * d * d;
        }
    }
    return sum / (double)n_positions;
}

static void compare_picture(void *context, int index, int thread) {
    struct lk_feature_meter *m = context;
    (void)thread;
    m->distances[index] = 0;
    for (int i = 0; i < m->network->features.n; i++) {
        const lk_node *a = m->original.features[i], *b = m->reconstruction.features[i];
        const size_t row = lk_shape_row(a->shape), at = (size_t)index * row,
                     n_channels = a->shape.rank == 4 ? (size_t)a->shape.d[1] : 1;
        m->distances[index] +=
            distance(m->linear[i], a->value + at, b->value + at, row / n_channels, n_channels);
    }
}

static void add_distances(struct lk_feature_meter *m, int n) {
    if (!*m->network->linear) return;
    lk_threads_run(m->context->threads, n, compare_picture, m);
    for (int i = 0; i < n; i++) {
        m->sum += m->distances[i];
        m->squares += m->distances[i] * m->distances[i];
    }
    m->n_distances += (size_t)n;
}

/* Those of n pictures from `first` on that are in a batch. */
static int in_batch(int n, int first) {
    return n - first < 0 ? 0 : n - first < LK_EVALUATION_BATCH ? n - first : LK_EVALUATION_BATCH;
}

void lk_feature_meter_add(lk_feature_meter *m, const lk_feature_sets *sets) {
    const size_t size = lk_shape_row(m->original.pictures->shape);
    const int most =
        sets->n_originals > sets->n_reconstructions ? sets->n_originals : sets->n_reconstructions;
    for (int first = 0; first < most; first += LK_EVALUATION_BATCH) {
        const int n_a = in_batch(sets->n_originals, first),
                  n_b = in_batch(sets->n_reconstructions, first);
        fill(&m->original, sets->originals + (size_t)first * size, n_a);
        fill(&m->reconstruction, sets->reconstructions + (size_t)first * size, n_b);
        lk_graph_forward(m->graph, LK_EVAL, LK_EVALUATION_BATCH, 0);
        lk_threads_run(m->context->threads, n_a > n_b ? n_a : n_b, pool_picture, m);
        lk_moments_add(&m->original.moments, m->original.vectors, n_a);
        lk_moments_add(&m->reconstruction.moments, m->reconstruction.vectors, n_b);
        add_distances(m, n_a < n_b ? n_a : n_b);
    }
}

/* Samples pass where reconstructions do. */
void lk_feature_meter_add_samples(lk_feature_meter *m, const lk_real *samples, int n) {
    const size_t size = lk_shape_row(m->original.pictures->shape);
    for (int first = 0; first < n; first += LK_EVALUATION_BATCH) {
        const int n_now = in_batch(n, first);
        fill(&m->original, NULL, 0);
        fill(&m->reconstruction, samples + (size_t)first * size, n_now);
        lk_graph_forward(m->graph, LK_EVAL, LK_EVALUATION_BATCH, 0);
        lk_threads_run(m->context->threads, n_now, pool_picture, m);
        lk_moments_add(&m->samples, m->reconstruction.vectors, n_now);
    }
}

/* ---- results ---- */

lk_status lk_feature_meter_summarise(lk_feature_meter *m, lk_metrics_summary *summary,
                                     lk_error *err) {
    const double n = (double)m->n_distances, nan = (double)NAN;
    double *value = summary->value, *se = summary->se;
    value[LK_METRIC_LPIPS] = n > 0 ? m->sum / n : nan;
    se[LK_METRIC_LPIPS] =
        n > 1 ? sqrt(fmax(m->squares - m->sum * m->sum / n, 0) / (n - 1) / n) : nan;
    se[LK_METRIC_FRECHET] = nan;
    se[LK_METRIC_SAMPLE_FRECHET] = nan;
    lk_status status = lk_graph_status(m->graph, err);
    if (!status)
        status = lk_frechet(&m->original.moments, &m->reconstruction.moments,
                            &value[LK_METRIC_FRECHET], err);
    return status ? status
                  : lk_frechet(&m->original.moments, &m->samples, &value[LK_METRIC_SAMPLE_FRECHET],
                               err);
}

lk_status lk_feature_network_id(const lk_perceptual_options *network, char id[9], lk_error *err) {
    lk_text text = { 0 };
    cJSON *json = cJSON_CreateObject();
    lk_status status = json ? lk_options_write(lk_feature_options, network, json, err)
                            : lk_json_no_memory(err, "a network");
    cJSON_DeleteItemFromObjectCaseSensitive(json, "weights");
    if (!status) status = lk_json_print(json, false, &text, err);
    if (!status && text.failed) status = lk_fail_memory(err, text.n, "a network");
    if (!status) lk_format(id, 9, "%08x", (unsigned)lk_crc32c(0, text.data, text.n));
    lk_text_deinit(&text);
    cJSON_Delete(json);
    return status;
}

lk_status lk_feature_meter_describe(const lk_feature_meter *m, lk_feature_network *out,
                                    lk_error *err) {
    lk_feature_network network = { .n_values = n_values_of(m) };
    lk_format(network.crc32c, sizeof network.crc32c, "%s", m->network->crc32c);
    lk_status status = lk_feature_network_id(m->network, network.id, err);
    if (!status) *out = network;
    return status;
}

lk_status lk_feature_network_json(const lk_feature_network *network, cJSON *object, lk_error *err) {
    cJSON *json = cJSON_AddObjectToObject(object, "features");
    return json && cJSON_AddStringToObject(json, "network", network->id) &&
                   cJSON_AddStringToObject(json, "crc32c", network->crc32c) &&
                   lk_json_add_number(json, "n_values", network->n_values)
               ? LK_OK
               : lk_json_no_memory(err, "features");
}
