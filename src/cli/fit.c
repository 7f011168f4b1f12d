/* Tables of one line for each row, whatever the width of the screen. */
#include "cli/fit.h"
#include "cli/output.h"
#include "cli/width.h"

#include <string.h>

enum { GAP = 2, FIRST_MIN = 16 };

struct table {
    const lk_fit_column *columns;
    size_t n;
    int width[LK_FIT_COLUMNS_MAX]; /* of the widest cell; 0: left out */
    bool blocks;
};

/* ---- what has room ---- */

static void measure_columns(struct table *t, const char *rows) {
    for (const char *at = rows; *at; at++) {
        for (size_t c = 0; c < t->n; c++) {
            size_t n = strcspn(at, "\t\n");
            int width = lk_screen_columns(at, n);
            if (width > t->width[c]) t->width[c] = width;
            at += n;
            if (*at != '\t') break;
            at++;
        }
        at += strcspn(at, "\n");
        if (!*at) break;
    }
    for (size_t c = 0; c < t->n; c++) {
        int title = lk_screen_columns(t->columns[c].title, strlen(t->columns[c].title));
        if (t->width[c] && t->width[c] < title) t->width[c] = title;
    }
}

static int whole_width(const struct table *t) {
    int sum = -GAP;
    for (size_t c = 0; c < t->n; c++) sum += t->width[c] ? t->width[c] + GAP : 0;
    return sum;
}

/* The column that goes next; the number of columns: none. */
static size_t least_important(const struct table *t) {
    size_t found = t->n;
    for (size_t c = 0; c < t->n; c++)
        if (t->width[c] && t->columns[c].rank &&
            (found == t->n || t->columns[c].rank > t->columns[found].rank))
            found = c;
    return found;
}

/* The column that was left out and fits, of the lowest rank; the number of columns: none. */
static size_t most_important(const struct table *t, const struct table *all, int width) {
    size_t found = t->n;
    for (size_t c = 0; c < t->n; c++)
        if (!t->width[c] && all->width[c] && whole_width(t) + GAP + all->width[c] <= width &&
            (found == t->n || t->columns[c].rank < t->columns[found].rank))
            found = c;
    return found;
}

/* What went before something wider may have room again. */
static void take_back(struct table *t, const struct table *all, int width) {
    for (size_t c; (c = most_important(t, all, width)) < t->n;) t->width[c] = all->width[c];
}

/* The first column may not push out the others, nor the table be wider than the screen. */
static void choose(struct table *t, const struct table *all, int width) {
    int most = width * 2 / 5 > FIRST_MIN ? width * 2 / 5 : FIRST_MIN;
    int first = t->width[0];
    if (first > most) t->width[0] = most;
    for (size_t c; whole_width(t) > width && (c = least_important(t)) < t->n;) t->width[c] = 0;
    take_back(t, all, width);
    int spare = width - whole_width(t);
    t->width[0] += spare;
    if (t->width[0] > first) t->width[0] = first;
    if (t->width[0] < 1) t->width[0] = 1;
}

static void say_left_out(const struct table *t, const struct table *all, lk_text *out) {
    for (size_t c = 0; c < t->n; c++)
        if (all->width[c] && !t->width[c])
            lk_text_add(out, "%s%s", out->n ? ", " : "", t->columns[c].title);
}

/* ---- the rows ---- */

static void add_first(const struct table *t, const char *cell, size_t n, lk_text *out) {
    const char *dots = t->blocks ? "\xE2\x80\xA6" : "...";
    int room = t->width[0] - (t->blocks ? 1 : 3);
    if (lk_screen_columns(cell, n) <= t->width[0]) {
        lk_text_bytes(out, cell, n);
        return;
    }
    size_t begin = lk_screen_fitting_end(cell, n, room > 0 ? room : 0);
    lk_text_add(out, "%s", dots);
    lk_text_bytes(out, cell + begin, n - begin);
}

static const char *add_row(const struct table *t, const char *at, lk_text *out) {
    const char *between = "";
    for (size_t c = 0; c < t->n; c++) {
        size_t n = strcspn(at, "\t\n");
        if (t->width[c]) {
            lk_text_add(out, "%s", between);
            if (c == 0)
                add_first(t, at, n, out);
            else
                lk_text_bytes(out, at, n);
            between = "\t";
        }
        at += n;
        if (*at == '\t') at++;
    }
    lk_text_add(out, "\n");
    return at + (*at == '\n');
}

void lk_fit_table(const lk_text *rows, const lk_fit_column *columns, size_t n_columns, int width,
                  bool blocks, lk_text *out, lk_text *left_out) {
    struct table t = { .columns = columns, .n = n_columns, .blocks = blocks };
    lk_text lines = { .failed = rows->failed };
    char alignment[LK_FIT_COLUMNS_MAX + 1];
    size_t n_shown = 0;
    const char *text = rows->data ? rows->data : "";
    measure_columns(&t, text);
    const struct table all = t;
    choose(&t, &all, width);
    if (left_out) say_left_out(&t, &all, left_out);
    for (size_t c = 0; c < n_columns; c++) {
        if (!t.width[c]) continue;
        lk_text_add(&lines, "%s%s", n_shown ? "\t" : "", columns[c].title);
        alignment[n_shown++] = columns[c].right ? 'r' : 'l';
    }
    alignment[n_shown] = 0;
    lk_text_add(&lines, "\n");
    for (const char *at = text; *at;) at = add_row(&t, at, &lines);
    lk_cli_align(&lines, alignment, out);
    lk_text_deinit(&lines);
}
