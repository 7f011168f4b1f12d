/* Lines for people on standard error: redrawn in place on a terminal, one below the other
   elsewhere. */
#ifndef LIKENESS_CLI_TERMINAL_H
#define LIKENESS_CLI_TERMINAL_H

#include <likeness/base.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

enum { LK_LINE_MAX = 1024 };

typedef struct lk_terminal {
    FILE *out;
    bool moves;            /* a terminal that can redraw a line: TERM is set and not dumb */
    bool colours;          /* and NO_COLOR is not set (no-color.org) */
    int width;             /* columns, 80 where unknown */
    bool line_is_open;     /* a progress line stands without its line end */
    double last_s;         /* when a progress line was last written */
    pthread_mutex_t mutex; /* held while a line is written: several threads may speak */
} lk_terminal;

void lk_terminal_init(lk_terminal *terminal, FILE *out);
/** A copy, control characters in it as "?": a file's name must not steer a terminal. Returns
 * `out`. */
const char *lk_terminal_safe(const char *text, char out[LK_LINE_MAX]);
/** A message on a line of its own. */
void lk_terminal_say(lk_terminal *terminal, bool warning, const char *text);
/** Progress at time now_s: redrawn ten times a second on a terminal, else a line every five
 * seconds. */
void lk_terminal_progress(lk_terminal *terminal, double now_s, const char *text);
/** Leave the last progress line as it stands. */
void lk_terminal_end(lk_terminal *terminal);
/** "45 s", "12:05", "3:02:09". Returns `out`. */
const char *lk_terminal_duration(double seconds, char out[32]);

#endif
