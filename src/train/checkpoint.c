/* Checkpoints: everything that a run needs to continue. */
#include "train/checkpoint.h"
#include "base/file.h"
#include "net/run_files.h"
#include "net/tensors.h"
#include "tensor/gemm.h"
#include "train/extend.h"
#include "train/origin.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const lk_optimizer *optimizer_of(const lk_checkpoint *checkpoint) {
    return (const lk_optimizer *)checkpoint->config->optimizer.chosen.choice;
}

/* A flat array of a checkpoint, and the prefix of the names of its tensors. */
struct part {
    char prefix[64];
    lk_param_kind kind;
    lk_real *values;
};
enum { PARTS_MAX = 3 + LK_MOMENTS_MAX };

/* Returns how many there are. */
static int parts_of(const lk_checkpoint *c, struct part parts[PARTS_MAX]) {
    const lk_params *params = &c->net->params;
    int n = 0;
    parts[n++] = (struct part){ "", LK_PARAM_TRAINED, params->trained };
    parts[n++] = (struct part){ "", LK_PARAM_STATISTIC, params->statistics };
    if (c->state->average)
        parts[n++] = (struct part){ "average.", LK_PARAM_TRAINED, c->state->average };
    for (int i = 0; i < optimizer_of(c)->n_moments; i++) {
        struct part *part = &parts[n++];
        *part = (struct part){ "", LK_PARAM_TRAINED, c->state->moment[i] };
        lk_format(part->prefix, sizeof part->prefix, "%s.", optimizer_of(c)->moment_names[i]);
    }
    return n;
}

/* ---- writing ---- */

static lk_status collect(const lk_checkpoint *c, lk_tensor_list *tensors, lk_error *err) {
    struct part parts[PARTS_MAX];
    lk_status status = LK_OK;
    for (int i = 0, n = parts_of(c, parts); i < n && !status; i++)
        status = lk_tensor_list_add(tensors, &c->net->params, parts[i].kind, parts[i].values,
                                    parts[i].prefix, err);
    return status;
}

/* In the order of the file. */
static const char *const metadata_keys[] = {
    "format",
    "likeness.images",
    "likeness.data",
    "likeness.config",
    "likeness.step",
    "likeness.epoch",
    "likeness.batch",
    "likeness.best",
    "likeness.best_step",
    "likeness.epoch_loss",
    "likeness.first_loss",
    "likeness.ended",
    "likeness.extended",
    "likeness.init",
    "likeness.fingerprint",
    "likeness.version",
    "likeness.blas",
    "likeness.isa",
};

struct position_texts {
    char step[32], epoch[32], batch[32], ended[32], extended[32], best_step[32],
        best[LK_NUMBER_TEXT_MAX], first_loss[LK_NUMBER_TEXT_MAX], epoch_loss[LK_NUMBER_TEXT_MAX];
};

static void print_steps(char out[32], int64_t steps) {
    lk_format(out, 32, "%lld", (long long)steps);
}

static void print_position(const lk_checkpoint *c, const lk_position *position,
                           struct position_texts *out) {
    *out = (struct position_texts){ .best = "null", .first_loss = "null" };
    print_steps(out->step, position->step);
    print_steps(out->epoch, position->step / c->steps_an_epoch);
    print_steps(out->batch, position->step % c->steps_an_epoch);
    print_steps(out->ended, position->ended);
    print_steps(out->extended, position->extended);
    print_steps(out->best_step, position->best_step);
    if (isfinite(position->best)) lk_number_text(position->best, out->best);
    if (isfinite(position->first_loss)) lk_number_text(position->first_loss, out->first_loss);
    lk_number_text(position->epoch_loss, out->epoch_loss);
}

