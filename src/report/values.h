/** Values of the JSON objects that hold results. */
#ifndef LIKENESS_REPORT_VALUES_H
#define LIKENESS_REPORT_VALUES_H

#include <likeness/memory.h>
#include <likeness/status.h>

struct cJSON;

/** The message "path: key: expected ...". Returns LK_FORMAT. */
lk_status lk_value_wrong(const char *path, const char *key, const char *expected, lk_error *err);
/** A string of one line, copied into the arena. Errors: LK_FORMAT, LK_MEMORY. */
lk_status lk_value_text(lk_arena *arena, const struct cJSON *object, const char *path,
                        const char *key, const char **out, lk_error *err);
/** A number; null is NaN. Errors: LK_FORMAT. */
lk_status lk_value_number(const struct cJSON *object, const char *path, const char *key,
                          double *out, lk_error *err);
/** A whole number of at least 0. Errors: LK_FORMAT. */
lk_status lk_value_whole(const struct cJSON *object, const char *path, const char *key,
                         int64_t *out, lk_error *err);
/** The list of n items with room for one more at its end, or NULL with a message. */
void *lk_results_grow(void *list, size_t n, size_t size, lk_error *err);

#endif
