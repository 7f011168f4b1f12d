/* run.json: what a run was made of, and when. */
#include "train/session.h"
#include "net/run_files.h"
#include "tensor/gemm.h"
#include "tensor/kernels.h"

#include <likeness/json.h>
#include <likeness/memory.h>

#include <cJSON.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* JSON is UTF-8. */
static bool is_utf8(const char *text) {
    for (size_t n, n_left = strlen(text); n_left; text += n, n_left -= n)
        if (!(n = lk_utf8_length(text, n_left))) return false;
    return true;
}

/* NULL and what is not UTF-8 are left out. */
static bool put_text(cJSON *object, const char *key, const char *text) {
    if (!text || !is_utf8(text)) return true;
    cJSON_DeleteItemFromObjectCaseSensitive(object, key);
    return cJSON_AddStringToObject(object, key, text);
}

static bool put_pack(cJSON *record, const lk_session_facts *facts) {
    char *full = facts->data ? realpath(facts->data, NULL) : NULL;
    bool fine = put_text(record, "data", full ? full : facts->data) &&
                put_text(record, "fingerprint", facts->fingerprint);
    free(full); /* realpath's */
    return fine;
}

static bool put_place(cJSON *session, const lk_context *context) {
    char folder[PATH_MAX], host[256] = "";
    int n_ranks = context->comm->n_ranks;
    gethostname(host, sizeof host - 1);
    return put_text(session, "folder", getcwd(folder, sizeof folder)) &&
           put_text(session, "host", host) &&
           lk_json_add_number(session, "threads", lk_threads_count(context->threads)) &&
           (n_ranks == 1 || lk_json_add_number(session, "ranks", n_ranks)) &&
           put_text(session, "version", LIKENESS_VERSION) &&
           put_text(session, "blas", lk_blas_name()) &&
           put_text(session, "kernels", context->kernels->isa);
}

/* Takes ownership of `session`. */
static bool put_session(cJSON *record, cJSON *session, const lk_context *context,
                        const lk_session_facts *facts) {
    char started[32];
    time_t now = time(NULL);
    struct tm utc;
    cJSON *sessions = cJSON_GetObjectItemCaseSensitive(record, "sessions");
    strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    if (!cJSON_IsArray(sessions)) {
        cJSON_DeleteItemFromObjectCaseSensitive(record, "sessions");
        sessions = cJSON_AddArrayToObject(record, "sessions");
    }
    if (!sessions || !cJSON_AddItemToArray(sessions, session)) {
        cJSON_Delete(session);
        return false;
    }
    return put_text(session, "started", started) && cJSON_AddNullToObject(session, "seconds") &&
           cJSON_AddNullToObject(session, "peak_bytes") &&
           lk_json_add_number(session, "first_step", (double)facts->step) &&
           cJSON_AddNullToObject(session, "last_step") &&
           put_text(session, "command", facts->command) && put_place(session, context);
}

/* The record so far; a new one where there is none, or a damaged one. */
static lk_status open_record(const char *path, const lk_log *log, cJSON **record, lk_error *err) {
    lk_json json = { 0 };
    lk_error damage;
    if (lk_file_may_exist(path)) {
        lk_status status = lk_json_read(path, &json, &damage);
        if (status == LK_MEMORY) return lk_fail(err, status, "%s", damage.text);
        if (status)
            lk_log_say(log, LK_WARNING, "damaged, a new one is written: %s", damage.text);
        else if (cJSON_IsObject(json.root))
            *record = cJSON_Duplicate(json.root, true);
        lk_json_deinit(&json);
    }
    if (!*record) *record = cJSON_CreateObject();
    return *record ? LK_OK : lk_json_no_memory(err, path);
}

lk_status lk_session_begin(lk_session *s, const lk_context *context, const lk_session_facts *facts,
                           lk_error *err) {
    *s = (lk_session){ .begin_s = lk_seconds() };
    lk_format(s->path, sizeof s->path, "%s/" LK_RUN_RECORD, facts->folder);
    lk_status status = open_record(s->path, &context->log, &s->record, err);
    if (status) return status;
    cJSON *session = cJSON_CreateObject();
    bool fine = session && put_pack(s->record, facts);
    if (!fine) cJSON_Delete(session);
    if (!fine || !put_session(s->record, session, context, facts)) {
        cJSON_Delete(s->record);
        *s = (lk_session){ 0 };
        return lk_json_no_memory(err, "the record of a run");
    }
    s->now = session;
    return lk_json_write(s->record, s->path, err);
}

/* cJSON may succeed although memory ran out for the copy of the key. */
static bool set_number(cJSON *object, const char *key, double value) {
    cJSON *number = cJSON_CreateNumber(value);
    return number && cJSON_ReplaceItemInObjectCaseSensitive(object, key, number) && number->string;
}

lk_status lk_session_end(lk_session *s, int64_t step, lk_error *err) {
    if (!s->now) return LK_OK;
    double seconds = (double)(int64_t)((lk_seconds() - s->begin_s) * 10 + 0.5) / 10;
    size_t peak = lk_memory_peak();
    if (!set_number(s->now, "seconds", seconds) ||
        (peak && !set_number(s->now, "peak_bytes", (double)peak)) ||
        !set_number(s->now, "last_step", (double)step))
        return lk_json_no_memory(err, "the record of a run");
    return lk_json_write(s->record, s->path, err);
}

void lk_session_deinit(lk_session *s) {
    cJSON_Delete(s->record);
    *s = (lk_session){ 0 };
}

/* ---- reading ---- */

static void take_text(const cJSON *object, const char *key, char *out, size_t n_bytes) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    lk_format(out, n_bytes, "%s", text ? text : "");
}

static void take_sessions(lk_history *history) {
    const cJSON *sessions = cJSON_GetObjectItemCaseSensitive(history->record, "sessions"), *one;
    cJSON_ArrayForEach(one, sessions) {
        const cJSON *seconds = cJSON_GetObjectItemCaseSensitive(one, "seconds"),
                    *peak = cJSON_GetObjectItemCaseSensitive(one, "peak_bytes");
        if (!history->n_sessions++) {
            take_text(one, "started", history->started, sizeof history->started);
            history->command =
                cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(one, "command"));
        }
        history->n_open += !cJSON_IsNumber(seconds);
        history->seconds += cJSON_IsNumber(seconds) ? seconds->valuedouble : 0;
        if (cJSON_IsNumber(peak))
            history->peak_bytes = fmax(history->peak_bytes, peak->valuedouble);
    }
}

lk_status lk_session_read(const char *folder, lk_history *history, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_json json = { 0 };
    *history = (lk_history){ 0 };
    if (!lk_format(path, sizeof path, "%s/" LK_RUN_RECORD, folder) || !lk_file_may_exist(path))
        return LK_OK;
    lk_status status = lk_json_read(path, &json, err);
    if (status) return status == LK_USAGE ? LK_FORMAT : status;
    if (!cJSON_IsObject(json.root))
        status = lk_fail(err, LK_FORMAT, "%s: expected an object", path);
    else if (!(history->record = cJSON_Duplicate(json.root, true)))
        status = lk_json_no_memory(err, path);
    lk_json_deinit(&json);
    if (status) return status;
    take_text(history->record, "data", history->data, sizeof history->data);
    take_text(history->record, "fingerprint", history->fingerprint, sizeof history->fingerprint);
    take_sessions(history);
    return LK_OK;
}

void lk_session_history_deinit(lk_history *history) {
    cJSON_Delete(history->record);
    *history = (lk_history){ 0 };
}
