/* Reads grids, and names their points. */
#include "experiment/grid.h"
#include "base/crc32c.h"
#include "base/json_errors.h"

#include <likeness/config.h>

#include <cJSON.h>
#include <string.h>

enum { SHOWN_MAX = 40, KEY_MAX = 200 };

/* ---- keys ---- */

/* "model" for "model.type": the two say the same. A preset stands for its architecture. */
static size_t section_bytes(const char *key) {
    static const char *const ends[] = { ".type", ".preset" };
    size_t n = strcspn(key, "=");
    for (size_t i = 0; i < LK_COUNT(ends); i++) {
        size_t n_end = strlen(ends[i]);
        if (n > n_end && memcmp(key + n - n_end, ends[i], n_end) == 0) return n - n_end;
    }
    return n;
}

static bool same_key(const char *a, const char *b) {
    size_t n = section_bytes(a);
    return n == section_bytes(b) && memcmp(a, b, n) == 0;
}

bool lk_grid_has(const lk_grid *grid, const char *set) {
    for (int i = 0; i < grid->n_axes; i++)
        if (same_key(grid->axis[i].key, set)) return true;
    return grid->seeds.n && same_key("seed", set);
}

static bool ends_in(const char *key, const char *end, size_t n_end) {
    size_t n = section_bytes(key);
    return n >= n_end && memcmp(key + n - n_end, end, n_end) == 0 &&
           (n == n_end || key[n - n_end - 1] == '.');
}

/* The shortest end of an axis' key that no other axis has. */
static const char *short_key(const lk_grid *grid, int axis, char out[KEY_MAX]) {
    const char *key = grid->axis[axis].key, *end = key + section_bytes(key), *at = end;
    for (bool clear = false; !clear && at > key;) {
        do at--;
        while (at > key && at[-1] != '.');
        clear = true;
        for (int i = 0; i < grid->n_axes && clear; i++)
            clear = i == axis || !ends_in(grid->axis[i].key, at, (size_t)(end - at));
    }
    lk_format(out, KEY_MAX, "%.*s", (int)(end - at), at);
    return out;
}

/* ---- values ---- */

/* Append a text of letters, digits, _ . - that no other text gives. */
static void add_plain(const char *text, lk_text *out) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    size_t n = strlen(text);
    if (n && n <= SHOWN_MAX && strspn(text, allowed) == n) {
        lk_text_add(out, "%s", text);
        return;
    }
    for (size_t i = 0; i < n && i < SHOWN_MAX / 2; i++)
        lk_text_bytes(out, strchr(allowed, text[i]) ? &text[i] : "_", 1);
    lk_text_add(out, "_%08x", (unsigned)lk_crc32c(0, text, n));
}

static const char *keep(lk_grid *grid, lk_text *text) {
    const char *kept = text->failed ? NULL : lk_arena_text(&grid->arena, text->data);
    lk_text_deinit(text);
    return kept;
}

static lk_status add_value(lk_grid *grid, lk_grid_axis *axis, const cJSON *value, lk_error *err) {
    lk_text json = { 0 }, set = { 0 }, name = { 0 }, label = { 0 };
    lk_grid_value *v = &axis->value[axis->n];
    lk_status status = lk_json_print(value, false, &json, err);
    if (status) return status;
    const char *text = cJSON_IsString(value) ? cJSON_GetStringValue(value) : json.data;
    bool shown = *text && strlen(text) <= SHOWN_MAX && lk_text_is_line(text);
    lk_text_add(&set, "grid %s=%s", axis->key, json.data);
    add_plain(text, &name);
    v->set = keep(grid, &set);
    v->name = keep(grid, &name);
    lk_text_add(&label, "%s", shown ? text : v->name ? v->name : "");
    v->label = keep(grid, &label);
    lk_text_deinit(&json);
    if (!v->set || !v->name || !v->label) return lk_fail_memory(err, KEY_MAX, "a grid");
    axis->n++;
    return LK_OK;
}

