/* Lists of layers: read from JSON, appended to a graph. */
#include "base/file.h"
#include "nn/layer_list.h"

#include <likeness/nn.h>

#include <cJSON.h>
#include <string.h>

#define ROW(name) &lk_layer_##name.choice,
const lk_choice *const lk_layer_list[] = { LK_LAYER_LIST(ROW) NULL };

static lk_status read_one(const lk_json *json, const cJSON *item, const char *path, lk_arena *arena,
                          lk_chosen *layer, const char **where, lk_error *err) {
    char place[LK_PATH_MAX], text[LK_PATH_MAX + 256];
    lk_format(text, sizeof text, "%s: %s", lk_json_where(json, item, place, sizeof place), path);
    *where = lk_arena_text(arena, text);
    if (!*where) return lk_fail_memory(err, strlen(text), "the layers");
    if (!cJSON_GetObjectItemCaseSensitive(item, "type"))
        return lk_fail(err, LK_USAGE,
                       "%s: got no \"type\", wanted one of the layers (likeness list layers)",
                       *where);
    return lk_choice_read(lk_layer_list, NULL, NULL, NULL, json, item, path, arena, layer, err);
}

lk_status lk_layers_read(const lk_json *json, const cJSON *array, const char *path, lk_arena *arena,
                         lk_layers *out, lk_error *err) {
    char place[LK_PATH_MAX];
    if (!cJSON_IsArray(array))
        return lk_fail(err, LK_USAGE, "%s: %s: wanted a list of layers",
                       lk_json_where(json, array, place, sizeof place), path);
    int n = cJSON_GetArraySize(array), i = 0;
    if (n > LK_LAYERS_MAX)
        return lk_fail(err, LK_USAGE, "%s: %s: got a list of %d, wanted at most %d layers",
                       lk_json_where(json, array, place, sizeof place), path, n, LK_LAYERS_MAX);
    lk_layers layers = { .n = n,
                         .list = lk_arena_alloc(arena, (size_t)n * sizeof *layers.list),
                         .where = lk_arena_alloc(arena, (size_t)n * sizeof *layers.where) };
    if (!layers.list || !layers.where)
        return lk_fail_memory(err, (size_t)n * sizeof *layers.list, "the layers");
    const cJSON *item;
    cJSON_ArrayForEach(item, array) {
        char item_path[256];
        lk_format(item_path, sizeof item_path, "%s[%d]", path, i);
        lk_status status =
            read_one(json, item, item_path, arena, &layers.list[i], &layers.where[i], err);
        if (status) return status;
        i++;
    }
    *out = layers;
    return LK_OK;
}

static const lk_layer *layer_at(const lk_layers *layers, int i) {
    return (const lk_layer *)layers->list[i].choice;
}

/* Layer i, and the one behind it if both are one op. */
static lk_node *build_at(const lk_layers *layers, int i, const lk_layer_place *place, lk_node *x) {
    char prefix[128];
    lk_format(prefix, sizeof prefix, "%s.%d", place->prefix, i);
    lk_layer_place own = *place;
    own.prefix = prefix;
    own.rectify =
        layer_at(layers, i)->takes_relu && i + 1 < layers->n && layer_at(layers, i + 1)->slope;
    own.slope = own.rectify ? layer_at(layers, i + 1)->slope(layers->list[i + 1].options) : 0;
    x = lk_name(layer_at(layers, i)->build(&own, x, layers->list[i].options), "%s", prefix);
    if (!x) lk_graph_blame(place->graph, layers->where[i]);
    return x;
}

lk_node *lk_layers_build(const lk_layers *layers, const lk_layer_place *place, lk_node *x) {
    for (int i = 0; x && i < layers->n; i++) {
        bool taken = i > 0 && layer_at(layers, i - 1)->takes_relu && layer_at(layers, i)->slope;
        if (!taken) x = build_at(layers, i, place, x);
    }
    return x;
}

bool lk_layers_end_in(const lk_layers *layers, const char *type) {
    return layers->n > 0 && strcmp(layers->list[layers->n - 1].choice->name, type) == 0;
}
