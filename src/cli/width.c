/* How wide text is on a screen. wcwidth would need a locale, which the program does not have. */
#include "cli/width.h"

#include <likeness/text.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct span {
    uint32_t first, last;
};

/* Unicode 15: East Asian Width W and F, in ranges that join what lies close together. */
static const struct span wide[] = {
    { 0x1100, 0x115F },   { 0x231A, 0x231B },   { 0x2E80, 0x303E },   { 0x3041, 0x33FF },
    { 0x3400, 0x4DBF },   { 0x4E00, 0xA4CF },   { 0xA960, 0xA97F },   { 0xAC00, 0xD7A3 },
    { 0xF900, 0xFAFF },   { 0xFE30, 0xFE6F },   { 0xFF01, 0xFF60 },   { 0xFFE0, 0xFFE6 },
    { 0x16FE0, 0x18AFF }, { 0x1B000, 0x1B2FF }, { 0x1F300, 0x1F64F }, { 0x1F680, 0x1F6FF },
    { 0x1F900, 0x1F9FF }, { 0x1FA70, 0x1FAFF }, { 0x20000, 0x3FFFD },
};

/* Marks over other characters, and format characters that are not seen. */
static const struct span none[] = {
    { 0x0300, 0x036F },   { 0x0483, 0x0489 }, { 0x0591, 0x05BD }, { 0x0610, 0x061A },
    { 0x064B, 0x065F },   { 0x0E34, 0x0E3A }, { 0x0E47, 0x0E4E }, { 0x1AB0, 0x1AFF },
    { 0x1DC0, 0x1DFF },   { 0x200B, 0x200F }, { 0x202A, 0x202E }, { 0x2060, 0x2064 },
    { 0x20D0, 0x20FF },   { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F }, { 0xFEFF, 0xFEFF },
    { 0xE0000, 0xE01EF },
};

static bool is_in(const struct span *ranges, size_t n, uint32_t character) {
    for (size_t i = 0; i < n; i++)
        if (character >= ranges[i].first && character <= ranges[i].last) return true;
    return false;
}

/* The bytes of "\033[33m"; 0: none begins here. */
static size_t colour_bytes(const char *text, size_t n_left) {
    size_t n = 2;
    if (n_left < 3 || text[0] != '\033' || text[1] != '[') return 0;
    while (n < n_left && ((text[n] >= '0' && text[n] <= '9') || text[n] == ';')) n++;
    return n < n_left && text[n] == 'm' ? n + 1 : 0;
}

static uint32_t character_at(const char *text, size_t n_bytes) {
    static const unsigned char masks[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
    uint32_t character = (unsigned char)text[0] & masks[n_bytes];
    for (size_t i = 1; i < n_bytes; i++) character = character << 6 | (text[i] & 0x3F);
    return character;
}

/* The bytes of the next character, and its columns. A byte that is not UTF-8 is one column. */
static size_t next(const char *text, size_t n_left, int *columns) {
    size_t n = colour_bytes(text, n_left);
    *columns = 0;
    if (n) return n;
    n = lk_utf8_length(text, n_left);
    *columns = 1;
    if (n < 2) return 1;
    uint32_t character = character_at(text, n);
    if (is_in(none, LK_COUNT(none), character)) *columns = 0;
    if (is_in(wide, LK_COUNT(wide), character)) *columns = 2;
    return n;
}

int lk_screen_columns(const char *text, size_t n_bytes) {
    int sum = 0, columns;
    for (size_t at = 0; at < n_bytes; sum += columns) at += next(text + at, n_bytes - at, &columns);
    return sum;
}

size_t lk_screen_fitting(const char *text, size_t n_bytes, int columns) {
    size_t at = 0;
    while (at < n_bytes) {
        int width;
        size_t n = next(text + at, n_bytes - at, &width);
        if (width > columns) break;
        columns -= width;
        at += n;
    }
    return at;
}

size_t lk_screen_fitting_end(const char *text, size_t n_bytes, int columns) {
    int left = lk_screen_columns(text, n_bytes) - columns;
    size_t at = 0;
    while (at < n_bytes && left > 0) {
        int width;
        at += next(text + at, n_bytes - at, &width);
        left -= width;
    }
    return at;
}

bool lk_screen_takes_utf8(void) {
    static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
    for (size_t i = 0; i < LK_COUNT(names); i++) {
        const char *value = getenv(names[i]);
        if (!value || !*value) continue;
        const char *dot = strchr(value, '.');
        return dot && (strncasecmp(dot, ".UTF-8", 6) == 0 || strncasecmp(dot, ".UTF8", 5) == 0);
    }
    return false;
}