/* old_name: as for lk_safetensors_replace. */
static lk_status write_checkpoint(const lk_checkpoint *c, const char *path, const char *old_name,
                                  const lk_position *position, lk_error *err) {
    lk_tensor_list tensors;
    lk_text data = { 0 }, origin = { 0 };
    lk_tensor_list_init(&tensors);
    lk_status status = collect(c, &tensors, err);
    if (!status) status = lk_preparation_print(c->data, &data, err);
    if (!status) status = lk_origin_print(c->origin, &origin, err);
    struct position_texts at;
    char images[64];
    print_position(c, position, &at);
    lk_format(images, sizeof images, "{\"size\": %d, \"channels\": %d}", c->net->images.size,
              c->net->images.channels);
    const char *const values[] = { "pt",
                                   images,
                                   data.data,
                                   c->config_text,
                                   at.step,
                                   at.epoch,
                                   at.batch,
                                   at.best,
                                   at.best_step,
                                   at.epoch_loss,
                                   at.first_loss,
                                   at.ended,
                                   position->extended ? at.extended : NULL,
                                   *c->origin->path ? origin.data : NULL,
                                   c->data->fingerprint,
                                   LIKENESS_VERSION,
                                   lk_blas_name(),
                                   c->net->context->kernels->isa };
    _Static_assert(LK_COUNT(values) == LK_COUNT(metadata_keys), "every key has a value");
    lk_metadata metadata[LK_COUNT(metadata_keys)];
    size_t n = 0;
    for (size_t i = 0; i < LK_COUNT(values); i++)
        if (values[i]) metadata[n++] = (lk_metadata){ metadata_keys[i], values[i] };
    if (!status)
        status = lk_safetensors_replace(path, old_name, tensors.list, tensors.n, metadata, n, err);
    lk_text_deinit(&origin);
    lk_text_deinit(&data);
    lk_tensor_list_deinit(&tensors);
    return status;
}

lk_status lk_checkpoint_write(const lk_checkpoint *c, const char *path, const lk_position *position,
                              lk_error *err) {
    return write_checkpoint(c, path, NULL, position, err);
}

lk_status lk_checkpoint_write_last(const lk_checkpoint *c, const char *folder,
                                   const lk_position *position, lk_error *err) {
    char last[LK_PATH_MAX], previous[LK_PATH_MAX];
    lk_format(last, sizeof last, "%s/" LK_RUN_LAST, folder);
    lk_format(previous, sizeof previous, "%s/" LK_RUN_PREVIOUS, folder);
    return write_checkpoint(c, last, previous, position, err);
}

/* ---- reading ---- */

static const char *entry(const lk_safetensors *file, const char *key) {
    const char *text = lk_safetensors_metadata(file, key);
    return text ? text : "";
}

/* The number under a key, which must be the whole text. */
static bool read_number(const lk_safetensors *file, const char *key, double *value) {
    const char *text = entry(file, key);
    char *end = NULL;
    *value = strtod(text, &end);
    return *text && !*end && isfinite(*value);
}

/* The same for a number of steps. */
static bool read_steps(const lk_safetensors *file, const char *key, double most, int64_t *steps) {
    double value;
    if (!read_number(file, key, &value) || value < 0 || value > most || value != floor(value))
        return false;
    *steps = (int64_t)value;
    return true;
}

