/* How good samples of a model's prior are. */
#include "evaluate/samples.h"
#include "evaluate/feature_scores.h"

#include <likeness/memory.h>
#include <likeness/metric.h>

#include <cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUND = 1024, ONE_IN = 100 }; /* pictures at once; one real picture in that many is close */

struct work {
    const lk_trained *decoder;
    const lk_context *context;
    const lk_pack *pack;
    const lk_samples_options *options;
    lk_samples *out;
    size_t n_values;
    lk_feature_meter *features; /* NULL: no network */
    lk_metrics *metrics;        /* sample i as the reconstruction of real picture i */
    lk_real *samples, *real;    /* (ROUND, H, W, C) */
    lk_real *codes;             /* (ROUND, Z) */
    lk_neighbour *of_samples, *of_real;
    lk_arena arena;
};

/* ---- pictures ---- */

static void draw_samples(const struct work *w, int first, int n) {
    const lk_model *model = &w->decoder->net.model;
    lk_prior_sample(w->options->prior, w->options->seed, first, n, model->latent->shape.d[1],
                    w->codes);
    lk_net_map(model->latent, model->output, w->codes, n, w->samples);
}

static void read_real(const struct work *w, int first, int n) {
    int n_all = lk_pack_count(w->pack, w->options->split);
    lk_real *to = w->real;
    for (int64_t i = first; i < first + n; i++) {
        const uint8_t *from =
            lk_pack_pixels(w->pack, w->options->split, (int)(i * n_all / w->out->n_real));
        lk_reals_from_bytes(from, w->n_values, to);
        to += w->n_values;
    }
}

/* The metrics compare pairs. Of these only the amounts of either side count, so where one side has
   no picture left it repeats the other. */
static lk_status measure_pairs(struct work *w, int n_samples, int n_real, lk_error *err) {
    int n = n_samples > n_real ? n_samples : n_real;
    size_t unit = w->n_values, samples = (size_t)n_samples * unit, real = (size_t)n_real * unit,
           all = (size_t)n * unit;
    if (real < all) memcpy(w->real + real, w->samples + real, (all - real) * sizeof *w->real);
    if (samples < all)
        memcpy(w->samples + samples, w->real + samples, (all - samples) * sizeof *w->real);
    return lk_metrics_add(w->metrics, w->real, w->samples, n, err);
}

static int of_round(int n, int first) {
    return n - first < 0 ? 0 : n - first < ROUND ? n - first : ROUND;
}

static lk_status measure_round(struct work *w, int first, lk_error *err) {
    const lk_stop *stop = w->options->stop;
    int n_samples = of_round(w->out->n, first), n_real = of_round(w->out->n_real, first);
    if (n_samples) draw_samples(w, first, n_samples);
    if (n_real) read_real(w, first, n_real);
    lk_status status = lk_graph_status(w->decoder->net.graph, err);
    if (!status && n_samples)
        status = lk_nearest(w->context, w->pack, w->samples, n_samples, stop, w->of_samples + first,
                            err);
    if (!status && n_real)
        status = lk_nearest(w->context, w->pack, w->real, n_real, stop, w->of_real + first, err);
    const lk_feature_sets sets = { w->real, w->samples, n_real, n_samples };
    if (!status && w->features) lk_feature_meter_add(w->features, &sets);
    return status ? status : measure_pairs(w, n_samples, n_real, err);
}

/* ---- numbers ---- */

static void add(double value, double *sum, double *squares) {
    *sum += value;
    *squares += value * value;
}

/* The squared standard error of a mean. */
static double squared_error(double sum, double squares, int n) {
    return n > 1 ? fmax(squares - sum * sum / n, 0) / (n - 1) / n : (double)NAN;
}

static lk_samples_ratio ratio_of(const struct work *w, lk_metric metric) {
    double sum[2] = { 0 }, squares[2] = { 0 };
    int n[2] = { w->out->n, w->out->n_real };
    for (int i = 0; i < n[0]; i++)
        add(lk_metrics_score(w->metrics, metric, (size_t)i).value, &sum[0], &squares[0]);
    for (int i = 0; i < n[1]; i++)
        add(lk_metrics_score(w->metrics, metric, (size_t)i).weight, &sum[1], &squares[1]);
    if (!(sum[1] > 0)) return (lk_samples_ratio){ (double)NAN, (double)NAN };
    double real = sum[1] / n[1], ratio = sum[0] / n[0] / real,
           variance = squared_error(sum[0], squares[0], n[0]) +
                      ratio * ratio * squared_error(sum[1], squares[1], n[1]);
    return (lk_samples_ratio){ ratio, sqrt(variance) / real };
}

/* 1 where there are two copies of the nearest. */
static double to_second(const lk_neighbour *of) {
    return of->second > 0 ? of->distance / of->second : 1;
}

