/* Files: whole reads, maps, and writes that happen entirely or not at all. */
#include "base/file.h"

#include <likeness/memory.h>
#include <likeness/text.h>

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static lk_status open_for_reading(const char *path, int *fd, size_t *n_bytes, lk_error *err) {
    /* a named pipe would wait for its writer; of regular files it asks nothing */
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0) return lk_fail(err, LK_READ, "%s: cannot open: %s", path, strerror(errno));
    struct stat info;
    if (fstat(*fd, &info) == 0 && S_ISREG(info.st_mode)) {
        *n_bytes = (size_t)info.st_size;
        return LK_OK;
    }
    close(*fd);
    return lk_fail(err, LK_READ, "%s: not a regular file", path);
}

static lk_status read_all(int fd, const char *path, char *data, size_t n_bytes, lk_error *err) {
    for (size_t done = 0; done < n_bytes;) {
        ssize_t got = read(fd, data + done, n_bytes - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return lk_fail(err, LK_READ, "%s: cannot read: %s", path, strerror(errno));
        if (got == 0)
            return lk_fail(err, LK_READ, "%s: ended after %zu of %zu bytes", path, done, n_bytes);
        done += (size_t)got;
    }
    return LK_OK;
}

lk_status lk_file_read(const char *path, size_t max_bytes, char **data, size_t *n_bytes,
                       lk_error *err) {
    int fd = -1;
    size_t size = 0;
    lk_status status = open_for_reading(path, &fd, &size, err);
    if (status) return status;
    char *buffer = NULL;
    if (size > max_bytes) {
        status = lk_fail(err, LK_FORMAT, "%s: expected at most %zu bytes, got %zu", path, max_bytes,
                         size);
        goto done;
    }
    buffer = lk_alloc(size + 1);
    if (!buffer) {
        status = lk_fail_memory(err, size + 1, path);
        goto done;
    }
    status = read_all(fd, path, buffer, size, err);
    if (status) goto done;
    *data = buffer;
    *n_bytes = size;
    buffer = NULL;
done:
    lk_free(buffer);
    close(fd);
    return status;
}

bool lk_file_is_stream(const char *path) {
    struct stat info;
    if (strcmp(path, "-") == 0) return true;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

/* Append what comes until the end. */
static lk_status read_stream(int fd, const char *path, size_t max_bytes, lk_text *text,
                             lk_error *err) {
    char chunk[4096];
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return lk_fail(err, LK_READ, "%s: cannot read: %s", path, strerror(errno));
        if (got == 0) return LK_OK;
        lk_text_bytes(text, chunk, (size_t)got);
        if (text->failed) return lk_fail_memory(err, text->n + (size_t)got, path);
        if (text->n > max_bytes)
            return lk_fail(err, LK_FORMAT, "%s: expected at most %zu bytes, got more", path,
                           max_bytes);
    }
}

lk_status lk_file_read_input(const char *path, size_t max_bytes, char **data, size_t *n_bytes,
                             lk_error *err) {
    lk_text text = { 0 };
    bool standard = strcmp(path, "-") == 0;
    if (!lk_file_is_stream(path)) return lk_file_read(path, max_bytes, data, n_bytes, err);
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return lk_fail(err, LK_READ, "%s: cannot open: %s", path, strerror(errno));
    lk_text_bytes(&text, "", 0);
    lk_status status = read_stream(fd, path, max_bytes, &text, err);
    if (!standard) close(fd);
    if (status)
        lk_text_deinit(&text);
    else {
        *data = text.data;
        *n_bytes = text.n;
    }
    return status;
}

bool lk_file_may_exist(const char *path) {
    struct stat info;
    if (stat(path, &info) == 0) return S_ISREG(info.st_mode);
    return errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG;
}

bool lk_folder_exists(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

const char *lk_folder_next(DIR *folder) {
    errno = 0;
    const struct dirent *item = readdir(folder);
    return item ? item->d_name : NULL;
}

lk_status lk_folder_create(const char *path, lk_error *err) {
    char part[LK_PATH_MAX];
    if (!lk_format(part, sizeof part, "%s", path))
        return lk_fail(err, LK_WRITE, "%s: path is too long", path);
    for (char *at = part + (part[0] != 0);; at++) {
        char end = *at;
        if (end != '/' && end != 0) continue;
        *at = 0;
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return lk_fail(err, LK_WRITE, "%s: cannot create folder: %s", part, strerror(errno));
        if (end == 0) break;
        *at = end;
    }
    return lk_folder_exists(path) ? LK_OK
                                  : lk_fail(err, LK_WRITE, "%s: exists and is not a folder", path);
}

lk_status lk_map_open(const char *path, lk_map *map, lk_error *err) {
    int fd = -1;
    size_t size = 0;
    lk_status status = open_for_reading(path, &fd, &size, err);
    if (status) return status;
    void *data = size ? mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0) : NULL;
    int reason = errno;
    close(fd);
    if (data == MAP_FAILED)
        return lk_fail(err, reason == ENOMEM ? LK_MEMORY : LK_READ, "%s: cannot map: %s", path,
                       strerror(reason));
    *map = (lk_map){ data, size };
    return LK_OK;
}

void lk_map_close(lk_map *map) {
    if (map->data) munmap((void *)(uintptr_t)map->data, map->n_bytes);
    *map = (lk_map){ 0 };
}

static lk_status write_failed(const char *path, const char *what, lk_error *err) {
    return lk_fail(err, LK_WRITE, "%s: cannot %s: %s", path, what, strerror(errno));
}

static const char *name_in(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static DIR *open_folder_of(const char *path) {
    char folder[LK_PATH_MAX];
    int n = (int)(name_in(path) - path);
    snprintf(folder, sizeof folder, "%.*s", n ? n : 1, n ? path : ".");
    return opendir(folder);
}

/* A writer has its process's number in the temporary's name, and holds the lock until all is
   written. Where folders are shared between machines a number says little, and where they cannot
   lock a lock nothing: both have to say that it is gone. */
static bool writer_is_gone(int fd, const char *process) {
    char *end = NULL;
    long number = strtol(process, &end, 10);
    return number > 0 && !*end && kill((pid_t)number, 0) != 0 && errno == ESRCH &&
           flock(fd, LOCK_EX | LOCK_NB) == 0;
}

/* A file by its name, or the files whose names match a pattern. */
struct names {
    const char *name, *pattern;
};

static bool is_among(const char *name, const struct names *names) {
    return names->name ? strcmp(name, names->name) == 0
                       : fnmatch(names->pattern, name, FNM_PERIOD) == 0;
}

/* A temporary is called .NAME.tmp.PROCESS: where its process begins; NULL: it is none of these
   files'. */
static const char *process_of(const char *temporary, const struct names *names) {
    static const char mark[] = ".tmp.";
    char name[NAME_MAX + 1];
    const char *last = NULL;
    for (const char *at = temporary; (at = strstr(at, mark)); at++) last = at;
    if (*temporary != '.' || !last || last == temporary) return NULL;
    if (!lk_format(name, sizeof name, "%.*s", (int)(last - temporary - 1), temporary + 1))
        return NULL;
    return is_among(name, names) ? last + strlen(mark) : NULL;
}

/* What killed processes left, a pack of gigabytes perhaps. errno is then 0, or why the folder could
   not be read. */
static void remove_leftovers(DIR *folder, const struct names *names) {
    for (const char *name; (name = lk_folder_next(folder));) {
        const char *process = process_of(name, names);
        if (!process) continue;
        int fd = openat(dirfd(folder), name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0) continue;
        if (writer_is_gone(fd, process)) unlinkat(dirfd(folder), name, 0);
        close(fd);
    }
}

static lk_status remove_leftovers_of(const lk_file *file, lk_error *err) {
    const struct names names = { .name = name_in(file->path) };
    DIR *folder = open_folder_of(file->path);
    if (!folder) return write_failed(file->path, "create", err);
    remove_leftovers(folder, &names);
    lk_status status = errno ? write_failed(file->path, "create", err) : LK_OK;
    closedir(folder);
    return status;
}

lk_status lk_folder_sweep(const char *path, const char *pattern, lk_error *err) {
    const struct names names = { .pattern = pattern };
    DIR *folder = opendir(path);
    if (!folder) return write_failed(path, "open the folder", err);
    remove_leftovers(folder, &names);
    lk_status status = errno ? write_failed(path, "read the folder", err) : LK_OK;
    closedir(folder);
    return status;
}

/* Where the file itself is: a rename would put it in a link's place, and a device or a pipe would
   be gone. */
static lk_status find_place(const char *path, char place[LK_PATH_MAX], lk_error *err) {
    struct stat info;
    char real[PATH_MAX];
    bool is_link = lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode))
        return lk_fail(err, LK_WRITE, "%s: expected a file or a new name, got a device or a pipe",
                       path);
    if (is_link && !realpath(path, real)) return write_failed(path, "follow the link", err);
    if (lk_format(place, LK_PATH_MAX, "%s", is_link ? real : path)) return LK_OK;
    return lk_fail(err, LK_WRITE, "%.200s...: path is too long", path);
}

