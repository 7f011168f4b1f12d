/* How wide text is on a screen. Private to the program. */
#ifndef LIKENESS_CLI_WIDTH_H
#define LIKENESS_CLI_WIDTH_H

#include <stdbool.h>
#include <stddef.h>

/** Columns that UTF-8 takes on a screen: 2 for a wide character such as those of Chinese, 0 for one
 * that is drawn over the one before it, and for the escape sequence of a colour. */
int lk_screen_columns(const char *text, size_t n_bytes);
/** The bytes of the characters at the begin of a text that fit into that many columns. */
size_t lk_screen_fitting(const char *text, size_t n_bytes, int columns);
/** The first byte of the characters at the end of a text that fit. */
size_t lk_screen_fitting_end(const char *text, size_t n_bytes, int columns);

/** Whether the locale says that the screen shows UTF-8: LC_ALL, else LC_CTYPE, else LANG. */
bool lk_screen_takes_utf8(void);

#endif
