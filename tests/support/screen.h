/** Terminals for tests: pseudoterminals of a given width. */
#ifndef LIKENESS_TEST_SCREEN_H
#define LIKENESS_TEST_SCREEN_H

#include "support.h"

#include <stdio.h>
#include <sys/types.h>

/** Open a pseudoterminal with so many columns. What is written to the result can be read from
 * `master`. NULL: the machine has none. */
FILE *lk_test_screen(int columns, int *master);
/** Run a command of the shell with such a terminal as its standard input, output and error. `out`
 * gets what it writes, with "\n" for "\r\n". Returns its exit code, or -1 if the machine has no
 * terminal. */
int lk_test_on_screen(int columns, char *out, size_t n_bytes, const char *command);
/** Run `likeness WORDS` like that, in a folder. Skips the test if the machine has no terminal. */
int lk_test_likeness_on_screen(int columns, const char *folder, const char *words, char *out,
                               size_t n_bytes);

/** A command that runs on such a terminal, as its first child: for tests that press keys. */
typedef struct lk_test_session {
    int master;
    pid_t child;
    char out[1 << 16]; /* what it wrote since the last lk_test_session_until; more is lost */
    size_t n;
} lk_test_session;
/** Start it. False: the machine has no terminal. */
bool lk_test_session_start(lk_test_session *session, int columns, const char *command);
/** Wait until it has written a text, which `out` then ends with. Fails the test if it ends before.
 */
void lk_test_session_until(lk_test_session *session, const char *text);
void lk_test_session_press(const lk_test_session *session, const char *keys);
/** Make the terminal as wide as that. */
void lk_test_session_resize(const lk_test_session *session, int columns);
/** Wait until it ends; `out` gets the rest. Returns its exit code. */
int lk_test_session_end(lk_test_session *session);

#endif
