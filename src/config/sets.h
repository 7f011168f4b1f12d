/** Changes to a config from the command line. */
#ifndef LIKENESS_CONFIG_SETS_H
#define LIKENESS_CONFIG_SETS_H

#include <likeness/json.h>

/** The words "a.b=value" of a change, which may begin with "grid ". */
const char *lk_config_set_words(const char *set);
/** Apply a change to the tree. Errors: LK_USAGE, LK_MEMORY. */
lk_status lk_config_set(lk_json *json, const char *set, lk_error *err);

#endif