static lk_status read_position(const lk_safetensors *file, const char *path, lk_position *position,
                               lk_error *err) {
    lk_position read = { .best = (double)INFINITY };
    /* only a run that starts from a file is saved before its first step */
    int64_t first = *entry(file, "likeness.init") ? 0 : 1;
    if (!read_steps(file, "likeness.step", 9e15, &read.step) || read.step < first)
        return lk_fail(
            err, LK_FORMAT,
            "%s: metadata likeness.step: expected a number of steps, got \"%s\": not a checkpoint?",
            path, entry(file, "likeness.step"));
    if (!read_number(file, "likeness.epoch_loss", &read.epoch_loss))
        return lk_fail(err, LK_FORMAT,
                       "%s: metadata likeness.epoch_loss: expected a number, got \"%s\"", path,
                       entry(file, "likeness.epoch_loss"));
    if (strcmp(entry(file, "likeness.best"), "null") != 0 &&
        !read_number(file, "likeness.best", &read.best))
        return lk_fail(err, LK_FORMAT,
                       "%s: metadata likeness.best: expected a number or null, got \"%s\"", path,
                       entry(file, "likeness.best"));
    if (!read_number(file, "likeness.first_loss", &read.first_loss)) read.first_loss = (double)NAN;
    read.ended = read.step;
    if (*entry(file, "likeness.ended") &&
        !read_steps(file, "likeness.ended", (double)read.step, &read.ended))
        return lk_fail(
            err, LK_FORMAT,
            "%s: metadata likeness.ended: expected a number of steps up to %lld, got \"%s\"", path,
            (long long)read.step, entry(file, "likeness.ended"));
    if (!read_steps(file, "likeness.best_step", (double)read.step, &read.best_step))
        read.best_step = 0;
    if (!read_steps(file, "likeness.extended", (double)read.step, &read.extended))
        read.extended = 0;
    *position = read;
    return LK_OK;
}

/* The config that the run had when this was written. */
static lk_status read_config(const lk_safetensors *file, const char *path, lk_config *then,
                             lk_error *err) {
    const char *text = entry(file, "likeness.config");
    lk_status status = lk_config_parse_text(text, strlen(text), path, NULL, 0, then, err);
    return status == LK_USAGE ? LK_FORMAT : status;
}

static lk_status same_data(const lk_checkpoint *c, const lk_safetensors *file, const char *path,
                           lk_error *err) {
    const char *then = entry(file, "likeness.fingerprint");
    if (strcmp(then, c->data->fingerprint) == 0) return LK_OK;
    return lk_fail(err, LK_USAGE, "%s: the run was started on another pack: fingerprint %s, now %s",
                   path, then, c->data->fingerprint);
}

static void say_other_machine(const lk_checkpoint *c, const lk_safetensors *file,
                              const char *path) {
    const char *blas = entry(file, "likeness.blas"), *isa = entry(file, "likeness.isa");
    if (strcmp(blas, lk_blas_name()) == 0 && strcmp(isa, c->net->context->kernels->isa) == 0)
        return;
    lk_log_say(
        &c->net->context->log, LK_WARNING,
        "%s was written with %s (%s), this is %s (%s): results may differ in their last bits", path,
        blas, isa, lk_blas_name(), c->net->context->kernels->isa);
}

static lk_status load_state(const lk_checkpoint *c, const lk_safetensors *file, const char *path,
                            lk_error *err) {
    struct part parts[PARTS_MAX];
    lk_status status = LK_OK;
    for (int i = 0, n = parts_of(c, parts); i < n && !status; i++)
        status = lk_tensors_load(file, path, &c->net->params, parts[i].kind, parts[i].values,
                                 parts[i].prefix, err);
    return status;
}

/* Checkpoints of versions that did not store it: an epoch ended unless they are inside one. */
static void guess_ended(const lk_checkpoint *c, const lk_config *then, lk_position *position) {
    if (position->step == lk_extend_steps(then, c->steps_an_epoch)) return;
    position->ended = position->step - position->step % c->steps_an_epoch;
}

static lk_status read_origin(const lk_checkpoint *c, const lk_safetensors *file, const char *path,
                             lk_error *err) {
    char name[LK_PATH_MAX + 32];
    const char *text = lk_safetensors_metadata(file, "likeness.init");
    *c->origin = (lk_origin){ .path = "" };
    lk_format(name, sizeof name, "%s: metadata likeness.init", path);
    return text ? lk_origin_parse(text, name, c->origin, err) : LK_OK;
}

