/* The network of the metrics of features: that of --features, or of the model. */
#include "cli/eval_features.h"

#include <string.h>

static lk_status read_file(const char *path, lk_eval_features *features, lk_error *err) {
    lk_chosen chosen;
    lk_status status = lk_json_read_input(path, &features->json, err);
    if (!status)
        status = lk_choice_read(lk_feature_networks, "perceptual", NULL, NULL, &features->json,
                                features->json.root, "", &features->arena, &chosen, err);
    if (status) return status;
    lk_format(features->where, sizeof features->where, "%s", lk_json_input_name(path));
    features->source =
        (lk_feature_source){ chosen.choice->options ? chosen.options : NULL, features->where };
    return LK_OK;
}

lk_status lk_eval_features_open(const char *path, const lk_trained *model,
                                lk_eval_features *features, lk_error *err) {
    *features = (lk_eval_features){ .json = { 0 } };
    lk_arena_init(&features->arena);
    if (strcmp(path, "none") == 0) return LK_OK;
    if (*path) return read_file(path, features, err);
    char place[LK_FEATURES_WHERE_MAX];
    features->source = lk_feature_source_of(&model->config, place);
    lk_format(features->where, sizeof features->where, "%s (--features none: without it)", place);
    features->source.where = features->where;
    return LK_OK;
}

void lk_eval_features_close(lk_eval_features *features) {
    lk_json_deinit(&features->json);
    lk_arena_deinit(&features->arena);
}
