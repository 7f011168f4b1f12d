/* The strict reading of JSON text that cJSON does not do. Private to base. */
#ifndef LIKENESS_BASE_JSON_SCAN_H
#define LIKENESS_BASE_JSON_SCAN_H

#include <likeness/status.h>

/** The line of every value in the order of the text: a container before its members; a member by
 * the line of its key. */
typedef struct lk_json_lines {
    int *line;
    size_t n, capacity;
} lk_json_lines;

/**
 * Check `text` (n_bytes and a 0 after them), overwrite its comments and byte order mark with
 * spaces, and record the lines. What passes is JSON that cJSON reads as meant; duplicate keys are
 * left to the caller, who has them unescaped.
 * errors  LK_USAGE "name:line: got, wanted"; LK_MEMORY; `lines` is the caller's to free in any case
 */
lk_status lk_json_scan(char *text, size_t n_bytes, const char *name, lk_json_lines *lines,
                       lk_error *err);

#endif
