/* A terminal that a command fills and draws again and again, by the escape sequences that xterm and
   its followers share. */
#include "cli/full_screen.h"
#include "cli/output.h"
#include "cli/signals.h"

#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#define SHOW_OWN    "\033[?1049h\033[?25l\033[2J" /* the other screen, no cursor, cleared */
#define SHOW_BEFORE "\033[?25h\033[?1049l"

static volatile sig_atomic_t was_suspended;

/* It ends the wait, so that the next frame has the new size. */
static void wake(int signal_number) {
    lk_signals_pass_on(signal_number);
}

static void note_suspension(int signal_number) {
    if (!lk_signals_pass_on(signal_number)) was_suspended = 1;
}

/* In the background a change of the terminal would stop the program. */
static bool has_keyboard(void) {
    pid_t foreground = tcgetpgrp(STDIN_FILENO);
    return isatty(STDIN_FILENO) && (foreground < 0 || foreground == getpgrp());
}

static void enter(lk_full_screen *s) {
    s->keys = has_keyboard() && tcgetattr(STDIN_FILENO, &s->before) == 0;
    if (s->keys) {
        struct termios now = s->before;
        now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        tcsetattr(STDIN_FILENO, TCSANOW, &now);
    }
    fputs(SHOW_OWN, stdout);
    fflush(stdout);
    s->shown = true;
}

static void leave(lk_full_screen *s) {
    if (s->keys) tcsetattr(STDIN_FILENO, TCSANOW, &s->before);
    if (s->shown) fputs(SHOW_BEFORE, stdout);
    fflush(stdout);
    s->keys = s->shown = false;
}

static void handle_by(int signal_number, void (*handler)(int)) {
    struct sigaction action = { .sa_handler = handler };
    sigemptyset(&action.sa_mask);
    sigaction(signal_number, &action, NULL);
}

void lk_full_screen_open(lk_full_screen *s, bool show) {
    static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGWINCH, SIGTSTP };
    sigset_t set;
    *s = (lk_full_screen){ 0 };
    lk_signals_wait_here();
    lk_signals_catch();
    if (show) handle_by(SIGWINCH, wake), handle_by(SIGTSTP, note_suspension);
    sigemptyset(&set);
    for (size_t i = 0; i < LK_COUNT(caught); i++) sigaddset(&set, caught[i]);
    sigprocmask(SIG_BLOCK, &set, &s->unblocked);
    if (show) enter(s);
}

/* The whole frame is one write, and nothing is cleared before it is drawn over: it does not
   flicker. */
lk_status lk_full_screen_draw(const lk_text *lines, int height, lk_error *err) {
    lk_text frame = { .failed = lines->failed };
    const char *at = lines->data ? lines->data : "";
    lk_text_add(&frame, "\033[H");
    for (int i = 0; i < height && *at; i++) {
        size_t n = strcspn(at, "\n");
        lk_text_add(&frame, "%s", i ? "\n" : "");
        lk_text_bytes(&frame, at, n);
        lk_text_add(&frame, "\033[K");
        at += n + (at[n] == '\n');
    }
    lk_text_add(&frame, "\033[J");
    lk_status status = lk_cli_put(&frame, err);
    if (!status && fflush(stdout) != 0) status = lk_cli_output_failed(err);
    return status;
}

/* Whether q was pressed. A keyboard that has gone is not asked again. */
static bool read_keys(lk_full_screen *s) {
    char keys[64];
    ssize_t n = read(STDIN_FILENO, keys, sizeof keys);
    if (n <= 0) s->keys = false;
    for (ssize_t i = 0; i < n; i++)
        if (keys[i] == 'q' || keys[i] == 'Q') return true;
    return false;
}

static void suspend(lk_full_screen *s) {
    bool shown = s->shown;
    was_suspended = 0;
    leave(s);
    raise(SIGSTOP); /* until the shell lets it go on */
    if (shown) enter(s);
}

lk_wait_end lk_full_screen_wait(lk_full_screen *s, double seconds) {
    struct timespec time = { .tv_sec = (time_t)seconds,
                             .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9) };
    fd_set ready;
    FD_ZERO(&ready);
    if (s->keys) FD_SET(STDIN_FILENO, &ready);
    int n = pselect(s->keys ? STDIN_FILENO + 1 : 0, &ready, NULL, NULL, &time, &s->unblocked);
    if (lk_signals_status(NULL)) return LK_WAIT_SIGNAL;
    if (n > 0 && s->keys && read_keys(s)) return LK_WAIT_QUIT;
    if (was_suspended) suspend(s);
    return LK_WAIT_TIME;
}

void lk_full_screen_close(lk_full_screen *s) {
    leave(s);
    sigprocmask(SIG_SETMASK, &s->unblocked, NULL);
}
