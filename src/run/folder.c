/* The folder of a run: who may write there, and what may be replaced. */
#include "run/train.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static lk_status lock_folder(const char *folder, int *lock, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_format(path, sizeof path, "%s/.lock", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return lk_fail(err, LK_WRITE, "%s: cannot open: %s", path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        *lock = fd;
        return LK_OK;
    }
    close(fd);
    return lk_fail(err, LK_FAILED, "%s: another process trains there", folder);
}

static bool ends_in(const char *name, const char *end) {
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

/* Remove the files of `folder` that end so, and nothing else. */
static lk_status remove_files(const char *folder, const char *end, lk_error *err) {
    DIR *stream = opendir(folder);
    if (!stream) return LK_OK;
    lk_status status = LK_OK;
    for (struct dirent *item; !status && (item = readdir(stream));) {
        char path[LK_PATH_MAX];
        if (!ends_in(item->d_name, end)) continue;
        lk_format(path, sizeof path, "%s/%s", folder, item->d_name);
        if (unlink(path) != 0) status = lk_fail(err, LK_WRITE, "%s: cannot remove: %s", path, strerror(errno));
    }
    closedir(stream);
    return status;
}

/* Only what a run writes goes: a folder named by mistake keeps everything else. */
static lk_status remove_run(const char *folder, lk_error *err) {
    static const char *const files[][2] = {
        { "checkpoints", ".safetensors" }, { "grids", ".png" }, { "", "model.safetensors" }, { "", "metrics.jsonl" },
        { "", "metrics.csv" },             { "", "test.json" }, { "", "config.json" },
    };
    lk_status status = LK_OK;
    for (size_t i = 0; i < LK_COUNT(files) && !status; i++) {
        char path[LK_PATH_MAX];
        lk_format(path, sizeof path, "%s/%s", folder, files[i][0]);
        status = remove_files(path, files[i][1], err);
    }
    return status;
}

static bool is_empty(const char *folder) {
    DIR *stream = opendir(folder);
    bool empty = true;
    if (!stream) return true;
    for (struct dirent *item; empty && (item = readdir(stream));)
        empty = strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0 || strcmp(item->d_name, ".lock") == 0;
    closedir(stream);
    return empty;
}

lk_status lk_folder_open(const lk_train_options *options, int *lock, lk_error *err) {
    char path[LK_PATH_MAX];
    bool fresh = is_empty(options->out);
    if (strlen(options->out) > LK_PATH_MAX - 256) return lk_fail(err, LK_USAGE, "--out: path is too long");
    if (!fresh && !options->resume && !options->force)
        return lk_fail(err, LK_USAGE, "%s: exists; --resume goes on with the run there, --force replaces it", options->out);
    lk_status status = lk_folder_create(options->out, err);
    if (!status) status = lock_folder(options->out, lock, err);
    if (!status && options->force && !options->resume) status = remove_run(options->out, err);
    lk_format(path, sizeof path, "%s/checkpoints", options->out);
    if (!status) status = lk_folder_create(path, err);
    lk_format(path, sizeof path, "%s/grids", options->out);
    if (!status) status = lk_folder_create(path, err);
    return status;
}
