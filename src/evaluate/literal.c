/* The metric that a loss is, found by the loss's name, and the loss's options translated for the
   metric. The losses themselves are not used. */
#include "evaluate/literal.h"
#include "config/sections.h"

#include <cjson/cJSON.h>
#include <string.h>

/* ---- reading ---- */

/* A word stands for an object of that type. Anything else goes to the parser, which explains what
   is wrong with it. */
static lk_status parse(const char *text, const char *flag, lk_json *json, lk_error *err) {
    char quoted[2 * LK_WORDS_MAX], object[2 * LK_WORDS_MAX + 16];
    lk_status status = lk_json_argument(text, flag, json, err);
    if (status || !cJSON_IsString(json->root)) return status;
    lk_format(object, sizeof object, "{\"type\": %s}",
              lk_text_quoted(json->root->valuestring, quoted, sizeof quoted));
    lk_json_deinit(json);
    return text[0] == '{' ? lk_json_parse(text, strlen(text), flag, json, err)
                          : lk_json_argument(object, flag, json, err);
}

lk_status lk_literal_read(const char *text, const char *flag, lk_literal *literal, lk_error *err) {
    const lk_section *section = lk_section_find("reconstruction");
    lk_config_reconstruction read = { 0 };
    *literal = (lk_literal){ 0 };
    lk_arena_init(&literal->arena);
    lk_status status = parse(text, flag, &literal->json, err);
    if (!status)
        status =
            lk_choice_read(section->list, section->type, section->options, &read, &literal->json,
                           literal->json.root, "", &literal->arena, &read.chosen, err);
    literal->loss = read.chosen;
    literal->scale = read.scale;
    return status;
}

void lk_literal_deinit(lk_literal *literal) {
    lk_arena_deinit(&literal->arena);
    lk_json_deinit(&literal->json);
    *literal = (lk_literal){ 0 };
}

/* ---- measuring ---- */

typedef lk_status measure(const void *options, const lk_picture_pair *pair, double *value,
                          lk_error *err);

static lk_status mse(const void *options, const lk_picture_pair *pair, double *value,
                     lk_error *err) {
    (void)options, (void)err;
    *value = lk_metric_mse(pair);
    return LK_OK;
}

static lk_status l1(const void *options, const lk_picture_pair *pair, double *value,
                    lk_error *err) {
    (void)options, (void)err;
    *value = lk_metric_l1(pair);
    return LK_OK;
}

static lk_structural_form form_of(const lk_structural_options *o) {
    return (lk_structural_form){ .windows = o->windows,
                                 .weights = o->weights,
                                 .alpha = o->alpha,
                                 .beta = o->beta,
                                 .gamma = o->gamma,
                                 .K1 = o->K1,
                                 .K2 = o->K2,
                                 .gaussian = o->window == LK_WINDOW_GAUSSIAN,
                                 .sigma = o->sigma,
                                 .color = (lk_color)o->color };
}

static lk_status structural(lk_structural_form form, const lk_picture_pair *pair, double *value,
                            lk_error *err) {
    lk_structural_value measured = { 0 };
    lk_status status = lk_metric_structural(pair, &form, &measured, err);
    if (!status) *value = measured.loss;
    return status;
}

static lk_status ssim(const void *options, const lk_picture_pair *pair, double *value,
                      lk_error *err) {
    return structural(form_of(options), pair, value, err);
}

static lk_status lwssim(const void *options, const lk_picture_pair *pair, double *value,
                        lk_error *err) {
    lk_structural_form form = form_of(options);
    form.sum = true;
    return structural(form, pair, value, err);
}

static lk_status ms_ssim(const void *options, const lk_picture_pair *pair, double *value,
                         lk_error *err) {
    const lk_ms_ssim_options *o = options;
    const lk_ms_ssim_form form = { .scales = (int)o->scales,
                                   .window_size = (int)o->window_size,
                                   .gaussian = o->window == LK_WINDOW_GAUSSIAN,
                                   .sigma = o->sigma,
                                   .K1 = o->K1,
                                   .K2 = o->K2,
                                   .color = (lk_color)o->color };
    double similarity = 0;
    lk_status status = lk_metric_ms_ssim(pair, &form, &similarity, err);
    if (!status) *value = 1 - similarity;
    return status;
}

