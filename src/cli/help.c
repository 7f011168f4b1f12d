/* likeness help: the program, a command, or every key of a config. */
#include "cli/flags.h"
#include "cli/output.h"

#include <likeness/config.h>

#include <string.h>

static lk_status run(lk_cli *cli, lk_error *err) {
    lk_text out = { 0 };
    const char *topic = cli->n_arguments ? cli->arguments[0] : NULL;
    const lk_command *command = topic ? lk_command_find(topic) : NULL;
    if (!topic)
        lk_help_program(&out);
    else if (strcmp(topic, "config") == 0)
        lk_config_help(&out);
    else if (command)
        lk_help_command(command, &out);
    else
        return lk_fail(err, LK_USAGE, "help: \"%s\" is not a command; likeness --help lists them",
                       topic);
    return lk_cli_put(&out, err);
}

const lk_command lk_command_help = {
    .name = "help",
    .summary = "Help on a command, or on every key of a config",
    .usage = "[COMMAND | config]",
    .max_arguments = 1,
    .run = run,
};
