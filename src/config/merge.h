/** One config over another. Private to the config layer. */
#ifndef LIKENESS_CONFIG_MERGE_H
#define LIKENESS_CONFIG_MERGE_H

#include <likeness/json.h>

/** Members of `over`, json's own or adopted, replace those of the tree, object by object. What a
 * new type or preset replaces is dropped. Errors: LK_MEMORY. */
lk_status lk_config_merge(lk_json *json, struct cJSON *over, lk_error *err);
/** The same for that many levels; the key of an object that changes a list is an index, {"terms":
 * {"0": ...}}. Errors: LK_USAGE: no such list or item; LK_MEMORY. */
lk_status lk_config_overlay(lk_json *json, struct cJSON *over, int levels, lk_error *err);

#endif
