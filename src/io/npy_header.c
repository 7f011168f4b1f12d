/* A header is magic, version and length, then a Python dict of three keys. NumPy sorts the keys,
   but its specification forbids readers to depend on that. */
#include "io/npy_header.h"

#include <likeness/text.h>

#include <stdlib.h>
#include <string.h>

enum { START_BYTES = 8, LENGTH_BYTES_MAX = 4, DICT_MAX = 4096 };
enum { KEY_DESCR = 1, KEY_ORDER = 2, KEY_SHAPE = 4, KEYS = 7 };

struct parser {
    const char *path, *at;
};

static lk_status unexpected(const struct parser *parser, const char *expected, lk_error *err) {
    char got[64];
    return lk_fail(err, LK_FORMAT, "%s: header: expected %s, got %s", parser->path, expected,
                   lk_text_quoted(parser->at, got, sizeof got));
}

static void skip_spaces(struct parser *parser) {
    parser->at += strspn(parser->at, " \n");
}

static bool eat(struct parser *parser, const char *word) {
    size_t n = strlen(word);
    if (strncmp(parser->at, word, n) != 0) return false;
    parser->at += n;
    return true;
}

/* Returns what follows a string, or NULL if it has no end. */
static const char *after_string(const char *at) {
    char quote = *at++;
    while (*at && *at != quote) at += at[0] == '\\' && at[1] ? 2 : 1;
    return *at ? at + 1 : NULL;
}

/* Returns what follows a string or the list of a structured type, or NULL. */
static const char *after_descr(const char *at) {
    int depth = 0;
    do {
        if (*at == '\'' || *at == '"') {
            at = after_string(at);
            if (!at) return NULL;
            continue;
        }
        if (*at == '[' || *at == '(') depth++;
        if (*at == ']' || *at == ')') depth--;
        if (!*at || depth < 0 || (depth == 0 && *at != ']')) return NULL;
        at++;
    } while (depth > 0);
    return at;
}

static lk_status read_descr(struct parser *parser, lk_npy_header *header, lk_error *err) {
    static const struct {
        const char *descr;
        lk_stored_type type;
    } types[] = { { "'<f4'", LK_STORED_F32 },
                  { "'<f8'", LK_STORED_F64 },
                  { "'|u1'", LK_STORED_U8 } };
    const char *from = parser->at, *end = after_descr(from);
    if (!end) return unexpected(parser, "a type", err);
    parser->at = end;
    size_t n = (size_t)(end - from), most = sizeof header->descr - 1;
    memcpy(header->descr, from, n < most ? n : most);
    header->type = LK_N_STORED_TYPES;
    for (size_t i = 0; i < LK_COUNT(types); i++)
        if (strcmp(header->descr, types[i].descr) == 0) header->type = types[i].type;
    return LK_OK;
}

static lk_status read_order(struct parser *parser, lk_npy_header *header, lk_error *err) {
    header->is_fortran = eat(parser, "True");
    return header->is_fortran || eat(parser, "False") ? LK_OK
                                                      : unexpected(parser, "True or False", err);
}

static lk_status read_shape(struct parser *parser, lk_npy_header *header, lk_error *err) {
    if (!eat(parser, "(")) return unexpected(parser, "(", err);
    while (!eat(parser, ")")) {
        char *end = NULL;
        if (*parser->at < '0' || *parser->at > '9')
            return unexpected(parser, "a whole number or )", err);
        long long dim = strtoll(parser->at, &end, 10); /* saturates */
        parser->at = end;
        if (header->n_dims < LK_STORED_DIMS_MAX) header->shape[header->n_dims] = (size_t)dim;
        header->n_dims++;
        bool goes_on = eat(parser, ",");
        skip_spaces(parser);
        if (!goes_on && *parser->at != ')') return unexpected(parser, ", or )", err);
    }
    return LK_OK;
}

/* A key and its value. */
static lk_status read_entry(struct parser *parser, lk_npy_header *header, int *keys,
                            lk_error *err) {
    static const struct {
        const char *name;
        int bit;
        lk_status (*read)(struct parser *parser, lk_npy_header *header, lk_error *err);
    } entries[] = { { "'descr':", KEY_DESCR, read_descr },
                    { "'fortran_order':", KEY_ORDER, read_order },
                    { "'shape':", KEY_SHAPE, read_shape } };
    for (size_t i = 0; i < LK_COUNT(entries); i++) {
        if ((*keys & entries[i].bit) || !eat(parser, entries[i].name)) continue;
        *keys |= entries[i].bit;
        skip_spaces(parser);
        return entries[i].read(parser, header, err);
    }
    return unexpected(parser, "'descr', 'fortran_order' and 'shape', each once", err);
}

static lk_status read_dict(struct parser *parser, lk_npy_header *header, lk_error *err) {
    int keys = 0;
    if (!eat(parser, "{")) return unexpected(parser, "{", err);
    skip_spaces(parser);
    while (keys != KEYS) {
        lk_status status = read_entry(parser, header, &keys, err);
        if (status) return status;
        bool goes_on = eat(parser, ",");
        skip_spaces(parser);
        if (!goes_on && *parser->at != '}') return unexpected(parser, ", or }", err);
    }
    if (!eat(parser, "}")) return unexpected(parser, "}", err);
    skip_spaces(parser);
    return *parser->at ? unexpected(parser, "nothing but spaces after }", err) : LK_OK;
}

/* Read what stands before the dict. */
static lk_status read_length(const lk_npy_bytes *bytes, size_t *length, lk_error *err) {
    uint8_t start[START_BYTES + LENGTH_BYTES_MAX] = { 0 };
    lk_status status = bytes->read(bytes->self, start, START_BYTES, err);
    if (status) return status;
    int major = start[6], minor = start[7];
    if (memcmp(start, "\x93NUMPY", 6) != 0)
        return lk_fail(err, LK_FORMAT, "%s: expected an npy file, got another", bytes->path);
    if (major < 1 || major > 3 || minor != 0)
        return lk_fail(err, LK_FORMAT,
                       "%s: expected an npy file of format 1.0, 2.0 or 3.0, got %d.%d", bytes->path,
                       major, minor);
    size_t n = major == 1 ? 2 : LENGTH_BYTES_MAX;
    status = bytes->read(bytes->self, start + START_BYTES, n, err);
    *length = 0;
    for (size_t i = n; i > 0; i--) *length = *length << 8 | start[START_BYTES + i - 1];
    if (!status && *length > DICT_MAX)
        return lk_fail(err, LK_FORMAT, "%s: header: expected at most %d bytes, got %zu",
                       bytes->path, DICT_MAX, *length);
    return status;
}

lk_status lk_npy_header_read(const lk_npy_bytes *bytes, lk_npy_header *header, lk_error *err) {
    char dict[DICT_MAX + 1];
    size_t length = 0;
    lk_status status = read_length(bytes, &length, err);
    if (!status) status = bytes->read(bytes->self, dict, length, err);
    if (status) return status;
    dict[length] = 0;
    struct parser parser = { .path = bytes->path, .at = dict };
    *header = (lk_npy_header){ 0 };
    if (memchr(dict, 0, length))
        return lk_fail(err, LK_FORMAT, "%s: header: expected text, got a zero byte", bytes->path);
    return read_dict(&parser, header, err);
}
