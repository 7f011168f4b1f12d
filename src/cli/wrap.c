/* Text for people, wrapped to the width of the screen. */
#include "cli/wrap.h"
#include "cli/output.h"
#include "cli/width.h"

#include <string.h>
#include <sys/ioctl.h>

enum {
    PIPE_WIDTH = 100,  /* lines of text that does not go to a terminal */
    HELP_COLUMN = 27,  /* where lk_option_help begins the second column */
    LEAST_COLUMNS = 20 /* of the continued lines on a very narrow screen */
};

int lk_screen_width(FILE *file, int otherwise) {
    struct winsize size = { 0 };
    bool known = ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : otherwise;
}

int lk_screen_height(FILE *file, int otherwise) {
    struct winsize size = { 0 };
    bool known = ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
    return known ? size.ws_row : otherwise;
}

/* Where the continuation of a line of n bytes begins. */
static int hanging_indent(const char *line, size_t n, int width) {
    size_t first = strspn(line, " "), column = first;
    while (column + 1 < n && !(line[column] == ' ' && line[column + 1] == ' ')) column++;
    while (column < n && line[column] == ' ') column++;
    /* a label may be so long that only one space is left before the second column */
    bool of_help = first > 0 && column > HELP_COLUMN && n > HELP_COLUMN &&
                   line[HELP_COLUMN - 1] == ' ' && line[HELP_COLUMN] != ' ';
    size_t indent = of_help ? HELP_COLUMN : column + 1 < n ? column : first;
    return (int)indent + LEAST_COLUMNS <= width ? (int)indent : (int)first;
}

/* The bytes of `line` that fit into `width` columns, up to a space; at least one word. */
static size_t fitting(const char *line, size_t n, int width) {
    size_t at = strspn(line, " "), fits = 0;
    for (; at <= n; at++) {
        if (at < n && line[at] != ' ') continue;
        if (fits && lk_screen_columns(line, at) > width) return fits;
        fits = at;
    }
    return fits;
}

static void wrap_line(const char *line, size_t n, int width, lk_text *out) {
    int indent = hanging_indent(line, n, width), before = 0;
    do {
        size_t fits = fitting(line, n, width - before);
        lk_text_add(out, "%*s", before, "");
        lk_text_bytes(out, line, fits);
        lk_text_add(out, "\n");
        line += fits, n -= fits;
        for (; n && *line == ' '; n--) line++;
        before = indent;
    } while (n);
}

void lk_wrap(const char *text, int width, lk_text *out) {
    while (*text) {
        size_t n = strcspn(text, "\n");
        wrap_line(text, n, width, out);
        text += n + (text[n] == '\n');
    }
}

/* What reads a pipe may show it on the terminal of standard error, as `less` does. */
static int width_of_pipe(void) {
    int screen = lk_screen_width(stderr, PIPE_WIDTH);
    return screen < PIPE_WIDTH ? screen : PIPE_WIDTH;
}

lk_status lk_cli_put_wrapped(lk_text *text, lk_error *err) {
    lk_text out = { .failed = text->failed };
    lk_wrap(text->data ? text->data : "", lk_screen_width(stdout, width_of_pipe()), &out);
    lk_text_deinit(text);
    return lk_cli_put(&out, err);
}

lk_status lk_cli_put_lines(lk_text *text, lk_error *err) {
    return lk_screen_width(stdout, 0) ? lk_cli_put_wrapped(text, err) : lk_cli_put(text, err);
}
