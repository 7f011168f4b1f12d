/* The content of a safetensors file: a model, a checkpoint, or tensors of another program. */
#include "cli/info.h"
#include "cli/output.h"
#include "cli/wrap.h"
#include "net/run_files.h"
#include "net/trained.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 128 };

struct contents {
    const char *path, *kind; /* model, checkpoint, tensors */
    lk_safetensors *file;
    bool has_config;
    lk_config config;
    lk_image_shape images;
    double step, epoch, n_parameters; /* NaN if the file does not say */
    double n_values, n_bytes;
};

static double number_of(const lk_safetensors *file, const char *key) {
    const char *text = lk_safetensors_metadata(file, key);
    char *end = NULL;
    double value = text ? strtod(text, &end) : (double)NAN;
    return end && end != text && *end == 0 ? value : (double)NAN;
}

static double values_of(const lk_stored_tensor *tensor) {
    return (double)(tensor->n_bytes / lk_stored_type_bytes(tensor->type));
}

/* Only the network knows how many values are trained: a file may also hold moments and averages. */
static lk_status count_parameters(struct contents *c, const lk_context *context, lk_error *err) {
    lk_net net = { 0 };
    lk_status status = lk_model_images(c->file, c->path, &c->images, err);
    if (!status) status = lk_net_init(&net, context, &c->config, c->images, 1, 1, false, err);
    if (!status) c->n_parameters = (double)lk_params_count(&net.params);
    lk_net_deinit(&net);
    return status;
}

static lk_status read_config(struct contents *c, const lk_context *context, lk_error *err) {
    char name[LK_PATH_MAX + 16];
    const char *text = lk_safetensors_metadata(c->file, "likeness.config");
    c->has_config = text != NULL;
    if (!text) return LK_OK;
    lk_format(name, sizeof name, "%s (config)", c->path);
    lk_status status = lk_config_parse_text(text, strlen(text), name, NULL, 0, &c->config, err);
    if (!status) status = count_parameters(c, context, err);
    return status == LK_USAGE ? LK_FORMAT : status;
}

static lk_status read_all(struct contents *c, const lk_context *context, lk_error *err) {
    lk_map map = { 0 };
    lk_status status = lk_safetensors_open(c->path, &c->file, err);
    if (!status) status = lk_map_open(c->path, &map, err);
    c->n_bytes = (double)map.n_bytes;
    lk_map_close(&map);
    if (status) return status;
    for (size_t i = 0; i < lk_safetensors_count(c->file); i++)
        c->n_values += values_of(lk_safetensors_at(c->file, i));
    c->step = number_of(c->file, "likeness.step");
    c->epoch = number_of(c->file, "likeness.epoch");
    c->n_parameters = (double)NAN;
    status = read_config(c, context, err);
    c->kind = !c->has_config                                      ? "tensors"
              : lk_safetensors_metadata(c->file, "likeness.step") ? "checkpoint"
                                                                  : "model";
    return status;
}

static bool add_tensor(cJSON *tensors, const lk_stored_tensor *tensor) {
    cJSON *json = cJSON_CreateObject(), *shape = NULL;
    bool whole = cJSON_AddItemToArray(tensors, json) &&
                 cJSON_AddStringToObject(json, "name", tensor->name) &&
                 cJSON_AddStringToObject(json, "type", lk_stored_type_name(tensor->type)) &&
                 (shape = cJSON_AddArrayToObject(json, "shape"));
    for (int i = 0; i < tensor->n_dims && whole; i++)
        whole = cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)tensor->shape[i]));
    return whole;
}

static bool add_model(cJSON *json, const struct contents *c) {
    cJSON *images = NULL;
    char name[LK_WORDS_MAX];
    bool whole =
        cJSON_AddStringToObject(json, "name", lk_run_name(c->config.name, c->path, name)) &&
        cJSON_AddStringToObject(json, "model", c->config.model.chosen.choice->name) &&
        lk_info_add_code(json, &c->config) && (images = cJSON_AddObjectToObject(json, "images")) &&
        lk_json_add_number(images, "size", c->images.size) &&
        lk_json_add_number(images, "channels", c->images.channels) &&
        lk_json_add_number(json, "parameters", c->n_parameters);
    if (!isnan(c->step)) whole = whole && lk_json_add_number(json, "step", c->step);
    if (!isnan(c->epoch)) whole = whole && lk_json_add_number(json, "epoch", c->epoch);
    return whole;
}

