/** Reading on after an error: for readers of JSON documents that collect errors. */
#ifndef LIKENESS_BASE_JSON_ERRORS_H
#define LIKENESS_BASE_JSON_ERRORS_H

#include "base/errors.h"

#include <likeness/json.h>

enum { LK_GOT_MAX = 80 };
/** What a value is, for "got ...": "3", "an empty list", "\"x\" (a string)". Returns `out` or a
 * constant. */
const char *lk_json_describe(const struct cJSON *value, char out[LK_GOT_MAX]);

/** Whether a reader of this document (may be NULL) continues after a step with this status. A value
 * that was refused then counts as not given. */
static inline bool lk_json_goes_on(const lk_json *json, lk_status status) {
    return !status || (status == LK_USAGE && json && json->errors);
}

/** Whether an error at this value has been collected, so that nothing else is said of it. */
static inline bool lk_json_is_refused(const lk_json *json, const struct cJSON *value) {
    return json && json->errors && lk_errors_has(json->errors, value);
}

/** Collect, if the document does, a message that says by itself where it belongs. Returns
 * LK_USAGE. */
static inline lk_status lk_json_refuse(const lk_json *json, const lk_error *err) {
    if (json->errors) lk_errors_add(json->errors, (lk_error_place){ 0 }, "", err);
    return LK_USAGE;
}

#endif
