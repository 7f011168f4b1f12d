/* What a run is called. */
#include "net/run_files.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

/* The last part of a path; `path` is cut before it. */
static const char *cut_last(char *path) {
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') path[--n] = 0;
    char *slash = strrchr(path, '/');
    if (!slash) return path;
    *slash = 0;
    return slash + 1;
}

static bool is_file_of_run(const char *name) {
    static const char *const names[] = { LK_RUN_MODEL, LK_CHECKPOINT_LAST, LK_CHECKPOINT_PREVIOUS,
                                         LK_CHECKPOINT_BEST, LK_RUN_CHECKPOINTS };
    for (size_t i = 0; i < LK_COUNT(names); i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

lk_status lk_run_find_model(const char *folder, char *path, lk_error *err) {
    static const char *const names[] = { LK_RUN_MODEL, LK_RUN_BEST, LK_RUN_LAST, LK_RUN_PREVIOUS };
    for (size_t i = 0; i < LK_COUNT(names); i++) {
        if (!lk_format(path, LK_PATH_MAX, "%s/%s", folder, names[i]))
            return lk_fail(err, LK_FORMAT, "%s: path is too long", folder);
        if (lk_file_may_exist(path)) return LK_OK;
    }
    lk_format(path, LK_PATH_MAX, "%s/" LK_RUN_CONFIG, folder);
    return lk_fail(err, LK_FORMAT, "%s: expected a run with a model or a checkpoint, got %s",
                   folder,
                   lk_file_may_exist(path) ? "a run that has saved neither yet"
                                           : "a folder that holds no run");
}

const char *lk_run_folder(const char *path, char *out) {
    char *full = realpath(path, NULL);
    lk_format(out, LK_PATH_MAX, "%s", full ? full : path);
    free(full); /* realpath's */
    if (lk_folder_exists(out)) return out;
    cut_last(out);
    size_t n = strlen(out), n_name = strlen("/" LK_RUN_CHECKPOINTS);
    if (n > n_name && strcmp(out + n - n_name, "/" LK_RUN_CHECKPOINTS) == 0) out[n - n_name] = 0;
    return out;
}

/* As lk_text_name, without memory that may be short. */
static void copy_name(const char *name, char out[LK_WORDS_MAX]) {
    char piece[8];
    size_t at = 0;
    for (size_t left = strlen(name), n; left; name += n, left -= n) {
        n = lk_text_name_piece(name, left, piece);
        if (!lk_format(out + at, LK_WORDS_MAX - at, "%s", piece)) break;
        at += strlen(piece);
    }
    out[at] = 0;
}

const char *lk_run_name(const char *name, const char *path, char out[LK_WORDS_MAX]) {
    char *full = realpath(path, NULL);
    char rest[LK_PATH_MAX];
    lk_format(rest, sizeof rest, "%s", full ? full : path);
    free(full); /* realpath's */
    if (!*name) {
        name = cut_last(rest);
        while (is_file_of_run(name) && name != rest) name = cut_last(rest);
    }
    copy_name(*name ? name : "run", out);
    return out;
}