static lk_status name_temporary(const char *path, lk_file *file, lk_error *err) {
    file->fd = -1;
    file->old_name = NULL;
    file->temporary[0] = 0;
    lk_status status = find_place(path, file->path, err);
    if (status) return status;
    const char *name = name_in(file->path);
    if (lk_format(file->temporary, sizeof file->temporary, "%.*s.%s.tmp.%ld",
                  (int)(name - file->path), file->path, name, (long)getpid()))
        return LK_OK;
    file->temporary[0] = 0;
    return lk_fail(err, LK_WRITE, "%.200s...: path is too long", path);
}

static lk_status open_temporary(lk_file *file, lk_error *err) {
    unlink(file->temporary); /* left by a process that had our number */
    file->fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file->fd < 0) {
        file->temporary[0] = 0;
        return write_failed(file->path, "create", err);
    }
    /* for writer_is_gone; where nothing can be locked, nothing is removed either */
    flock(file->fd, LOCK_EX | LOCK_NB);
    return LK_OK;
}

lk_status lk_file_create(const char *path, lk_file *file, lk_error *err) {
    lk_status status = name_temporary(path, file, err);
    if (status) return status;
    status = remove_leftovers_of(file, err);
    if (!status) return open_temporary(file, err);
    file->temporary[0] = 0;
    return status;
}

