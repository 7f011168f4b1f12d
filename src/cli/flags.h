/** The flags of the command line, and their help. */
#ifndef LIKENESS_CLI_FLAGS_H
#define LIKENESS_CLI_FLAGS_H

#include "cli/command.h"

/** Whether a flag was given, by its key. */
bool lk_cli_given(const lk_cli *cli, const char *key);

/**
 * Read the words after a command's name into `cli`, whose options and arguments are allocated in
 * `arena`. `n_threads` becomes the value of --threads (0: not given); --help sets `help`.
 * errors  LK_USAGE "--max-bda: unknown option, did you mean --max-bad?"
 */
lk_status lk_flags_read(const lk_command *command, int n_words, char *const *words, lk_cli *cli,
                        lk_arena *arena, int *n_threads, bool *help, lk_error *err);

void lk_help_program(lk_text *out);
void lk_help_command(const lk_command *command, lk_text *out);

#endif