static lk_samples_distances summarise(const lk_neighbour *of, int n) {
    double sum = 0, squares = 0, lowest = HUGE_VAL, ratios = 0;
    for (int i = 0; i < n; i++) {
        add(of[i].distance, &sum, &squares);
        lowest = fmin(lowest, of[i].distance);
        ratios += to_second(&of[i]);
    }
    return (lk_samples_distances){ sum / n, sqrt(squared_error(sum, squares, n)), lowest,
                                   ratios / n };
}

static int by_distance(const void *a, const void *b) {
    const lk_closest *x = a, *y = b;
    if (x->nearest.distance != y->nearest.distance)
        return x->nearest.distance < y->nearest.distance ? -1 : 1;
    return x->sample - y->sample;
}

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The number that all but one in ONE_IN reach. Sorts them. */
static double lower_end(double *values, int n) {
    qsort(values, (size_t)n, sizeof *values, by_value);
    return values[n / ONE_IN];
}

static lk_status count_copies(struct work *w, lk_error *err) {
    lk_samples *out = w->out;
    size_t n_bytes = (size_t)out->n_real * sizeof(double);
    double *distances = lk_arena_alloc(&w->arena, n_bytes),
           *ratios = lk_arena_alloc(&w->arena, n_bytes);
    if (!distances || !ratios) return lk_fail_memory(err, 2 * n_bytes, "distances");
    for (int i = 0; i < out->n_real; i++) {
        distances[i] = w->of_real[i].distance;
        ratios[i] = to_second(&w->of_real[i]);
    }
    out->threshold = lower_end(distances, out->n_real);
    out->threshold_to_second = lower_end(ratios, out->n_real);
    for (int i = 0; i < out->n; i++) {
        bool is_closer = w->of_samples[i].distance < out->threshold;
        out->n_closer += is_closer;
        out->n_copies += is_closer && to_second(&w->of_samples[i]) < out->threshold_to_second;
    }
    return LK_OK;
}

static lk_status find_closest(struct work *w, lk_error *err) {
    size_t n = (size_t)w->out->n;
    lk_closest *all = lk_arena_alloc(&w->arena, n * sizeof *all);
    if (!all) return lk_fail_memory(err, n * sizeof *all, "the closest samples");
    for (size_t i = 0; i < n; i++) all[i] = (lk_closest){ (int)i, w->of_samples[i] };
    qsort(all, n, sizeof *all, by_distance);
    int most = w->options->n_closest;
    w->out->n_closest = most < w->out->n ? most : w->out->n;
    memcpy(w->out->closest, all, (size_t)w->out->n_closest * sizeof *all);
    return LK_OK;
}

static lk_status measure_frechet(struct work *w, lk_error *err) {
    lk_metrics_summary summary;
    w->out->frechet = (double)NAN;
    if (!w->features) return LK_OK;
    lk_status status = lk_feature_meter_summarise(w->features, &summary, err);
    if (!status) w->out->frechet = summary.value[LK_METRIC_FRECHET];
    return status;
}

static lk_status summarise_all(struct work *w, lk_error *err) {
    lk_samples *out = w->out;
    out->sharpness = ratio_of(w, LK_METRIC_SHARPNESS_RATIO);
    out->chroma = ratio_of(w, LK_METRIC_CHROMA_RATIO);
    out->of_samples = summarise(w->of_samples, out->n);
    out->of_real = summarise(w->of_real, out->n_real);
    lk_status status = measure_frechet(w, err);
    if (!status) status = count_copies(w, err);
    return status ? status : find_closest(w, err);
}

/* ---- all ---- */

static lk_status check_pack(const struct work *w, const char *data, lk_error *err) {
    const lk_pack_meta *meta = lk_pack_describe(w->pack);
    lk_image_shape images = w->decoder->net.images;
    if (meta->size != images.size || meta->channels != images.channels)
        return lk_fail(
            err, LK_FORMAT,
            "%s: the model expects pictures of %d x %d with %d channels, got %d x %d with %d", data,
            images.size, images.size, images.channels, meta->size, meta->size, meta->channels);
    if (!meta->n[LK_SPLIT_TRAIN] || !meta->n[w->options->split])
        return lk_fail(err, LK_FORMAT, "%s: the pack has no %s pictures", data,
                       lk_split_name(meta->n[LK_SPLIT_TRAIN] ? w->options->split : LK_SPLIT_TRAIN));
    return LK_OK;
}

