/* What a run depends on, as lines "key=value", and the labels made of them. */
#include "report/keys.h"

#include <cJSON.h>
#include <stdio.h>
#include <string.h>

enum { KEYS_MAX = 256, PATH_MAX_BYTES = 256 };

/* ---- the lines ---- */

static void add_value(const char *path, const cJSON *value, lk_text *out) {
    lk_text text = { 0 };
    lk_error err;
    bool fine = lk_json_print(value, false, &text, &err) == LK_OK && !text.failed;
    if (fine && cJSON_IsString(value) && lk_text_is_line(cJSON_GetStringValue(value)))
        lk_text_add(out, "%s=%s\n", path, cJSON_GetStringValue(value));
    else if (fine)
        lk_text_add(out, "%s=%s\n", path, text.data);
    out->failed = out->failed || !fine;
    lk_text_deinit(&text);
}

/* Layers are compared as a whole: no label could list them. */
static bool are_layers(const char *path, size_t n) {
    static const char *const ends[] = { "architecture.encoder", "architecture.decoder", ".layers" };
    bool are = false;
    for (size_t i = 0; i < LK_COUNT(ends); i++) {
        size_t n_end = strlen(ends[i]);
        are = are || (n >= n_end && memcmp(path + n - n_end, ends[i], n_end) == 0);
    }
    return are;
}

static void add_tree(const char *path, const cJSON *value, lk_text *out) {
    char inside[PATH_MAX_BYTES];
    int i = 0;
    bool list =
        cJSON_IsArray(value) && cJSON_IsObject(value->child) && !are_layers(path, strlen(path));
    if (!cJSON_IsObject(value) && !list) {
        add_value(path, value, out);
        return;
    }
    for (const cJSON *member = value->child; member; member = member->next, i++) {
        bool fits = list ? lk_format(inside, sizeof inside, "%s[%d]", path, i)
                         : lk_text_is_line(member->string) && !strchr(member->string, '=') &&
                               lk_format(inside, sizeof inside, "%s%s%s", path, *path ? "." : "",
                                         member->string);
        if (fits) add_tree(inside, member, out);
    }
    if (list) lk_text_add(out, "%s=%d items\n", path, i);
}

static void add_number(const char *key, double value, lk_text *out) {
    char text[LK_NUMBER_TEXT_MAX];
    lk_text_add(out, "%s=%s\n", key, lk_number_text(value, text));
}

/* A row without scores may tell of nothing. */
static void add_facts(const lk_result *row, lk_text *out) {
    if (row->state) return;
    lk_text_add(out, "model.type=%s\nreconstruction.type=%s\n", row->model, row->loss);
    add_number("model.latent", (double)row->latents, out);
    add_number("epochs", row->epochs, out);
    add_number("steps", (double)row->steps, out);
    if (row->train_images) add_number("train_images", (double)row->train_images, out);
}

static lk_status keep(lk_arena *arena, lk_text *text, const char **out, lk_error *err) {
    size_t n_bytes = text->n;
    *out = text->failed ? NULL : lk_arena_text(arena, text->data ? text->data : "");
    lk_text_deinit(text);
    return *out ? LK_OK : lk_fail_memory(err, n_bytes, "the keys of a run");
}

lk_status lk_keys_of_row(lk_arena *arena, const cJSON *config, lk_result *row, lk_error *err) {
    lk_text keys = { 0 }, facts = { 0 };
    add_facts(row, &facts);
    if (cJSON_IsObject(config)) add_tree("", config, &keys);
    /* of a row without scores it is not known */
    if (keys.n && !row->state)
        lk_text_add(&keys, "init=%s\nextended_after_step=%lld\n", row->init,
                    (long long)row->extended);
    if (*row->data) {
        lk_text_add(&facts, "data=%s\n", row->data);
        if (keys.n) lk_text_add(&keys, "data=%s\n", row->data);
    }
    bool known = keys.n > 0 || keys.failed;
    lk_status status = keep(arena, &facts, &row->facts, err);
    if (status)
        lk_text_deinit(&keys);
    else if (known)
        status = keep(arena, &keys, &row->config, err);
    return status;
}

/* ---- comparing ---- */

struct line {
    const char *key, *value;
    size_t n_key, n_value;
};

/* The line at `at`; the result is the next one, NULL after the last. */
static const char *next_line(const char *at, struct line *line) {
    if (!at || !*at) return NULL;
    line->key = at;
    line->n_key = strcspn(at, "=\n");
    line->value = at + line->n_key + (at[line->n_key] == '=');
    line->n_value = strcspn(line->value, "\n");
    return line->value + line->n_value + (line->value[line->n_value] == '\n');
}

static bool same_key(const struct line *a, const struct line *b) {
    return a->n_key == b->n_key && memcmp(a->key, b->key, a->n_key) == 0;
}