lk_status lk_file_create_growing(const char *path, lk_file *file, lk_error *err) {
    *file = (lk_file){ .fd = -1 };
    if (!lk_format(file->path, sizeof file->path, "%s", path))
        return lk_fail(err, LK_WRITE, "%.200s...: path is too long", path);
    file->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    return file->fd < 0 ? write_failed(path, "create", err) : LK_OK;
}

lk_status lk_file_append(lk_file *file, const void *data, size_t n_bytes, lk_error *err) {
    for (size_t done = 0; done < n_bytes;) {
        ssize_t put = write(file->fd, (const char *)data + done, n_bytes - done);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return write_failed(file->path, "write", err);
        done += (size_t)put;
    }
    return LK_OK;
}

lk_status lk_file_patch(lk_file *file, size_t offset, const void *data, size_t n_bytes,
                        lk_error *err) {
    for (size_t done = 0; done < n_bytes;) {
        ssize_t put =
            pwrite(file->fd, (const char *)data + done, n_bytes - done, (off_t)(offset + done));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return write_failed(file->path, "write", err);
        done += (size_t)put;
    }
    return LK_OK;
}

/* Some file systems cannot sync folders. */
static bool cannot_sync(int reason) {
    return reason == EINVAL || reason == EBADF || reason == ENOSYS || reason == EOPNOTSUPP;
}

