/*
 * Any folder of pictures, recursively, in the order of their relative paths. A hash of that path
 * decides a picture's split, so it keeps its split when others are added. Hidden files, links to
 * folders and other kinds of files are skipped.
 */
#include "data/source.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 64 };

static bool is_picture(const char *name) {
    static const char *const endings[] = { "jpg", "jpeg", "png", "bmp", "ppm",
                                           "pgm", "pnm",  "gif", "tga", "psd" };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < LK_COUNT(endings); i++)
        if (strcasecmp(dot + 1, endings[i]) == 0) return true;
    return false;
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

static lk_status walk(struct lk_listing *listing, const char *below, int depth, lk_error *err);

static lk_status visit(struct lk_listing *listing, const char *name, int depth, lk_error *err) {
    char path[LK_PATH_MAX];
    struct stat info;
    if (!lk_format(path, sizeof path, "%s/%s", listing->folder, name))
        return lk_fail(err, LK_FORMAT, "%.200s...: path is too long", name);
    if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return walk(listing, name, depth + 1, err);
    /* what is not a file, or a link to nothing, is counted as bad when it is rendered */
    return is_picture(name) ? lk_listing_add(listing, name, split_of(name, listing->options), err)
                            : LK_OK;
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
        if (entry[0] == '.') continue;
        if (lk_format(name, sizeof name, "%s%s%s", below, *below ? "/" : "", entry))
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

static lk_status open_folder(struct lk_listing *listing, lk_error *err) {
    const char *path = listing->options->path;
    if (!lk_format(listing->folder, sizeof listing->folder, "%s", path))
        return lk_fail(err, LK_FORMAT, "%.200s...: path is too long", path);
    if (!lk_folder_exists(path)) return lk_fail(err, LK_FORMAT, "%s: no such folder", path);
    lk_status status = walk(listing, "", 0, err);
    if (status) return status;
    if (listing->n == 0)
        return lk_fail(err, LK_FORMAT,
                       "%s: contains no jpg, jpeg, png, bmp, ppm, pgm, pnm, gif, tga or psd file",
                       path);
    lk_listing_sort(listing);
    return LK_OK;
}

const lk_source lk_source_folder = {
    .name = "folder",
    .summary = "any folder of pictures; centre squares, split by a hash of the name",
    .open = open_folder,
    .render = lk_render_file,
};
