/** Growing strings, UTF-8, and text for messages. */
#ifndef LIKENESS_TEXT_H
#define LIKENESS_TEXT_H

#include <likeness/base.h>

LK_HEADER_BEGIN

/** A growing string. Running out of memory is sticky: check `failed` once. */
typedef struct lk_text {
    char *data; /* always ends in 0 once something was added; NULL before */
    size_t n, capacity;
    bool failed;
} lk_text;

void lk_text_add(lk_text *text, const char *format, ...) LK_PRINTF(2, 3);
void lk_text_bytes(lk_text *text, const void *data, size_t n_bytes);
void lk_text_deinit(lk_text *text);

/** Length of the UTF-8 character that begins at `text` (RFC 3629: no overlong forms, no surrogates,
 * at most U+10FFFF), or 0 if there is none; n_left > 0. */
size_t lk_utf8_length(const char *text, size_t n_left);

/** Whether the text has no control character: it fits a line, and a cell of a table. */
bool lk_text_is_line(const char *text);

/** The word nearest to `got` (edit distance at most a third of its length, at least 2), or NULL.
 * `words` ends in NULL. */
const char *lk_text_nearest(const char *got, const char *const *words);
/** snprintf into a fixed buffer; false when it was cut. */
bool lk_format(char *out, size_t n_bytes, const char *format, ...) LK_PRINTF(3, 4);

/** The shortest text that reads back as the same double; whole numbers below 2^53 without exponent.
 * Returns `out`. */
#define LK_NUMBER_TEXT_MAX 32
const char *lk_number_text(double value, char out[LK_NUMBER_TEXT_MAX]);
/** "12,345,678". Returns `out`. */
const char *lk_count_text(int64_t n, char out[32]);
/** Read a finite decimal number as people write it: as in JSON, and also ".5", "5.", "+3", "007".
 * False: the text is not one. */
bool lk_number_read(const char *text, double *value);
/** One character of a string as JSON writes it; characters above ASCII stay as they are. Returns
 * the number of bytes read. */
size_t lk_text_escape(const char *at, char out[8]);
/** `text` in double quotes, escaped as in JSON, cut with "..." where it does not fit: for messages.
 * Returns `out`. */
const char *lk_text_quoted(const char *text, char *out, size_t n_bytes);
/** Append a name that may be any bytes, for people and for programs that read lines of UTF-8:
 * control characters and backslashes as JSON escapes them, bytes that are not UTF-8 as U+FFFD. */
void lk_text_name(lk_text *text, const char *name);
/** The same for its next character; n_left > 0. Returns the number of bytes read. */
size_t lk_text_name_piece(const char *at, size_t n_left, char out[8]);
/** Append one cell of a CSV file (RFC 4180), in quotes where it needs them. */
void lk_text_cell(lk_text *text, const char *cell);

LK_HEADER_END

#endif
