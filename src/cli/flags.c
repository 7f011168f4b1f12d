/* Reads the words of the command line with a command's option table: --key value, --key=value,
   --switch, -n 3, and other words. */
#include "cli/flags.h"
#include "cli/output.h"
#include "config/hints.h"
#include "net/run_files.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FLAGS_MAX = 64, FLAG_LENGTH = LK_FLAG_MAX };

struct common {
    int64_t threads;
    bool quiet, verbose;
};
static const lk_option common_options[] = {
    LK_OPTION_INTEGER(struct common, threads, 0, 0, LK_THREADS_MAX,
                      "threads; 0: LIKENESS_THREADS, otherwise one per processor"),
    LK_OPTION_BOOLEAN(struct common, quiet, false,
                      "say nothing on standard error but warnings and errors: no progress, no "
                      "messages"),
    LK_OPTION_BOOLEAN(struct common, verbose, false, "also say which threads, kernels and BLAS"),
    { 0 },
};

const lk_option *lk_flags_common(const lk_command *command) {
    return command->computes ? common_options : NULL;
}

/* The row whose flag is the first n letters of `word`, or NULL. */
static const lk_option *find(const lk_option *table, const char *word, size_t n) {
    char flag[FLAG_LENGTH];
    for (; table && table->key; table++)
        if (strlen(lk_flag_name(table->key, flag)) == n && memcmp(flag, word, n) == 0) return table;
    return NULL;
}

/* "--lr" for a key of the config, where the command takes --set. */
static bool is_key_of_config(const lk_command *command, const char *flag, lk_error *err) {
    char key[FLAG_LENGTH], place[LK_CONFIG_PATH_MAX];
    lk_format(key, sizeof key, "%s", flag + strspn(flag, "-"));
    for (char *at = key; *at; at++)
        if (*at == '-') *at = '_';
    if (!lk_option_find(command->options, "set") || !lk_config_place(key, place)) return false;
    lk_fail(err, LK_USAGE, "unknown option %s; it is a key of the config: --set %s=VALUE", flag,
            place);
    return true;
}

static lk_status unknown(const lk_command *command, const char *word, lk_error *err) {
    char flags[FLAGS_MAX][FLAG_LENGTH], got[FLAG_LENGTH];
    const char *known[FLAGS_MAX + 1] = { "--help" };
    const lk_option *const tables[] = { command->options, lk_flags_common(command) };
    size_t n = 1;
    for (size_t i = 0; i < LK_COUNT(tables); i++)
        for (const lk_option *row = tables[i]; row && row->key && n < FLAGS_MAX; row++, n++)
            known[n] = lk_flag_name(row->key, flags[n]);
    snprintf(got, sizeof got, "%.*s", (int)strcspn(word, "="), word);
    if (is_key_of_config(command, got, err)) return LK_USAGE;
    const char *nearest = lk_text_nearest(got, known);
    if (nearest) return lk_fail(err, LK_USAGE, "unknown option %s, did you mean %s?", got, nearest);
    return lk_fail(err, LK_USAGE, "unknown option %s; likeness %s --help lists them", got,
                   command->name);
}

/* Add a string to the list of a repeatable flag. */
static lk_status append(const lk_option *option, const char *flag, const char *value, void *options,
                        lk_error *err) {
    lk_strings *strings = (lk_strings *)(void *)((char *)options + option->offset);
    if (strings->n == LK_LIST_MAX)
        return lk_fail(err, LK_USAGE, "%s: expected at most %d values, got more", flag,
                       LK_LIST_MAX);
    strings->v[strings->n++] = value;
    return LK_OK;
}

/* A path need not be UTF-8, so it is not read as JSON. */
static lk_status check_string(const char *flag, const char *value, lk_error *err) {
    if (!*value) return lk_fail(err, LK_USAGE, "%s: expected a value, got an empty word", flag);
    return strlen(value) < LK_WORDS_MAX
               ? LK_OK
               : lk_fail(err, LK_USAGE, "%s: expected at most %d bytes, got %zu", flag,
                         LK_WORDS_MAX - 1, strlen(value));
}

/* Values are read as JSON, so that types, ranges and messages are the same as in configs. */
static lk_status read_value(const lk_option *option, const char *flag, const char *value,
                            void *options, lk_error *err) {
    bool text = option->type == LK_STRING || option->type == LK_WORD;
    lk_json json = { 0 };
    lk_status status = LK_OK;
    if (option->type == LK_STRING || option->max > 0) status = check_string(flag, value, err);
    if (option->type == LK_STRINGS)
        return status ? status : append(option, flag, value, options, err);
    if (option->type == LK_STRING) {
        if (!status) memcpy((char *)options + option->offset, value, strlen(value) + 1);
        return status;
    }
    char quoted[2 * LK_WORDS_MAX];
    status = lk_json_argument(text ? lk_text_quoted(value, quoted, sizeof quoted) : value, flag,
                              &json, err);
    if (!status) status = lk_option_read(option, &json, json.root, "", NULL, options, err);
    lk_json_deinit(&json);
    return status;
}

