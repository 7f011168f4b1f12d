/* What may follow a word of the command line, as scripts for bash and zsh. */
#include "cli/completion.h"
#include "cli/flags.h"
#include "config/keys.h"

#include <likeness/config.h>

#include <string.h>

/* ---- what both shells are told ---- */

/* What a value is: the name of a file with that ending, of any file, of a folder, a key of a config
   with its value, one of these words, or anything. */
typedef struct value {
    enum { ANYTHING, ENDING, ANY_FILE, FOLDER, SETTING, ONE_OF } kind;
    const char *text; /* the ending; the words, "a|b" */
} value;

/* "CONFIG" and "RUN" in a usage, "FILE.lkd" in a flag: capital letters say what it is. */
static value value_of(const char *placeholder) {
    static const struct {
        const char *begins;
        value value;
    } rows[] = {
        { "KEY=", { SETTING, "" } },
        { "FILE.", { ENDING, "" } },
        { "FILE", { ANY_FILE, "" } },
        { "DIR_OR_ZIP", { ANY_FILE, "" } },
        { "DIR", { FOLDER, "" } },
        { "CONFIG", { ENDING, "json" } },
        { "EXPERIMENT", { ENDING, "json" } },
        { "RUN", { ANY_FILE, "" } },
        { "A ", { ANY_FILE, "" } },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        value v = rows[i].value;
        if (strncmp(placeholder, rows[i].begins, strlen(rows[i].begins)) != 0) continue;
        if (v.kind == ENDING && !*v.text) v.text = placeholder + strlen(rows[i].begins);
        return v;
    }
    return (value){ ANYTHING, "" };
}

static value value_of_flag(const lk_option *option) {
    if (option->type == LK_WORD) return (value){ ONE_OF, option->words };
    return value_of(lk_flag_placeholder(option));
}

static value value_of_word(const lk_command *command) {
    return command->words ? (value){ ONE_OF, command->words } : value_of(command->usage);
}

/* "a|b" with another sign between the words. */
static void add_words(lk_text *out, const char *words, char between) {
    for (const char *at = words; at && *at; at++) lk_text_bytes(out, *at == '|' ? &between : at, 1);
}

/* Every flag of a command, in the order of its help. */
typedef void visit_flag(lk_text *out, const lk_command *command, const lk_option *option);
static void each_flag(lk_text *out, const lk_command *command, visit_flag *visit) {
    const lk_option *const tables[] = { command->options, lk_flags_common(command) };
    for (size_t i = 0; i < LK_COUNT(tables); i++)
        for (const lk_option *option = tables[i]; option && option->key; option++)
            visit(out, command, option);
}

/* The words that help explains, "a|b". */
static void add_topics(lk_text *out) {
    enum { TOPICS_MAX = 512 };
    const char *topics[TOPICS_MAX];
    size_t n = lk_config_topics(topics, TOPICS_MAX);
    for (const lk_command *const *command = lk_commands; *command; command++)
        lk_text_add(out, "%s%s", command == lk_commands ? "" : "|", (*command)->name);
    for (size_t i = 0; i < n; i++) lk_text_add(out, "|%s", topics[i]);
}

/* ---- bash ---- */

/* A word that stands for what compgen finds: FILE.lkd, FILE, DIR, KEY=, or VALUE for anything. */
static void bash_value(lk_text *out, value v) {
    if (v.kind == ENDING) lk_text_add(out, "FILE.%s", v.text);
    if (v.kind == ANY_FILE) lk_text_add(out, "FILE");
    if (v.kind == FOLDER) lk_text_add(out, "DIR");
    if (v.kind == SETTING) lk_text_add(out, "KEY=");
    if (v.kind == ONE_OF) add_words(out, v.text, ' ');
    if (v.kind == ANYTHING) lk_text_add(out, "VALUE");
}

static void bash_flag(lk_text *out, const lk_command *command, const lk_option *option) {
    char flag[LK_FLAG_MAX];
    (void)command;
    lk_text_add(out, "%s ", lk_flag_name(option->key, flag));
}

static void bash_flag_value(lk_text *out, const lk_command *command, const lk_option *option) {
    char flag[LK_FLAG_MAX];
    if (option->type == LK_BOOLEAN) return;
    lk_text_add(out, "    '%s %s') echo '", command->name, lk_flag_name(option->key, flag));
    bash_value(out, value_of_flag(option));
    lk_text_add(out, "' ;;\n");
}

/* After a word of a list, "config print", comes a file. */
static void bash_second_word(lk_text *out, const lk_command *command) {
    for (const char *at = command->max_arguments > 1 ? command->words : NULL; at && *at;) {
        size_t n = strcspn(at, "|");
        lk_text_add(out, "    '%s %.*s') echo 'FILE' ;;\n", command->name, (int)n, at);
        at += n + (at[n] == '|');
    }
}

