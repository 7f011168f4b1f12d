/* Folders of single pictures: their names, and writing them. */
#include "cli/picture_files.h"

#include <likeness/text.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

struct stem {
    const char *text;
    int index; /* which name */
};

static const char unnamed[] = "picture";

/* The path without its extension, and without parts that lead out of the folder. */
static char *clean(const char *name, bool cut, lk_arena *arena) {
    char *stem = lk_arena_alloc(arena, strlen(name) + sizeof unnamed), *to = stem;
    if (!stem) return NULL;
    for (const char *at = name; *at;) {
        size_t n = strcspn(at, "/");
        bool skip = n == 0 || (n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.');
        if (!skip) {
            if (to != stem) *to++ = '/';
            memcpy(to, at, n);
            to += n;
        }
        at += n + (at[n] == '/');
    }
    const char *slash = strrchr(stem, '/');
    char *last = slash ? stem + (slash + 1 - stem) : stem, *dot = strrchr(last, '.');
    if (cut && dot && dot != last) *dot = 0;
    return *stem ? stem : memcpy(stem, unnamed, sizeof unnamed);
}

static int by_text(const void *a, const void *b) {
    const struct stem *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static int by_text_only(const void *a, const void *b) {
    return strcmp(((const struct stem *)a)->text, ((const struct stem *)b)->text);
}

/* The first of "face-2", "face-3", ... from `number` on that is no other name. */
static const char *number_name(const struct stem *stems, int n, const char *text, int *number,
                               const char *extension, lk_arena *arena) {
    size_t n_bytes = strlen(text) + strlen(extension) + 16;
    char *name = lk_arena_alloc(arena, n_bytes);
    if (!name) return NULL;
    for (;; ++*number) {
        lk_format(name, n_bytes, "%s-%d", text, *number);
        const struct stem key = { .text = name };
        if (!bsearch(&key, stems, (size_t)n, sizeof *stems, by_text_only)) break;
    }
    ++*number;
    lk_format(name + strlen(name), n_bytes - strlen(name), "%s", extension);
    return name;
}

static const char *plain_name(const char *text, const char *extension, lk_arena *arena) {
    size_t n_bytes = strlen(text) + strlen(extension) + 1;
    char *name = lk_arena_alloc(arena, n_bytes);
    if (name) lk_format(name, n_bytes, "%s%s", text, extension);
    return name;
}

/* `stems` are sorted. A numbered name cannot equal another one: what precedes its last hyphen is
   the name that it repeats. */
static bool name_all(const struct stem *stems, int n, const char *extension, lk_arena *arena,
                     const char **files) {
    int number = 2;
    for (int i = 0; i < n; i++) {
        const char *text = stems[i].text;
        bool repeats = i && strcmp(stems[i - 1].text, text) == 0;
        if (!repeats) number = 2;
        const char *name = repeats ? number_name(stems, n, text, &number, extension, arena)
                                   : plain_name(text, extension, arena);
        if (!name) return false;
        files[stems[i].index] = name;
    }
    return true;
}

lk_status lk_file_names(const char *const *names, int n, const char *extension, lk_arena *arena,
                        const char **files, lk_error *err) {
    size_t n_bytes = lk_size_mul((size_t)n, sizeof(struct stem));
    struct stem *stems = lk_alloc(n_bytes);
    bool whole = stems;
    for (int i = 0; i < n && whole; i++) {
        stems[i] = (struct stem){ clean(names[i], *extension, arena), i };
        whole = stems[i].text;
    }
    if (whole) qsort(stems, (size_t)n, sizeof *stems, by_text);
    whole = whole && name_all(stems, n, extension, arena, files);
    lk_free(stems);
    return whole ? LK_OK : lk_fail_memory(err, n_bytes, "the names of pictures");
}

/* ---- folders ---- */

/* The folder must be there. Hidden files do not count. */
static lk_status check_empty(const char *flag, const char *path, lk_error *err) {
    DIR *folder = opendir(path);
    lk_status status = LK_OK;
    if (!folder)
        return lk_fail(err, LK_WRITE, "%s: cannot open the folder: %s", path, strerror(errno));
    const char *name;
    while ((name = lk_folder_next(folder)) && name[0] == '.') {
    }
    if (name)
        status = lk_fail(err, LK_USAGE,
                         "%s: expected a new or an empty folder, got %s, which holds %s; --force "
                         "writes into it and replaces pictures of equal names",
                         flag, path, name);
    else if (errno)
        status = lk_fail(err, LK_WRITE, "%s: cannot read the folder: %s", path, strerror(errno));
    closedir(folder);
    return status;
}

lk_status lk_picture_folder_create(const char *flag, const char *path, bool may_hold_files,
                                   lk_error *err) {
    lk_status status = lk_folder_create(path, err);
    return status || may_hold_files ? status : check_empty(flag, path, err);
}

/* lk_image_write_png would read the whole folder for every file. */
lk_status lk_picture_file_write(const char *path, const lk_image *image, lk_error *err) {
    lk_text png = { 0 };
    lk_status status = lk_image_encode_png(image, &png, err);
    if (!status) status = lk_file_write_swept(path, png.data, png.n, err);
    lk_text_deinit(&png);
    return status;
}

/* Make the folder of a file, unless it is that of the last one. */
static lk_status enter(lk_picture_folder *folder, const char *path, lk_error *err) {
    char above[LK_PATH_MAX];
    lk_format(above, sizeof above, "%s", path);
    *strrchr(above, '/') = 0;
    if (strcmp(above, folder->last) == 0) return LK_OK;
    lk_status status = lk_folder_create(above, err);
    if (!status) status = lk_folder_sweep(above, "*.png", err);
    lk_format(folder->last, sizeof folder->last, "%s", above);
    return status;
}

lk_status lk_picture_folder_write(lk_picture_folder *folder, int first, int n,
                                  const uint8_t *pixels, lk_error *err) {
    lk_image_shape shape = folder->shape;
    lk_image image;
    lk_status status = lk_image_init(&image, shape.size, shape.size, shape.channels, err);
    if (status) return status;
    size_t n_bytes = lk_image_bytes(&image);
    for (int i = 0; i < n && !status; i++) {
        char path[LK_PATH_MAX];
        memcpy(image.pixels, pixels + (size_t)i * n_bytes, n_bytes);
        if (!lk_format(path, sizeof path, "%s/%s", folder->path, folder->files[first + i]))
            status = lk_fail(err, LK_WRITE, "%.200s...: path is too long", path);
        if (!status) status = enter(folder, path, err);
        if (!status) status = lk_picture_file_write(path, &image, err);
    }
    lk_image_deinit(&image);
    return status;
}
