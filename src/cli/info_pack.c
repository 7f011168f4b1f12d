/* likeness info of a pack: what it holds, and with --names every picture. */
#include "base/file.h"
#include "cli/info.h"
#include "cli/output.h"
#include "cli/wrap.h"

#include <string.h>

/* ---- the summary ---- */

static bool add_meta(cJSON *json, const lk_pack_meta *meta, double n_bytes) {
    bool whole = cJSON_AddStringToObject(json, "kind", "pack") &&
                 lk_json_add_number(json, "size", meta->size) &&
                 lk_json_add_number(json, "channels", meta->channels);
    for (int split = 0; split < LK_N_SPLITS; split++)
        whole = whole && lk_json_add_number(json, lk_split_name((lk_split)split), meta->n[split]);
    return whole && lk_json_add_number(json, "n_absent", meta->n_absent) &&
           lk_json_add_number(json, "n_bad", meta->n_bad) &&
           (meta->n_equal < 0 || lk_json_add_number(json, "n_equal", meta->n_equal)) &&
           cJSON_AddStringToObject(json, "source", meta->source) &&
           cJSON_AddStringToObject(json, "parts", meta->parts) &&
           lk_json_add_number(json, "crop", meta->crop) &&
           cJSON_AddStringToObject(json, "filter", meta->filter) &&
           cJSON_AddStringToObject(json, "fingerprint", meta->fingerprint) &&
           lk_json_add_number(json, "bytes", n_bytes);
}

static const char *words_for_parts(const char *parts) {
    return strcmp(parts, "hash") == 0     ? "by pixels"
           : strcmp(parts, "name") == 0   ? "by name"
           : strcmp(parts, "folder") == 0 ? "by folder"
                                          : "by the source";
}

static lk_status put_text(const lk_pack_meta *meta, const char *path, double n_bytes,
                          lk_error *err) {
    lk_text lines = { 0 }, out = { 0 };
    char text[32], crop[32];
    lk_text_add(&out, "%s: a pack, every byte verified\n", path);
    lk_text_add(&lines, "  pictures\t");
    for (int split = 0; split < LK_N_SPLITS; split++)
        lk_text_add(&lines, "%s%s %s", split ? ", " : "", lk_count_text(meta->n[split], text),
                    lk_split_name((lk_split)split));
    lk_text_add(&lines, "\n  split\t%s", words_for_parts(meta->parts));
    if (meta->n_equal >= 0)
        lk_text_add(&lines, "; %s equal to an earlier picture", lk_count_text(meta->n_equal, text));
    lk_text_add(&lines, "\n  shape\t%d x %d, %s\n", meta->size, meta->size,
                meta->channels == 1 ? "grey" : "colour");
    lk_format(crop, sizeof crop, meta->crop ? "%d x %d" : "largest square", meta->crop, meta->crop);
    lk_text_add(&lines, "  source\t%s; crop %s, filter %s\n", meta->source, crop, meta->filter);
    lk_text_add(&lines, "  left out\t%s absent", lk_count_text(meta->n_absent, text));
    lk_text_add(&lines, ", %s bad\n", lk_count_text(meta->n_bad, text));
    lk_text_add(&lines, "  fingerprint\t%s\n  file\t%s\n", meta->fingerprint,
                lk_cli_bytes(n_bytes, text));
    lk_cli_align(&lines, "ll", &out);
    lk_text_deinit(&lines);
    return lk_cli_put_lines(&out, err);
}

/* ---- the names ---- */

static bool is_listed(const lk_info_options *given, int split) {
    return given->split == LK_INFO_ALL_SPLITS || given->split == split;
}

/* A line for each picture: its index in the split, the split, the name. */
static lk_status put_names(const lk_info_options *given, const lk_pack *pack, lk_error *err) {
    lk_text out = { 0 };
    for (int split = 0; split < LK_N_SPLITS; split++)
        for (int i = 0; is_listed(given, split) && i < lk_pack_count(pack, (lk_split)split); i++) {
            lk_text_add(&out, "%d\t%s\t", i, lk_split_name((lk_split)split));
            lk_text_name(&out, lk_pack_name(pack, (lk_split)split, i));
            lk_text_add(&out, "\n");
        }
    return lk_cli_put(&out, err);
}

static bool add_name(cJSON *names, const lk_pack *pack, int split, int i) {
    cJSON *row = cJSON_CreateObject();
    return cJSON_AddItemToArray(names, row) && lk_json_add_number(row, "index", i) &&
           cJSON_AddStringToObject(row, "split", lk_split_name((lk_split)split)) &&
           cJSON_AddStringToObject(row, "name", lk_pack_name(pack, (lk_split)split, i));
}

static bool add_names(cJSON *json, const lk_info_options *given, const lk_pack *pack) {
    cJSON *names = cJSON_AddArrayToObject(json, "names");
    bool whole = names != NULL;
    for (int split = 0; split < LK_N_SPLITS; split++)
        for (int i = 0; is_listed(given, split) && i < lk_pack_count(pack, (lk_split)split); i++)
            whole = whole && add_name(names, pack, split, i);
    return whole;
}

static lk_status put(const lk_info_options *given, const lk_pack *pack, const char *path,
                     double n_bytes, lk_error *err) {
    const lk_pack_meta *meta = lk_pack_describe(pack);
    if (given->json) {
        cJSON *json = cJSON_CreateObject();
        bool whole =
            add_meta(json, meta, n_bytes) && (!given->names || add_names(json, given, pack));
        return lk_cli_put_json(json, whole, err);
    }
    return given->names ? put_names(given, pack, err) : put_text(meta, path, n_bytes, err);
}

lk_status lk_info_pack(lk_cli *cli, const char *path, lk_error *err) {
    lk_pack *pack = NULL;
    lk_map map = { 0 };
    lk_status status = lk_pack_open(path, &cli->context, &pack, err);
    if (!status) status = lk_map_open(path, &map, err);
    if (!status) status = put(cli->options, pack, path, (double)map.n_bytes, err);
    lk_map_close(&map);
    lk_pack_close(pack);
    return status;
}
