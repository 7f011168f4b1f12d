/* Architectures: presets, and lists of layers that a config gives. */
#include "model/presets.h"

#include <likeness/model.h>

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define LAYERS(list, help_)                                                                        \
    {                                                                                              \
        .key = #list, .type = LK_CHOICES, .offset = offsetof(lk_architecture, list), .min = 0,     \
        .max = LK_LAYERS_MAX, .words = "layers", .help = help_, .items = &lk_layer_items           \
    }

const lk_option lk_architecture_options[] = {
    LK_OPTION_STRING(lk_architecture, preset, "",
                     "a preset that stands for both lists; next to lists, only a name for people"),
    LK_OPTION_INTEGER(lk_architecture, width, 0, 0, 1024,
                      "channels of the preset's first stage; later stages have up to 8 times as "
                      "many; 0: the preset's own"),
    LAYERS(encoder, "from images to features"),
    LAYERS(decoder, "from codes to images, ending in a sigmoid"),
    { 0 },
};

static lk_status check_end(const lk_json *json, const cJSON *object, const char *path,
                           const lk_chosen_list *decoder, lk_error *err) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "decoder");
    const char *last = decoder->n ? decoder->item[decoder->n - 1].chosen.choice->name : "no layer";
    char member[256];
    if (strcmp(last, "sigmoid") == 0) return LK_OK;
    snprintf(member, sizeof member, "%s.decoder", path);
    lk_fail(err, LK_USAGE,
            "expected {\"type\": \"sigmoid\"} as the last layer, as pixels are in [0, 1], got %s",
            last);
    return lk_json_error_at(json, decoder->n ? cJSON_GetArrayItem(list, decoder->n - 1) : list,
                            member, err);
}

static lk_status read_lists(const lk_json *json, const cJSON *object, const char *path,
                            lk_arena *arena, lk_architecture *out, lk_error *err) {
    lk_status status =
        lk_options_read(lk_architecture_options, json, object, path, arena, out, err);
    return status ? status : check_end(json, object, path, &out->decoder, err);
}

static bool names_preset(const cJSON *object) {
    const cJSON *value;
    cJSON_ArrayForEach(value, object) {
        if (strcmp(value->string, "preset") != 0 && strcmp(value->string, "width") != 0)
            return false;
    }
    return object && object->child;
}

static lk_status read_name(const lk_json *json, const cJSON *value, const char *path,
                           lk_architecture *out, lk_error *err) {
    static const lk_option name = { .type = LK_WORD, .words = LK_WORDS(LK_PRESET_LIST) };
    int i = 0;
    lk_status status = lk_option_read(&name, json, value, path, NULL, &i, err);
    if (!status) snprintf(out->preset, sizeof out->preset, "%s", lk_presets[i]->name);
    return status;
}

/* {"preset": NAME, "width": CHANNELS} */
static lk_status read_preset(const lk_json *json, const cJSON *object, const char *path,
                             lk_architecture *out, lk_error *err) {
    const cJSON *preset = cJSON_GetObjectItemCaseSensitive(object, "preset"),
                *width = cJSON_GetObjectItemCaseSensitive(object, "width");
    char member[256];
    snprintf(member, sizeof member, "%s.preset", path);
    if (!preset) {
        lk_fail(err, LK_USAGE,
                "expected a preset next to \"width\", as in {\"preset\": \"compact\", \"width\": "
                "64}, got none");
        return lk_json_error_at(json, object, member, err);
    }
    lk_status status = read_name(json, preset, member, out, err);
    snprintf(member, sizeof member, "%s.width", path);
    if (!status && width)
        status = lk_option_read(lk_option_find(lk_architecture_options, "width"), json, width,
                                member, NULL, out, err);
    return status;
}

lk_status lk_architecture_read(const lk_json *json, const cJSON *value, const char *path,
                               lk_arena *arena, lk_architecture *out, lk_error *err) {
    if (cJSON_IsObject(value) && !names_preset(value))
        return read_lists(json, value, path, arena, out, err);
    if (value && !cJSON_IsObject(value) && !cJSON_IsString(value))
        return lk_json_mismatch(json, value, path, "a preset's name, a file's name or an object",
                                err);
    lk_architecture read;
    lk_options_default(lk_architecture_options, &read);
    snprintf(read.preset, sizeof read.preset, "%s", LK_PRESET_DEFAULT);
    lk_status status = LK_OK;
    if (cJSON_IsObject(value))
        status = read_preset(json, value, path, &read, err);
    else if (value)
        status = read_name(json, value, path, &read, err);
    if (!status) *out = read;
    return status;
}

lk_status lk_architecture_fit(const lk_architecture *architecture, int size, lk_shape code,
                              lk_arena *arena, lk_architecture *out, lk_error *err) {
    const lk_preset *preset = lk_preset_find(architecture->preset);
    lk_architecture fitted = *architecture;
    lk_text text = { 0 };
    lk_json json = { 0 };
    char name[128];
    if (architecture->decoder.n || !preset) {
        *out = fitted;
        return LK_OK;
    }
    snprintf(name, sizeof name, "preset %s for %d x %d", preset->name, size, size);
    lk_status status = lk_preset_layers(preset, (int)architecture->width, size, code, &text, err);
    if (!status) status = lk_json_argument(text.data, name, &json, err);
    if (!status) status = read_lists(&json, json.root, "architecture", arena, &fitted, err);
    lk_json_deinit(&json);
    lk_text_deinit(&text);
    if (status) return status;
    memcpy(fitted.preset, architecture->preset, sizeof fitted.preset);
    fitted.width = architecture->width;
    *out = fitted;
    return LK_OK;
}
