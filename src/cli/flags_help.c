/* Help on the program and on its commands, from the same tables as the flags. */
#include "cli/flags.h"

#include <stdio.h>
#include <string.h>

const char *lk_flag_name(const char *key, char out[LK_FLAG_MAX]) {
    snprintf(out, LK_FLAG_MAX, "%s%s", key[1] ? "--" : "-", key);
    for (char *at = out; *at; at++)
        if (*at == '_') *at = '-';
    return out;
}

const char *lk_flag_placeholder(const lk_option *option) {
    if (option->type == LK_BOOLEAN) return NULL;
    if (option->placeholder) return option->placeholder;
    switch (option->type) {
    case LK_INTEGER:
        return "N";
    case LK_NUMBER:
        return "X";
    case LK_WORD:
        return "WORD";
    default:
        return "TEXT";
    }
}

void lk_flag_help(const lk_option *option, lk_text *out) {
    if (option->type == LK_BOOLEAN)
        lk_text_add(out, "%s", option->help);
    else if (option->type == LK_STRINGS)
        lk_text_add(out, "%s (%s)", option->help,
                    option->max > 0 ? "one or more" : "may be repeated");
    else if (option->type == LK_STRING)
        lk_text_add(out, "%s%s%s%s", option->help, *option->text ? " (default " : "", option->text,
                    *option->text ? ")" : "");
    else
        lk_option_describe(option, out);
}

enum { LABEL_COLUMNS = 24 };

static void help_options(const lk_option *table, lk_text *out) {
    for (; table && table->key; table++) {
        char flag[LK_FLAG_MAX], label[2 * LK_FLAG_MAX];
        const char *value = lk_flag_placeholder(table);
        lk_format(label, sizeof label, "%s%s%s", lk_flag_name(table->key, flag), value ? " " : "",
                  value ? value : "");
        /* the help of a long label begins in the next line */
        bool fits = strlen(label) <= LABEL_COLUMNS;
        lk_text_add(out, "  %-*s%s%*s", LABEL_COLUMNS, label, fits ? "" : "\n",
                    fits ? 1 : LABEL_COLUMNS + 3, "");
        lk_flag_help(table, out);
        lk_text_add(out, "\n");
    }
}

/* The row of a list: "pack          counts, shape, origin". */
static bool is_row(const char *paragraph) {
    const char *gap = strstr(paragraph, "  ");
    return gap && gap < paragraph + strcspn(paragraph, "\n");
}

/* A blank line before each paragraph, but none between the rows of a list. */
static void help_details(const char *details, lk_text *out) {
    bool after_row = false;
    for (const char *at = details; *at; at += *at == '\n') {
        size_t n = strcspn(at, "\n");
        bool row = is_row(at);
        if (!row || !after_row) lk_text_add(out, "\n");
        lk_text_add(out, "%.*s\n", (int)n, at);
        after_row = row;
        at += n;
    }
}

void lk_help_command(const lk_command *command, lk_text *out) {
    lk_text_add(out, "likeness %s%s%s\n\n%s.\n", command->name, command->usage[0] ? " " : "",
                command->usage, command->summary);
    if (command->details) help_details(command->details, out);
    lk_text_add(out, "\nOptions:\n");
    help_options(command->options, out);
    help_options(lk_flags_common(command), out);
    lk_text_add(out, "  %-*s print this help\n", LABEL_COLUMNS, "--help");
    lk_text_add(out, "\nExample:\n  %s\n", command->example);
}

void lk_help_program(lk_text *out) {
    lk_text_add(out,
                "likeness COMMAND [options]\n\nTrains convolutional autoencoders.\n\nCommands:\n");
    for (const lk_command *const *command = lk_commands; *command; command++)
        lk_text_add(out, "  %-14s %s\n", (*command)->name, (*command)->summary);
    lk_text_add(out, "\nlikeness COMMAND --help   the options of a command\n"
                     "likeness help config      the keys of a config, the most used ones first\n"
                     "likeness help TOPIC       a part of a config: optimizer, lwssim, lr\n"
                     "likeness list             what there is to choose from\n"
                     "likeness --version\n");
}