/* The list of a grid, and what it is called in messages. */
struct list {
    const lk_json *json;
    const cJSON *values;
    const char *key, *path;
};

static lk_status wrong(const struct list *list, const cJSON *value, lk_error *err) {
    return lk_json_error_at(list->json, value, list->path, err);
}

static lk_status check_value(const struct list *list, const lk_grid_axis *axis, const cJSON *value,
                             lk_error *err) {
    const lk_grid_value *last = &axis->value[axis->n - 1];
    for (const lk_grid_value *v = axis->value; v < last; v++) {
        if (strcmp(v->name, last->name) != 0) continue;
        lk_fail(err, LK_USAGE, "expected different values, got %s twice", last->label);
        return wrong(list, value, err);
    }
    return LK_OK;
}

static lk_status read_seeds(const struct list *list, lk_grid *grid, lk_error *err) {
    static const lk_option option = LK_OPTION_INTEGERS(lk_grid, seeds, "[1]", 0, 1e9, "");
    lk_status status =
        lk_option_read(&option, list->json, list->values, list->path, NULL, grid, err);
    for (int i = 0; i < grid->seeds.n && !status; i++)
        for (int k = 0; k < i && !status; k++) {
            if (grid->seeds.v[i] != grid->seeds.v[k]) continue;
            lk_fail(err, LK_USAGE, "expected different seeds, got %.0f twice", grid->seeds.v[i]);
            status = wrong(list, list->values, err);
        }
    return status;
}

static lk_status check_key(const struct list *list, const lk_grid *grid, lk_error *err) {
    if (!*list->key || strlen(list->key) >= KEY_MAX)
        lk_fail(err, LK_USAGE,
                "expected a key of a config, as in optimizer.lr, of less than %d "
                "bytes",
                KEY_MAX);
    else if (lk_grid_has(grid, list->key))
        lk_fail(err, LK_USAGE, "got the key %s twice", list->key);
    else if (lk_config_changes_no_number(list->key))
        lk_fail(err, LK_USAGE, "no number of a run depends on %s, so all runs would be equal",
                list->key);
    else if (grid->n_axes == LK_GRID_AXES_MAX)
        lk_fail(err, LK_USAGE, "expected at most %d keys, got more", LK_GRID_AXES_MAX);
    else
        return LK_OK;
    return wrong(list, list->values, err);
}

static lk_status check_length(const struct list *list, lk_grid *grid, lk_error *err) {
    int n = cJSON_IsArray(list->values) ? cJSON_GetArraySize(list->values) : 0;
    if (!n) return lk_json_mismatch(list->json, list->values, list->path, "a list of values", err);
    if (n <= LK_GRID_POINTS_MAX / grid->n_points) {
        grid->n_points *= n;
        return LK_OK;
    }
    lk_fail(err, LK_USAGE, "expected at most %d combinations of values, got %lld or more",
            LK_GRID_POINTS_MAX, (long long)n * grid->n_points);
    return wrong(list, list->values, err);
}

static lk_status add_values(const struct list *list, lk_grid *grid, lk_error *err) {
    lk_status status = LK_OK;
    lk_grid_axis *axis = &grid->axis[grid->n_axes++];
    size_t bytes = (size_t)cJSON_GetArraySize(list->values) * sizeof *axis->value;
    axis->key = lk_arena_text(&grid->arena, list->key);
    axis->value = lk_arena_alloc(&grid->arena, bytes);
    if (!axis->key || !axis->value) return lk_fail_memory(err, bytes, "a grid");
    for (const cJSON *value = list->values->child; value && lk_json_goes_on(list->json, status);
         value = value->next) {
        lk_status added = add_value(grid, axis, value, err);
        if (!added) added = check_value(list, axis, value, err);
        status = lk_status_after(status, added);
    }
    return status;
}

static lk_status add_axis(const struct list *list, lk_grid *grid, lk_error *err) {
    lk_status status = check_key(list, grid, err);
    if (!status && strcmp(list->key, "seed") == 0) return read_seeds(list, grid, err);
    if (!status) status = check_length(list, grid, err);
    return status ? status : add_values(list, grid, err);
}

