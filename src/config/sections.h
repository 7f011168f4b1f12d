/* The sections of a config: the one table that reading, merging, printing, schema and help go by. */
#ifndef LIKENESS_CONFIG_SECTIONS_H
#define LIKENESS_CONFIG_SECTIONS_H

#include <likeness/config.h>

typedef struct lk_section {
    const char *path; /* "optimizer.schedule"; "" is the whole config */
    const char *help;
    const lk_choice *const *list; /* what "type" chooses from; NULL: the object has no type */
    const char *type;             /* the default; NULL: the model's, lk_section_type */
    /* the common keys; an LK_JSON key with a section of that path is a section inside */
    const lk_option *options;
    size_t offset; /* in lk_config, of the struct that `options` fill */
    size_t chosen; /* in lk_config, of its lk_chosen */
} lk_section;

/** Ends in a row without path. */
extern const lk_section lk_sections[];
/** Keys of a file that steer its reading and are no part of the config: $schema, extends. All
 * strings. */
extern const lk_option lk_config_directives[];

/** The type of a section whose object has none: the row's, or the one that goes with the config's
 * model, which was read before. */
const char *lk_section_type(const lk_section *section, const lk_config *config);
/** NULL where the path is no section. */
const lk_section *lk_section_find(const char *path);
/** The section that is the value of this key of another; NULL where the value is no section. */
const lk_section *lk_section_inside(const lk_section *section, const lk_option *option);

enum { LK_CONFIG_PATH_MAX = 256 };
/** "a.b" from "a" and "b", "b" from "" and "b". Returns `out`. */
const char *lk_config_path(const char *path, const char *key, char out[LK_CONFIG_PATH_MAX]);

#endif
