/** Config files: what they extend, and the files that they name. */
#ifndef LIKENESS_CONFIG_FILES_H
#define LIKENESS_CONFIG_FILES_H

#include <likeness/json.h>

/** Make one tree of the document read from `path` and of all that it extends. A document that
 * collects errors no longer does so after one that leaves the tree incomplete. Errors: LK_USAGE,
 * LK_MEMORY. */
lk_status lk_config_complete(const char *path, lk_json *json, lk_error *err);
/** Read the files that a tree names instead of objects. `path` is the file that names them; NULL:
 * the command line. Errors: LK_USAGE, LK_MEMORY. */
lk_status lk_config_take_files(const char *path, lk_json *json, lk_error *err);

#endif