/* ---- reading ---- */

static void init(lk_grid *grid) {
    *grid = (lk_grid){ .n_points = 1 };
    lk_arena_init(&grid->arena);
}

lk_status lk_grid_read(const lk_json *json, const cJSON *object, const char *path, lk_grid *grid,
                       lk_error *err) {
    lk_status status = LK_OK;
    init(grid);
    if (object && !cJSON_IsObject(object))
        return lk_json_mismatch(json, object, path, "an object", err);
    for (const cJSON *values = object ? object->child : NULL;
         values && lk_json_goes_on(json, status); values = values->next) {
        char member[KEY_MAX];
        lk_format(member, sizeof member, "%s.%s", path, values->string);
        const struct list list = { json, values, values->string, member };
        status = lk_status_after(status, add_axis(&list, grid, err));
    }
    return status;
}

/* The length of the value at `at`, up to a comma that is outside of brackets and strings. */
static size_t value_bytes(const char *at) {
    int depth = 0;
    bool string = false;
    size_t n = 0;
    for (; at[n] && (depth || string || at[n] != ','); n++) {
        if (at[n] == '"')
            string = !string;
        else if (string && at[n] == '\\' && at[n + 1])
            n++;
        else if (!string && strchr("[{", at[n]))
            depth++;
        else if (!string && strchr("]}", at[n]))
            depth--;
    }
    return n;
}

/* Append a value of n bytes, JSON or else a string, as JSON. */
static lk_status add_json(const char *word, const char *at, size_t n, lk_text *out, lk_error *err) {
    lk_text one = { 0 };
    lk_json value = { 0 };
    double number = 0;
    char number_text[LK_NUMBER_TEXT_MAX];
    lk_text_bytes(&one, at, n);
    lk_status status =
        one.failed ? lk_fail_memory(err, n, word) : lk_json_argument(one.data, word, &value, err);
    if (!status && cJSON_IsString(value.root) && lk_number_read(one.data, &number))
        lk_text_add(out, "%s", lk_number_text(number, number_text));
    else if (!status)
        status = lk_json_print(value.root, false, out, err);
    lk_json_deinit(&value);
    lk_text_deinit(&one);
    return status;
}

/* "1e-2,[1,2],ssim" as "[1e-2,[1,2],"ssim"]". */
static lk_status add_list(const char *word, const char *at, lk_text *out, lk_error *err) {
    lk_status status = LK_OK;
    for (bool more = true; more && !status;) {
        size_t n = value_bytes(at);
        lk_text_bytes(out, out->n ? "," : "[", 1);
        status = n ? add_json("--grid", at, n, out, err)
                   : lk_fail(err, LK_USAGE, "--grid %s: expected a value, got nothing", word);
        more = at[n] == ',';
        at += n + more;
    }
    lk_text_bytes(out, "]", 1);
    return status ? status : out->failed ? lk_fail_memory(err, out->n, "--grid") : LK_OK;
}

static lk_status read_word(const char *word, lk_grid *grid, lk_error *err) {
    char key[KEY_MAX], name[KEY_MAX];
    lk_text text = { 0 };
    lk_json json = { 0 };
    const char *equals = strchr(word, '=');
    if (!equals || !lk_format(key, sizeof key, "%.*s", (int)(equals - word), word))
        return lk_fail(err, LK_USAGE,
                       "--grid %s: expected KEY=VALUE,VALUE..., as in optimizer.lr=1e-2,1e-3",
                       word);
    lk_format(name, sizeof name, "--grid %s", word);
    lk_status status = add_list(word, equals + 1, &text, err);
    if (!status) status = lk_json_argument(text.data, name, &json, err);
    if (!status) {
        const struct list list = { &json, json.root, key, key };
        status = add_axis(&list, grid, err);
    }
    lk_json_deinit(&json);
    lk_text_deinit(&text);
    return status;
}

