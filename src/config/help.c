/* The tables of configs as help: every key, or one topic. */
#include "config/sections.h"

#include <string.h>

static void help_keys(const lk_section *section, lk_text *out) {
    for (const lk_option *option = section->options; option->key; option++)
        if (!lk_section_inside(section, option)) lk_option_help(option, option->key, out);
}

static void help_rows(const lk_choice *const *list, lk_text *out) {
    for (; list && *list; list++) {
        lk_text_add(out, "  type \"%s\": %s\n", (*list)->name, (*list)->summary);
        lk_options_help((*list)->options, 2, out);
    }
}

/* If no row is the default, the model decides. */
static void help_type(const lk_section *section, lk_text *out) {
    lk_text_add(out, "  %-24s one of those below (default ", "type");
    if (section->type) lk_text_add(out, "\"%s\"", section->type);
    for (const lk_choice *const *row = lk_models; *row && !section->type; row++)
        lk_text_add(out, "%sof model \"%s\": \"%s\"", row == lk_models ? "" : ", ", (*row)->name,
                    ((const lk_model_type *)*row)->regularizer);
    lk_text_add(out, ")\n");
}

static void help_words(const lk_section *section, lk_text *out) {
    const lk_option word = { .type = LK_WORD, .words = section->words };
    char expected[LK_WORDS_MAX];
    lk_text_add(out, "  %s; ", lk_option_expected(&word, expected, sizeof expected));
    if (section->file)
        lk_text_add(out, "the name of a %s file with the object, relative to the config; ",
                    section->file);
    lk_text_add(out, "or an object (default \"%s\")\n", section->type);
}

/* What the lists of a section hold; several lists may hold the same. */
static void help_items(const lk_section *section, lk_text *out) {
    const lk_items *last = NULL;
    for (const lk_option *option = section->options; option->key; option++) {
        if (option->items && option->items != last) help_rows(option->items->list, out);
        if (option->items) last = option->items;
    }
}

static void help_section(const lk_section *section, lk_text *out) {
    bool top = !section->path[0];
    lk_text_add(out, "%s%s: %s\n", top ? "" : "\n", top ? "top level" : section->path,
                section->help);
    if (top) lk_options_help(lk_config_directives, 0, out);
    if (section->words) help_words(section, out);
    if (section->list) help_type(section, out);
    help_keys(section, out);
    help_rows(section->list, out);
    help_items(section, out);
}

/* What most runs change, in the order in which one decides. */
static const char *const first_keys[] = {
    "model.type",          "model.latent",     "model.architecture",
    "reconstruction.type", "regularizer.type", "train.epochs",
    "train.batch_size",    "optimizer.lr",     "seed",
    "train.augment",
};

static const char guide[] =
    "A config is one JSON file: objects in an object, with // comments. Every key has a default, "
    "so a config names only what differs:\n"
    "\n"
    "  {\n"
    "    \"model\": { \"type\": \"vae\", \"latent\": 64 },\n"
    "    \"reconstruction\": { \"type\": \"lwssim\" },\n"
    "    \"optimizer\": { \"lr\": 5e-4 },\n"
    "    \"train\": { \"epochs\": 20 }  // how long\n"
    "  }\n"
    "\n"
    "train.epochs below means \"epochs\" in \"train\". For one run a key is changed without the "
    "file: "
    "--set train.epochs=5. `likeness config check FILE` finds mistakes, `likeness config print "
    "FILE` shows every value, and `likeness help KEY` explains a key, a section or a type.\n"
    "\n"
    "The keys that most runs change:\n";

/* A section whose type or word is chosen: what for, from what, and the default. */
static void help_choice(const lk_section *section, const char *path, lk_text *out) {
    const lk_option word = { .type = LK_WORD, .words = section->words };
    char expected[LK_WORDS_MAX] = "";
    if (section->words) lk_option_expected(&word, expected, sizeof expected);
    lk_text_add(out, "  %-24s %s: %s", path, section->help, expected);
    for (const lk_choice *const *row = section->list; row && *row; row++)
        lk_text_add(out, "%s%s", row == section->list ? "" : ", ", (*row)->name);
    if (section->type)
        lk_text_add(out, " (default %s)\n", section->type);
    else
        lk_text_add(out, " (the default depends on the model)\n");
}

