/* Terminals for tests. */
#include "screen.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
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

int lk_test_on_screen(int columns, char *out, size_t n_bytes, const char *command) {
    int master = -1, status = 0;
    size_t n = 0;
    FILE *screen = lk_test_screen(columns, &master);
    if (!screen) return -1;
    pid_t child = fork();
    if (child == 0) {
        for (int fd = 0; fd < 3; fd++) dup2(fileno(screen), fd);
        setenv("TERM", "xterm", 1);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    fclose(screen);
    /* the read fails once the child has closed the terminal */
    for (char byte; read(master, &byte, 1) == 1;) n = add(out, n, n_bytes, byte);
    out[n] = 0;
    waitpid(child, &status, 0);
    close(master);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
