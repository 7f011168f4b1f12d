/* What a command is, what it gets, and what the commands share. Private to the program. */
#ifndef LIKENESS_CLI_COMMAND_H
#define LIKENESS_CLI_COMMAND_H

#include "cli/terminal.h"

#include <likeness/base.h>

struct lk_command;

/** A command being run: its flags, its other words, and what the library needs. */
typedef struct lk_cli {
    const struct lk_command *command;
    void *options;                /* filled by the command's table */
    uint64_t given;               /* bit i: row i of the table was given */
    const char *const *arguments; /* the words that are no flags */
    int n_arguments;
    lk_context context;   /* threads, kernels and comm only where the command computes */
    lk_terminal terminal; /* of standard error: messages and progress */
} lk_cli;

/**
 * A command is one file that ends in its row, and a line in command_list.h.
 * Data goes to standard output, messages through cli->context.log; a failure is returned and
 * printed by main.
 */
typedef struct lk_command {
    const char *name, *summary;
    const char *usage;   /* the words after the name: "CONFIG --data F.lkd [options]" */
    const char *details; /* more help, or NULL */
    /* flags: key "max_bad" is --max-bad, a key of one letter -n; NULL: none */
    const lk_option *options;
    size_t options_size;
    const char *required;             /* keys of flags that must be given, "data|out"; or NULL */
    int min_arguments, max_arguments; /* of other words */
    bool computes;                    /* wants threads and kernels; has --threads */
    lk_status (*run)(lk_cli *cli, lk_error *err);
} lk_command;

/** In the order of the list; ends in NULL. */
extern const lk_command *const lk_commands[];
const lk_command *lk_command_find(const char *name);

/** Write a text to standard output and deinit it. Errors: LK_MEMORY (the text is not whole),
 * LK_WRITE. */
lk_status lk_cli_put(lk_text *text, lk_error *err);
/** Whether a flag was given, by its key. */
bool lk_cli_given(const lk_cli *cli, const char *key);

/**
 * Read the words after a command's name into `cli`: its options are allocated in `arena`, its
 * arguments too. `n_threads` is --threads (0: not given), `help` is set by --help.
 * errors  LK_USAGE "--max-bda: unknown option, did you mean --max-bad?"
 */
lk_status lk_flags_read(const lk_command *command, int n_words, char *const *words, lk_cli *cli,
                        lk_arena *arena, int *n_threads, bool *help, lk_error *err);

void lk_help_program(lk_text *out);
void lk_help_command(const lk_command *command, lk_text *out);

/* ---- signals ---- */

/** From now on SIGTERM, SIGHUP, SIGUSR1 and SIGINT are only noted; one that comes more than a
 * second later stops the program at once. */
void lk_signals_catch(void);
/** LK_OK, or LK_TERMINATED or LK_INTERRUPTED once a signal came: the `stop` of what runs long;
 * `self` is not used. */
lk_status lk_signals_status(void *self);

#endif
