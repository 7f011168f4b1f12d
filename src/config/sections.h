/* The sections of a config: the one table behind reading, merging, printing, schema and help. */
#ifndef LIKENESS_CONFIG_SECTIONS_H
#define LIKENESS_CONFIG_SECTIONS_H

#include <likeness/config.h>

typedef struct lk_section {
    const char *path; /* "optimizer.schedule"; "" is the whole config */
    const char *help;
    const lk_choice *const *list; /* what "type" chooses from; NULL: the object has no type */
    const char *type; /* the default type or word; NULL: the model decides, lk_section_type */
    /* the common keys; an LK_JSON key with a section of that path is a section inside */
    const lk_option *options;
    size_t offset; /* in lk_config, of the struct that `options` fill */
    size_t chosen; /* in lk_config, of its lk_chosen */
    /* a section that may be one of these words ("a|b") instead of an object has its own reader */
    const char *words;
    bool is_extra;    /* left out of resolved configs where it has its default type */
    const char *file; /* or a file's name with this ending, whose object takes its place; or NULL */
    lk_status (*read)(const lk_json *json, const struct cJSON *value, const char *path,
                      lk_arena *arena, void *options, lk_error *err);
} lk_section;

/** Ends in a row without path. */
extern const lk_section lk_sections[];
/** Keys of a file that are not part of the config but say how to read it: $schema, extends. Their
 * values are strings. */
extern const lk_option lk_config_directives[];

/** The type of a section that names none: the section's default, or the one of the config's model,
 * which has been read before; NULL if that model is not known. */
const char *lk_section_type(const lk_section *section, const lk_config *config);
/** NULL if the path is no section. */
const lk_section *lk_section_find(const char *path);
/** The section that is the value of this key of `section`; NULL if the value is no section. */
const lk_section *lk_section_inside(const lk_section *section, const lk_option *option);

enum { LK_CONFIG_PATH_MAX = 256 };
/** "a.b" from "a" and "b", "b" from "" and "b". Returns `out`. */
const char *lk_config_path(const char *path, const char *key, char out[LK_CONFIG_PATH_MAX]);

#endif