/* Read the flag at words[*at]; its value follows "=" or is the next word, and more may follow. */
static lk_status read_flag(const lk_option *option, int n_words, char *const *words, int *at,
                           void *options, lk_error *err) {
    char flag[FLAG_LENGTH];
    const char *equals = strchr(words[*at], '='), *value = equals ? equals + 1 : NULL;
    lk_flag_name(option->key, flag);
    if (option->type == LK_BOOLEAN) {
        if (value) return lk_fail(err, LK_USAGE, "%s: expected no value, got \"%s\"", flag, value);
        *(bool *)((char *)options + option->offset) = true;
        return LK_OK;
    }
    if (!value && *at + 1 >= n_words) {
        char expected[LK_WORDS_MAX];
        return lk_fail(err, LK_USAGE, "%s: expected %s, got nothing", flag,
                       lk_option_expected(option, expected, sizeof expected));
    }
    if (!value) value = words[++*at];
    lk_status status = read_value(option, flag, value, options, err);
    bool takes_more = option->type == LK_STRINGS && option->max > 0;
    while (!status && takes_more && *at + 1 < n_words && words[*at + 1][0] != '-')
        status = read_value(option, flag, words[++*at], options, err);
    return status;
}

bool lk_cli_given(const lk_cli *cli, const char *key) {
    const lk_option *option = lk_option_find(cli->command->options, key);
    return option && (cli->given >> (option - cli->command->options) & 1);
}

/* The value of a command's string option; "" if the command has no such option. */
static const char *string_of(const lk_cli *cli, const char *key) {
    const lk_option *option = lk_option_find(cli->command->options, key);
    return option && option->type == LK_STRING ? (const char *)cli->options + option->offset : "";
}

