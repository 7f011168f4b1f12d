/* A terminal that a command fills and draws again and again. Private to the program. */
#ifndef LIKENESS_CLI_FULL_SCREEN_H
#define LIKENESS_CLI_FULL_SCREEN_H

#include <likeness/status.h>
#include <likeness/text.h>

#include <signal.h>
#include <termios.h>

/** From lk_full_screen_open to lk_full_screen_close. */
typedef struct lk_full_screen {
    bool shown;            /* the terminal shows the program's own screen */
    bool keys;             /* keys are read one by one, without showing them */
    struct termios before; /* how they were read before */
    sigset_t unblocked;    /* signals are delivered only while it waits */
} lk_full_screen;

typedef enum lk_wait_end {
    LK_WAIT_TIME,   /* it is over, or the screen has another size */
    LK_WAIT_QUIT,   /* the key q */
    LK_WAIT_SIGNAL, /* one that ends the program: see lk_signals_status */
} lk_wait_end;

/** Begin to wait; with `show`, also switch to a screen of its own on standard output. The screen
 * before comes back at the end. Signals are caught from now on. */
void lk_full_screen_open(lk_full_screen *screen, bool show);
/** Show these lines, at most `height`, in place of those before. Errors: LK_WRITE, LK_MEMORY. */
lk_status lk_full_screen_draw(const lk_text *lines, int height, lk_error *err);
/** Wait for so many seconds, a key or a signal. If the program is suspended (Ctrl-Z), the terminal
 * gets its own screen back until it goes on. */
lk_wait_end lk_full_screen_wait(lk_full_screen *screen, double seconds);
void lk_full_screen_close(lk_full_screen *screen);

#endif
