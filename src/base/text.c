/* Growing strings, and the nearest word for messages. */
#include <likeness/memory.h>
#include <likeness/text.h>

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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

size_t lk_utf8_length(const char *text, size_t n_left) {
    const unsigned char *p = (const unsigned char *)text;
    static const struct {
        unsigned char first, last, second_min, second_max;
        size_t n;
    } forms[] = {
        { 0x00, 0x7F, 0, 0, 1 },       { 0xC2, 0xDF, 0x80, 0xBF, 2 }, { 0xE0, 0xE0, 0xA0, 0xBF, 3 },
        { 0xE1, 0xEC, 0x80, 0xBF, 3 }, { 0xED, 0xED, 0x80, 0x9F, 3 }, { 0xEE, 0xEF, 0x80, 0xBF, 3 },
        { 0xF0, 0xF0, 0x90, 0xBF, 4 }, { 0xF1, 0xF3, 0x80, 0xBF, 4 }, { 0xF4, 0xF4, 0x80, 0x8F, 4 },
    };
    for (size_t i = 0; i < LK_COUNT(forms); i++) {
        if (*p < forms[i].first || *p > forms[i].last) continue;
        if (forms[i].n == 1) return 1;
        if (n_left < forms[i].n || p[1] < forms[i].second_min || p[1] > forms[i].second_max)
            return 0;
        for (size_t k = 2; k < forms[i].n; k++)
            if ((p[k] & 0xC0) != 0x80) return 0;
        return forms[i].n;
    }
    return 0;
}

const char *lk_number_text(double value, char out[LK_NUMBER_TEXT_MAX]) {
    if (fabs(value) < 9007199254740992.0 && value == floor(value)) {
        snprintf(out, LK_NUMBER_TEXT_MAX, "%.0f", value);
        return out;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, LK_NUMBER_TEXT_MAX, "%.*g", digits, value);
        if (strtod(out, NULL) == value) break;
    }
    return out;
}

size_t lk_text_escape(const char *at, char out[8]) {
    static const char special[] = "\"\\\n\r\t\b\f", letter[] = "\"\\nrtbf";
    const char *found = strchr(special, *at);
    size_t n = 1;
    if (found) {
        snprintf(out, 8, "\\%c", letter[found - special]);
    } else if ((unsigned char)*at < 0x20 || *at == 0x7f) {
        snprintf(out, 8, "\\u%04x", (unsigned)(unsigned char)*at);
    } else {
        while (n < 4 && ((unsigned char)at[n] & 0xC0) == 0x80) n++;
        snprintf(out, 8, "%.*s", (int)n, at);
    }
    return n;
}

const char *lk_text_quoted(const char *text, char *out, size_t n_bytes) {
    char piece[8];
    size_t n = 1;
    snprintf(out, n_bytes, "\"");
    while (*text) {
        size_t n_read = lk_text_escape(text, piece), n_piece = strlen(piece);
        bool fits = n + n_piece + (text[n_read] ? sizeof "...\"" : sizeof "\"") <= n_bytes;
        if (!fits) break;
        snprintf(out + n, n_bytes - n, "%s", piece);
        n += n_piece;
        text += n_read;
    }
    snprintf(out + n, n_bytes - n, *text ? "...\"" : "\"");
    return out;
}

size_t lk_text_name_piece(const char *at, size_t n_left, char out[8]) {
    size_t n = lk_utf8_length(at, n_left);
    if (n == 1 && *at != '"') return lk_text_escape(at, out);
    snprintf(out, 8, "%.*s", n ? (int)n : 3, n ? at : "\xef\xbf\xbd");
    return n ? n : 1;
}

void lk_text_name(lk_text *text, const char *name) {
    char piece[8];
    for (size_t left = strlen(name), n; left; name += n, left -= n) {
        n = lk_text_name_piece(name, left, piece);
        lk_text_add(text, "%s", piece);
    }
}

void lk_text_cell(lk_text *text, const char *cell) {
    if (!strpbrk(cell, ",\"\r\n")) {
        lk_text_add(text, "%s", cell);
        return;
    }
    lk_text_add(text, "\"");
    for (; *cell; cell++) {
        if (*cell == '"') lk_text_add(text, "\"");
        lk_text_bytes(text, cell, 1);
    }
    lk_text_add(text, "\"");
}

bool lk_number_read(const char *text, double *value) {
    char *end = NULL;
    /* strtod also takes white space, hexadecimal numbers, infinity and NaN */
    if (!*text || strspn(text, "0123456789+-.eE") != strlen(text)) return false;
    double x = strtod(text, &end);
    if (end == text || *end || !isfinite(x)) return false;
    *value = x;
    return true;
}

bool lk_text_is_line(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text < ' ') return false;
    return true;
}

const char *lk_count_text(int64_t n, char out[32]) {
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%" PRId64, n), at = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-') out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = 0;
    return out;
}