/* Without the folder's fsync a crash of the machine could undo the rename. */
static lk_status rename_and_sync(lk_file *file, DIR *folder, lk_error *err) {
    if (file->old_name && rename(file->path, file->old_name) != 0 && errno != ENOENT)
        return write_failed(file->path, "rename the old file of", err);
    if (rename(file->temporary, file->path) != 0) {
        lk_status status = write_failed(file->path, "rename into place", err);
        if (file->old_name) rename(file->old_name, file->path);
        return status;
    }
    file->temporary[0] = 0;
    return fsync(dirfd(folder)) == 0 || cannot_sync(errno)
               ? LK_OK
               : write_failed(file->path, "sync the folder of", err);
}

lk_status lk_file_close(lk_file *file, lk_error *err) {
    int fd = file->fd;
    file->fd = -1;
    return close(fd) == 0 ? LK_OK : write_failed(file->path, "close", err);
}

lk_status lk_file_commit(lk_file *file, lk_error *err) {
    if (fsync(file->fd) != 0) return write_failed(file->path, "sync", err);
    lk_status status = lk_file_close(file, err);
    if (status) return status;
    /* before the rename, after which the old file is gone */
    DIR *folder = open_folder_of(file->path);
    if (!folder) return write_failed(file->path, "open the folder of", err);
    status = rename_and_sync(file, folder, err);
    closedir(folder);
    return status;
}

void lk_file_discard(lk_file *file) {
    if (file->fd >= 0) close(file->fd);
    file->fd = -1;
    if (file->temporary[0]) unlink(file->temporary);
    file->temporary[0] = 0;
}

/* Where a folder cannot hold a file that never had a name, it gets one for a moment. */
static int open_unnamed(const char *folder, const char *temporary) {
    int fd = open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    bool is_unknown = errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL ||
                      errno == ENOENT || errno == ENOSYS;
    if (fd >= 0 || !is_unknown) return fd;
    fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) unlink(temporary);
    return fd;
}

lk_status lk_file_create_unnamed(const char *path, lk_file *file, lk_error *err) {
    char folder[LK_PATH_MAX], temporary[LK_PATH_MAX];
    lk_status status = name_temporary(path, file, err);
    if (status) return status;
    int n = (int)(name_in(file->path) - file->path);
    file->temporary[0] = 0;
    if (!lk_format(folder, sizeof folder, "%.*s", n ? n : 1, n ? file->path : ".") ||
        !lk_format(temporary, sizeof temporary, "%.*s.%s.part.tmp.%ld", n, file->path,
                   name_in(file->path), (long)getpid()))
        return lk_fail(err, LK_WRITE, "%.200s...: path is too long", path);
    file->fd = open_unnamed(folder, temporary);
    return file->fd < 0 ? write_failed(file->path, "create a temporary file next to it", err)
                        : LK_OK;
}

lk_status lk_file_read_back(const lk_file *file, size_t offset, void *data, size_t n_bytes,
                            lk_error *err) {
    for (size_t done = 0; done < n_bytes;) {
        ssize_t got = pread(file->fd, (char *)data + done, n_bytes - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0)
            return lk_fail(err, LK_READ, "%s: cannot read its temporary file: %s", file->path,
                           got < 0 ? strerror(errno) : "it ended early");
        done += (size_t)got;
    }
    return LK_OK;
}

/* What both writers do once they have created the file, or failed to. */
static lk_status write_whole(lk_file *file, lk_status status, const void *data, size_t n_bytes,
                             lk_error *err) {
    if (!status) status = lk_file_append(file, data, n_bytes, err);
    if (!status) status = lk_file_commit(file, err);
    lk_file_discard(file);
    return status;
}

lk_status lk_file_write(const char *path, const void *data, size_t n_bytes, lk_error *err) {
    lk_file file;
    lk_status status = lk_file_create(path, &file, err);
    return write_whole(&file, status, data, n_bytes, err);
}

lk_status lk_file_write_swept(const char *path, const void *data, size_t n_bytes, lk_error *err) {
    lk_file file;
    lk_status status = name_temporary(path, &file, err);
    if (!status) status = open_temporary(&file, err);
    return write_whole(&file, status, data, n_bytes, err);
}
