/* An explanation's numbers as JSON. */
#include "explain/explain.h"

#include <likeness/json.h>

#include <cJSON.h>

static bool add_array(cJSON *object, const char *key, const double *values, int n) {
    return lk_json_add(object, key, cJSON_CreateDoubleArray(values, n));
}

static bool add_losses(cJSON *json, const lk_explanation *e) {
    cJSON *losses = cJSON_AddObjectToObject(json, "losses");
    bool whole = losses != NULL;
    for (int i = 0; i < LK_N_EXPLAINED_LOSSES && whole; i++) {
        cJSON *loss = cJSON_AddObjectToObject(losses, lk_explained_losses[i]);
        whole = lk_json_add_number(loss, "loss", e->losses[i].value) &&
                lk_json_add_number(loss, "gradient_norm", e->losses[i].norm);
    }
    return whole;
}

static bool add_curves(cJSON *json, const lk_explanation *e) {
    cJSON *curves = cJSON_AddObjectToObject(json, "curves");
    bool whole = add_array(curves, "k", e->k, LK_CURVE_STEPS);
    for (int change = 0; change < e->n_changes && whole; change++) {
        cJSON *of_change = cJSON_AddObjectToObject(curves, lk_change_names[change]);
        for (int i = 0; i < LK_N_EXPLAINED_LOSSES && whole; i++) {
            const lk_explained_curve *curve = &e->curves[change][i];
            cJSON *of_loss = cJSON_AddObjectToObject(of_change, lk_explained_losses[i]);
            whole = add_array(of_loss, "loss", curve->value, LK_CURVE_STEPS) &&
                    add_array(of_loss, "gradient_norm", curve->norm, LK_CURVE_STEPS);
        }
    }
    return whole;
}

static bool add_parts(cJSON *json, const lk_explanation *e) {
    cJSON *all = cJSON_AddObjectToObject(json, "parts");
    bool whole = all != NULL;
    for (int i = 0; i < LK_N_PICTURES && whole; i++) {
        const lk_explained_parts *parts = &e->parts[i];
        cJSON *picture = cJSON_AddObjectToObject(all, lk_picture_names[i]);
        whole = lk_json_add_number(picture, "l", parts->l) &&
                lk_json_add_number(picture, "c", parts->c) &&
                lk_json_add_number(picture, "s", parts->s) &&
                lk_json_add_number(picture, "product", parts->product) &&
                lk_json_add_number(picture, "sum", parts->sum) &&
                lk_json_add_number(picture, "product_pull", parts->product_pull) &&
                lk_json_add_number(picture, "sum_pull", parts->sum_pull);
    }
    return whole;
}

lk_status lk_explanation_json(const lk_explanation *e, cJSON **json, lk_error *err) {
    cJSON *object = cJSON_CreateObject();
    bool whole = object && lk_json_add_number(object, "size", e->images.size) &&
                 lk_json_add_number(object, "channels", e->images.channels) &&
                 lk_json_add_number(object, "ssim", e->ssim) &&
                 lk_json_add_number(object, "mse", e->mse) && add_losses(object, e) &&
                 add_curves(object, e) && add_parts(object, e);
    if (!whole) {
        cJSON_Delete(object);
        return lk_fail(err, LK_MEMORY, "out of memory for the JSON of an explanation");
    }
    *json = object;
    return LK_OK;
}
