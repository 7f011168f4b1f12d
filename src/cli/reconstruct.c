/* likeness reconstruct: show what a trained model makes of pictures, next to the originals. */
#include "cli/command.h"
#include "cli/output.h"
#include "cli/pictures.h"
#include "cli/sets.h"
#include "image/collage.h"

#include <likeness/metric.h>

#include <limits.h>
#include <math.h>
#include <string.h>

struct options {
    char out[LK_WORDS_MAX], npy[LK_WORDS_MAX];
    int64_t crop;
    lk_strings set;
    bool json;
};

static const lk_option options[] = {
    LK_OPTION_OUTPUT(struct options, out, "FILE.png",
                     "PNG to write: rows of 8 originals, each row above its reconstructions"),
    LK_OPTION_OUTPUT(
        struct options, npy, "FILE.npy",
        "array to write: the reconstructions in the given order, float32 N x C x H x W"),
    LK_OPTION_CROP(struct options),
    LK_OPTION_SET(struct options, "the model's config"),
    LK_OPTION_BOOLEAN(struct options, json, false,
                      "one JSON object, with ssim and mse of each picture"),
    { 0 },
};

/* The pictures, their reconstructions, and the scores. */
struct work {
    const lk_cli *cli;
    lk_trained trained;
    lk_image_shape shape;
    int n;
    lk_real *originals, *reconstructions; /* (n, H, W, C) */
    lk_metrics *metrics;                  /* NULL: the pictures are too small to be measured */
    lk_metrics_summary summary;
};

static lk_status measure(struct work *w, lk_error *err) {
    if (w->shape.size < LK_METRIC_MIN_SIDE) return LK_OK;
    lk_status status = lk_metrics_create(&w->cli->context, w->shape.size, w->shape.size,
                                         w->shape.channels, &w->metrics, err);
    if (!status) status = lk_metrics_add(w->metrics, w->originals, w->reconstructions, w->n, err);
    if (!status) lk_metrics_summarise(w->metrics, &w->summary);
    return status;
}

static lk_status do_all(struct work *w, const struct options *given, const char *const *paths,
                        lk_error *err) {
    lk_status status = lk_trained_open(w->cli->arguments[0], &w->cli->context, given->set.v,
                                       given->set.n, &w->trained, err);
    if (status) return status;
    w->shape = w->trained.net.images;
    size_t n_bytes = lk_size_mul((size_t)w->n, lk_cli_picture_values(w->shape) * sizeof(lk_real));
    w->originals = lk_alloc(n_bytes);
    w->reconstructions = lk_alloc(n_bytes);
    if (!w->originals || !w->reconstructions) return lk_fail_memory(err, n_bytes, "the pictures");
    status = lk_cli_read_pictures(w->cli, paths, w->n, &w->trained, given->crop, w->originals, err);
    if (status) return status;
    lk_trained_reconstruct(&w->trained, w->originals, w->n, w->reconstructions);
    status = lk_graph_status(w->trained.net.graph, err);
    if (!status) status = measure(w, err);
    if (!status && *given->out)
        status = lk_collage_pairs(given->out, w->shape, w->n, w->originals, w->reconstructions,
                                  NULL, err);
    if (!status && *given->npy)
        status = lk_cli_write_pictures_npy(given->npy, w->shape, w->n, w->reconstructions, err);
    return status;
}

static double score(const struct work *w, lk_metric metric, int i) {
    return w->metrics ? lk_metrics_score(w->metrics, metric, (size_t)i).value : (double)NAN;
}

static double mean(const struct work *w, lk_metric metric) {
    return w->metrics ? w->summary.value[metric] : (double)NAN;
}

static bool add_pair(cJSON *images, const struct work *w, const char *path, int i) {
    cJSON *image = cJSON_CreateObject();
    return cJSON_AddItemToArray(images, image) && cJSON_AddStringToObject(image, "image", path) &&
           lk_json_add_number(image, "ssim", score(w, LK_METRIC_SSIM, i)) &&
           lk_json_add_number(image, "mse", score(w, LK_METRIC_MSE, i));
}

static lk_status put_json(const struct work *w, const struct options *given,
                          const char *const *paths, lk_error *err) {
    cJSON *json = cJSON_CreateObject(), *images = NULL;
    bool whole = cJSON_AddStringToObject(json, "model", w->trained.path) &&
                 lk_json_add_number(json, "n", w->n) &&
                 lk_json_add_number(json, "size", w->shape.size) &&
                 lk_json_add_number(json, "channels", w->shape.channels) &&
                 lk_json_add_number(json, "ssim", mean(w, LK_METRIC_SSIM)) &&
                 lk_json_add_number(json, "mse", mean(w, LK_METRIC_MSE));
    if (*given->out) whole = whole && cJSON_AddStringToObject(json, "out", given->out);
    if (*given->npy) whole = whole && cJSON_AddStringToObject(json, "npy", given->npy);
    whole = whole && (images = cJSON_AddArrayToObject(json, "images"));
    for (int i = 0; i < w->n && whole; i++) whole = add_pair(images, w, paths[i], i);
    return lk_cli_put_json(json, whole, err);
}

static lk_status put_text(const struct work *w, const struct options *given, lk_error *err) {
    lk_text out = { 0 };
    char n[32];
    lk_text_add(&out, "%s%s%s: %s picture%s", given->out, *given->out && *given->npy ? ", " : "",
                given->npy, lk_cli_count(w->n, n), w->n == 1 ? "" : "s");
    if (w->metrics)
        lk_text_add(&out, ", ssim %.4f, mse %.6f", mean(w, LK_METRIC_SSIM), mean(w, LK_METRIC_MSE));
    lk_text_add(&out, "\n");
    return lk_cli_put(&out, err);
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *given = cli->options;
    const char *const *paths = cli->arguments + 1;
    if (!*given->out && !*given->npy)
        return lk_fail(err, LK_USAGE,
                       "nothing to write: expected --out FILE.png, --npy FILE.npy or both");
    struct work *w = lk_alloc(sizeof *w);
    if (!w) return lk_fail_memory(err, sizeof *w, "reconstructing");
    w->cli = cli;
    w->n = cli->n_arguments - 1;
    lk_status status = do_all(w, given, paths, err);
    if (!status) status = given->json ? put_json(w, given, paths, err) : put_text(w, given, err);
    lk_metrics_destroy(w->metrics);
    lk_free(w->originals);
    lk_free(w->reconstructions);
    lk_trained_close(&w->trained);
    lk_free(w);
    return status;
}

const lk_command lk_command_reconstruct = {
    .name = "reconstruct",
    .summary = "Show what a trained model makes of pictures",
    .usage = "RUN IMAGE... --out FILE.png | --npy FILE.npy  [options]",
    .details = "RUN is a run's folder, a model file or a checkpoint.\n" LK_HELP_IMAGE,
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 2,
    .max_arguments = INT_MAX,
    .computes = true,
    .run = run,
};
