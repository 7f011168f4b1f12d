/* Messages and progress for people. */
#include "cli/terminal.h"
#include "cli/width.h"
#include "cli/wrap.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIPE_ROOM = 120 }; /* columns of progress where it is no terminal */

#define REDRAW_S 0.1
#define LINE_S   5.0

void lk_terminal_init(lk_terminal *terminal, FILE *out) {
    const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    bool moves = isatty(fileno(out)) && term && *term && strcmp(term, "dumb") != 0;
    *terminal = (lk_terminal){ .out = out,
                               .moves = moves,
                               .colours = moves && !(no_colour && *no_colour),
                               .width = lk_screen_width(out, 80),
                               .height = lk_screen_height(out, 24),
                               .last_s = -1e9,
                               .mutex = PTHREAD_MUTEX_INITIALIZER };
}

static void clear_lines(lk_terminal *terminal) {
    for (; terminal->n_open; terminal->n_open--)
        fputs(terminal->n_open > 1 ? "\r\033[K\033[A" : "\r\033[K", terminal->out);
}

const char *lk_terminal_safe(const char *text, char out[LK_LINE_MAX]) {
    size_t n = 0;
    for (const char *c = text; *c && n < LK_LINE_MAX - 1; c++)
        out[n++] = iscntrl((unsigned char)*c) && *c != '\n' && *c != '\t' ? '?' : *c;
    out[n] = 0;
    return out;
}

/* A line of full width would wrap and could not be cleared. */
int lk_terminal_room(const lk_terminal *terminal) {
    return terminal->moves ? terminal->width - 1 : PIPE_ROOM;
}

/* Wrapped to the width of a terminal. */
static void put_message(lk_terminal *terminal, bool warning, const char *text) {
    static const char word[] = "warning:";
    lk_text line = { 0 }, wrapped = { 0 };
    lk_text_add(&line, "%s%s%s\n", warning ? word : "", warning ? " " : "", text);
    if (!line.failed && terminal->moves) lk_wrap(line.data, terminal->width, &wrapped);
    const lk_text *whole = terminal->moves && !wrapped.failed ? &wrapped : &line;
    size_t n = warning && terminal->colours ? strlen(word) : 0;
    if (n) fprintf(terminal->out, "\033[33m%s\033[0m", word);
    if (!line.failed)
        fputs(whole->data + n, terminal->out);
    else
        fprintf(terminal->out, "%s\n", text);
    lk_text_deinit(&line);
    lk_text_deinit(&wrapped);
}

void lk_terminal_say(lk_terminal *terminal, bool warning, const char *text) {
    char shown[LK_LINE_MAX];
    pthread_mutex_lock(&terminal->mutex);
    clear_lines(terminal);
    put_message(terminal, warning, lk_terminal_safe(text, shown));
    fflush(terminal->out);
    pthread_mutex_unlock(&terminal->mutex);
}

/* The last lines of the text that fit on the screen, none longer than its width. */
static void redraw(lk_terminal *terminal, const char *text) {
    int n = 1;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++) n++;
    for (; n > 1 && n > terminal->height - 1; n--) text = strchr(text, '\n') + 1;
    for (; terminal->n_open < n; terminal->n_open++) {
        size_t length = strcspn(text, "\n");
        fprintf(terminal->out, "%s%.*s", terminal->n_open ? "\n" : "",
                (int)lk_screen_fitting(text, length, lk_terminal_room(terminal)), text);
        text += length + (text[length] == '\n');
    }
}

static void write_progress(lk_terminal *terminal, double now_s, const char *text) {
    if (terminal->quiet || now_s - terminal->last_s < (terminal->moves ? REDRAW_S : LINE_S)) return;
    terminal->last_s = now_s;
    clear_lines(terminal);
    if (terminal->moves)
        redraw(terminal, text);
    else
        fprintf(terminal->out, "%s\n", text);
    fflush(terminal->out);
}

void lk_terminal_progress(lk_terminal *terminal, double now_s, const char *text) {
    pthread_mutex_lock(&terminal->mutex);
    write_progress(terminal, now_s, text);
    pthread_mutex_unlock(&terminal->mutex);
}

void lk_terminal_end(lk_terminal *terminal) {
    if (terminal->n_open) fputc('\n', terminal->out);
    terminal->n_open = 0;
    fflush(terminal->out);
}

const char *lk_terminal_duration(double seconds, char out[32]) {
    if (!(seconds >= 0 && seconds < 1e9)) {
        snprintf(out, 32, "?");
        return out;
    }
    long s = (long)(seconds + 0.5), h = s / 3600, m = s / 60 % 60;
    if (s < 60)
        snprintf(out, 32, "%ld s", s);
    else if (h == 0)
        snprintf(out, 32, "%ld:%02ld", m, s % 60);
    else
        snprintf(out, 32, "%ld:%02ld:%02ld", h, m, s % 60);
    return out;
}
