/* Terminals for tests. */
#include "screen.h"

#include "base/file.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

FILE *lk_test_screen(int columns, int *master) {
    struct winsize size = { .ws_row = 24, .ws_col = (unsigned short)columns };
    *master = posix_openpt(O_RDWR | O_NOCTTY);
    if (*master < 0 || grantpt(*master) != 0 || unlockpt(*master) != 0) return NULL;
    FILE *file = fopen(ptsname(*master), "w+");
    if (file) ioctl(fileno(file), TIOCSWINSZ, &size);
    return file;
}

/* Append a byte, unless it is the end of a line as terminals write it. */
static size_t add(char *out, size_t n, size_t n_bytes, char byte) {
    if (byte == '\n' && n && out[n - 1] == '\r') n--;
    if (n + 1 < n_bytes) out[n++] = byte;
    return n;
}

/* In a child: become the command, on that terminal. */
static void become(FILE *screen, const char *command) {
    for (int fd = 0; fd < 3; fd++) dup2(fileno(screen), fd);
    setenv("TERM", "xterm", 1);
    signal(SIGINT, SIG_DFL);          /* a shell may have started the tests in the background */
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nothing behind */
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

int lk_test_on_screen(int columns, char *out, size_t n_bytes, const char *command) {
    int master = -1, status = 0;
    size_t n = 0;
    FILE *screen = lk_test_screen(columns, &master);
    if (!screen) return -1;
    pid_t child = fork();
    if (child == 0) become(screen, command);
    fclose(screen);
    /* the read fails once the child has closed the terminal */
    for (char byte; read(master, &byte, 1) == 1;) n = add(out, n, n_bytes, byte);
    out[n] = 0;
    waitpid(child, &status, 0);
    close(master);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int lk_test_likeness_on_screen(int columns, const char *folder, const char *words, char *out,
                               size_t n_bytes) {
    char command[LK_PATH_MAX + 1024];
    snprintf(command, sizeof command, "cd '%s' && '%s' %s", folder, LIKENESS_PROGRAM, words);
    int code = lk_test_on_screen(columns, out, n_bytes, command);
    if (code < 0) skip();
    return code;
}

bool lk_test_session_start(lk_test_session *s, int columns, const char *command) {
    *s = (lk_test_session){ .master = -1 };
    FILE *screen = lk_test_screen(columns, &s->master);
    if (!screen) return false;
    s->child = fork();
    if (s->child == 0) become(screen, command);
    fclose(screen);
    return true;
}

/* false: it has ended, or says nothing: what a broken program does not write is waited for that
   long. */
static bool read_one(lk_test_session *s) {
    enum { PATIENCE_MS = 200000 };
    struct pollfd ready = { .fd = s->master, .events = POLLIN };
    char byte;
    if (poll(&ready, 1, PATIENCE_MS) == 0) kill(s->child, SIGKILL);
    if (read(s->master, &byte, 1) != 1) return false;
    s->n = add(s->out, s->n, sizeof s->out, byte);
    s->out[s->n] = 0;
    return true;
}

void lk_test_session_until(lk_test_session *s, const char *text) {
    size_t n = strlen(text);
    s->n = 0;
    do {
        if (!read_one(s)) fail_msg("expected \"%s\", got an end after: %s", text, s->out);
    } while (s->n < n || memcmp(s->out + s->n - n, text, n) != 0);
}

void lk_test_session_press(const lk_test_session *s, const char *keys) {
    assert_int_equal(write(s->master, keys, strlen(keys)), strlen(keys));
}

/* The terminal does not control the child, so the signal does not come by itself. */
void lk_test_session_resize(const lk_test_session *s, int columns) {
    struct winsize size = { .ws_row = 24, .ws_col = (unsigned short)columns };
    assert_int_equal(ioctl(s->master, TIOCSWINSZ, &size), 0);
    assert_int_equal(kill(s->child, SIGWINCH), 0);
}

int lk_test_session_end(lk_test_session *s) {
    int status = 0;
    s->n = 0;
    s->out[0] = 0;
    while (read_one(s)) {
    }
    waitpid(s->child, &status, 0);
    close(s->master);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
