/* Text for people, wrapped to the width of the screen. Private to the program. */
#ifndef LIKENESS_CLI_WRAP_H
#define LIKENESS_CLI_WRAP_H

#include <likeness/status.h>
#include <likeness/text.h>

#include <stdio.h>

/** Columns of the terminal behind `file`; `otherwise` if it is no terminal or does not say. */
int lk_screen_width(FILE *file, int otherwise);
/** The same of its lines. */
int lk_screen_height(FILE *file, int otherwise);

/**
 * Append `text`, with every line that is longer than `width` columns broken at spaces. A line of
 * help ("  --flag N   what it does") continues below the start of its second column, another line
 * below its first word. Words are never broken.
 */
void lk_wrap(const char *text, int width, lk_text *out);

/** Wrap a text for standard output, write it, and deinit it. Errors: those of lk_cli_put. */
lk_status lk_cli_put_wrapped(lk_text *text, lk_error *err);

/** The same for tables and other lines that programs may read: they are wrapped on a terminal
 * only. */
lk_status lk_cli_put_lines(lk_text *text, lk_error *err);

#endif
