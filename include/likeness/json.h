/** JSON, read strictly and printed exactly. */
#ifndef LIKENESS_JSON_H
#define LIKENESS_JSON_H

#include <likeness/memory.h>
#include <likeness/status.h>
#include <likeness/text.h>

LK_HEADER_BEGIN

struct cJSON;

/**
 * A JSON document, read strictly: RFC 8259 and // comments, valid UTF-8, no duplicate keys, only
 * finite numbers, no control characters or \u0000 in strings, at most 64 levels deep. Every value
 * knows its file and line. Values are cJSON's: read them with its accessors (case-sensitive
 * look-ups only) and change the tree only by lk_json_move and lk_json_drop.
 */
typedef struct lk_json {
    struct cJSON *root;
    struct cJSON *dropped;        /* values taken out of the tree; kept, as places go by address */
    struct lk_json_place *places; /* file and line of every value, sorted by address */
    size_t n_places;
    struct lk_json *adopted; /* documents whose values may be in this tree */
    struct lk_json *next;    /* the next one adopted by the same document */
    /* where the errors of its values are collected, for readers to go on after each; NULL: a reader
       ends with the first */
    struct lk_errors *errors;
    lk_arena arena;
} lk_json;

/** Parse a text; `name` is its name in messages ("name:line: ..."). Errors: LK_USAGE with name and
 * line, LK_MEMORY. */
lk_status lk_json_parse(const char *text, size_t n_bytes, const char *name, lk_json *json,
                        lk_error *err);
enum { LK_JSON_BYTES_MAX = 16 << 20 };
/** lk_json_parse on a file of at most LK_JSON_BYTES_MAX. Errors: LK_READ, LK_USAGE, LK_MEMORY. */
lk_status lk_json_read(const char *path, lk_json *json, lk_error *err);
/** The same of a file that the user named: it may also be standard input, "-", or a pipe. */
lk_status lk_json_read_input(const char *path, lk_json *json, lk_error *err);
/** What messages call an input: its path, or "standard input". */
const char *lk_json_input_name(const char *path);
/** Parse a word of the command line: as JSON, where numbers may also be written as by
 * lk_number_read, or as a string if it is none. The place of its values is `name` without a
 * line. */
lk_status lk_json_argument(const char *text, const char *name, lk_json *json, lk_error *err);
void lk_json_deinit(lk_json *json);
/** "file:line" of a value; "(default)" if it was not read from anywhere. Returns `out`. */
const char *lk_json_where(const lk_json *json, const struct cJSON *value, char *out,
                          size_t n_bytes);

/** Whether a value is a number; *number: which. A word of the command line is one if
 * lk_number_read takes it. */
bool lk_json_number(const lk_json *json, const struct cJSON *value, double *number);

/** The message "file:line: path: expected X, got Y" for a value of the wrong kind. An empty path is
 * left out. Returns LK_USAGE. */
lk_status lk_json_mismatch(const lk_json *json, const struct cJSON *value, const char *path,
                           const char *expected, lk_error *err);
/** Put "file:line: path: " in front of the message in `err`, or the whole among the errors that are
 * collected. It must be complete, but for this. Returns LK_USAGE. */
lk_status lk_json_error_at(const lk_json *json, const struct cJSON *value, const char *path,
                           lk_error *err);

/** Let values of `other` move into json's tree. Takes ownership: `other` is empty afterwards, but
 * its root lives on. Errors: LK_MEMORY. */
lk_status lk_json_adopt(lk_json *json, lk_json *other, lk_error *err);
/** Move a member of the object `from` (json's own or adopted) into `object`, where it replaces the
 * member of the same key. */
void lk_json_move(lk_json *json, struct cJSON *from, struct cJSON *value, struct cJSON *object);
/** Move a member of the object `from` into a list, in place of its item `old`. */
void lk_json_put(lk_json *json, struct cJSON *from, struct cJSON *value, struct cJSON *list,
                 struct cJSON *old);
/** Take a value out of its object or list; it lives until lk_json_deinit. */
void lk_json_drop(lk_json *json, struct cJSON *parent, struct cJSON *value);

/** Add a member to an object. Takes ownership of `value`, which may be NULL, in any case. False
 * when memory ran out. */
bool lk_json_add(struct cJSON *object, const char *key, struct cJSON *value);
/** Add a number to an object, as null when it is not finite. False when memory ran out. */
bool lk_json_add_number(struct cJSON *object, const char *key, double value);
/** The message for a JSON value that could not be built: cJSON does not say how many bytes it asked
 * for. Returns LK_MEMORY. */
static inline lk_status lk_json_no_memory(lk_error *err, const char *what) {
    return lk_fail(err, LK_MEMORY, "out of memory for %s", what);
}

/**
 * Print on one line, or indented by two spaces with plain lists, and plain objects in lists, on one
 * line each. Numbers read back as the same double.
 * errors  LK_MEMORY, LK_FAILED (a number that is not finite)
 */
lk_status lk_json_print(const struct cJSON *value, bool indent, lk_text *out, lk_error *err);
/** Print a JSON object to a file, whole or not at all. Errors: LK_MEMORY, LK_WRITE. */
lk_status lk_json_write(const struct cJSON *json, const char *path, lk_error *err);

LK_HEADER_END

#endif
