/* likeness help: the program, a command, every key of a config, or a part of it. */
#include "cli/completion.h"
#include "cli/flags.h"
#include "cli/man.h"
#include "cli/output.h"
#include "cli/wrap.h"
#include "config/keys.h"

#include <likeness/config.h>
#include <likeness/metric.h>

#include <string.h>

enum { TOPICS_MAX = 512 };

struct options {
    bool man;
    int completion;
};

#define SHELL_LIST(X)                                                                              \
    X(none, NO_SHELL)                                                                              \
    X(bash, BASH)                                                                                  \
    X(zsh, ZSH)
enum { SHELL_LIST(LK_WORDS_ENUM) };

static const lk_option options[] = {
    LK_OPTION_BOOLEAN(struct options, man, false, "write the manual page, in roff"),
    LK_OPTION_WORD(struct options, completion, "none", LK_WORDS(SHELL_LIST),
                   "write the completion script of a shell"),
    { 0 },
};

struct search {
    const char *topic;
    char nearest[LK_WORDS_MAX]; /* so far; "": nothing is near */
};

static void look_at(void *self, const char *path, const char *words) {
    struct search *search = self;
    const char *const both[] = { search->nearest, path, NULL };
    (void)words;
    if (lk_text_nearest(search->topic, both) == path)
        lk_format(search->nearest, sizeof search->nearest, "%s", path);
}

static lk_status unknown(const char *topic, lk_error *err) {
    const char *names[TOPICS_MAX + 1] = { 0 };
    size_t n = 0;
    struct search search = { .topic = topic };
    for (; lk_commands[n]; n++) names[n] = lk_commands[n]->name;
    n += lk_config_topics(names + n, TOPICS_MAX - n);
    for (int m = 0; m < LK_N_PICTURE_METRICS && n < TOPICS_MAX; m++)
        names[n++] = lk_metric_key((lk_metric)m);
    const char *nearest = lk_text_nearest(topic, names);
    if (nearest) lk_format(search.nearest, sizeof search.nearest, "%s", nearest);
    lk_config_each_key(look_at, &search);
    if (*search.nearest)
        return lk_fail(err, LK_USAGE, "help: unknown topic \"%s\", did you mean \"%s\"?", topic,
                       search.nearest);
    return lk_fail(err, LK_USAGE,
                   "help: expected a command, a section, type or key of a config, or a metric, got "
                   "\"%s\"; likeness --help lists the commands",
                   topic);
}

/* A metric may be called like a loss. */
static bool help_metric(const char *topic, lk_text *out) {
    for (int m = 0; m < LK_N_PICTURE_METRICS; m++) {
        const lk_metric_row *row = lk_metric_describe((lk_metric)m);
        if (strcmp(row->key, topic) != 0) continue;
        lk_text_add(out, "metric \"%s\": %s; the %s the better\n", row->key, row->words,
                    lk_metric_better_word((lk_metric)m));
        return true;
    }
    return false;
}

static bool help_topic(const char *topic, lk_text *out) {
    bool in_config = lk_config_help_topic(topic, out);
    return help_metric(topic, out) || in_config;
}

static lk_status write_page(const struct options *given, lk_error *err) {
    lk_text out = { 0 };
    if (given->man && given->completion)
        return lk_fail(err, LK_USAGE, "--man and --completion: expected at most one of them");
    if (given->man)
        lk_man_page(&out);
    else if (given->completion == BASH)
        lk_completion_bash(&out);
    else
        lk_completion_zsh(&out);
    return lk_cli_put(&out, err);
}

/* A word may be a command and also part of a config: "config", "list". */
static lk_status run(lk_cli *cli, lk_error *err) {
    lk_text out = { 0 };
    const struct options *given = cli->options;
    const char *topic = cli->n_arguments ? cli->arguments[0] : NULL;
    const lk_command *command = topic ? lk_command_find(topic) : NULL;
    if (topic && (given->man || given->completion))
        return lk_fail(err, LK_USAGE, "help: --man and --completion take no topic, got \"%s\"",
                       topic);
    if (given->man || given->completion) return write_page(given, err);
    if (!topic)
        lk_help_program(&out);
    else if (strcmp(topic, "config") == 0)
        lk_config_help(&out);
    else if (command)
        lk_help_command(command, &out);
    else if (!help_topic(topic, &out)) {
        lk_text_deinit(&out);
        return unknown(topic, err);
    }
    return lk_cli_put_wrapped(&out, err);
}

const lk_command lk_command_help = {
    .name = "help",
    .summary = "Help on a command, on the keys of a config, or on a metric",
    .example = "likeness help lwssim",
    .usage = "[COMMAND | config | TOPIC] | --man | --completion bash|zsh",
    .details = "`help config` shows every key of a config, the most used ones first. TOPIC is a "
               "section of it (optimizer), a type (lwssim, adam, conv), a key (lr, train.epochs) "
               "or a metric (frechet).\n"
               "An installed likeness has its manual page and its completion already; without "
               "one: source <(likeness help --completion bash).",
    .options = options,
    .options_size = sizeof(struct options),
    .max_arguments = 1,
    .run = run,
};
