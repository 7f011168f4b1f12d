/* Architectures: presets that are part of the program, and lists of layers that a config gives. */
#include "base/file.h"
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

static lk_status read_preset(int i, lk_arena *arena, lk_architecture *out, lk_error *err) {
    lk_json json = { 0 };
    char name[128];
    snprintf(name, sizeof name, "preset %s", lk_architecture_names[i]);
    lk_status status =
        lk_json_parse((const char *)lk_preset_texts[i], lk_preset_bytes[i], name, &json, err);
    if (!status) status = read_lists(&json, json.root, "architecture", arena, out, err);
    lk_json_deinit(&json);
    snprintf(out->preset, sizeof out->preset, "%s", lk_architecture_names[i]);
    return status;
}

lk_status lk_architecture_read(const lk_json *json, const cJSON *value, const char *path,
                               lk_arena *arena, lk_architecture *out, lk_error *err) {
    static const lk_option name = { .type = LK_WORD, .words = lk_architecture_words };
    const cJSON *preset = cJSON_GetObjectItemCaseSensitive(value, "preset");
    bool alone = preset && cJSON_GetArraySize(value) == 1;
    char member[256];
    int i = 0;
    if (cJSON_IsObject(value) && !alone) return read_lists(json, value, path, arena, out, err);
    if (value && !alone && !cJSON_IsString(value))
        return lk_json_mismatch(json, value, path, "a preset's name or an object", err);
    snprintf(member, sizeof member, "%s.preset", path);
    while (strcmp(lk_architecture_names[i], LK_ARCHITECTURE_DEFAULT) != 0) i++;
    lk_status status = LK_OK;
    if (value)
        status = lk_option_read(&name, json, alone ? preset : value, alone ? member : path, NULL,
                                &i, err);
    return status ? status : read_preset(i, arena, out, err);
}
