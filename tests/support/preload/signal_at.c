/*
 * Loaded before a program (LD_PRELOAD), this library acts in the middle of the program's work: it
 * sends a signal, or runs a command while the program waits. A test can kill or stop it inside a
 * save, a step or a validation, or change files under it, always at the same moment. It is not part
 * of the program and checks nothing.
 *
 * Moments: each round of the thread pool (dozens per step); each call that changes files, once
 * before and once after it; each write when half of it is done. The environment chooses:
 *   SIGNAL_AT       "KIND N SIGNAL TIMES": at the N-th moment of KIND (round, file, any) send the
 *                   signal of that number TIMES times, more than a second apart
 *   SIGNAL_AT_FILE  only files whose path contains this
 *   SIGNAL_AT_RUN   a shell command that runs at that moment, before the signals; the program waits
 *   SIGNAL_AT_LOG   a file that gets a line at that moment, or at the end if the moment never came,
 *                   with the counts so far
 */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    char kind[8], last[NAME_MAX + 1]; /* last: the file renamed or linked into place last */
    long n, seen, rounds, files;
    int signal, times;
    const char *file, *log, *run;
} plan;

/* The function of that name in the next library. It is stored through the bytes of the pointer,
   because ISO C has no cast for it. */
#define NEXT(name)                                                                                 \
    static __typeof__(&name) next;                                                                 \
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
    const char *at = getenv("SIGNAL_AT");
    plan.file = getenv("SIGNAL_AT_FILE");
    plan.log = getenv("SIGNAL_AT_LOG");
    plan.run = getenv("SIGNAL_AT_RUN");
    unsetenv("LD_PRELOAD"); /* the command is not watched */
    if (at && sscanf(at, "%7s %ld %d %d", plan.kind, &plan.n, &plan.signal, &plan.times) != 4)
        abort();
}

static int count_threads(void) {
    DIR *tasks = opendir("/proc/self/task");
    int n = -2; /* . and .. */
    while (tasks && readdir(tasks)) n++;
    if (tasks) closedir(tasks);
    return n;
}

static void say(const char *what, const char *path) {
    FILE *log = plan.log ? fopen(plan.log, "a") : NULL;
    if (!log) return;
    fprintf(log, "%s %s, last in place: %s, threads: %d, moments: %ld, rounds: %ld, files: %ld\n",
            what, path, *plan.last ? plan.last : "none", count_threads(), plan.seen, plan.rounds,
            plan.files);
    fclose(log);
}

/* Whether this is the moment. */
static bool is_now(const char *kind, const char *path) {
    if (!*plan.kind || (plan.file && !strstr(path, plan.file))) return false;
    if (strcmp(plan.kind, "any") != 0 && strcmp(plan.kind, kind) != 0) return false;
    return ++plan.seen == plan.n;
}

static void act(const char *what, const char *path) {
    say(what, path);
    if (plan.run && system(plan.run) != 0) abort();
    for (int i = 0; i < plan.times; i++) {
        if (i) usleep(1100 * 1000);
        raise(plan.signal); /* to this thread, so that it is dealt with before anything else */
    }
}

static void moment(const char *what, const char *path) {
    plan.files++;
    if (is_now("file", path)) act(what, path);
}

static const char *path_of(int fd, char path[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, PATH_MAX - 1);
    path[n < 0 ? 0 : n] = 0;
    return path;
}

static void placed(const char *path) {
    const char *slash = strrchr(path, '/');
    snprintf(plan.last, sizeof plan.last, "%s", slash ? slash + 1 : path);
}

__attribute__((destructor)) static void end(void) {
    if (*plan.kind && plan.seen < plan.n) say("end", "of the program");
}

/* ---- what is watched ---- */

int pthread_cond_broadcast(pthread_cond_t *condition) {
    static int (*next)(pthread_cond_t *);
    if (!next) *(void **)&next = dlvsym(RTLD_NEXT, "pthread_cond_broadcast", "GLIBC_2.3.2");
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, "pthread_cond_broadcast");
    plan.rounds++;
    if (is_now("round", "")) act("round", "of threads");
    return next(condition);
}

int open(const char *path, int flags, ...) {
    NEXT(open);
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_list args;
        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    moment("before open", path);
    int fd = next(path, flags, mode);
    moment("after open", path);
    return fd;
}

ssize_t write(int fd, const void *data, size_t n) {
    NEXT(write);
    char path[PATH_MAX];
    plan.files++;
    if (n < 2 || !is_now("file", path_of(fd, path))) return next(fd, data, n);
    ssize_t half = next(fd, data, n / 2);
    act("in write", path);
    return half;
}

#define WATCH(name, parameters, arguments, path)                                                   \
    int name parameters {                                                                          \
        NEXT(name);                                                                                \
        moment("before " #name, path);                                                             \
        int result = next arguments;                                                               \
        moment("after " #name, path);                                                              \
        return result;                                                                             \
    }

#define WATCH_FD(name, parameters, arguments, fd)                                                  \
    int name parameters {                                                                          \
        NEXT(name);                                                                                \
        char path[PATH_MAX];                                                                       \
        moment("before " #name, path_of(fd, path));                                                \
        int result = next arguments;                                                               \
        moment("after " #name, path);                                                              \
        return result;                                                                             \
    }

#define WATCH_PLACE(name)                                                                          \
    int name(const char *from, const char *to) {                                                   \
        NEXT(name);                                                                                \
        moment("before " #name, to);                                                               \
        int result = next(from, to);                                                               \
        placed(to);                                                                                \
        moment("after " #name, to);                                                                \
        return result;                                                                             \
    }

WATCH(unlink, (const char *path), (path), path)
WATCH(mkdir, (const char *path, mode_t mode), (path, mode), path)
WATCH_FD(fsync, (int fd), (fd), fd)
WATCH_FD(fflush, (FILE * stream), (stream), stream ? fileno(stream) : -1)
WATCH_PLACE(rename)
WATCH_PLACE(link)