static void bash_command(lk_text *out, const lk_command *command) {
    lk_text_add(out, "    '%s') echo '", command->name);
    each_flag(out, command, bash_flag);
    lk_text_add(out, "--help' ;;\n    '%s WORD') echo '", command->name);
    if (strcmp(command->name, "help") == 0) {
        lk_text topics = { 0 };
        add_topics(&topics);
        add_words(out, topics.failed ? "" : topics.data, ' ');
        lk_text_deinit(&topics);
    } else
        bash_value(out, value_of_word(command));
    lk_text_add(out, "' ;;\n");
    bash_second_word(out, command);
    each_flag(out, command, bash_flag_value);
}

static void bash_key(void *self, const char *path, const char *words) {
    (void)words;
    lk_text_add(self, "%s= ", path);
}

static void bash_key_words(void *self, const char *path, const char *words) {
    if (!*words) return;
    lk_text_add(self, "    'KEY %s') echo '", path);
    add_words(self, words, ' ');
    lk_text_add(self, "' ;;\n");
}

static const char bash_head[] =
    "# Completion of likeness in bash, written by \"likeness help --completion bash\".\n"
    "\n"
    "# _likeness_words COMMAND [WORD or a flag], or KEY [a key of a config]: what may follow\n"
    "_likeness_words() {\n"
    "    case \"$*\" in\n";
static const char bash_tail[] =
    "    esac\n"
    "}\n"
    "\n"
    "# readline takes the = of --flag=value and KEY=VALUE for a word of its own\n"
    "_likeness() {\n"
    "    local i=$COMP_CWORD command=${COMP_WORDS[1]} word=${COMP_WORDS[COMP_CWORD]} name "
    "words=''\n"
    "    [ \"$word\" != = ] || { word='' && i=$((i + 1)); }\n"
    "    name=${COMP_WORDS[i - 1]}\n"
    "    if [ \"$name\" = = ]; then\n"
    "        name=${COMP_WORDS[i - 2]}\n"
    "        [ \"${name#-}\" != \"$name\" ] || command=KEY\n"
    "    fi\n"
    "    if [ \"$i\" = 1 ]; then\n"
    "        words=$(_likeness_words PROGRAM)\n"
    "    elif [ $command = KEY ]; then\n"
    "        words=$(_likeness_words KEY \"$name\")\n"
    "        words=${words:-VALUE}\n"
    "    elif [ \"${word#-}\" != \"$word\" ]; then\n"
    "        words=$(_likeness_words \"$command\")\n"
    "    else\n"
    "        words=$(_likeness_words \"$command\" \"$name\")\n"
    "        [ -n \"$words\" ] || words=$(_likeness_words \"$command\" WORD)\n"
    "    fi\n"
    "    COMPREPLY=()\n"
    "    case $words in\n"
    "    VALUE) return ;;\n"
    "    DIR | FILE | FILE.*) compopt -o filenames 2>/dev/null ;;\n"
    "    KEY=) compopt -o nospace 2>/dev/null ;;\n"
    "    esac\n"
    "    case $words in\n"
    "    DIR) mapfile -t COMPREPLY < <(compgen -d -- \"$word\") ;;\n"
    "    FILE) mapfile -t COMPREPLY < <(compgen -f -- \"$word\") ;;\n"
    "    FILE.*)\n"
    "        mapfile -t COMPREPLY < <(compgen -d -- \"$word\";\n"
    "            compgen -f -X \"!*.${words#FILE.}\" -- \"$word\") ;;\n"
    "    KEY=) mapfile -t COMPREPLY < <(compgen -W \"$(_likeness_words KEY)\" -- \"$word\") ;;\n"
    "    *) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\") ;;\n"
    "    esac\n"
    "}\n"
    "complete -F _likeness likeness\n";

void lk_completion_bash(lk_text *out) {
    lk_text_add(out, "%s    PROGRAM) echo '", bash_head);
    for (const lk_command *const *command = lk_commands; *command; command++)
        lk_text_add(out, "%s ", (*command)->name);
    lk_text_add(out, "--help --version' ;;\n");
    for (const lk_command *const *command = lk_commands; *command; command++)
        bash_command(out, *command);
    lk_text_add(out, "    KEY) echo '");
    lk_config_each_key(bash_key, out);
    lk_text_add(out, "' ;;\n");
    lk_config_each_key(bash_key_words, out);
    lk_text_add(out, "%s", bash_tail);
}

/* ---- zsh ---- */

