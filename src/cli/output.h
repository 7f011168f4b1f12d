/* How commands write what they found: one JSON object, or text with aligned columns. Private to the
   program. */
#ifndef LIKENESS_CLI_OUTPUT_H
#define LIKENESS_CLI_OUTPUT_H

#include <likeness/json.h>

#include <cjson/cJSON.h>

/** Write the object as one line to standard output and delete it. `whole`: whether all of it could
 * be built. Errors: LK_MEMORY, LK_WRITE. */
lk_status lk_cli_put_json(cJSON *json, bool whole, lk_error *err);

/**
 * Append lines whose cells are parted by tabs, the cells of a column made equally wide. `columns`
 * has a letter for each: l to the left, r to the right.
 */
void lk_cli_align(const lk_text *lines, const char *columns, lk_text *out);

/** "12,345,678". Returns `out`. */
const char *lk_cli_count(int64_t n, char out[32]);
/** "930 bytes", "12.3 kB", "98.4 MB". Returns `out`. */
const char *lk_cli_bytes(double n_bytes, char out[32]);

/** Write a text to standard output and deinit it. Errors: LK_MEMORY (the text is not whole),
 * LK_WRITE. */
lk_status lk_cli_put(lk_text *text, lk_error *err);
/** The failure that errno tells of; without words where the reader has gone, as `head` does: nobody
 * waits for the rest. Returns LK_WRITE. */
lk_status lk_cli_output_failed(lk_error *err);

#endif
