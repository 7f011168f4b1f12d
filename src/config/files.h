/** Config files: what they extend, and changes from the command line. */
#ifndef LIKENESS_CONFIG_FILES_H
#define LIKENESS_CONFIG_FILES_H

#include <likeness/json.h>

/** Read a file and all that it extends as one tree. Errors: LK_USAGE, LK_MEMORY. */
lk_status lk_config_read_files(const char *path, lk_json *json, lk_error *err);
/** Apply "a.b=value" to the tree. Errors: LK_USAGE, LK_MEMORY. */
lk_status lk_config_set(lk_json *json, const char *set, lk_error *err);

#endif