/* Text within '...[text]...'. */
static void zsh_text(lk_text *out, const char *text) {
    for (; *text; text++)
        if (*text == '\'')
            lk_text_add(out, "'\\''");
        else
            lk_text_add(out, strchr("[]:\\", *text) ? "\\%c" : "%c", *text);
}

/* The end of an argument's row: what to call the value, and how to find it. */
static void zsh_value(lk_text *out, const char *name, value v) {
    lk_text_add(out, ":%.*s:", (int)strcspn(name, " :|[."), name);
    if (v.kind == ENDING) lk_text_add(out, "_files -g \"*.%s\"", v.text);
    if (v.kind == ANY_FILE) lk_text_add(out, "_files");
    if (v.kind == FOLDER) lk_text_add(out, "_files -/");
    if (v.kind == SETTING) lk_text_add(out, "_likeness_keys");
    if (v.kind == ONE_OF) {
        lk_text_add(out, "(");
        add_words(out, v.text, ' ');
        lk_text_add(out, ")");
    }
    if (v.kind == ANYTHING) lk_text_add(out, " ");
}

static void zsh_flag(lk_text *out, const lk_command *command, const lk_option *option) {
    char flag[LK_FLAG_MAX];
    bool takes_value = option->type != LK_BOOLEAN;
    (void)command;
    lk_flag_name(option->key, flag);
    lk_text_add(out, "            '%s%s%s[", option->type == LK_STRINGS ? "*" : "", flag,
                !takes_value     ? ""
                : flag[1] == '-' ? "="
                                 : "+");
    zsh_text(out, option->help);
    lk_text_add(out, "]");
    if (takes_value) zsh_value(out, lk_flag_placeholder(option), value_of_flag(option));
    lk_text_add(out, "' \\\n");
}

static void zsh_command(lk_text *out, const lk_command *command) {
    lk_text topics = { 0 };
    bool is_help = strcmp(command->name, "help") == 0;
    if (is_help) add_topics(&topics);
    lk_text_add(out, "    %s)\n        _arguments \\\n", command->name);
    each_flag(out, command, zsh_flag);
    lk_text_add(out, "            '--help[print the help]'");
    if (command->max_arguments) {
        bool lists = command->words || is_help;
        value v =
            is_help && !topics.failed ? (value){ ONE_OF, topics.data } : value_of_word(command);
        lk_text_add(out, " \\\n            '%s", lists ? "1" : "*");
        zsh_value(out, lists ? "WORD" : command->usage, v);
        lk_text_add(out, lists && command->max_arguments > 1 ? "' '*:FILE:_files'" : "'");
    }
    lk_text_add(out, "\n        ;;\n");
    lk_text_deinit(&topics);
}

static void zsh_command_name(lk_text *out, const lk_command *command) {
    lk_text_add(out, "        '%s:", command->name);
    zsh_text(out, command->summary);
    lk_text_add(out, "'\n");
}

static void zsh_key_words(void *self, const char *path, const char *words) {
    if (!*words) return;
    lk_text_add(self, "        %s) compadd -- ", path);
    add_words(self, words, ' ');
    lk_text_add(self, " ;;\n");
}

static void zsh_key(void *self, const char *path, const char *words) {
    (void)words;
    lk_text_add(self, " %s", path);
}

void lk_completion_zsh(lk_text *out) {
    lk_text_add(out, "#compdef likeness\n"
                     "# Completion of likeness in zsh, written by \"likeness help --completion "
                     "zsh\".\n\n"
                     "_likeness_keys() {\n"
                     "    if [[ $PREFIX == *=* ]]; then\n"
                     "        local key=${PREFIX%%%%=*}\n"
                     "        compset -P '*='\n"
                     "        case $key in\n");
    lk_config_each_key(zsh_key_words, out);
    lk_text_add(out, "        esac\n    else\n        compadd -S = --");
    lk_config_each_key(zsh_key, out);
    lk_text_add(out, "\n    fi\n}\n\n_likeness() {\n    local -a commands=(\n");
    for (const lk_command *const *command = lk_commands; *command; command++)
        zsh_command_name(out, *command);
    lk_text_add(out, "    )\n"
                     "    if ((CURRENT == 2)); then\n"
                     "        _describe command commands\n"
                     "        compadd -- --help --version\n"
                     "        return\n"
                     "    fi\n"
                     "    local command=$words[2]\n"
                     "    shift words\n"
                     "    ((CURRENT--))\n"
                     "    case $command in\n");
    for (const lk_command *const *command = lk_commands; *command; command++)
        zsh_command(out, *command);
    lk_text_add(out, "    esac\n}\n\n_likeness \"$@\"\n");
}
