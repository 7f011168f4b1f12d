/*
 * Loaded before a program (LD_PRELOAD), this library stands in for a file system that refuses some
 * calls, as those of networks and containers do. It is not part of the program and checks nothing.
 *
 * REFUSED_CALLS is a list "NAME=ERRNO,NAME=ERRNO": each call of that name fails with that errno.
 *   flock, link, symlink  the calls of these names
 *   sync_folder           fsync of a folder
 *   unnamed               open of a file without a name (O_TMPFILE)
 *   create_owner          open that would create a file whose name contains ".lock.owner"
 *   fill_events           write to a file whose path contains "tfevents": as on a disk that is full
 *                         in the middle of the first one of 10,000 bytes or more
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The function of that name in the next library. It is stored through the bytes of the pointer,
   because ISO C has no cast for it. */
#define NEXT(name)                                                                                 \
    static __typeof__(&name) next;                                                                 \
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, #name)

/* Whether the list has that name; errno is then its number. */
static bool refuses(const char *name) {
    const char *list = getenv("REFUSED_CALLS");
    size_t n = strlen(name);
    for (const char *at = list; at && *at; at += strcspn(at, ","), at += *at == ',') {
        if (strncmp(at, name, n) != 0 || at[n] != '=') continue;
        errno = atoi(at + n + 1);
        return true;
    }
    return false;
}

int flock(int fd, int what) {
    NEXT(flock);
    return refuses("flock") ? -1 : next(fd, what);
}

int link(const char *from, const char *to) {
    NEXT(link);
    return refuses("link") ? -1 : next(from, to);
}

int symlink(const char *from, const char *to) {
    NEXT(symlink);
    return refuses("symlink") ? -1 : next(from, to);
}

int fsync(int fd) {
    NEXT(fsync);
    struct stat info;
    bool folder = fstat(fd, &info) == 0 && S_ISDIR(info.st_mode);
    return folder && refuses("sync_folder") ? -1 : next(fd);
}

int open(const char *path, int flags, ...) {
    NEXT(open);
    mode_t mode = 0;
    bool is_unnamed = (flags & O_TMPFILE) == O_TMPFILE;
    if (flags & O_CREAT || is_unnamed) {
        va_list args;
        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    if (is_unnamed && refuses("unnamed")) return -1;
    bool refused = flags & O_CREAT && strstr(path, ".lock.owner") && refuses("create_owner");
    return refused ? -1 : next(path, flags, mode);
}

static bool is_events(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n < 0 ? 0 : n] = 0;
    return strstr(path, "tfevents") != NULL;
}

ssize_t write(int fd, const void *data, size_t n) {
    NEXT(write);
    static bool full;
    if (!is_events(fd) || (!full && n < 10000)) return next(fd, data, n);
    if (full) return refuses("fill_events") ? -1 : next(fd, data, n);
    full = refuses("fill_events");
    return next(fd, data, full ? n / 2 : n);
}
