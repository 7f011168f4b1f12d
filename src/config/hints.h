/** Words of other programs, and where configs here have them. */
#ifndef LIKENESS_CONFIG_HINTS_H
#define LIKENESS_CONFIG_HINTS_H

#include "config/sections.h"

/**
 * Refuse the keys of an object that its section does not know and that have a hint: another
 * program's word for something, or a key of another section. Other unknown keys are left to the
 * reader.
 * errors  LK_USAGE: "file:line: train: unknown key "lr"; here it is "optimizer.lr""
 */
lk_status lk_config_check_hints(const lk_json *json, const lk_section *section,
                                const struct cJSON *object, lk_error *err);

/** The first place of a key, of ours or of another program, in a config: "optimizer.lr" for "lr".
 * False: it has none. */
bool lk_config_place(const char *key, char out[LK_CONFIG_PATH_MAX]);

#endif
