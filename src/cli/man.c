/* The manual page likeness(1), from the tables of commands and flags. */
#include "cli/man.h"
#include "cli/flags.h"

#include <string.h>

/* Text of one line as roff: a dash is a minus that can be copied, and a line may not begin like a
   request. */
static void add_text(lk_text *out, const char *text, size_t n) {
    if (n && (*text == '.' || *text == '\'')) lk_text_add(out, "\\&");
    for (size_t i = 0; i < n; i++)
        if (text[i] == '\\')
            lk_text_add(out, "\\e");
        else if (text[i] == '-')
            lk_text_add(out, "\\-");
        else
            lk_text_bytes(out, text + i, 1);
}

static void add_line(lk_text *out, const char *text) {
    add_text(out, text, strlen(text));
    lk_text_add(out, "\n");
}

static void add_item(lk_text *out, const char *label, size_t n_label, const char *text,
                     size_t n_text) {
    lk_text_add(out, ".TP\n\\fB");
    add_text(out, label, n_label);
    lk_text_add(out, "\\fR\n");
    add_text(out, text, n_text);
    lk_text_add(out, "\n");
}

/* "label    text" is an item, any other line a paragraph. */
static void add_paragraphs(lk_text *out, const char *text) {
    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        size_t n = strcspn(line, "\n");
        const char *gap = strstr(line, "  ");
        if (gap && gap < line + n) {
            size_t n_label = (size_t)(gap - line), n_gap = strspn(gap, " ");
            add_item(out, line, n_label, gap + n_gap, n - n_label - n_gap);
        } else if (n) {
            lk_text_add(out, ".PP\n");
            add_text(out, line, n);
            lk_text_add(out, "\n");
        }
    }
}

static void add_flags(lk_text *out, const lk_option *table) {
    for (; table && table->key; table++) {
        char flag[LK_FLAG_MAX];
        const char *value = lk_flag_placeholder(table);
        lk_text help = { 0 };
        lk_flag_help(table, &help);
        lk_flag_name(table->key, flag);
        lk_text_add(out, ".TP\n\\fB");
        add_text(out, flag, strlen(flag));
        lk_text_add(out, "\\fR%s%s%s\n", value ? " \\fI" : "", value ? value : "",
                    value ? "\\fR" : "");
        add_line(out, help.failed ? "" : help.data);
        lk_text_deinit(&help);
    }
}

static void add_command(lk_text *out, const lk_command *command) {
    lk_text_add(out, ".SS %s\n\\fBlikeness %s\\fR ", command->name, command->name);
    add_line(out, command->usage);
    lk_text_add(out, ".PP\n");
    add_text(out, command->summary, strlen(command->summary));
    lk_text_add(out, ".\n");
    add_paragraphs(out, command->details);
    add_flags(out, command->options);
    lk_text_add(out, ".PP\nExample:\n.PP\n.RS 4\n.nf\n");
    add_line(out, command->example);
    lk_text_add(out, ".fi\n.RE\n");
}

#define ADD_STATUS(name, exit_code, words) { exit_code, words },
static const struct {
    int code;
    const char *words;
} statuses[] = { LK_STATUS_LIST(ADD_STATUS) };
#undef ADD_STATUS

/* Several statuses may have one code. */
static void add_statuses(lk_text *out) {
    lk_text_add(out, ".SH EXIT STATUS\n");
    for (size_t i = 0; i < LK_COUNT(statuses); i++) {
        bool again = i && statuses[i].code == statuses[i - 1].code;
        if (!again) lk_text_add(out, ".TP\n.B %d\n", statuses[i].code);
        lk_text_add(out, "%s%s", again ? ", " : "", statuses[i].words);
        if (i + 1 == LK_COUNT(statuses) || statuses[i + 1].code != statuses[i].code)
            lk_text_add(out, "\n");
    }
}

void lk_man_page(lk_text *out) {
    lk_text_add(out, ".\\\" Written by \"likeness help --man\".\n"
                     ".TH LIKENESS 1 \"\" \"likeness " LIKENESS_VERSION "\" \"User Commands\"\n"
                     ".SH NAME\nlikeness \\- train autoencoders on pictures, and use them\n"
                     ".SH SYNOPSIS\n.B likeness\n.I COMMAND\n[\\fIoptions\\fR]\n"
                     ".SH DESCRIPTION\n"
                     "Likeness trains convolutional autoencoders on pictures, measures them, and "
                     "draws what they do. Pictures are packed first (prepare); a run is a config, "
                     "a JSON file, and a folder (train). Results go to standard output, messages "
                     "and progress to standard error.\n.PP\n"
                     "\\fBlikeness help config\\fR explains the keys of a config, the most used "
                     "ones first, and \\fBlikeness help\\fR \\fITOPIC\\fR one of them.\n"
                     ".SH COMMANDS\n");
    for (const lk_command *const *command = lk_commands; *command; command++)
        add_command(out, *command);
    lk_text_add(out, ".SH COMMON OPTIONS\n"
                     ".TP\n.B \\-\\-help\nof every command: print its help\n.PP\n"
                     "Commands that compute have these too:\n");
    add_flags(out, lk_flags_common(lk_command_find("train")));
    add_statuses(out);
    lk_text_add(out, ".SH ENVIRONMENT\n"
                     ".TP\n.B LIKENESS_THREADS\nthreads, where \\-\\-threads is not given\n"
                     ".TP\n.B LIKENESS_ISA\navx512_bf16, avx512, avx2 or portable: the most that "
                     "kernels may use\n"
                     ".TP\n.B NO_COLOR\nif it is set, messages have no colours\n");
}
