/* Growing strings, and the nearest word for messages. */
#include <likeness/base.h>

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool reserve(lk_text *text, size_t extra) {
    if (text->failed) return false;
    size_t need = text->n + extra + 1;
    if (need <= text->capacity) return true;
    size_t capacity = text->capacity ? text->capacity : 128;
    while (capacity < need) capacity *= 2;
    char *data = lk_realloc(text->data, text->n, capacity);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void lk_text_bytes(lk_text *text, const void *data, size_t n_bytes) {
    if (!reserve(text, n_bytes)) return;
    /* without bytes there may be no data */
    if (n_bytes) memcpy(text->data + text->n, data, n_bytes);
    text->n += n_bytes;
    text->data[text->n] = 0;
}

void lk_text_add(lk_text *text, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    if (n < 0) text->failed = true;
    if (n >= 0 && reserve(text, (size_t)n)) {
        vsnprintf(text->data + text->n, (size_t)n + 1, format, again);
        text->n += (size_t)n;
    }
    va_end(again);
    va_end(args);
}

void lk_text_deinit(lk_text *text) {
    lk_free(text->data);
    *text = (lk_text){ 0 };
}

bool lk_format(char *out, size_t n_bytes, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(out, n_bytes, format, args);
    va_end(args);
    return n >= 0 && (size_t)n < n_bytes;
}

enum { LONGEST = 64 };

/* Levenshtein's distance, letters of either case alike. */
static size_t distance(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b), row[LONGEST + 1];
    if (n > LONGEST || m > LONGEST) return LONGEST;
    for (size_t j = 0; j <= m; j++) row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t above = row[j];
            size_t best =
                diagonal + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
            if (above + 1 < best) best = above + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[m];
}

const char *lk_text_nearest(const char *got, const char *const *words) {
    size_t limit = strlen(got) / 3 > 2 ? strlen(got) / 3 : 2;
    const char *best = NULL;
    for (; *words; words++) {
        size_t d = distance(got, *words);
        if (d <= limit && d < strlen(*words)) {
            limit = d ? d - 1 : 0;
            best = *words;
            if (!d) break;
        }
    }
    return best;
}
