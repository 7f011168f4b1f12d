/* Messages and progress on standard error. On a terminal the progress line is redrawn in place,
   elsewhere each progress line is a new line. */
#ifndef LIKENESS_CLI_TERMINAL_H
#define LIKENESS_CLI_TERMINAL_H

#include <likeness/status.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

enum { LK_LINE_MAX = LK_ERROR_BYTES };

typedef struct lk_terminal {
    FILE *out;
    bool quiet;            /* no progress is shown */
    bool moves;            /* a terminal that can redraw a line: TERM is set and not dumb */
    bool colours;          /* and NO_COLOR is not set (no-color.org) */
    int width, height;     /* columns and lines; 80 and 24 where unknown */
    int n_open;            /* lines of progress on the screen, the last without its line end */
    double last_s;         /* when a progress line was last written */
    pthread_mutex_t mutex; /* held while a line is written: several threads may write */
} lk_terminal;

void lk_terminal_init(lk_terminal *terminal, FILE *out);
/** Copy `text` with "?" for control characters: a file's name must not control the terminal.
 * Returns `out`. */
const char *lk_terminal_safe(const char *text, char out[LK_LINE_MAX]);
/** Columns that a line of progress may have. */
int lk_terminal_room(const lk_terminal *terminal);
/** Write a message on its own line. */
void lk_terminal_say(lk_terminal *terminal, bool warning, const char *text);
/** Show progress, one line or several, at time now_s: at most ten times a second on a terminal,
 * elsewhere at most every five seconds. On a terminal the last lines are shown that fit. */
void lk_terminal_progress(lk_terminal *terminal, double now_s, const char *text);
/** End the last progress line, which stays visible. */
void lk_terminal_end(lk_terminal *terminal);
/** Print a duration: "45 s", "12:05", "3:02:09". Returns `out`. */
const char *lk_terminal_duration(double seconds, char out[32]);

#endif
