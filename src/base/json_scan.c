/* One strict pass over JSON text: RFC 8259 plus // comments, UTF-8 (RFC 3629). It builds no values:
   that is cJSON's work. */
#include "base/json_scan.h"

#include <likeness/json.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64, NUMBER_MAX = 60 }; /* cJSON cuts numbers at 63 characters */

typedef struct scan {
    char *at, *end; /* *end is 0 */
    const char *name;
    int line, depth;
    lk_json_lines *lines;
    lk_error *err;
} scan;

static size_t word_length(const char *at) {
    return strspn(at, "+-._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

/* What stands at the present position, for messages. */
static const char *here(const scan *s, char *out, size_t n_bytes) {
    unsigned char c = (unsigned char)*s->at;
    size_t n = word_length(s->at);
    if (s->at == s->end) return "the end of the text";
    if (c == '"') return "a string";
    if (c < 0x20 || c == 0x7f) {
        snprintf(out, n_bytes, "the byte 0x%02x", c);
        return out;
    }
    for (n = n ? n : 1; ((unsigned char)s->at[n] & 0xC0) == 0x80; n++) continue;
    snprintf(out, n_bytes, "\"%.*s%s\"", n > 40 ? 40 : (int)n, s->at, n > 40 ? "..." : "");
    return out;
}

static lk_status unexpected(scan *s, const char *expected) {
    char got[64];
    return lk_fail(s->err, LK_USAGE, "%s:%d: expected %s, got %s", s->name, s->line, expected,
                   here(s, got, sizeof got));
}

static lk_status wrong(scan *s, const char *what) {
    return lk_fail(s->err, LK_USAGE, "%s:%d: %s", s->name, s->line, what);
}

static lk_status check_utf8(const scan *s) {
    int line = 1;
    for (const char *at = s->at; at < s->end;) {
        size_t n = lk_utf8_length(at, (size_t)(s->end - at));
        if (!n)
            return lk_fail(s->err, LK_USAGE, "%s:%d: expected UTF-8, got the byte 0x%02x", s->name,
                           line, (unsigned char)*at);
        if (*at == '\n') line++;
        at += n;
    }
    return LK_OK;
}

/* Spaces, line ends and comments, which become spaces. Stops at the end too, where a 0 stands. */
static void skip_space(scan *s) {
    for (;; s->at++) {
        if (s->at[0] == '/' && s->at[1] == '/')
            while (s->at < s->end && *s->at != '\n') *s->at++ = ' ';
        if (*s->at == '\n')
            s->line++;
        else if (*s->at != ' ' && *s->at != '\t' && *s->at != '\r')
            return;
    }
}

static lk_status record(scan *s, int line) {
    lk_json_lines *lines = s->lines;
    if (lines->n == lines->capacity) {
        size_t capacity = lines->capacity ? 2 * lines->capacity : 64;
        int *grown =
            lk_realloc(lines->line, lines->n * sizeof *grown, lk_size_mul(capacity, sizeof *grown));
        if (!grown) return lk_fail_memory(s->err, capacity * sizeof *grown, s->name);
        lines->line = grown;
        lines->capacity = capacity;
    }
    lines->line[lines->n++] = line;
    return LK_OK;
}

static lk_status scan_hex4(scan *s, unsigned *out) {
    unsigned value = 0;
    for (int i = 0; i < 4; i++, s->at++) {
        const char *digits = "0123456789abcdefABCDEF",
                   *found = *s->at ? strchr(digits, *s->at) : NULL;
        if (!found) return unexpected(s, "four hexadecimal digits after \\u");
        unsigned digit = (unsigned)(found - digits);
        value = value * 16 + (digit < 16 ? digit : digit - 6);
    }
    *out = value;
    return LK_OK;
}

static lk_status scan_escape(scan *s) {
    s->at++;
    if (*s->at != 'u') {
        if (!*s->at || !strchr("\"\\/bfnrt", *s->at))
            return unexpected(s, "one of \" \\ / b f n r t u after a backslash");
        s->at++;
        return LK_OK;
    }
    s->at++;
    unsigned unit = 0, low = 0;
    lk_status status = scan_hex4(s, &unit);
    if (status) return status;
    if (unit == 0) return wrong(s, "expected a string without zero characters, got \\u0000");
    if (unit < 0xD800 || unit > 0xDFFF) return LK_OK;
    if (unit > 0xDBFF || s->at[0] != '\\' || s->at[1] != 'u')
        return wrong(s, "expected a surrogate pair, got half of one");
    s->at += 2;
    status = scan_hex4(s, &low);
    if (status) return status;
    return low >= 0xDC00 && low <= 0xDFFF ? LK_OK
                                          : wrong(s, "expected a surrogate pair, got half of one");
}

static lk_status scan_string(scan *s) {
    for (s->at++; *s->at != '"';) {
        unsigned char c = (unsigned char)*s->at;
        lk_status status = LK_OK;
        if (s->at == s->end) return wrong(s, "the text ends inside a string");
        if (c == '\n' || c == '\r') return wrong(s, "the line ends inside a string");
        if (c < 0x20)
            return unexpected(s, "control characters in strings escaped, as in \\t or \\u0009");
        if (c == '\\')
            status = scan_escape(s);
        else
            s->at++;
        if (status) return status;
    }
    s->at++;
    return LK_OK;
}

static const char *skip_digits(const char *at) {
    return at + strspn(at, "0123456789");
}

/* The end of the number that RFC 8259 sees at `at`, or NULL. */
static const char *number_end(const char *at) {
    if (*at == '-') at++;
    const char *whole = at;
    at = skip_digits(at);
    if (at == whole || (*whole == '0' && at > whole + 1)) return NULL;
    if (*at == '.') {
        const char *fraction = at + 1;
        at = skip_digits(fraction);
        if (at == fraction) return NULL;
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        if (*at == '+' || *at == '-') at++;
        const char *exponent = at;
        at = skip_digits(at);
        if (at == exponent) return NULL;
    }
    return at;
}

static lk_status scan_number(scan *s) {
    size_t n = word_length(s->at);
    if (number_end(s->at) != s->at + n)
        return unexpected(s, "a number as JSON writes it: 12, -0.5, 1e-3");
    if (n > NUMBER_MAX) return unexpected(s, "a number of at most 60 characters");
    if (!isfinite(strtod(s->at, NULL))) return unexpected(s, "a number of at most 1.797e308");
    s->at += n;
    return LK_OK;
}

static lk_status scan_literal(scan *s) {
    static const char *const words[] = { "true", "false", "null" };
    size_t n = word_length(s->at);
    for (size_t i = 0; i < LK_COUNT(words); i++) {
        if (strlen(words[i]) != n || memcmp(words[i], s->at, n) != 0) continue;
        s->at += n;
        return LK_OK;
    }
    return unexpected(s, "a value: {...}, [...], \"text\", a number, true, false or null");
}

static lk_status scan_value(scan *s, int line);

static lk_status scan_member(scan *s) {
    int line = s->line;
    if (*s->at != '"') return unexpected(s, "a key in double quotes");
    lk_status status = scan_string(s);
    if (status) return status;
    skip_space(s);
    if (*s->at != ':') return unexpected(s, "\":\" after a key");
    s->at++;
    skip_space(s);
    return scan_value(s, line);
}

static lk_status scan_container(scan *s, char close) {
    bool object = close == '}';
    if (++s->depth > DEPTH_MAX) return wrong(s, "nested more than 64 levels deep");
    s->at++;
    skip_space(s);
    while (*s->at != close) {
        lk_status status = object ? scan_member(s) : scan_value(s, s->line);
        if (status) return status;
        skip_space(s);
        if (*s->at == close) break;
        if (*s->at != ',') return unexpected(s, object ? "\",\" or \"}\"" : "\",\" or \"]\"");
        s->at++;
        skip_space(s);
        if (*s->at == close)
            return unexpected(s, object ? "another key after the comma"
                                        : "another value after the comma");
    }
    s->at++;
    s->depth--;
    return LK_OK;
}

static lk_status scan_value(scan *s, int line) {
    lk_status status = record(s, line);
    if (status) return status;
    switch (*s->at) {
    case '{':
        return scan_container(s, '}');
    case '[':
        return scan_container(s, ']');
    case '"':
        return scan_string(s);
    default:
        return *s->at && strchr("+-.0123456789", *s->at) ? scan_number(s) : scan_literal(s);
    }
}

lk_status lk_json_scan(char *text, size_t n_bytes, const char *name, lk_json_lines *lines,
                       lk_error *err) {
    scan s = {
        .at = text, .end = text + n_bytes, .name = name, .line = 1, .lines = lines, .err = err
    };
    lk_status status = check_utf8(&s);
    if (status) return status;
    if (n_bytes >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) memset(text, ' ', 3);
    skip_space(&s);
    status = scan_value(&s, s.line);
    if (status) return status;
    skip_space(&s);
    return s.at == s.end ? LK_OK : unexpected(&s, "the end of the text");
}
