/* The folder of a run: which process may write there, and what may be replaced. */
#include "train/folder.h"
#include "base/file.h"
#include "net/run_files.h"
#include "train/extend.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static bool is_one_of(const char *name, const char *const *list) {
    for (; *list; list++)
        if (strcmp(name, *list) == 0) return true;
    return false;
}

static bool belongs_to_run(const char *name) {
    static const char *const list[] = { LK_RUN_FILES, LK_RUN_REPORT, NULL };
    return is_one_of(name, list);
}

static bool belongs_to_checkpoints(const char *name) {
    static const char *const list[] = { LK_CHECKPOINT_LAST, LK_CHECKPOINT_PREVIOUS,
                                        LK_CHECKPOINT_BEST, NULL };
    return is_one_of(name, list);
}

static bool belongs_to_grids(const char *name) {
    if (strncmp(name, "epoch_", 6) != 0) return false;
    size_t digits = strspn(name + 6, "0123456789");
    return digits > 0 && strcmp(name + 6 + digits, ".png") == 0;
}

static bool belongs_to_board(const char *name) {
    size_t n = strlen(LK_BOARD_EVENTS);
    if (strncmp(name, LK_BOARD_EVENTS, n) != 0) return false;
    size_t digits = strspn(name + n, "0123456789");
    return digits > 0 && !name[n + digits];
}

static bool is_temporary_of(const char *name, lk_folder_owned *belongs) {
    char inner[256];
    const char *end = strstr(name, ".tmp.");
    if (name[0] != '.' || !end || !end[5] || end[5 + strspn(end + 5, "0123456789")]) return false;
    return lk_format(inner, sizeof inner, "%.*s", (int)(end - name - 1), name + 1) &&
           belongs(inner);
}

static lk_status unreadable(const char *folder, lk_error *err) {
    return lk_fail(err, LK_WRITE, "%s: cannot read the folder: %s", folder, strerror(errno));
}

lk_status lk_folder_clean(const char *folder, lk_folder_owned *belongs, bool all, lk_error *err) {
    DIR *stream = opendir(folder);
    lk_status status = LK_OK;
    if (!stream) return unreadable(folder, err);
    for (const char *name; !status && (name = lk_folder_next(stream));) {
        char path[LK_PATH_MAX];
        if (!is_temporary_of(name, belongs) && !(all && belongs(name))) continue;
        lk_format(path, sizeof path, "%s/%s", folder, name);
        if (unlink(path) != 0)
            status = lk_fail(err, LK_WRITE, "%s: cannot remove: %s", path, strerror(errno));
    }
    if (!status && errno) status = unreadable(folder, err);
    closedir(stream);
    return status;
}

static bool has(const char *folder, const char *name) {
    char path[LK_PATH_MAX];
    return lk_format(path, sizeof path, "%s/%s", folder, name) && lk_file_may_exist(path);
}

/* A folder that does not exist, or cannot, counts as empty: creating it says what is wrong. */
static lk_status look_for_files(const char *folder, bool *empty, lk_error *err) {
    DIR *stream = opendir(folder);
    *empty = true;
    if (!stream)
        return errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG
                   ? LK_OK
                   : unreadable(folder, err);
    for (const char *name; *empty && (name = lk_folder_next(stream));)
        *empty = strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
                 strncmp(name, LK_LOCK_FILE, strlen(LK_LOCK_FILE)) == 0;
    lk_status status = *empty && errno ? unreadable(folder, err) : LK_OK;
    closedir(stream);
    return status;
}

lk_status lk_folder_open(const lk_folder_request *request, const lk_log *log, lk_lock *lock,
                         lk_error *err) {
    static const struct {
        const char *name;
        lk_folder_owned *belongs;
        bool optional;
    } folders[] = { { "", belongs_to_run, false },
                    { "/" LK_RUN_CHECKPOINTS, belongs_to_checkpoints, false },
                    { "/" LK_RUN_GRIDS, belongs_to_grids, false },
                    { "/" LK_RUN_BOARD, belongs_to_board, true } };
    const char *out = request->out;
    if (strlen(out) > LK_PATH_MAX - 256) return lk_fail(err, LK_USAGE, "--out: path is too long");
    bool empty = true;
    lk_status status = look_for_files(out, &empty, err);
    if (!status && !empty && !has(out, LK_LOCK_FILE) && !has(out, LK_RUN_CONFIG))
        status =
            lk_fail(err, LK_USAGE, "%s: is not empty and holds no run; use another folder", out);
    if (!status) status = lk_folder_create(out, err);
    if (!status) status = lk_folder_lock(out, log, lock, err);
    if (!status) status = look_for_files(out, &empty, err);
    if (!status && !empty && !request->resume && !request->force)
        status = lk_fail(err, LK_USAGE, "%s: exists; %s--force replaces it, --out DIR keeps it",
                         out, request->may_resume ? "--resume continues the run there, " : "");
    for (size_t i = 0; i < LK_COUNT(folders) && !status; i++) {
        char path[LK_PATH_MAX];
        lk_format(path, sizeof path, "%s%s", out, folders[i].name);
        if (folders[i].optional && !lk_folder_exists(path)) continue;
        status = lk_folder_create(path, err);
        if (!status)
            status =
                lk_folder_clean(path, folders[i].belongs, request->force && !request->resume, err);
    }
    return status;
}

static lk_status load_config(const char *folder, char path[LK_PATH_MAX], lk_config *config,
                             lk_error *err) {
    lk_format(path, LK_PATH_MAX, "%s/" LK_RUN_CONFIG, folder);
    return lk_config_load(path, NULL, 0, config, err);
}

lk_status lk_folder_same_config(const char *folder, const lk_config *now, int size, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_config then = { 0 };
    lk_text difference = { 0 };
    lk_status status = load_config(folder, path, &then, err);
    if (!status) status = lk_config_difference(&then, now, size, &difference, err);
    if (!status && difference.n)
        status = lk_fail(err, LK_USAGE, "%s: holds a run of another config: %s (then and now)",
                         folder, difference.data);
    lk_text_deinit(&difference);
    lk_config_deinit(&then);
    return status;
}

/* A run that was stopped before its first checkpoint has only a config. */
lk_status lk_folder_has_no_more(const char *folder, const lk_config *now, int size, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_config then = { 0 };
    if (has(folder, LK_RUN_MODEL))
        return lk_fail(err, LK_USAGE,
                       "%s: holds a model, and no checkpoint to continue from; --force replaces it",
                       folder);
    if (!has(folder, LK_RUN_CONFIG)) return LK_OK;
    lk_status status = load_config(folder, path, &then, err);
    if (!status) status = lk_extend_same_config(path, &then, now, size, err);
    lk_config_deinit(&then);
    return status;
}

lk_status lk_folder_drop_results(const char *folder, lk_error *err) {
    static const char *const names[] = { LK_RUN_TEST, LK_RUN_TEST_SCORES, LK_RUN_MODEL,
                                         LK_RUN_CURVES };
    char path[LK_PATH_MAX];
    lk_format(path, sizeof path, "%s/" LK_RUN_REPORT, folder);
    unlink(path); /* the model does not depend on it */
    for (size_t i = 0; i < LK_COUNT(names); i++) {
        lk_format(path, sizeof path, "%s/%s", folder, names[i]);
        if (unlink(path) != 0 && errno != ENOENT)
            return lk_fail(err, LK_WRITE, "%s: cannot remove: %s", path, strerror(errno));
    }
    return LK_OK;
}
