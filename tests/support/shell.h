/**
 * For tests of the program that are told as shell commands. They run in one scratch folder, with
 *   $L      the program
 *   $SHIM, $REFUSER  libraries that stop it at a moment and that refuse calls (LD_PRELOAD; see
 *           preload)
 * and the functions of shell.sh.
 */
#ifndef LIKENESS_TEST_SHELL_H
#define LIKENESS_TEST_SHELL_H

#include "base/file.h"
#include "support.h"

extern char folder[LK_PATH_MAX]; /* the scratch folder */
extern char out[1 << 17];        /* what the last command printed, both outputs together */

/** Writes a file in the folder. */
void put_text(const char *name, const char *text);

/** Runs a command in the folder. Returns its exit code. */
int run(const char *format, ...) LK_PRINTF(1, 2);
/** The same for a command that must succeed. */
void check(const char *format, ...) LK_PRINTF(1, 2);

#endif
