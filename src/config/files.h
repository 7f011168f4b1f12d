/** Config files: what they extend, and changes from the command line. */
#ifndef LIKENESS_CONFIG_FILES_H
#define LIKENESS_CONFIG_FILES_H

#include <likeness/json.h>

/** Make one tree of the document read from `path` and of all that it extends; after an error it is
 * empty. Errors: LK_USAGE, LK_MEMORY. */
lk_status lk_config_complete(const char *path, lk_json *json, lk_error *err);
/** The words "a.b=value" of a change, which may begin with "grid ". */
const char *lk_config_set_words(const char *set);
/** Apply a change to the tree. Errors: LK_USAGE, LK_MEMORY. */
lk_status lk_config_set(lk_json *json, const char *set, lk_error *err);

#endif
