/** The flags of the command line, and their help. */
#ifndef LIKENESS_CLI_FLAGS_H
#define LIKENESS_CLI_FLAGS_H

#include "cli/command.h"

enum { LK_FLAG_MAX = 80 };
/** The flag of a key: "--max-bad" for "max_bad", "-n" for "n". Returns `out`. */
const char *lk_flag_name(const char *key, char out[LK_FLAG_MAX]);
/** The table of --threads, --quiet and --verbose; NULL: the command does not have them. */
const lk_option *lk_flags_common(const lk_command *command);

/** Whether a flag was given, by its key. */
bool lk_cli_given(const lk_cli *cli, const char *key);

/**
 * Read the words after a command's name into `cli`, whose options and arguments are allocated in
 * `arena`. `n_threads` becomes the value of --threads (0: not given); --help sets `help`.
 * errors  LK_USAGE "--max-bda: unknown option, did you mean --max-bad?"
 */
lk_status lk_flags_read(const lk_command *command, int n_words, char *const *words, lk_cli *cli,
                        lk_arena *arena, int *n_threads, bool *help, lk_error *err);

/** What help calls the value of a flag, "N" or "FILE.png"; NULL: it has none. */
const char *lk_flag_placeholder(const lk_option *option);
/** Append what a flag does, its values and its default, without a line end. */
void lk_flag_help(const lk_option *option, lk_text *out);
void lk_help_program(lk_text *out);
void lk_help_command(const lk_command *command, lk_text *out);

#endif
