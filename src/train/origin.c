/* Starting a run from the weights in a file. */
#include "train/origin.h"
#include "base/file.h"
#include "net/run_files.h"
#include "net/tensors.h"
#include "optim/optim.h"

#include <cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the file ---- */

/* RUN stands for its model, or its best checkpoint if it is not finished. The path is absolute if
   the file exists. */
static lk_status find_file(const char *path, char out[LK_PATH_MAX], lk_error *err) {
    lk_status status = LK_OK;
    if (lk_folder_exists(path))
        status = lk_run_find_model(path, out, err);
    else if (!lk_format(out, LK_PATH_MAX, "%s", path))
        status = lk_fail(err, LK_USAGE, "%s: path is too long", path);
    if (status) return status;
    char *full = realpath(out, NULL);
    if (full) lk_format(out, LK_PATH_MAX, "%s", full);
    free(full); /* realpath's */
    return LK_OK;
}

/* A run that was not finished then may have gone on since. */
static bool is_checkpoint_of(const lk_origin *origin, const char *path) {
    char run[LK_PATH_MAX], of_origin[LK_PATH_MAX];
    return lk_folder_exists(path) && strstr(origin->path, "/" LK_RUN_CHECKPOINTS "/") &&
           strcmp(lk_run_folder(path, run), lk_run_folder(origin->path, of_origin)) == 0;
}

/* FNV-1a, 64 bits, of all bytes. */
static lk_status fingerprint_of(const char *path, char out[17], lk_error *err) {
    lk_map map;
    uint64_t hash = 0xcbf29ce484222325U;
    lk_status status = lk_map_open(path, &map, err);
    if (status) return status;
    for (size_t i = 0; i < map.n_bytes; i++) hash = (hash ^ map.data[i]) * 0x100000001b3U;
    lk_map_close(&map);
    lk_format(out, 17, "%016llx", (unsigned long long)hash);
    return LK_OK;
}

lk_status lk_origin_check(const lk_origin *origin, const char *path, lk_error *err) {
    char full[LK_PATH_MAX], fingerprint[17];
    lk_status status = find_file(path, full, err);
    if (status) return status;
    if (!*origin->path)
        return lk_fail(err, LK_USAGE,
                       "--init: the run was started without it; expected none when it continues, "
                       "got %s",
                       path);
    if (is_checkpoint_of(origin, path) || fingerprint_of(full, fingerprint, NULL) ||
        strcmp(fingerprint, origin->fingerprint) == 0)
        return LK_OK;
    return lk_fail(err, LK_USAGE,
                   "--init: the run was started from %s: expected fingerprint %s, got %s with %s",
                   origin->path, origin->fingerprint, path, fingerprint);
}

/* ---- names ---- */

enum { LISTED_MAX = 8 };

/* Some tensors, for messages. */
struct list {
    lk_text text;
    int n;
};

static void add(struct list *list, const char *item) {
    if (list->n++ < LISTED_MAX) lk_text_add(&list->text, "%s%s", list->n > 1 ? ", " : "", item);
}

/* ": a, b and 3 more", or "" */
static void end_list(struct list *list) {
    if (list->n > LISTED_MAX) lk_text_add(&list->text, " and %d more", list->n - LISTED_MAX);
}

static const char *words_of(const struct list *list) {
    return list->text.data ? list->text.data : "";
}

struct weights {
    const lk_net *net;
    const lk_safetensors *file;
    const char *path;
    const char *prefix; /* of trained parameters: "average." or "" */
    struct list missing, other_shape, unknown;
    int n_loaded;
};

static bool is_checkpoint(const lk_safetensors *file) {
    return lk_safetensors_metadata(file, "likeness.step") != NULL;
}

static const char *prefix_of(const lk_safetensors *file, const lk_params *params) {
    char name[512];
    for (int i = 0; i < params->n && is_checkpoint(file); i++) {
        lk_format(name, sizeof name, "average.%s", params->list[i].name);
        if (lk_safetensors_find(file, name)) return "average.";
    }
    return "";
}

static bool begins(const char *name, const char *prefix) {
    size_t n = strlen(prefix);
    return strncmp(name, prefix, n) == 0 && name[n] == '.';
}

/* The state of a checkpoint that is no weight of the model, and PyTorch's counters of batches. */
static bool is_beside_the_weights(const struct weights *w, const char *name) {
    static const char counter[] = ".num_batches_tracked";
    size_t n = strlen(name), n_counter = sizeof counter - 1;
    if (n > n_counter && strcmp(name + n - n_counter, counter) == 0) return true;
    if (!is_checkpoint(w->file)) return false;
    if (begins(name, "average")) return true;
    for (int i = 0; lk_optimizers[i]; i++) {
        const lk_optimizer *optimizer = (const lk_optimizer *)lk_optimizers[i];
        for (int m = 0; m < optimizer->n_moments; m++)
            if (begins(name, optimizer->moment_names[m])) return true;
    }
    return false;
}

static void find_unknown(struct weights *w) {
    for (size_t i = 0; i < lk_safetensors_count(w->file); i++) {
        const char *name = lk_safetensors_at(w->file, i)->name;
        if (!lk_params_find(&w->net->params, name) && !is_beside_the_weights(w, name))
            add(&w->unknown, name);
    }
}

/* ---- values ---- */

static lk_status check_finite(const struct weights *w, const lk_param *param, const lk_real *values,
                              lk_error *err) {
    for (size_t i = 0, n = lk_shape_size(param->shape); i < n; i++)
        if (!isfinite(values[i]))
            return lk_fail(err, LK_FORMAT, "%s: tensor %s: expected finite values, got %g", w->path,
                           param->name, (double)values[i]);
    return LK_OK;
}