static lk_status put_json(const struct contents *c, lk_error *err) {
    cJSON *json = cJSON_CreateObject(), *tensors = NULL;
    size_t n = lk_safetensors_count(c->file);
    bool whole = cJSON_AddStringToObject(json, "kind", c->kind) &&
                 (!c->has_config || add_model(json, c)) &&
                 lk_json_add_number(json, "bytes", c->n_bytes) &&
                 lk_json_add_number(json, "n_tensors", (double)n) &&
                 lk_json_add_number(json, "values", c->n_values) &&
                 (tensors = cJSON_AddArrayToObject(json, "tensors"));
    for (size_t i = 0; i < n && whole; i++)
        whole = add_tensor(tensors, lk_safetensors_at(c->file, i));
    return lk_cli_put_json(json, whole, err);
}

/* Characters that would break the table or control the terminal become "?". */
static const char *plain(const char *name, char out[NAME_MAX_BYTES]) {
    bool whole = lk_format(out, NAME_MAX_BYTES, "%s", name);
    if (!whole) memcpy(out + NAME_MAX_BYTES - 4, "...", 4);
    for (char *at = out; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f) *at = '?';
    return out;
}

static void add_tensors(const struct contents *c, lk_text *out) {
    lk_text lines = { 0 };
    char number[32], name[NAME_MAX_BYTES];
    lk_text_add(&lines, "tensor\ttype\tshape\tvalues\n");
    for (size_t i = 0; i < lk_safetensors_count(c->file); i++) {
        const lk_stored_tensor *tensor = lk_safetensors_at(c->file, i);
        lk_text_add(&lines, "%s\t%s\t", plain(tensor->name, name),
                    lk_stored_type_name(tensor->type));
        for (int d = 0; d < tensor->n_dims; d++)
            lk_text_add(&lines, "%s%zu", d ? " x " : "", tensor->shape[d]);
        lk_text_add(&lines, "\t%s\n", lk_count_text((int64_t)values_of(tensor), number));
    }
    lk_cli_align(&lines, "llrr", out);
    lk_text_deinit(&lines);
}

static void add_about(const struct contents *c, lk_text *out) {
    char number[32], code[64], name[2 * LK_WORDS_MAX], plain_name[LK_WORDS_MAX];
    if (c->has_config)
        lk_text_add(
            out, ", %s: %s, latent %s, images %d x %d x %d",
            lk_text_quoted(lk_run_name(c->config.name, c->path, plain_name), name, sizeof name),
            c->config.model.chosen.choice->name, lk_info_code(&c->config, code, sizeof code),
            c->images.channels, c->images.size, c->images.size);
    if (!isnan(c->step)) lk_text_add(out, ", step %s", lk_count_text((int64_t)c->step, number));
    if (!isnan(c->epoch)) lk_text_add(out, ", epoch %s", lk_count_text((int64_t)c->epoch, number));
    lk_text_add(out, "\n");
    if (!isnan(c->n_parameters))
        lk_text_add(out, "%s parameters, ", lk_count_text((int64_t)c->n_parameters, number));
    lk_text_add(out, "%s tensors", lk_count_text((int64_t)lk_safetensors_count(c->file), number));
    lk_text_add(out, " of %s values", lk_count_text((int64_t)c->n_values, number));
    lk_text_add(out, ", %s\n\n", lk_cli_bytes(c->n_bytes, number));
}

static lk_status put_text(const struct contents *c, lk_error *err) {
    lk_text out = { 0 };
    bool foreign = !c->has_config;
    lk_text_add(&out, "%s: %s%s%s", c->path, foreign ? "" : "a ", foreign ? "tensors" : c->kind,
                foreign ? " of another program" : "");
    add_about(c, &out);
    add_tensors(c, &out);
    return lk_cli_put_lines(&out, err);
}

lk_status lk_info_tensors(lk_cli *cli, const char *path, lk_error *err) {
    const lk_info_options *given = cli->options;
    struct contents *c = lk_alloc(sizeof *c);
    if (!c) return lk_fail_memory(err, sizeof *c, path);
    c->path = path;
    lk_status status = read_all(c, &cli->context, err);
    if (!status) status = given->json ? put_json(c, err) : put_text(c, err);
    lk_config_deinit(&c->config);
    lk_safetensors_close(c->file);
    lk_free(c);
    return status;
}
