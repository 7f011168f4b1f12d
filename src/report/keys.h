/** What a run depends on, as comparable lines "key=value". Used by reports and by compare. */
#ifndef LIKENESS_REPORT_KEYS_H
#define LIKENESS_REPORT_KEYS_H

#include "report/report.h"

struct cJSON;

/** Fill `config` and `facts` of a row whose other members are set. `config` may be NULL. Errors:
 * LK_MEMORY. */
lk_status lk_keys_of_row(lk_arena *arena, const struct cJSON *config, lk_result *row,
                         lk_error *err);

/** Whether two rows differ in nothing but the seed, as far as both tell. A key that one of them
 * lacks does not count: old files lack keys. */
bool lk_keys_agree(const lk_result *a, const lk_result *b);

/** The value of a key in the config of a row, of *n bytes; a section is its type or its preset.
 * NULL: unknown. */
const char *lk_keys_value(const lk_result *row, const char *key, size_t *n);

/** Append a line "key\tvalue of a\tvalue of b\n" for each key in which two rows differ, "–"
 * where a row lacks it and "other layers" for the lists of layers. */
void lk_keys_compare(const lk_result *a, const lk_result *b, lk_text *out);

/**
 * Append what tells row `which` of n rows apart: "lr=0.01, epochs=5", the keys in which the rows
 * differ, each as short as it is clear. Nothing if they differ in no key that can be written.
 * `all`: also what usually follows from other keys, such as the regularizer of a model.
 */
void lk_keys_label(const lk_result *const *rows, size_t n, size_t which, bool all, lk_text *out);

#endif
