/** Terminals for tests: pseudoterminals of a given width. */
#ifndef LIKENESS_TEST_SCREEN_H
#define LIKENESS_TEST_SCREEN_H

#include "support.h"

#include <stdio.h>

/** Open a pseudoterminal with so many columns. What is written to the result can be read from
 * `master`. NULL: the machine has none. */
FILE *lk_test_screen(int columns, int *master);
/** Run a command of the shell with such a terminal as its standard input, output and error. `out`
 * gets what it writes, with "\n" for "\r\n". Returns its exit code, or -1 if the machine has no
 * terminal. */
int lk_test_on_screen(int columns, char *out, size_t n_bytes, const char *command);

#endif