static bool is_same_file(const char *a, const char *b) {
    struct stat of_a, of_b;
    return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && S_ISREG(of_a.st_mode) &&
           of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

/* Whether `path` is below `folder` and a command reads it there: in a folder of pictures every
   file but packs, in other folders the files and results of a run. */
static bool is_read_in(const char *path, const char *folder, bool of_pictures) {
    static const char *const names[] = { LK_RUN_FILES };
    char file[PATH_MAX], above[PATH_MAX];
    size_t n = realpath(path, file) && realpath(folder, above) ? strlen(above) : 0;
    if (!n || strncmp(file, above, n) != 0 || file[n] != '/') return false;
    char *name = strrchr(file, '/');
    if (of_pictures) return !strstr(name, ".lkd");
    bool found = false;
    for (size_t i = 0; i < LK_COUNT(names); i++) found = found || strcmp(name + 1, names[i]) == 0;
    *name = 0;
    const char *within = strrchr(file, '/');
    return found || strcmp(within, "/" LK_RUN_CHECKPOINTS) == 0 || strcmp(within, "/results") == 0;
}

/* Where in a list of strings the output is read; NULL: nowhere. */
static const char *find_in_list(const lk_cli *cli, const char *key, const char *out) {
    const lk_option *option = lk_option_find(cli->command->options, key);
    if (!option || option->type != LK_STRINGS) return NULL;
    const lk_strings *list =
        (const lk_strings *)(const void *)((const char *)cli->options + option->offset);
    for (int i = 0; i < list->n; i++)
        if (is_same_file(out, list->v[i]) || is_read_in(out, list->v[i], true)) return list->v[i];
    return NULL;
}

static const char *what_is_read(const lk_cli *cli, const char *out) {
    static const char *const keys[] = { "data",  "partition", "celeba", "images",
                                        "mnist", "cifar10",   "npy" };
    for (const char *const *in = cli->arguments; *in; in++)
        if (is_same_file(out, *in) || is_read_in(out, *in, false)) return *in;
    for (size_t i = 0; i < LK_COUNT(keys); i++) {
        const lk_option *option = lk_option_find(cli->command->options, keys[i]);
        const char *in = option && !option->writes ? string_of(cli, keys[i]) : "";
        if (*in && (is_same_file(out, in) || is_read_in(out, in, true))) return in;
    }
    return find_in_list(cli, "images", out);
}

static lk_status check_output(const lk_cli *cli, const lk_option *option, lk_error *err) {
    char flag[FLAG_LENGTH];
    const char *out = string_of(cli, option->key), *dot = strchr(option->placeholder, '.');
    lk_flag_name(option->key, flag);
    if (what_is_read(cli, out))
        return lk_fail(err, LK_USAGE, "%s: expected another file, got %s, which is also read", flag,
                       out);
    return dot ? lk_cli_check_format(flag, out, dot + 1, err) : LK_OK;
}

/* A command must not overwrite a file that it reads or writes otherwise. */
static lk_status check_outputs(const lk_cli *cli, lk_error *err) {
    lk_status status = LK_OK;
    for (const lk_option *a = cli->command->options; a && a->key && !status; a++) {
        if (!a->writes || !*string_of(cli, a->key)) continue;
        status = check_output(cli, a, err);
        for (const lk_option *b = cli->command->options; b < a && !status; b++) {
            char flag_a[FLAG_LENGTH], flag_b[FLAG_LENGTH];
            if (b->writes && strcmp(string_of(cli, a->key), string_of(cli, b->key)) == 0)
                status = lk_fail(err, LK_USAGE, "%s and %s: expected two files, got %s for both",
                                 lk_flag_name(b->key, flag_b), lk_flag_name(a->key, flag_a),
                                 string_of(cli, a->key));
        }
    }
    return status;
}

static lk_status check(const lk_cli *cli, lk_error *err) {
    const lk_command *command = cli->command;
    for (const char *at = command->required; at && *at;
         at += strcspn(at, "|") + (at[strcspn(at, "|")] == '|')) {
        char key[FLAG_LENGTH - 8], flag[FLAG_LENGTH];
        snprintf(key, sizeof key, "%.*s", (int)strcspn(at, "|"), at);
        if (!lk_cli_given(cli, key))
            return lk_fail(err, LK_USAGE, "%s is missing; usage: likeness %s %s",
                           lk_flag_name(key, flag), command->name, command->usage);
    }
    if (cli->n_arguments < command->min_arguments)
        return lk_fail(err, LK_USAGE, "too few words; usage: likeness %s %s", command->name,
                       command->usage);
    const char *more =
        cli->n_arguments > command->max_arguments ? cli->arguments[command->max_arguments] : "";
    if (strchr(more, '=') && lk_option_find(command->options, "set"))
        return lk_fail(err, LK_USAGE, "unexpected word \"%s\"; to change a key: --set %s", more,
                       more);
    if (cli->n_arguments > command->max_arguments)
        return lk_fail(err, LK_USAGE, "unexpected word \"%s\"; usage: likeness %s %s",
                       cli->arguments[command->max_arguments], command->name, command->usage);
    return check_outputs(cli, err);
}

/* Words have the same limits as string options. */
static lk_status check_word(const lk_command *command, const char *word, lk_error *err) {
    if (!*word)
        return lk_fail(err, LK_USAGE, "expected no empty words, got one; usage: likeness %s %s",
                       command->name, command->usage);
    size_t n = strlen(word);
    return n < LK_WORDS_MAX ? LK_OK
                            : lk_fail(err, LK_USAGE, "%.60s...: expected at most %d bytes, got %zu",
                                      word, LK_WORDS_MAX - 1, n);
}

lk_status lk_flags_read(const lk_command *command, int n_words, char *const *words, lk_cli *cli,
                        lk_arena *arena, int *n_threads, bool *help, lk_error *err) {
    struct common common = { 0 };
    const char **arguments = lk_arena_alloc(arena, (size_t)(n_words + 1) * sizeof *arguments);
    void *options = lk_arena_alloc(arena, command->options_size);
    if (!arguments || !options)
        return lk_fail_memory(err, command->options_size, "the command line");
    lk_options_default(command->options, options);
    *cli = (lk_cli){ .command = command, .options = options, .arguments = arguments };
    bool flags = true;
    for (int i = 0; i < n_words; i++) {
        const char *word = words[i];
        size_t n = strcspn(word, "=");
        const lk_option *option = flags ? find(command->options, word, n) : NULL;
        const lk_option *shared = flags ? find(lk_flags_common(command), word, n) : NULL;
        lk_status status = LK_OK;
        if (option) {
            cli->given |= UINT64_C(1) << (option - command->options);
            status = read_flag(option, n_words, words, &i, options, err);
        } else if (shared)
            status = read_flag(shared, n_words, words, &i, &common, err);
        else if (flags && strcmp(word, "--") == 0)
            flags = false;
        else if (flags && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0))
            *help = true;
        else if (flags && word[0] == '-' && word[1])
            status = unknown(command, word, err);
        else if ((status = check_word(command, word, err)) == LK_OK)
            arguments[cli->n_arguments++] = word;
        if (status) return status;
    }
    if (common.quiet && common.verbose)
        return lk_fail(err, LK_USAGE, "--quiet and --verbose: expected at most one of them");
    *n_threads = (int)common.threads;
    cli->quiet = common.quiet;
    cli->verbose = common.verbose;
    return *help ? LK_OK : check(cli, err);
}