static void help_first_key(const char *path, lk_text *out) {
    const char *dot = strrchr(path, '.'), *key = dot ? dot + 1 : path;
    char above[LK_CONFIG_PATH_MAX];
    lk_format(above, sizeof above, "%.*s", dot ? (int)(dot - path) : 0, path);
    const lk_section *section = lk_section_find(above), *whole = lk_section_find(path);
    if (whole || strcmp(key, "type") == 0)
        help_choice(whole ? whole : section, path, out);
    else
        lk_option_help(lk_option_find(section->options, key), path, out);
}

void lk_config_help(lk_text *out) {
    lk_text_add(out, "%s", guide);
    for (size_t i = 0; i < LK_COUNT(first_keys); i++) help_first_key(first_keys[i], out);
    lk_text_add(out, "\nEvery key, section by section:\n\n");
    for (const lk_section *section = lk_sections; section->path; section++)
        help_section(section, out);
}

/* ---- one topic ---- */

/* "schedule" and "optimizer.schedule" are both the section optimizer.schedule. */
static bool is_path(const char *path, const char *topic) {
    const char *dot = strrchr(path, '.');
    return *path && (strcmp(path, topic) == 0 || (dot && strcmp(dot + 1, topic) == 0));
}

static bool help_key(const lk_section *section, const lk_option *option, const char *where,
                     const char *topic, lk_text *out) {
    char path[LK_CONFIG_PATH_MAX];
    lk_config_path(section->path, option->key, path);
    if (strcmp(option->key, topic) != 0 && strcmp(path, topic) != 0) return false;
    lk_text_add(out, "%s%s", *section->path ? section->path : "top level", where);
    lk_text_add(out, "\n");
    lk_option_help(option, option->key, out);
    return true;
}

/* A row of the section's list, or a key of that row. */
static bool help_row(const lk_section *section, const lk_choice *row, const char *topic,
                     lk_text *out) {
    char where[128];
    bool found = strcmp(row->name, topic) == 0;
    if (found) {
        lk_text_add(out, "%s, type \"%s\": %s\n", section->path, row->name, row->summary);
        lk_options_help(row->options, 0, out);
        return true;
    }
    lk_format(where, sizeof where, ", type \"%s\"", row->name);
    for (const lk_option *option = row->options; option && option->key; option++)
        found = help_key(section, option, where, topic, out) || found;
    return found;
}

static bool help_in_list(const lk_section *section, const lk_choice *const *list, const char *topic,
                         lk_text *out) {
    bool found = false;
    for (; list && *list; list++) found = help_row(section, *list, topic, out) || found;
    return found;
}

/* What the section holds that is called like the topic. */
static bool help_in_section(const lk_section *section, const char *topic, lk_text *out) {
    const lk_items *last = NULL;
    bool found = help_in_list(section, section->list, topic, out);
    for (const lk_option *option = section->options; option->key; option++) {
        if (!lk_section_inside(section, option))
            found = help_key(section, option, "", topic, out) || found;
        if (option->items && option->items != last)
            found = help_in_list(section, option->items->list, topic, out) || found;
        if (option->items) last = option->items;
    }
    return found;
}

bool lk_config_help_topic(const char *topic, lk_text *out) {
    bool found = false;
    for (const lk_section *section = lk_sections; section->path; section++) {
        bool whole = is_path(section->path, topic);
        if (whole) help_section(section, out);
        found = whole || help_in_section(section, topic, out) || found;
    }
    return found;
}

size_t lk_config_topics(const char **names, size_t n_max) {
    size_t n = 0;
    for (const lk_section *section = lk_sections; section->path; section++) {
        if (*section->path && n < n_max) names[n++] = section->path;
        for (const lk_choice *const *row = section->list; row && *row && n < n_max; row++) {
            names[n++] = (*row)->name;
            for (const lk_option *key = (*row)->options; key && key->key && n < n_max; key++)
                names[n++] = key->key;
        }
        for (const lk_option *key = section->options; key->key && n < n_max; key++)
            names[n++] = key->key;
    }
    return n;
}
