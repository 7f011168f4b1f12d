/* likeness info: what kind of file it is, by its first bytes, and what it holds. Packs are
   described here. */
#include "cli/info.h"
#include "base/file.h"
#include "cli/output.h"
#include "cli/sets.h"
#include "net/run_files.h"

#include <likeness/pack.h>

#include <string.h>

static const lk_option options[] = {
    LK_OPTION_SET(lk_info_options, "the config"),
    LK_OPTION_INTEGER(lk_info_options, size, 64, 1, 4096,
                      "side of the images that a config's network takes"),
    LK_OPTION_INTEGER(lk_info_options, channels, 3, 1, 3, "and their channels, 3 or 1"),
    LK_OPTION_BOOLEAN(lk_info_options, json, false, "one JSON object"),
    { 0 },
};

/* ---- packs ---- */

static lk_status put_pack_json(const lk_pack_meta *meta, double n_bytes, lk_error *err) {
    cJSON *json = cJSON_CreateObject();
    bool whole = cJSON_AddStringToObject(json, "kind", "pack") &&
                 lk_json_add_number(json, "size", meta->size) &&
                 lk_json_add_number(json, "channels", meta->channels);
    for (int split = 0; split < LK_N_SPLITS; split++)
        whole = whole && lk_json_add_number(json, lk_split_name((lk_split)split), meta->n[split]);
    whole = whole && lk_json_add_number(json, "n_absent", meta->n_absent) &&
            lk_json_add_number(json, "n_bad", meta->n_bad) &&
            cJSON_AddStringToObject(json, "source", meta->source) &&
            lk_json_add_number(json, "crop", meta->crop) &&
            cJSON_AddStringToObject(json, "filter", meta->filter) &&
            cJSON_AddStringToObject(json, "fingerprint", meta->fingerprint) &&
            lk_json_add_number(json, "bytes", n_bytes);
    return lk_cli_put_json(json, whole, err);
}

static lk_status put_pack_text(const lk_pack_meta *meta, const char *path, double n_bytes,
                               lk_error *err) {
    lk_text lines = { 0 }, out = { 0 };
    char text[32], crop[32];
    lk_text_add(&out, "%s: a pack, every byte verified\n", path);
    lk_text_add(&lines, "  pictures\t");
    for (int split = 0; split < LK_N_SPLITS; split++)
        lk_text_add(&lines, "%s%s %s", split ? ", " : "", lk_cli_count(meta->n[split], text),
                    lk_split_name((lk_split)split));
    lk_text_add(&lines, "\n  shape\t%d x %d, %s\n", meta->size, meta->size,
                meta->channels == 1 ? "grey" : "colour");
    lk_format(crop, sizeof crop, meta->crop ? "%d x %d" : "largest square", meta->crop, meta->crop);
    lk_text_add(&lines, "  source\t%s; crop %s, filter %s\n", meta->source, crop, meta->filter);
    lk_text_add(&lines, "  left out\t%s absent", lk_cli_count(meta->n_absent, text));
    lk_text_add(&lines, ", %s bad\n", lk_cli_count(meta->n_bad, text));
    lk_text_add(&lines, "  fingerprint\t%s\n  file\t%s\n", meta->fingerprint,
                lk_cli_bytes(n_bytes, text));
    lk_cli_align(&lines, "ll", &out);
    lk_text_deinit(&lines);
    return lk_cli_put(&out, err);
}

lk_status lk_info_pack(lk_cli *cli, const char *path, lk_error *err) {
    const lk_info_options *given = cli->options;
    lk_pack *pack = NULL;
    lk_map map = { 0 };
    lk_status status = lk_pack_open(path, &cli->context, &pack, err);
    if (!status) status = lk_map_open(path, &map, err);
    double n_bytes = (double)map.n_bytes;
    if (!status)
        status = given->json ? put_pack_json(lk_pack_describe(pack), n_bytes, err)
                             : put_pack_text(lk_pack_describe(pack), path, n_bytes, err);
    lk_map_close(&map);
    lk_pack_close(pack);
    return status;
}

/* ---- which kind ---- */

typedef lk_status describer(lk_cli *cli, const char *path, lk_error *err);

/* A safetensors file starts with the length of its header in 8 bytes, the last of which is 0 in any
   real file, and a "{". */
static describer *find_describer(const lk_map *map) {
    const uint8_t *data = map->data;
    size_t at = 0;
    if (map->n_bytes >= 4 && memcmp(data, "\x89LKD", 4) == 0) return lk_info_pack;
    if (map->n_bytes >= 9 && data[7] == 0 && data[8] == '{') return lk_info_tensors;
    while (at < map->n_bytes && strchr(" \t\r\n", data[at]) && data[at]) at++;
    return at < map->n_bytes && (data[at] == '{' || data[at] == '/') ? lk_info_config : NULL;
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const lk_info_options *given = cli->options;
    const char *path = cli->arguments[0];
    char model[LK_PATH_MAX];
    lk_map map = { 0 };
    if (given->channels == 2) return lk_fail(err, LK_USAGE, "--channels: expected 1 or 3, got 2");
    if (lk_folder_exists(path)) {
        if (!lk_format(model, sizeof model, "%s/" LK_RUN_MODEL, path))
            return lk_fail(err, LK_FORMAT, "%.200s...: path is too long", path);
        path = model;
    }
    lk_status status = lk_map_open(path, &map, err);
    if (status) return status;
    describer *describe = find_describer(&map);
    lk_map_close(&map);
    return describe
               ? describe(cli, path, err)
               : lk_fail(err, LK_FORMAT,
                         "%s: expected a config, a pack or a .safetensors file, got something else",
                         path);
}

const lk_command lk_command_info = {
    .name = "info",
    .summary = "What a config, a model, a checkpoint or a pack holds",
    .usage = "FILE [--size N] [--channels N] [--set KEY=VALUE]... [--json]",
    .details =
        "The content decides what kind of file it is; a run's folder stands for its "
        "model.safetensors.\n"
        "config        layers with shapes, parameters and multiply-adds (MACs) of the forward pass "
        "of one image; memory of training\n"
        ".safetensors  the model, the state of training, every tensor; all checksums are verified\n"
        "pack          counts, shape, origin, fingerprint; all checksums are verified",
    .options = options,
    .options_size = sizeof(lk_info_options),
    .min_arguments = 1,
    .max_arguments = 1,
    .computes = true,
    .run = run,
};
