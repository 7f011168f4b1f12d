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
 * spaces, and record the lines. cJSON reads text that passes correctly. The caller checks for
 * duplicate keys, because it has them unescaped. The caller frees `lines` in any case.
 * errors  LK_USAGE "name:line: expected X, got Y"; LK_MEMORY
 */
lk_status lk_json_scan(char *text, size_t n_bytes, const char *name, lk_json_lines *lines,
                       lk_error *err);

#endif
