/* likeness help: the program, a command, every key of a config, or a part of it. */
#include "cli/flags.h"
#include "cli/wrap.h"

#include <likeness/config.h>

#include <string.h>

enum { TOPICS_MAX = 256 };

static lk_status unknown(const char *topic, lk_error *err) {
    const char *names[TOPICS_MAX + 1] = { 0 };
    size_t n = 0;
    for (; lk_commands[n]; n++) names[n] = lk_commands[n]->name;
    lk_config_topics(names + n, TOPICS_MAX - n);
    const char *nearest = lk_text_nearest(topic, names);
    if (nearest)
        return lk_fail(err, LK_USAGE, "help: unknown topic \"%s\", did you mean \"%s\"?", topic,
                       nearest);
    return lk_fail(err, LK_USAGE,
                   "help: expected a command, or a section, type or key of a config, got \"%s\"; "
                   "likeness --help lists the commands",
                   topic);
}

/* A word may be a command and also part of a config: "config", "list". */
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
    else if (!lk_config_help_topic(topic, &out)) {
        lk_text_deinit(&out);
        return unknown(topic, err);
    }
    return lk_cli_put_wrapped(&out, err);
}

const lk_command lk_command_help = {
    .name = "help",
    .summary = "Help on a command, or on the keys of a config",
    .example = "likeness help lwssim",
    .usage = "[COMMAND | config | TOPIC]",
    .details = "`help config` shows every key of a config. TOPIC is a section of it (optimizer), a "
               "type (lwssim, adam, conv) or a key (lr, train.epochs).",
    .max_arguments = 1,
    .run = run,
};