static lk_status resume_from(const lk_checkpoint *c, const char *path, lk_position *position,
                             lk_extension *extension, lk_error *err) {
    lk_safetensors *file = NULL;
    lk_position read;
    lk_config then = { 0 };
    lk_status status = lk_safetensors_open(path, &file, err);
    if (!status) status = read_position(file, path, &read, err);
    if (!status) status = same_data(c, file, path, err);
    if (!status) status = read_config(file, path, &then, err);
    if (!status && !*entry(file, "likeness.ended")) guess_ended(c, &then, &read);
    if (!status) status = lk_extend_check(c, path, &then, &read, extension, err);
    if (!status) status = load_state(c, file, path, err);
    if (!status) status = read_origin(c, file, path, err);
    if (!status) say_other_machine(c, file, path);
    if (!status) *position = read;
    lk_config_deinit(&then);
    lk_safetensors_close(file);
    return status;
}

/* A run that was killed between its two saves at the end of an epoch has a best checkpoint that is
   newer than the last one. It will be written again, unless a run of the new length is not
   validated there. */
static void keep_newer_best(const lk_checkpoint *c, int64_t step, double best,
                            lk_position *position, lk_extension *extension) {
    bool again = step == extension->to || (step < extension->to && step % c->steps_an_epoch == 0);
    if (step <= position->step || again) return;
    position->best = best;
    position->best_step = extension->inside_epoch = step;
}

static void compare_best(const lk_checkpoint *c, const lk_safetensors *file, lk_position *position,
                         lk_extension *extension) {
    double best = 0;
    int64_t step = 0;
    if (!read_steps(file, "likeness.step", 9e15, &step) ||
        !read_number(file, "likeness.best", &best))
        return;
    /* checkpoints of versions that did not store it */
    if (!position->best_step && best == position->best) position->best_step = step;
    keep_newer_best(c, step, best, position, extension);
}

/* It becomes the model at the end, so a problem is reported now and not after days. */
static lk_status check_best(const lk_checkpoint *c, const char *folder, lk_position *position,
                            lk_extension *extension, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_safetensors *file = NULL;
    lk_format(path, sizeof path, "%s/" LK_RUN_BEST, folder);
    if (!lk_file_may_exist(path)) {
        if (isfinite(position->best))
            lk_log_say(&c->net->context->log, LK_WARNING,
                       "%s is gone: the run ends without a model, unless a later epoch is better",
                       path);
        return LK_OK;
    }
    lk_status status = lk_safetensors_open(path, &file, err);
    if (!status) compare_best(c, file, position, extension);
    lk_safetensors_close(file);
    /* the run will write another one before it needs it */
    if (status != LK_MEMORY && !isfinite(position->best)) return LK_OK;
    if (status)
        lk_error_prefix(err, "the best weights so far cannot be read (without that file the run "
                             "continues, and its model needs a later epoch that is better)");
    return status;
}

/* Otherwise the next save would make it the previous one. */
static void drop_damaged_last(const char *folder) {
    char last[LK_PATH_MAX];
    lk_format(last, sizeof last, "%s/" LK_RUN_LAST, folder);
    unlink(last);
}

lk_status lk_checkpoint_resume(const lk_checkpoint *c, const char *folder, lk_position *position,
                               lk_extension *extension, bool *found, lk_error *err) {
    static const char *const names[] = { LK_RUN_LAST, LK_RUN_PREVIOUS };
    const lk_log *log = &c->net->context->log;
    lk_status status = LK_OK;
    *found = false;
    for (size_t i = 0; i < LK_COUNT(names); i++) {
        char path[LK_PATH_MAX], steps[32];
        lk_error reason = { "" };
        lk_format(path, sizeof path, "%s/%s", folder, names[i]);
        if (!lk_file_may_exist(path)) continue;
        *found = true;
        status = resume_from(c, path, position, extension, &reason);
        if (!status)
            lk_log_say(log, LK_INFO, "resuming from %s: %s step%s done", path,
                       lk_count_text(position->step, steps), position->step == 1 ? "" : "s");
        if (!status && i > 0) drop_damaged_last(folder);
        if (!status) {
            status = check_best(c, folder, position, extension, err);
            if (!position->best_step && isfinite(position->best))
                position->best_step = position->ended;
            if (extension->follows_length || extension->inside_epoch)
                position->extended = position->step;
            if (!status) lk_extend_say(log, extension);
            return status;
        }
        /* a file that cannot be read may be valid, and readable later */
        if (status != LK_FORMAT) return lk_fail(err, status, "%s", reason.text);
        lk_log_say(log, LK_WARNING, "%s", reason.text);
        lk_fail(err, status, "%s", reason.text);
    }
    return status;
}

