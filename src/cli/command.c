/* The list of commands. */
#include "cli/command.h"
#include "cli/command_list.h"

#include <string.h>

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

lk_status lk_command_unknown(const char *name, lk_error *err) {
    const char *names[LK_COUNT(lk_commands)] = { 0 };
    for (size_t i = 0; lk_commands[i]; i++) names[i] = lk_commands[i]->name;
    const char *nearest = lk_text_nearest(name, names);
    if (nearest)
        return lk_fail(err, LK_USAGE, "unknown command \"%s\", did you mean \"%s\"?", name,
                       nearest);
    return lk_fail(err, LK_USAGE, "unknown command \"%s\"; likeness --help lists them", name);
}
