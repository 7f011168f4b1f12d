/* The end of metrics.jsonl. A long run's file has megabytes, so only its last part is read. */
#include "net/run_files.h"
#include "train/record.h"

#include <likeness/json.h>

#include <cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { TAIL_BYTES = 1 << 16 }; /* many lines: one has a few hundred bytes */

static double number(const cJSON *object, const char *key) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(value) ? value->valuedouble : 0;
}

static int64_t step_of(const cJSON *line) {
    double step = number(line, "step");
    return step >= 1 && step < 9e15 ? (int64_t)step : 0;
}

static void take(const cJSON *line, lk_record_tail *tail) {
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, "type"));
    bool of_epoch = type && strcmp(type, "epoch") == 0;
    if (!type) return;
    /* steps after it: the run went on */
    tail->diverged = strcmp(type, "diverged") == 0 ? step_of(line) : 0;
    if (!of_epoch && strcmp(type, "step") != 0) return;
    tail->step = step_of(line);
    tail->epoch = (int)number(line, "epoch");
    tail->loss = number(line, of_epoch ? "train_loss" : "loss");
    tail->seconds = number(line, "seconds");
}

/* Lines that are not JSON are skipped. */
static lk_status take_lines(char *at, const char *path, lk_record_tail *tail, lk_error *err) {
    for (char *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
        lk_json json = { 0 };
        lk_status status = lk_json_parse(at, (size_t)(end - at), path, &json, err);
        if (!status) take(json.root, tail);
        lk_json_deinit(&json);
        if (status == LK_MEMORY) return status;
    }
    return LK_OK;
}

/* The last bytes of a file, from the begin of a line on. */
static lk_status read_end(FILE *file, const char *path, char out[TAIL_BYTES + 1], lk_error *err) {
    bool cut = fseek(file, -(long)TAIL_BYTES, SEEK_END) == 0;
    if (!cut && fseek(file, 0, SEEK_SET) != 0)
        return lk_fail(err, LK_READ, "%s: cannot read: %s", path, strerror(errno));
    size_t n = fread(out, 1, TAIL_BYTES, file);
    if (ferror(file)) return lk_fail(err, LK_READ, "%s: cannot read: %s", path, strerror(errno));
    out[n] = 0;
    const char *line = cut ? strchr(out, '\n') : NULL;
    if (line) memmove(out, line + 1, n - (size_t)(line - out));
    return LK_OK;
}

lk_status lk_record_read_tail(const char *folder, lk_record_tail *tail, lk_error *err) {
    char path[LK_PATH_MAX];
    *tail = (lk_record_tail){ 0 };
    if (!lk_format(path, sizeof path, "%s/" LK_RUN_LOG, folder))
        return lk_fail(err, LK_READ, "%s: path is too long", folder);
    FILE *file = fopen(path, "re");
    if (!file && (errno == ENOENT || errno == ENOTDIR)) return LK_OK;
    if (!file) return lk_fail(err, LK_READ, "%s: cannot open: %s", path, strerror(errno));
    char *end = lk_alloc(TAIL_BYTES + 1);
    lk_status status = end ? read_end(file, path, end, err) : lk_fail_memory(err, TAIL_BYTES, path);
    if (!status) status = take_lines(end, path, tail, err);
    lk_free(end);
    fclose(file);
    return status;
}
