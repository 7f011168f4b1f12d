/* The keys of a config as a list, for completion. */
#include "config/keys.h"
#include "config/sections.h"

struct walk {
    lk_config_key_visit *visit;
    void *self;
};

static void visit_type(const struct walk *w, const lk_section *section) {
    char path[LK_CONFIG_PATH_MAX];
    lk_text words = { 0 };
    for (const lk_choice *const *row = section->list; *row; row++)
        lk_text_add(&words, "%s%s", row == section->list ? "" : "|", (*row)->name);
    w->visit(w->self, lk_config_path(section->path, "type", path), words.failed ? "" : words.data);
    lk_text_deinit(&words);
}

static void visit_key(const struct walk *w, const lk_section *section, const lk_option *option) {
    char path[LK_CONFIG_PATH_MAX];
    if (lk_section_inside(section, option)) return;
    w->visit(w->self, lk_config_path(section->path, option->key, path),
             option->type == LK_WORD      ? option->words
             : option->type == LK_BOOLEAN ? "true|false"
                                          : "");
}

/* A key that several types have is one key. */
static bool is_known(const lk_choice *const *list, const lk_choice *const *row, const char *key) {
    for (; list < row; list++)
        if (lk_option_find((*list)->options, key)) return true;
    return false;
}

static void visit_section(const struct walk *w, const lk_section *section) {
    if (section->words) w->visit(w->self, section->path, section->words);
    if (section->list) visit_type(w, section);
    for (const lk_option *option = section->options; option->key; option++)
        visit_key(w, section, option);
    for (const lk_choice *const *row = section->list; row && *row; row++)
        for (const lk_option *option = (*row)->options; option && option->key; option++)
            if (!is_known(section->list, row, option->key)) visit_key(w, section, option);
}

void lk_config_each_key(lk_config_key_visit *visit, void *self) {
    const struct walk w = { visit, self };
    for (const lk_section *section = lk_sections; section->path; section++)
        visit_section(&w, section);
}
