/* How commands write their results: one JSON object, or text with aligned columns. Private to the
   program. */
#ifndef LIKENESS_CLI_OUTPUT_H
#define LIKENESS_CLI_OUTPUT_H

#include <likeness/json.h>

#include <cjson/cJSON.h>

/** Write the object as one line to standard output and delete it. `whole`: building it did not run
 * out of memory. Errors: LK_MEMORY, LK_WRITE. */
lk_status lk_cli_put_json(cJSON *json, bool whole, lk_error *err);

/**
 * Append lines of cells separated by tabs, with equally wide cells in each column. `columns` has a
 * letter for each column, at most 16: l aligns to the left, r to the right. Text of others goes
 * through lk_text_name first: a tab in it would begin a column.
 */
void lk_cli_align(const lk_text *lines, const char *columns, lk_text *out);

/** "930 bytes", "12.3 kB", "98.4 MB". Returns `out`. */
const char *lk_cli_bytes(double n_bytes, char out[32]);

/**
 * Check the name of a file to write: its extension must not name a format other than `formats`,
 * "png" or "md|csv". Other names are fine, without an extension too. `flag` is for the message.
 * errors  LK_USAGE "--out: expected a name that ends in .png, got x.svg"
 */
lk_status lk_cli_check_format(const char *flag, const char *path, const char *formats,
                              lk_error *err);
/** Whether the path ends in ".FORMAT", in small or capital letters, for one of "png|jpg". */
bool lk_cli_has_format(const char *path, const char *formats);

/** Write a text to standard output and deinit it. Errors: LK_MEMORY (the text is incomplete),
 * LK_WRITE. */
lk_status lk_cli_put(lk_text *text, lk_error *err);
/** Report the failure in errno. The message is empty if the reader has closed the pipe, as `head`
 * does: nobody waits for the rest. Returns LK_WRITE. */
lk_status lk_cli_output_failed(lk_error *err);

#endif
