/*
 * Any folder of pictures, recursively, in the order of their relative paths. A hash of that path
 * decides a picture's split, so it keeps its split when others are added. The content says whether
 * a file is a picture. Others are counted, as are hidden files and folders and links to folders.
 */
#include "data/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 64 };

/* The kind of a file by its first bytes, which are read; what cannot be opened goes by its name. */
static lk_image_kind look_inside(const char *path) {
    uint8_t head[LK_IMAGE_HEAD] = { 0 };
    struct stat info;
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe would wait for a writer */
    if (fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) n = read(fd, head, sizeof head);
    if (fd >= 0) close(fd);
    return lk_image_kind_of(head, n > 0 ? (size_t)n : 0, path);
}

/* FNV-1a, then the last step of MurmurHash3, which spreads short names over all bits. */
static double unit_hash(const char *text) {
    uint64_t h = 14695981039346656037U;
    for (; *text; text++) h = (h ^ (uint8_t)*text) * 1099511628211U;
    h = (h ^ h >> 33) * 0xFF51AFD7ED558CCDU;
    h = (h ^ h >> 33) * 0xC4CEB9FE1A85EC53U;
    return (double)((h ^ h >> 33) >> 11) * 0x1p-53;
}

static lk_split split_of(const char *name, const lk_prepare_options *options) {
    double u = unit_hash(name);
    return u < options->test                  ? LK_SPLIT_TEST
           : u < options->test + options->val ? LK_SPLIT_VAL
                                              : LK_SPLIT_TRAIN;
}

/* Names that promise a picture are believed until it is decoded, which finds out what the file is;
   so most files are opened only once. */
static lk_status take(struct lk_listing *listing, const char *name, const char *path,
                      lk_error *err) {
    lk_image_kind kind = lk_image_kind_named(name);
    if (!lk_image_kind_is_read(kind)) kind = look_inside(path);
    if (lk_image_kind_is_read(kind) || kind == LK_IMAGE_UNKNOWN)
        return lk_listing_add(listing, name, split_of(name, listing->options), err);
    return lk_listing_leave_out(listing, name, kind, err);
}

static lk_status walk(struct lk_listing *listing, const char *below, int depth, lk_error *err);

static lk_status visit(struct lk_listing *listing, const char *name, int depth, lk_error *err) {
    char path[LK_PATH_MAX];
    struct stat info;
    if (!lk_format(path, sizeof path, "%s/%s", listing->folder, name))
        return lk_fail(err, LK_FORMAT, "%.200s...: path is too long", name);
    if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return walk(listing, name, depth + 1, err);
    /* what is not a file, or a link to nothing, is counted as bad when it is rendered */
    return take(listing, name, path, err);
}

static lk_status walk(struct lk_listing *listing, const char *below, int depth, lk_error *err) {
    char path[LK_PATH_MAX], name[LK_PATH_MAX];
    if (depth > DEPTH_MAX)
        return lk_fail(err, LK_FORMAT,
                       "%s/%.200s...: expected at most %d folders inside each other",
                       listing->folder, below, DEPTH_MAX);
    if (!lk_format(path, sizeof path, "%s/%s", listing->folder, below))
        return lk_fail(err, LK_FORMAT, "%.200s...: path is too long", below);
    DIR *folder = opendir(path);
    if (!folder) return lk_fail(err, LK_READ, "%s: cannot open folder: %s", path, strerror(errno));
    lk_status status = LK_OK;
    for (const char *entry; !status && (entry = lk_folder_next(folder));) {
        if (strcmp(entry, ".") == 0 || strcmp(entry, "..") == 0) continue;
        if (entry[0] == '.')
            status = lk_listing_leave_out(listing, entry, LK_IMAGE_OTHER, err);
        else if (lk_format(name, sizeof name, "%s%s%s", below, *below ? "/" : "", entry))
            status = visit(listing, name, depth, err);
        else
            status =
                lk_fail(err, LK_FORMAT, "%s/%.200s...: path is too long", listing->folder, entry);
    }
    if (!status && errno)
        status = lk_fail(err, LK_READ, "%s: cannot read the folder: %s", path, strerror(errno));
    closedir(folder);
    return status;
}

static lk_status refuse_empty(const struct lk_listing *listing, lk_error *err) {
    lk_text others = { 0 };
    for (int kind = 0; kind < LK_N_IMAGE_KINDS; kind++)
        if (listing->left_out[kind].n)
            lk_text_add(&others, "%s%d %s", others.n ? ", " : ", only ", listing->left_out[kind].n,
                        lk_image_kind_name((lk_image_kind)kind));
    if (listing->n_other)
        lk_text_add(&others, "%s%d other file%s", others.n ? ", " : ", only ", listing->n_other,
                    listing->n_other == 1 ? "" : "s");
    lk_status status =
        lk_fail(err, LK_FORMAT, "%s: contains no picture that can be read (%s)%s", listing->folder,
                lk_image_kinds_read, others.data ? others.data : "");
    lk_text_deinit(&others);
    return status;
}

static lk_status open_folder(struct lk_listing *listing, lk_error *err) {
    const char *path = listing->options->path;
    if (!lk_format(listing->folder, sizeof listing->folder, "%s", path))
        return lk_fail(err, LK_FORMAT, "%.200s...: path is too long", path);
    if (!lk_folder_exists(path)) return lk_fail(err, LK_FORMAT, "%s: no such folder", path);
    lk_status status = walk(listing, "", 0, err);
    if (status) return status;
    if (listing->n == 0) return refuse_empty(listing, err);
    lk_listing_sort(listing);
    return LK_OK;
}

const lk_source lk_source_folder = {
    .name = "folder",
    .summary = "any folder of pictures; centre squares, split by a hash of the name",
    .open = open_folder,
    .render = lk_render_file,
};