static bool same_value(const struct line *a, const struct line *b) {
    return a->n_value == b->n_value && memcmp(a->value, b->value, a->n_value) == 0;
}

/* The line with the key of `like`, first looked for at *hint, then everywhere. */
static bool find_line(const char *text, const char **hint, const struct line *like,
                      struct line *out) {
    const char *next = next_line(*hint, out);
    if (!next || !same_key(out, like)) {
        next = text;
        while ((next = next_line(next, out)) && !same_key(out, like)) {
        }
    }
    if (next) *hint = next;
    return next != NULL;
}

static bool is_key(const struct line *line, const char *key) {
    return line->n_key == strlen(key) && memcmp(line->key, key, line->n_key) == 0;
}

/* The name of a preset and its width: the layers are what counts. */
static bool is_name_of_layers(const struct line *line) {
    return is_key(line, "model.architecture.preset") || is_key(line, "model.architecture.width");
}

bool lk_keys_agree(const lk_result *a, const lk_result *b) {
    bool both = a->config && b->config;
    const char *x = both ? a->config : a->facts, *y = both ? b->config : b->facts, *hint = y;
    struct line line, other;
    if (strcmp(x, y) == 0) return true;
    for (const char *at = x; (at = next_line(at, &line));)
        if (!is_name_of_layers(&line) && find_line(y, &hint, &line, &other) &&
            !same_value(&line, &other))
            return false;
    return true;
}

const char *lk_keys_value(const lk_result *row, const char *key, size_t *n) {
    static const char *const ends[] = { "", ".type", ".preset" };
    for (size_t i = 0; i < LK_COUNT(ends); i++) {
        char full[PATH_MAX_BYTES];
        struct line line;
        if (!lk_format(full, sizeof full, "%s%s", key, ends[i])) continue;
        for (const char *at = row->config; (at = next_line(at, &line));)
            if (is_key(&line, full)) {
                *n = line.n_value;
                return line.value;
            }
    }
    return NULL;
}

static bool is_layers(const struct line *line) {
    return are_layers(line->key, line->n_key);
}

static void add_compared(const struct line *key, const struct line *a, const struct line *b,
                         lk_text *out) {
    const struct line *sides[] = { a, b };
    lk_text_bytes(out, key->key, key->n_key);
    for (int i = 0; i < 2; i++) {
        lk_text_add(out, "\t");
        if (!sides[i])
            lk_text_add(out, "–");
        else if (is_layers(key))
            lk_text_add(out, "other layers");
        else
            lk_text_bytes(out, sides[i]->value, sides[i]->n_value);
    }
    lk_text_add(out, "\n");
}

/* A run that is not finished does not tell its pack and how it was started: what is not in a
   section of the config. */
static bool is_only_there(const struct line *line) {
    return is_name_of_layers(line) || !memchr(line->key, '.', line->n_key);
}

void lk_keys_compare(const lk_result *a, const lk_result *b, lk_text *out) {
    bool both = a->config && b->config;
    const char *x = both ? a->config : a->facts, *y = both ? b->config : b->facts, *hint = y;
    struct line line, other;
    for (const char *at = x; (at = next_line(at, &line));) {
        bool found = find_line(y, &hint, &line, &other);
        bool equal = found && same_value(&line, &other);
        if (is_name_of_layers(&line) || equal || (!found && is_only_there(&line))) continue;
        add_compared(&line, &line, found ? &other : NULL, out);
    }
    hint = x;
    for (const char *at = y; (at = next_line(at, &line));)
        if (!is_only_there(&line) && !find_line(x, &hint, &line, &other))
            add_compared(&line, NULL, &line, out);
}

/* ---- labels ---- */

struct key {
    struct line first; /* where it was met first */
    bool differs;
};

struct keys {
    struct key v[KEYS_MAX];
    size_t n;
};

static const char *lines_of(const lk_result *const *rows, size_t n, size_t which) {
    for (size_t i = 0; i < n; i++)
        if (!rows[i]->config && *rows[i]->facts) return rows[which]->facts;
    return rows[which]->config ? rows[which]->config : rows[which]->facts;
}

static struct key *find_key(struct keys *keys, const struct line *line) {
    for (size_t i = 0; i < keys->n; i++)
        if (same_key(&keys->v[i].first, line)) return &keys->v[i];
    return NULL;
}

static void collect(const lk_result *const *rows, size_t n, struct keys *keys) {
    struct line line;
    for (size_t i = 0; i < n; i++)
        for (const char *at = lines_of(rows, n, i); (at = next_line(at, &line));) {
            struct key *key = find_key(keys, &line);
            if (key)
                key->differs = key->differs || !same_value(&key->first, &line);
            else if (keys->n < KEYS_MAX)
                keys->v[keys->n++] = (struct key){ line, false };
        }
}

