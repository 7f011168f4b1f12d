/* How the training pictures were made, in the metadata of model files and checkpoints. */
#include "net/preparation.h"
#include "base/file.h"

#include <cJSON.h>
#include <string.h>

const lk_option lk_preparation_options[] = {
    LK_OPTION_STRING(lk_preparation, source, "", "where the pack's pictures came from"),
    LK_OPTION_INTEGER(lk_preparation, crop, 0, 0, LK_CROP_MAX,
                      "side of the centre square; 0: the largest"),
    LK_OPTION_WORD(lk_preparation, filter, "bicubic", LK_WORDS(LK_FILTER_LIST),
                   "filter of the resize"),
    LK_OPTION_STRING(lk_preparation, background, "black", "colour behind transparent pixels"),
    LK_OPTION_STRING(lk_preparation, fingerprint, "", "fingerprint of the pack"),
    { 0 },
};

lk_status lk_preparation_print(const lk_preparation *preparation, lk_text *out, lk_error *err) {
    cJSON *json = cJSON_CreateObject();
    if (!json) return lk_json_no_memory(err, "a model's metadata");
    lk_status status = lk_options_write(lk_preparation_options, preparation, json, err);
    if (!status) status = lk_json_print(json, false, out, err);
    cJSON_Delete(json);
    return status;
}

static lk_status read_object(const lk_json *json, lk_preparation *read, lk_error *err) {
    if (!cJSON_IsObject(json->root))
        return lk_json_mismatch(json, json->root, "", "an object", err);
    for (const lk_option *option = lk_preparation_options; option->key; option++) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(json->root, option->key);
        lk_status status =
            value ? lk_option_read(option, json, value, option->key, NULL, read, err) : LK_OK;
        if (status) return status;
    }
    uint8_t colour[3];
    if (lk_image_colour_read(read->background, colour)) return LK_OK;
    return lk_json_mismatch(json, cJSON_GetObjectItemCaseSensitive(json->root, "background"),
                            "background", "black, white or #rrggbb", err);
}

lk_status lk_preparation_read(const lk_safetensors *file, const char *path,
                              lk_preparation *preparation, lk_error *err) {
    const char *text = lk_safetensors_metadata(file, "likeness.data");
    char name[LK_PATH_MAX + 32];
    lk_preparation read;
    lk_json json = { 0 };
    lk_options_default(lk_preparation_options, &read);
    lk_format(name, sizeof name, "%s (metadata likeness.data)", path);
    lk_status status = text ? lk_json_parse(text, strlen(text), name, &json, err) : LK_OK;
    if (text && !status) status = read_object(&json, &read, err);
    if (!status) *preparation = read;
    lk_json_deinit(&json);
    return status == LK_USAGE ? LK_FORMAT : status;
}
