/* Markdown on a terminal. Private to the program. */
#ifndef LIKENESS_CLI_MARKDOWN_H
#define LIKENESS_CLI_MARKDOWN_H

#include <likeness/status.h>
#include <likeness/text.h>

/**
 * Append Markdown as a screen of `width` columns shows it: tables with aligned columns, other lines
 * wrapped. A table that is too wide is cut into several, one below the other, that all begin with
 * its first column; a cell that is still too wide goes on in the next lines. Cells in ** are bold
 * on a screen with `colours`, and elsewhere keep their marks.
 */
void lk_markdown_show(const char *markdown, int width, bool colours, lk_text *out);

/** Write Markdown to standard output and deinit it: as above on a terminal, unchanged elsewhere.
 * Errors: those of lk_cli_put. */
lk_status lk_cli_put_markdown(lk_text *markdown, lk_error *err);

#endif
