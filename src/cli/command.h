/* What a command is and what it is given. Private to the program. */
#ifndef LIKENESS_CLI_COMMAND_H
#define LIKENESS_CLI_COMMAND_H

#include "cli/terminal.h"

#include <likeness/context.h>
#include <likeness/options.h>

struct lk_command;

/** The command that is running: its flags, its other words, and what the library needs. */
typedef struct lk_cli {
    const struct lk_command *command;
    void *options;                /* filled according to the command's table */
    uint64_t given;               /* bit i: row i of the table was given */
    const char *const *arguments; /* the words that are not flags */
    int n_arguments;
    bool quiet;           /* only LK_WARNING is shown, and no progress */
    bool verbose;         /* LK_DETAIL is shown too */
    char *const *words;   /* all of the command line, from the program's name on; ends in NULL */
    lk_context context;   /* threads, kernels and comm are set only if the command computes */
    lk_terminal terminal; /* standard error: messages and progress */
} lk_cli;

/**
 * A command is one source file, with its row at the end, and a line in command_list.h.
 * It writes data to standard output and messages to cli->context.log. It returns its error, which
 * main prints.
 */
typedef struct lk_command {
    const char *name, *summary;
    const char *usage;   /* the words after the name: "CONFIG --data FILE.lkd [options]" */
    const char *details; /* more help, a line for each paragraph; or NULL */
    const char *example; /* a whole command */
    /* flags: key "max_bad" is --max-bad, key "n" is -n; NULL: none */
    const lk_option *options;
    size_t options_size;
    const char *words;    /* what the first other word may be, "print|check"; NULL: no such list */
    const char *required; /* keys of required flags, "data|out"; or NULL */
    int min_arguments, max_arguments; /* of other words */
    bool computes;                    /* needs threads and kernels; has lk_flags_common */
    bool by_ranks;                    /* several processes may run it together */
    lk_status (*run)(lk_cli *cli, lk_error *err);
} lk_command;

/** Rows of a command's table: a string that help calls `placeholder_`, such as DIR, and the name of
 * a file to write, "FILE.png", which must not end in the extension of another format. */
#define LK_OPTION_NAMED(S, field, placeholder_, help_)                                             \
    {                                                                                              \
        .key = #field, .type = LK_STRING, .offset = offsetof(S, field), .text = "", .help = help_, \
        .placeholder = placeholder_                                                                \
    }
#define LK_OPTION_OUTPUT(S, field, placeholder_, help_)                                            \
    {                                                                                              \
        .key = #field, .type = LK_STRING, .offset = offsetof(S, field), .text = "", .help = help_, \
        .placeholder = placeholder_, .writes = true                                                \
    }

/** The row of --tensorboard, whose options have a member `bool tensorboard`. */
#define LK_OPTION_TENSORBOARD(S)                                                                   \
    LK_OPTION_BOOLEAN(S, tensorboard, false,                                                       \
                      "also write events for TensorBoard: tensorboard --logdir DIR shows them")

/** The row of --rank-timeout, whose options have a member `int64_t rank_timeout`. */
#define LK_OPTION_RANK_TIMEOUT(S)                                                                  \
    LK_OPTION_INTEGER(S, rank_timeout, LK_RANK_TIMEOUT_S, 0, 1e9,                                  \
                      "with mpirun: seconds that a process waits for another one; 0: no limit")

/** What help says about an output that lk_cli_default_out names. */
#define LK_HELP_DEFAULT_OUT(stem, ending)                                                          \
    "; default: " stem ending ", or if that exists " stem "_2" ending " and so on"
/** Give --out the value `name`, "sample.png", if it has none; or if that exists "sample_2.png" and
 * so on. */
void lk_cli_default_out(lk_cli *cli, const char *name);

/** In the order of LK_COMMAND_LIST, then NULL. */
extern const lk_command *const lk_commands[];
const lk_command *lk_command_find(const char *name);
/** Append the command line, for a shell: "likeness train a.json --out runs/a". */
void lk_command_line(const lk_cli *cli, lk_text *out);
/** Append one word as a shell reads it: in quotes where it needs them. */
void lk_command_word(const char *word, lk_text *out);
/** The error for an unknown command, which suggests the nearest name. Returns LK_USAGE. */
lk_status lk_command_unknown(const char *name, lk_error *err);

#endif
