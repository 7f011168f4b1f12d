/* What a command is, what it gets, and what the commands share. Private to the program. */
#ifndef LIKENESS_CLI_COMMAND_H
#define LIKENESS_CLI_COMMAND_H

#include "cli/terminal.h"

#include <likeness/context.h>
#include <likeness/options.h>

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
/** The failure of a command of that name, with the nearest one; returns LK_USAGE. */
lk_status lk_command_unknown(const char *name, lk_error *err);

#endif