static lk_status take(struct weights *w, const lk_param *param, lk_error *err) {
    bool trained = param->kind == LK_PARAM_TRAINED;
    char name[512];
    lk_error reason = { "" };
    lk_format(name, sizeof name, "%s%s", trained ? w->prefix : "", param->name);
    const lk_stored_tensor *tensor = lk_safetensors_find(w->file, name);
    if (!tensor) {
        add(&w->missing, name);
        return LK_OK;
    }
    if (lk_tensor_check(tensor, w->path, name, param->shape, &reason)) {
        const char *what = strstr(reason.text, ": tensor ");
        add(&w->other_shape, what ? what + strlen(": tensor ") : name);
        return LK_OK;
    }
    lk_real *values =
        (trained ? w->net->params.trained : w->net->params.statistics) + param->offset;
    lk_status status = lk_tensor_load(tensor, w->path, name, param, values, err);
    w->n_loaded++;
    return status ? status : check_finite(w, param, values, err);
}

static lk_status refuse(const struct weights *w, bool may_be_partial, lk_error *err) {
    lk_text text = { 0 };
    const struct {
        const char *words;
        const struct list *list;
    } lists[] = { { "missing", &w->missing },
                  { "of another shape", &w->other_shape },
                  { "not in the model", &w->unknown } };
    for (size_t i = 0; i < LK_COUNT(lists); i++)
        if (lists[i].list->n)
            lk_text_add(&text, "%s%s: %s", text.n ? "; " : "", lists[i].words,
                        words_of(lists[i].list));
    lk_fail(err, LK_FORMAT, "%s: expected the tensors of the model; %s%s", w->path,
            text.data ? text.data : "out of memory",
            may_be_partial ? " (--init-partial takes those that fit)" : "");
    lk_text_deinit(&text);
    return LK_FORMAT;
}

static void say(const struct weights *w, const char *file) {
    const lk_log *log = &w->net->context->log;
    if (lk_folder_exists(w->path) && is_checkpoint(w->file))
        lk_log_say(log, LK_INFO, "%s: not finished; its %s checkpoint is used", w->path,
                   strstr(file, LK_RUN_BEST) ? "best" : "last");
    lk_log_say(log, LK_INFO, "starting from %s: %d of %d tensors", w->path, w->n_loaded,
               w->net->params.n);
    if (w->missing.n)
        lk_log_say(log, LK_WARNING, "missing, start at random: %s", words_of(&w->missing));
    if (w->other_shape.n)
        lk_log_say(log, LK_WARNING, "of another shape, start at random: %s",
                   words_of(&w->other_shape));
    if (w->unknown.n)
        lk_log_say(log, LK_WARNING, "not in the model, not used: %s", words_of(&w->unknown));
}

static lk_status load(struct weights *w, const char *file, const lk_origin_request *request,
                      lk_error *err) {
    const lk_params *params = &w->net->params;
    lk_status status = LK_OK;
    w->prefix = prefix_of(w->file, params);
    for (int i = 0; i < params->n && !status; i++) status = take(w, &params->list[i], err);
    if (status) return status;
    find_unknown(w);
    end_list(&w->missing);
    end_list(&w->other_shape);
    end_list(&w->unknown);
    bool whole = !w->missing.n && !w->other_shape.n && !w->unknown.n;
    if (!w->n_loaded || (!whole && !request->partial))
        return refuse(w, request->may_be_partial, err);
    say(w, file);
    return LK_OK;
}

lk_status lk_origin_load(const lk_net *net, const lk_origin_request *request, lk_origin *out,
                         lk_error *err) {
    lk_origin origin = { 0 };
    lk_safetensors *file = NULL;
    lk_status status = find_file(request->path, origin.path, err);
    if (!status) status = fingerprint_of(origin.path, origin.fingerprint, err);
    if (!status) status = lk_safetensors_open(origin.path, &file, err);
    struct weights w = { .net = net, .file = file, .path = request->path };
    if (!status) status = load(&w, origin.path, request, err);
    lk_text_deinit(&w.missing.text);
    lk_text_deinit(&w.other_shape.text);
    lk_text_deinit(&w.unknown.text);
    lk_safetensors_close(file);
    if (!status) *out = origin;
    return status;
}

/* ---- as JSON ---- */

lk_status lk_origin_print(const lk_origin *origin, lk_text *out, lk_error *err) {
    cJSON *object = cJSON_CreateObject();
    bool whole = cJSON_AddStringToObject(object, "path", origin->path) &&
                 cJSON_AddStringToObject(object, "fingerprint", origin->fingerprint);
    lk_status status = whole ? lk_json_print(object, false, out, err)
                             : lk_json_no_memory(err, "the start of a run");
    cJSON_Delete(object);
    return status;
}

lk_status lk_origin_parse(const char *text, const char *name, lk_origin *out, lk_error *err) {
    lk_json json = { 0 };
    lk_status status = lk_json_parse(text, strlen(text), name, &json, err);
    if (!status) {
        const char *path =
                       cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json.root, "path")),
                   *fingerprint = cJSON_GetStringValue(
                       cJSON_GetObjectItemCaseSensitive(json.root, "fingerprint"));
        if (path && fingerprint) {
            lk_format(out->path, sizeof out->path, "%s", path);
            lk_format(out->fingerprint, sizeof out->fingerprint, "%s", fingerprint);
        } else
            status =
                lk_fail(err, LK_FORMAT, "%s: expected path and fingerprint, got %s", name, text);
    }
    lk_json_deinit(&json);
    return status == LK_USAGE ? LK_FORMAT : status;
}
