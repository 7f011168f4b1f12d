/* All errors of one input. */
#include "base/errors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A list of errors may become part of a longer one, which counts what this line stands for. */
static const char more_errors[] = "and %d more errors", one_more[] = "and 1 more error";

static int errors_in(const char *line) {
    int n = 1;
    return sscanf(line, more_errors, &n) == 1 ? n : 1;
}

static bool is_known(const lk_errors *errors, const char *text) {
    for (int i = 0; i < errors->n_kept; i++)
        if (strcmp(errors->kept[i].text, text) == 0) return true;
    return false;
}

static void add_line(lk_errors *errors, lk_error_place place, const char *prefix,
                     const char *line) {
    lk_error one;
    int n = errors_in(line);
    lk_error_set(&one, "%s%s", prefix, line);
    if (is_known(errors, one.text)) return;
    errors->n += n;
    size_t bytes = strlen(one.text) + 1;
    bool is_count = n > 1 || strcmp(line, one_more) == 0;
    if (is_count || errors->n_kept == LK_ERRORS_KEPT || bytes > LK_ERRORS_BYTES - errors->n_bytes)
        return;
    char *text = memcpy(errors->text + errors->n_bytes, one.text, bytes);
    errors->n_bytes += bytes;
    errors->kept[errors->n_kept].place = place;
    errors->kept[errors->n_kept++].text = text;
}

void lk_errors_add(lk_errors *errors, lk_error_place place, const char *prefix,
                   const lk_error *err) {
    char line[sizeof err->text];
    if (!err) errors->n++;
    for (const char *at = err ? err->text : ""; *at;) {
        size_t n = strcspn(at, "\n");
        snprintf(line, sizeof line, "%.*s", (int)n, at);
        add_line(errors, place, prefix, line);
        at += n + (at[n] == '\n');
    }
}

void lk_errors_add_new(lk_errors *errors, lk_error *err) {
    lk_error all = *err;
    char *out = err->text;
    for (char *line = all.text, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next) *next++ = 0;
        if (is_known(errors, line)) continue;
        add_line(errors, (lk_error_place){ 0 }, "", line);
        out += sprintf(out, "%s%s", out == err->text ? "" : "\n", line);
    }
    *out = 0;
}

bool lk_errors_has(const lk_errors *errors, const void *value) {
    for (int i = 0; value && i < errors->n_kept; i++)
        if (errors->kept[i].place.value == value) return true;
    return false;
}

/* ---- order ---- */

/* The first error of the same file. */
static int first_of_file(const lk_errors *errors, int i) {
    int first = 0;
    while (errors->kept[first].place.file != errors->kept[i].place.file) first++;
    return first;
}

/* Whether error `a` stands before error `b`, of which it was found before. */
static bool in_order(const lk_errors *errors, int a, int b) {
    const lk_error_place *left = &errors->kept[a].place, *right = &errors->kept[b].place;
    if (left->file == right->file) return !left->file || left->order <= right->order;
    if (!left->file || !right->file) return left->file != NULL;
    return first_of_file(errors, a) < first_of_file(errors, b);
}

static void sort(const lk_errors *errors, int order[LK_ERRORS_KEPT]) {
    for (int i = 0; i < errors->n_kept; i++) {
        int at = i;
        for (; at > 0 && !in_order(errors, order[at - 1], i); at--) order[at] = order[at - 1];
        order[at] = i;
    }
}

lk_status lk_errors_end(lk_errors *errors, lk_status status, lk_error *err) {
    enum { ROOM_FOR_COUNT = 32 };
    int order[LK_ERRORS_KEPT], shown = 0;
    size_t n = 0;
    if (!errors->n || (status && status != LK_USAGE)) return status;
    if (!err) return LK_USAGE;
    sort(errors, order);
    for (; shown < errors->n_kept && shown < LK_ERRORS_SHOWN; shown++) {
        const char *text = errors->kept[order[shown]].text;
        if (shown && n + 1 + strlen(text) + ROOM_FOR_COUNT >= sizeof err->text) break;
        n += (size_t)snprintf(err->text + n, sizeof err->text - n, "%s%s", shown ? "\n" : "", text);
    }
    int left = errors->n - shown;
    char *end = err->text + n;
    if (left == 1) snprintf(end, sizeof err->text - n, "\n%s", one_more);
    if (left > 1) {
        *end++ = '\n';
        snprintf(end, sizeof err->text - n - 1, more_errors, left);
    }
    return LK_USAGE;
}
