/* Several sweeps in one folder may change different keys. Every label then names all of them. */
#include "report/axes.h"
#include "report/keys.h"

#include <string.h>

enum { VALUE_MAX = 40 };

/* The next of the keys between spaces; n_bytes 0: there is none. */
struct word {
    const char *at;
    size_t n_bytes;
};

static struct word next_word(const char *at) {
    at += strspn(at, " ");
    return (struct word){ at, strcspn(at, " ") };
}

static bool has_word(const char *words, struct word word) {
    for (struct word w = next_word(words); w.n_bytes; w = next_word(w.at + w.n_bytes))
        if (w.n_bytes == word.n_bytes && memcmp(w.at, word.at, word.n_bytes) == 0) return true;
    return false;
}

static void add_words(const char *words, lk_text *all) {
    for (struct word w = next_word(words); w.n_bytes; w = next_word(w.at + w.n_bytes)) {
        if (all->data && has_word(all->data, w)) continue;
        lk_text_add(all, "%s%.*s", all->n ? " " : "", (int)w.n_bytes, w.at);
    }
}

/* "latent" for "model.latent", and "model" for "model.type". */
static void add_short(const char *key, lk_text *out) {
    static const char *const ends[] = { ".type", ".preset" };
    size_t n = strlen(key), begin = 0;
    for (size_t i = 0; i < LK_COUNT(ends); i++) {
        size_t n_end = strlen(ends[i]);
        if (n > n_end && strcmp(key + n - n_end, ends[i]) == 0) n -= n_end;
    }
    for (size_t i = 0; i < n; i++)
        if (key[i] == '.') begin = i + 1;
    lk_text_bytes(out, key + begin, n - begin);
}

static void complete(const lk_result *row, const char *all, lk_text *label) {
    for (struct word w = next_word(all); w.n_bytes; w = next_word(w.at + w.n_bytes)) {
        char key[LK_WORDS_MAX];
        size_t n = 0;
        lk_format(key, sizeof key, "%.*s", (int)w.n_bytes, w.at);
        const char *value = has_word(row->axes, w) ? NULL : lk_keys_value(row, key, &n);
        if (!value || n > VALUE_MAX) continue;
        lk_text_add(label, ", ");
        add_short(key, label);
        lk_text_add(label, "=%.*s", (int)n, value);
    }
}

lk_status lk_results_label_axes(lk_results *results, size_t first, lk_error *err) {
    lk_text all = { 0 };
    for (size_t i = first; i < results->n_rows; i++)
        if (results->rows[i].axes) add_words(results->rows[i].axes, &all);
    lk_status status = all.failed ? lk_fail_memory(err, all.n, "labels") : LK_OK;
    for (size_t i = first; i < results->n_rows && all.data && !status; i++) {
        lk_result *row = &results->rows[i];
        lk_text label = { 0 };
        if (!row->axes) continue;
        lk_text_add(&label, "%s", row->label);
        complete(row, all.data, &label);
        const char *kept = label.failed ? NULL : lk_arena_text(&results->arena, label.data);
        if (kept)
            row->label = kept;
        else
            status = lk_fail_memory(err, label.n, "labels");
        lk_text_deinit(&label);
    }
    lk_text_deinit(&all);
    return status;
}
