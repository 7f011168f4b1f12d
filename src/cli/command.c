/* The list of commands. */
#include "cli/command.h"
#include "cli/command_list.h"

#include <string.h>
#include <unistd.h>

#define DECLARE(name) extern const lk_command lk_command_##name;
LK_COMMAND_LIST(DECLARE)
#undef DECLARE

#define ADDRESS(name) &lk_command_##name,
const lk_command *const lk_commands[] = { LK_COMMAND_LIST(ADDRESS) NULL };
#undef ADDRESS

const lk_command *lk_command_find(const char *name) {
    for (const lk_command *const *command = lk_commands; *command; command++)
        if (strcmp((*command)->name, name) == 0) return *command;
    return NULL;
}

void lk_cli_default_out(lk_cli *cli, const char *name) {
    const lk_option *option = lk_option_find(cli->command->options, "out");
    char *out = (char *)cli->options + option->offset;
    const char *dot = strrchr(name, '.');
    if (*out) return;
    lk_format(out, LK_WORDS_MAX, "%s", name);
    for (int i = 2; access(out, F_OK) == 0; i++)
        lk_format(out, LK_WORDS_MAX, "%.*s_%d%s", (int)(dot - name), name, i, dot);
}

static bool is_plain(const char *word) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "-_./=:,+@%";
    return *word && !word[strspn(word, letters)];
}

void lk_command_word(const char *word, lk_text *out) {
    bool plain = is_plain(word);
    lk_text_add(out, plain ? "" : "'");
    for (const char *at = word; *at; at++)
        *at == '\'' ? lk_text_add(out, "'\\''") : lk_text_bytes(out, at, 1);
    lk_text_add(out, plain ? "" : "'");
}

void lk_command_line(const lk_cli *cli, lk_text *out) {
    lk_text_add(out, "likeness");
    for (char *const *word = cli->words; *word && *++word;) {
        lk_text_add(out, " ");
        lk_command_word(*word, out);
    }
}

lk_status lk_command_unknown(const char *name, lk_error *err) {
    const char *names[LK_COUNT(lk_commands) + 2] = { "--help", "--version" };
    for (size_t i = 0; lk_commands[i]; i++) names[2 + i] = lk_commands[i]->name;
    const char *nearest = lk_text_nearest(name, names);
    if (nearest)
        return lk_fail(err, LK_USAGE, "unknown command \"%s\", did you mean \"%s\"?", name,
                       nearest);
    return lk_fail(err, LK_USAGE, "unknown command \"%s\"; likeness --help lists them", name);
}