static lk_status charbonnier(const void *options, const lk_picture_pair *pair, double *value,
                             lk_error *err) {
    (void)err;
    *value = lk_metric_charbonnier(pair, ((const lk_charbonnier_options *)options)->eps);
    return LK_OK;
}

static lk_status huber(const void *options, const lk_picture_pair *pair, double *value,
                       lk_error *err) {
    (void)err;
    *value = lk_metric_huber(pair, ((const lk_huber_options *)options)->delta);
    return LK_OK;
}

static lk_status gradient(const void *options, const lk_picture_pair *pair, double *value,
                          lk_error *err) {
    (void)options;
    return lk_metric_gradient(pair, value, err);
}

static lk_status laplacian(const void *options, const lk_picture_pair *pair, double *value,
                           lk_error *err) {
    const lk_laplacian_options *o = options;
    return lk_metric_laplacian(pair, (int)o->levels, value, err);
}

static lk_status focal_frequency(const void *options, const lk_picture_pair *pair, double *value,
                                 lk_error *err) {
    const lk_focal_frequency_options *o = options;
    return lk_metric_focal_frequency(pair, o->alpha, value, err);
}

static lk_status gmsd(const void *options, const lk_picture_pair *pair, double *value,
                      lk_error *err) {
    const lk_gmsd_options *o = options;
    return lk_metric_gmsd(pair, o->c, (lk_color)o->color, value, err);
}

static measure *find(const char *name);

static lk_status sum(const void *options, const lk_picture_pair *pair, double *value,
                     lk_error *err) {
    const lk_sum_options *o = options;
    lk_status status = LK_OK;
    double total = 0;
    for (int i = 0; i < o->terms.n && !status; i++) {
        double term = 0;
        const lk_chosen *loss = &o->terms.item[i].chosen;
        status = find(loss->choice->name)(loss->options, pair, &term, err);
        if (status) lk_error_prefix(err, "terms[%d]", i);
        total += lk_sum_scale(o, i) * term;
    }
    if (!status) *value = total;
    return status;
}

static lk_status no_form(const void *options, const lk_picture_pair *pair, double *value,
                         lk_error *err) {
    (void)options, (void)pair, (void)value;
    return lk_fail(err, LK_USAGE, "this loss has no literal form");
}

/* A row for every loss. */
#define FORM_LIST(X)                                                                               \
    X(mse)                                                                                         \
    X(l1)                                                                                          \
    X(ssim)                                                                                        \
    X(lwssim)                                                                                      \
    X(ms_ssim)                                                                                     \
    X(charbonnier)                                                                                 \
    X(huber)                                                                                       \
    X(gradient)                                                                                    \
    X(laplacian)                                                                                   \
    X(focal_frequency)                                                                             \
    X(gmsd)                                                                                        \
    X(sum)

static measure *find(const char *name) {
    static const struct {
        const char *name;
        measure *measure;
    } forms[] = {
#define ROW(name) { #name, name },
        FORM_LIST(ROW)
#undef ROW
    };
    for (size_t i = 0; i < LK_COUNT(forms); i++)
        if (strcmp(forms[i].name, name) == 0) return forms[i].measure;
    return no_form;
}

lk_status lk_literal_value(const lk_literal *literal, const lk_picture_pair *pair, double *value,
                           lk_error *err) {
    double unscaled = 0;
    const lk_chosen *loss = &literal->loss;
    lk_status status = find(loss->choice->name)(loss->options, pair, &unscaled, err);
    if (status)
        lk_error_prefix(err, "%s", loss->choice->name);
    else
        *value = literal->scale * unscaled;
    return status;
}
