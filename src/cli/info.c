/* likeness info: what a folder is, or what kind of file, by its first bytes; and what it holds. */
#include "cli/info.h"
#include "base/file.h"
#include "cli/flags.h"
#include "cli/run_list.h"
#include "cli/sets.h"
#include "net/run_files.h"

#include <cJSON.h>
#include <string.h>

const char *lk_info_code(const lk_config *config, char *out, size_t n_bytes) {
    lk_shape code = lk_config_code(config);
    if (code.rank == 3)
        lk_format(out, n_bytes, "%d x %d x %d", code.d[0], code.d[1], code.d[2]);
    else
        lk_format(out, n_bytes, "%d", code.d[0]);
    return out;
}

bool lk_info_add_code(cJSON *json, const lk_config *config) {
    lk_shape code = lk_config_code(config);
    return lk_json_add(json, "latent",
                       code.rank == 3 ? cJSON_CreateIntArray(code.d, 3)
                                      : cJSON_CreateNumber(code.d[0]));
}

#define SPLITS(X) LK_SPLIT_LIST(X) X(all, LK_INFO_ALL_SPLITS)

static const lk_option options[] = {
    LK_OPTION_SET(lk_info_options, "the config"),
    LK_OPTION_INTEGER(lk_info_options, size, 64, 1, 4096,
                      "side of the images that a config's network takes"),
    LK_OPTION_INTEGER(lk_info_options, channels, 3, 1, 3, "and their channels, 3 or 1"),
    LK_OPTION_BOOLEAN(lk_info_options, names, false,
                      "of a pack: the index, split and name of every picture"),
    LK_OPTION_WORD(lk_info_options, split, "all", LK_WORDS(SPLITS), "the split that --names lists"),
    LK_OPTION_BOOLEAN(lk_info_options, tensors, false,
                      "of a run: every tensor of its model, as for a .safetensors file"),
    LK_OPTION_OUTPUT(lk_info_options, augment, "FILE.png|svg|pdf",
                     "of a config: a picture of training pictures, as they are and as flip and "
                     "augment change them in the first epochs; needs --data"),
    { .key = "data",
      .type = LK_STRING,
      .offset = offsetof(lk_info_options, data),
      .text = "",
      .placeholder = "FILE.lkd",
      .help = "the pack whose training pictures --augment shows" },
    LK_OPTION_BOOLEAN(lk_info_options, json, false, "one JSON object"),
    { 0 },
};

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

static lk_status describe_file(lk_cli *cli, const char *path, lk_error *err) {
    const lk_info_options *given = cli->options;
    lk_map map = { 0 };
    /* only configs are read from streams */
    describer *of_config = *given->augment ? lk_info_augment : lk_info_config;
    if (lk_file_is_stream(path)) return of_config(cli, path, err);
    lk_status status = lk_map_open(path, &map, err);
    if (status) return status;
    describer *describe = find_describer(&map);
    lk_map_close(&map);
    if (*given->augment && describe && describe != lk_info_config)
        return lk_fail(err, LK_USAGE, "--augment: expected a config, got %s", path);
    if (describe == lk_info_config) describe = of_config;
    if (given->names && describe && describe != lk_info_pack)
        return lk_fail(err, LK_USAGE, "--names: expected a pack, got %s", path);
    return describe
               ? describe(cli, path, err)
               : lk_fail(err, LK_FORMAT,
                         "%s: expected a config, a pack or a .safetensors file, got something else",
                         path);
}

/* A run; a folder that holds no more than its model; or a folder of runs. */
static lk_status describe_folder(lk_cli *cli, const char *path, lk_error *err) {
    const lk_info_options *given = cli->options;
    char file[LK_PATH_MAX];
    lk_error none;
    bool is_run =
        lk_format(file, sizeof file, "%s/" LK_RUN_CONFIG, path) && lk_file_may_exist(file);
    if (given->names) return lk_fail(err, LK_USAGE, "--names: expected a pack, got %s", path);
    if (*given->augment)
        return lk_fail(err, LK_USAGE, "--augment: expected a config, got %s", path);
    if (is_run && !given->tensors) return lk_info_run(cli, path, err);
    lk_status status = lk_run_find_model(path, file, given->tensors ? err : &none);
    if (!status) return lk_info_tensors(cli, file, err);
    const lk_run_view runs = { .format = given->json ? LK_RUNS_JSON : LK_RUNS_MD };
    return given->tensors ? status : lk_cli_put_runs(cli, path, &runs, err);
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const lk_info_options *given = cli->options;
    const char *path = cli->arguments[0];
    if (given->channels == 2) return lk_fail(err, LK_USAGE, "--channels: expected 1 or 3, got 2");
    if (lk_cli_given(cli, "split") && !given->names)
        return lk_fail(err, LK_USAGE, "--split: expected together with --names");
    if (!*given->augment != !*given->data)
        return lk_fail(err, LK_USAGE, "expected --augment and --data together");
    return (lk_folder_exists(path) ? describe_folder : describe_file)(cli, path, err);
}

const lk_command lk_command_info = {
    .name = "info",
    .summary = "What a run, a config, a model, a checkpoint or a pack holds",
    .example = "likeness info runs/vae",
    .usage = "RUN | DIR | FILE [--tensors] [--size N] [--channels N] [--set KEY=VALUE]... [--names "
             "[--split WORD]] "
             "[--augment FILE --data FILE.lkd] [--json]",
    .details =
        "A run's folder tells what was trained, how, on what, and what came of it; any other "
        "folder lists the runs in it, as likeness runs does. The content decides what kind of file "
        "a FILE is.\n"
        "config        layers with shapes, parameters and multiply-adds (MACs) of the forward pass "
        "of one image; memory of training; --augment draws what training sees of pictures\n"
        ".safetensors  the model, the state of training, every tensor; all checksums are verified\n"
        "pack          counts, shape, origin, fingerprint; all checksums are verified; --names "
        "lists "
        "the pictures",
    .options = options,
    .options_size = sizeof(lk_info_options),
    .min_arguments = 1,
    .max_arguments = 1,
    .computes = true,
    .run = run,
};