static bool differs(const struct keys *keys, const char *path) {
    for (size_t i = 0; i < keys->n; i++)
        if (is_key(&keys->v[i].first, path)) return keys->v[i].differs;
    return false;
}

static bool begins(const struct line *line, const char *words) {
    return line->n_key >= strlen(words) && memcmp(line->key, words, strlen(words)) == 0;
}

static bool has_line(const lk_result *const *rows, size_t n, size_t which, const struct line *like,
                     struct line *out) {
    const char *lines = lines_of(rows, n, which), *hint = lines;
    return find_line(lines, &hint, like, out);
}

static bool same_in(const lk_result *const *rows, size_t n, size_t a, size_t b,
                    const struct line *key, bool if_lacking) {
    struct line x, y;
    if (!has_line(rows, n, a, key, &x) || !has_line(rows, n, b, key, &y)) return if_lacking;
    return same_value(&x, &y);
}

/* Whether models of one type differ in a key: each is compared with the one before it. */
static bool differs_in_type(const lk_result *const *rows, size_t n, const struct line *key) {
    static const struct line type = { .key = "model.type", .n_key = sizeof "model.type" - 1 };
    for (size_t i = 1; i < n; i++) {
        size_t before = i;
        while (before > 0 && !same_in(rows, n, before - 1, i, &type, false)) before--;
        if (before > 0 && !same_in(rows, n, before - 1, i, key, true)) return true;
    }
    return false;
}

/* Keys that usually follow from another one. */
static bool follows(const lk_result *const *rows, size_t n, const struct keys *keys,
                    const struct line *line) {
    return (begins(line, "regularizer.") && differs(keys, "model.type") &&
            !differs_in_type(rows, n, line)) ||
           (is_key(line, "steps") && differs(keys, "epochs")) ||
           (is_key(line, "train_images") && differs(keys, "data"));
}

static bool is_line(const struct line *line, const char *key, const char *value) {
    return is_key(line, key) && line->n_value == strlen(value) &&
           memcmp(line->value, value, line->n_value) == 0;
}

/* What is so in most runs, and the epochs of a run whose length is in steps. */
static bool says_nothing(const lk_result *const *rows, size_t n, size_t which,
                         const struct line *line) {
    static const struct line steps = { .key = "train.steps", .n_key = sizeof "train.steps" - 1 };
    struct line found;
    if (is_key(line, "train.epochs"))
        return has_line(rows, n, which, &steps, &found) && !is_line(&found, "train.steps", "0");
    return is_line(line, "train.steps", "0") || is_line(line, "train.patience", "0") ||
           is_line(line, "init", "none") || is_line(line, "extended_after_step", "0");
}

/* "model" for "model.type": the type of a section is called like the section. */
static size_t shown_bytes(const struct line *line) {
    static const char type[] = ".type";
    size_t n = line->n_key, n_type = sizeof type - 1;
    return n > n_type && memcmp(line->key + n - n_type, type, n_type) == 0 ? n - n_type : n;
}

/* The beginning of a fingerprint is enough; if it is not, the label is told apart by its path. */
static size_t shown_value_bytes(const struct line *line) {
    return (is_key(line, "data") || is_key(line, "init")) && line->n_value > 8 ? 8 : line->n_value;
}

static bool ends_in(const struct line *line, const char *end, size_t n_end) {
    size_t n = shown_bytes(line);
    return n >= n_end && memcmp(line->key + n - n_end, end, n_end) == 0 &&
           (n == n_end || line->key[n - n_end - 1] == '.');
}

/* The shortest end of the key that no other key has. */
static void add_key(const struct keys *keys, const struct line *line, lk_text *out) {
    const char *at = line->key + shown_bytes(line), *end = at;
    for (bool clear = false; !clear && at > line->key;) {
        do at--;
        while (at > line->key && at[-1] != '.');
        clear = true;
        for (size_t i = 0; i < keys->n && clear; i++)
            clear = same_key(&keys->v[i].first, line) ||
                    !ends_in(&keys->v[i].first, at, (size_t)(end - at));
    }
    lk_text_bytes(out, at, (size_t)(end - at));
}

void lk_keys_label(const lk_result *const *rows, size_t n, size_t which, bool all, lk_text *out) {
    static const char none[] = "";
    struct keys keys = { .n = 0 };
    struct line line;
    const char *between = none;
    collect(rows, n, &keys);
    for (const char *at = lines_of(rows, n, which); (at = next_line(at, &line));) {
        const struct key *key = find_key(&keys, &line);
        if (!key || !key->differs || is_layers(&line) || says_nothing(rows, n, which, &line) ||
            (!all && follows(rows, n, &keys, &line)))
            continue;
        lk_text_add(out, "%s", between);
        add_key(&keys, &line, out);
        lk_text_add(out, "=");
        lk_text_bytes(out, line.value, shown_value_bytes(&line));
        between = ", ";
    }
}