/* ---- another config ---- */

/* The metadata of a file with another config, in the same order. Returns how many there are. */
static size_t metadata_with(const lk_checkpoint *c, const lk_safetensors *file,
                            const char *extended, lk_metadata out[LK_COUNT(metadata_keys)]) {
    size_t n = 0;
    for (size_t i = 0; i < LK_COUNT(metadata_keys); i++) {
        const char *value = lk_safetensors_metadata(file, metadata_keys[i]);
        if (strcmp(metadata_keys[i], "likeness.config") == 0) value = c->config_text;
        if (extended && strcmp(metadata_keys[i], "likeness.extended") == 0) value = extended;
        if (value) out[n++] = (lk_metadata){ metadata_keys[i], value };
    }
    return n;
}

static lk_status rewrite(const lk_checkpoint *c, const lk_safetensors *file, const char *path,
                         const char *extended, lk_error *err) {
    lk_metadata metadata[LK_COUNT(metadata_keys)];
    size_t n_metadata = metadata_with(c, file, extended, metadata), n = lk_safetensors_count(file),
           n_bytes = lk_size_mul(n, sizeof(lk_stored_tensor));
    lk_stored_tensor *tensors = lk_alloc(n_bytes);
    if (!tensors) return lk_fail_memory(err, n_bytes, path);
    for (size_t i = 0; i < n; i++) tensors[i] = *lk_safetensors_at(file, i);
    lk_status status = lk_safetensors_write(path, tensors, n, metadata, n_metadata, err);
    lk_free(tensors);
    return status;
}

lk_status lk_checkpoint_adopt(const lk_checkpoint *c, const char *folder,
                              const lk_position *position, lk_error *err) {
    static const char *const names[] = { LK_RUN_BEST, LK_RUN_PREVIOUS, LK_RUN_LAST };
    lk_status status = LK_OK;
    char extended[32];
    print_steps(extended, position->extended);
    for (size_t i = 0; i < LK_COUNT(names) && !status; i++) {
        char path[LK_PATH_MAX];
        lk_safetensors *file = NULL;
        lk_format(path, sizeof path, "%s/%s", folder, names[i]);
        if (!lk_file_may_exist(path)) continue;
        status = lk_safetensors_open(path, &file, err);
        if (!status && strcmp(entry(file, "likeness.config"), c->config_text) != 0)
            status = rewrite(c, file, path, position->extended ? extended : NULL, err);
        if (status == LK_FORMAT || status == LK_READ) status = LK_OK;
        lk_safetensors_close(file);
    }
    return status;
}

lk_status lk_checkpoint_weights(const lk_checkpoint *c, const char *path, lk_real *weights,
                                lk_error *err) {
    lk_safetensors *file = NULL;
    const lk_params *params = &c->net->params;
    lk_status status = lk_safetensors_open(path, &file, err);
    if (!status)
        status = lk_tensors_load(file, path, params, LK_PARAM_TRAINED, weights,
                                 c->state->average ? "average." : "", err);
    if (!status)
        status =
            lk_tensors_load(file, path, params, LK_PARAM_STATISTIC, params->statistics, "", err);
    lk_safetensors_close(file);
    return status;
}