static lk_status reserve(struct work *w, lk_error *err) {
    lk_image_shape images = w->decoder->net.images;
    size_t unit = w->n_values = lk_shape_row(w->decoder->net.model.output->shape),
           latents = (size_t)w->decoder->net.model.latent->shape.d[1],
           block = lk_size_mul(ROUND, unit * sizeof(lk_real)), one = sizeof(lk_neighbour);
    w->samples = lk_arena_alloc(&w->arena, block);
    w->real = lk_arena_alloc(&w->arena, block);
    w->codes = lk_arena_alloc(&w->arena, lk_size_mul(ROUND, latents * sizeof(lk_real)));
    w->of_samples = lk_arena_alloc(&w->arena, (size_t)w->out->n * one);
    w->of_real = lk_arena_alloc(&w->arena, (size_t)w->out->n_real * one);
    if (!w->samples || !w->real || !w->codes || !w->of_samples || !w->of_real)
        return lk_fail_memory(err, 2 * block, "samples");
    lk_status status =
        lk_metrics_create(w->context, images.size, images.size, images.channels, &w->metrics, err);
    const lk_feature_source *features = &w->options->features;
    if (!status && features->network)
        status = lk_feature_meter_create(w->context, features, images, &w->features, err);
    return status;
}

lk_status lk_samples_measure(const lk_trained *decoder, const lk_pack *pack, const char *data,
                             const lk_samples_options *options, lk_samples *out, lk_error *err) {
    int n_all = lk_pack_count(pack, options->split);
    lk_samples result = { .n = options->n,
                          .n_real = n_all < LK_SAMPLES_REAL ? n_all : LK_SAMPLES_REAL,
                          .n_train = lk_pack_count(pack, LK_SPLIT_TRAIN),
                          .seed = options->seed,
                          .split = options->split };
    struct work w = { .decoder = decoder,
                      .context = decoder->net.context,
                      .pack = pack,
                      .options = options,
                      .out = &result };
    lk_arena_init(&w.arena);
    lk_status status = check_pack(&w, data, err);
    if (!status) status = reserve(&w, err);
    int most = result.n > result.n_real ? result.n : result.n_real;
    for (int first = 0; first < most && !status; first += ROUND)
        status = measure_round(&w, first, err);
    if (!status) status = summarise_all(&w, err);
    if (!status) *out = result;
    lk_feature_meter_destroy(w.features);
    lk_metrics_destroy(w.metrics);
    lk_arena_deinit(&w.arena);
    return status;
}

/* ---- JSON ---- */

static bool add_ratio(cJSON *json, const char *key, const char *key_se, lk_samples_ratio ratio) {
    return lk_json_add_number(json, key, ratio.value) && lk_json_add_number(json, key_se, ratio.se);
}

static bool add_distances(cJSON *json, const char *key, const lk_samples_distances *distances) {
    cJSON *object = cJSON_AddObjectToObject(json, key);
    return object && lk_json_add_number(object, "mean", distances->mean) &&
           lk_json_add_number(object, "mean_se", distances->se) &&
           lk_json_add_number(object, "lowest", distances->lowest) &&
           lk_json_add_number(object, "to_second", distances->to_second);
}

static bool add_closest(cJSON *json, const lk_samples *samples, const lk_pack *pack) {
    cJSON *list = cJSON_AddArrayToObject(json, "closest");
    for (int i = 0; i < samples->n_closest && list; i++) {
        const lk_closest *at = &samples->closest[i];
        cJSON *object = cJSON_CreateObject();
        if (!cJSON_AddItemToArray(list, object) ||
            !lk_json_add_number(object, "sample", at->sample) ||
            !lk_json_add_number(object, "index", at->nearest.index) ||
            !cJSON_AddStringToObject(object, "name",
                                     lk_pack_name(pack, LK_SPLIT_TRAIN, at->nearest.index)) ||
            !lk_json_add_number(object, "distance", at->nearest.distance) ||
            !lk_json_add_number(object, "second", at->nearest.second))
            return false;
    }
    return list;
}

lk_status lk_samples_json(const lk_samples *samples, const lk_pack *pack, cJSON *object,
                          lk_error *err) {
    cJSON *json = cJSON_AddObjectToObject(object, "samples");
    bool whole =
        json && lk_json_add_number(json, "n", samples->n) &&
        lk_json_add_number(json, "seed", (double)samples->seed) &&
        lk_json_add_number(json, "n_real", samples->n_real) &&
        lk_json_add_number(json, "n_train", samples->n_train) &&
        add_ratio(json, "sharpness_ratio", "sharpness_ratio_se", samples->sharpness) &&
        add_ratio(json, "chroma_ratio", "chroma_ratio_se", samples->chroma) &&
        (isnan(samples->frechet) || lk_json_add_number(json, "frechet", samples->frechet)) &&
        add_distances(json, "nearest", &samples->of_samples) &&
        add_distances(json, "nearest_real", &samples->of_real) &&
        lk_json_add_number(json, "threshold", samples->threshold) &&
        lk_json_add_number(json, "threshold_to_second", samples->threshold_to_second) &&
        lk_json_add_number(json, "n_closer", samples->n_closer) &&
        lk_json_add_number(json, "n_copies", samples->n_copies) && add_closest(json, samples, pack);
    return whole ? LK_OK : lk_json_no_memory(err, "the samples");
}