lk_status lk_grid_read_words(const lk_strings *words, lk_grid *grid, lk_error *err) {
    lk_errors errors = { 0 };
    lk_status status = LK_OK;
    init(grid);
    for (int i = 0; i < words->n && (!status || status == LK_USAGE); i++) {
        lk_status one = read_word(words->v[i], grid, err);
        if (one == LK_USAGE) lk_errors_add(&errors, (lk_error_place){ 0 }, "", err);
        status = lk_status_after(status, one);
    }
    return lk_errors_end(&errors, status, err);
}

/* ---- changes as a grid ---- */

static lk_status add_set(const char *set, lk_grid *grid, lk_error *err) {
    char key[KEY_MAX];
    lk_text text = { 0 };
    lk_json json = { 0 };
    const char *equals = strchr(set, '=');
    if (!equals || !lk_format(key, sizeof key, "%.*s", (int)(equals - set), set))
        return lk_fail(err, LK_USAGE, "%s: expected KEY=VALUE", set);
    if (lk_config_changes_no_number(key)) return LK_OK;
    if (grid->n_axes == LK_GRID_AXES_MAX)
        return lk_fail(err, LK_USAGE, "expected at most %d changed keys", LK_GRID_AXES_MAX);
    lk_text_add(&text, "[");
    lk_status status = add_json(set, equals + 1, strlen(equals + 1), &text, err);
    lk_text_add(&text, "]");
    if (!status && text.failed) status = lk_fail_memory(err, text.n, set);
    if (!status) status = lk_json_argument(text.data, set, &json, err);
    if (!status) status = add_values(&(struct list){ &json, json.root, key, key }, grid, err);
    lk_json_deinit(&json);
    lk_text_deinit(&text);
    return status;
}

lk_status lk_grid_read_sets(const char *const *sets, int n_sets, lk_grid *grid, lk_error *err) {
    lk_status status = LK_OK;
    init(grid);
    for (int i = 0; i < n_sets && !status; i++) {
        bool is_last = true;
        for (int k = i + 1; k < n_sets && is_last; k++) is_last = !same_key(sets[i], sets[k]);
        if (is_last) status = add_set(sets[i], grid, err);
    }
    return status;
}

void lk_grid_deinit(lk_grid *grid) {
    lk_arena_deinit(&grid->arena);
    *grid = (lk_grid){ 0 };
}

/* ---- points ---- */

/* The value of an axis at a point; the last axis changes fastest. */
static const lk_grid_value *value_at(const lk_grid *grid, int axis, int point) {
    for (int i = grid->n_axes - 1; i > axis; i--) point /= grid->axis[i].n;
    return &grid->axis[axis].value[point % grid->axis[axis].n];
}

/* A type drops the keys that it does not know, so it goes before the keys of its section, whose
   names are longer. */
int lk_grid_sets(const lk_grid *grid, int point, const char *sets[LK_GRID_AXES_MAX]) {
    size_t length[LK_GRID_AXES_MAX];
    for (int i = 0; i < grid->n_axes; i++) {
        size_t n = section_bytes(grid->axis[i].key);
        int at = i;
        for (; at > 0 && length[at - 1] > n; at--) {
            length[at] = length[at - 1];
            sets[at] = sets[at - 1];
        }
        length[at] = n;
        sets[at] = value_at(grid, i, point)->set;
    }
    return grid->n_axes;
}

void lk_grid_label(const lk_grid *grid, int point, lk_text *out) {
    for (int i = 0; i < grid->n_axes; i++) {
        char key[KEY_MAX];
        lk_text_add(out, "%s%s=%s", i ? ", " : "", short_key(grid, i, key),
                    value_at(grid, i, point)->label);
    }
}

void lk_grid_name(const lk_grid *grid, int point, lk_text *out) {
    for (int i = 0; i < grid->n_axes; i++) {
        char key[KEY_MAX];
        lk_text_add(out, "%s", i ? "-" : "");
        add_plain(short_key(grid, i, key), out);
        lk_text_add(out, "_%s", value_at(grid, i, point)->name);
    }
}
