/*
 * Folders and zips of pictures, in the order of their relative paths. Linked subfolders are
 * followed, each folder once. The content says whether a file is a picture. Others are counted, as
 * are hidden files and folders.
 */
#include "data/parts.h"
#include "data/visited.h"
#include "data/zip.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 64 };

/* A linked folder that is still to be followed. */
struct link {
    const char *name;
    int depth;
};

struct walk {
    struct lk_listing *listing;
    int place;
    const char *prefix; /* of every name: the place, where there are several; otherwise "" */
    struct lk_visited visited;
    struct link *links;
    int n_links, capacity;
};

static lk_status too_long(const char *name, lk_error *err) {
    return lk_fail(err, LK_FORMAT, "%.200s...: path is too long", name);
}

/* ---- splits ---- */

/* The split that the outermost folder with such a name gives. */
static lk_split split_of_folders(const char *name) {
    for (const char *slash; (slash = strchr(name, '/')); name = slash + 1) {
        lk_split split = lk_split_of_word(name, (size_t)(slash - name));
        if (split != LK_N_SPLITS) return split;
    }
    return LK_N_SPLITS;
}

/* Where the places themselves are the parts: --images data/train data/test. */
static lk_split split_of_place(const char *prefix) {
    const char *slash = strrchr(prefix, '/'), *name = slash ? slash + 1 : prefix;
    size_t n = strlen(name);
    if (n > 4 && strcasecmp(name + n - 4, ".zip") == 0) n -= 4;
    return lk_split_of_word(name, n);
}

/* `name` is relative to the place, `whole` goes into the pack. */
static lk_status choose_split(const struct walk *walk, const char *name, const char *whole,
                              struct lk_item *item, lk_error *err) {
    const lk_prepare_options *options = walk->listing->options;
    item->rule = options->parts == LK_PARTS_HASH ? LK_RULE_PIXELS : LK_RULE_FIXED;
    if (options->parts == LK_PARTS_NAME) item->split = (uint8_t)lk_split_of_name(whole, options);
    if (options->parts != LK_PARTS_FOLDER) return LK_OK;
    lk_split split = split_of_folders(name);
    if (split == LK_N_SPLITS) split = split_of_place(walk->prefix);
    item->split = (uint8_t)split;
    return split < LK_N_SPLITS
               ? LK_OK
               : lk_fail(err, LK_FORMAT,
                         "%s: expected every picture in a folder called train, val (valid, "
                         "validation) or test, got one outside",
                         whole);
}

/* Without a folder for val, some of train are for validation. */
static void take_val_from_train(struct lk_listing *listing) {
    if (listing->options->parts != LK_PARTS_FOLDER) return;
    for (int i = 0; i < listing->n; i++)
        if (listing->items[i].split == LK_SPLIT_VAL) return;
    for (int i = 0; i < listing->n; i++)
        if (listing->items[i].split == LK_SPLIT_TRAIN)
            listing->items[i].rule = LK_RULE_PIXELS_TRAIN;
}

/* ---- the list ---- */

static lk_status add(struct walk *walk, const char *name, uint32_t member, lk_error *err) {
    char whole[LK_PATH_MAX];
    const char *prefix = walk->prefix;
    if (!lk_format(whole, sizeof whole, "%s%s%s", prefix, *prefix ? "/" : "", name))
        return too_long(name, err);
    struct lk_item item = { .name = whole, .member = member, .place = (uint8_t)walk->place };
    lk_status status = choose_split(walk, name, whole, &item, err);
    return status ? status : lk_listing_add(walk->listing, &item, err);
}

/* Take a picture, or count what is none. */
static lk_status take(struct walk *walk, const char *name, uint32_t member, lk_image_kind kind,
                      lk_error *err) {
    return lk_image_kind_is_read(kind) || kind == LK_IMAGE_UNKNOWN
               ? add(walk, name, member, err)
               : lk_listing_leave_out(walk->listing, name, kind, err);
}

static lk_status add_link(struct walk *walk, const char *name, int depth, lk_error *err) {
    if (walk->n_links == walk->capacity) {
        int capacity = walk->capacity ? 2 * walk->capacity : 64;
        size_t unit = sizeof *walk->links;
        struct link *links =
            lk_realloc(walk->links, (size_t)walk->n_links * unit, (size_t)capacity * unit);
        if (!links) return lk_fail_memory(err, (size_t)capacity * unit, "linked folders");
        walk->links = links;
        walk->capacity = capacity;
    }
    const char *copy = lk_arena_text(&walk->listing->arena, name);
    if (!copy) return lk_fail_memory(err, strlen(name) + 1, "linked folders");
    walk->links[walk->n_links++] = (struct link){ copy, depth };
    return LK_OK;
}

static int links_by_name(const void *a, const void *b) {
    return strcmp(((const struct link *)a)->name, ((const struct link *)b)->name);
}

static int items_by_name(const void *a, const void *b) {
    return strcmp(((const struct lk_item *)a)->name, ((const struct lk_item *)b)->name);
}

/* ---- folders ---- */

/* What cannot be read may be a picture. It is taken for one, so that its reason is heard later. */
static lk_image_kind kind_of_unreadable(const char *name) {
    lk_image_kind kind = lk_image_kind_named(name);
    return kind == LK_IMAGE_OTHER ? LK_IMAGE_UNKNOWN : kind;
}

/* The kind of a file by its first bytes, which are read. */
static lk_image_kind look_inside(const char *path) {
    uint8_t head[LK_IMAGE_HEAD];
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) return lk_image_kind_named(path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe would wait for a writer */
    ssize_t n = fd >= 0 ? read(fd, head, sizeof head) : -1;
    if (fd >= 0) close(fd);
    return n < 0 ? kind_of_unreadable(path) : lk_image_kind_of(head, (size_t)n, path);
}

static const char *root_of(const struct walk *walk) {
    return *walk->prefix ? walk->prefix : walk->listing->folder;
}

static lk_status walk_folder(struct walk *walk, const char *below, int depth, lk_error *err);

/* Walk a folder unless it was walked already. */
static lk_status enter(struct walk *walk, const char *name, const struct stat *info, int depth,
                       lk_error *err) {
    bool is_new = false;
    lk_status status = lk_visited_add(&walk->visited, (uint64_t)info->st_dev,
                                      (uint64_t)info->st_ino, &is_new, err);
    return status || !is_new ? status : walk_folder(walk, name, depth, err);
}

static lk_status visit(struct walk *walk, const char *name, int depth, lk_error *err) {
    char path[LK_PATH_MAX];
    struct stat info, behind;
    if (!lk_format(path, sizeof path, "%s/%s", root_of(walk), name)) return too_long(name, err);
    bool known = lstat(path, &info) == 0;
    if (known && S_ISDIR(info.st_mode)) return enter(walk, name, &info, depth, err);
    if (known && S_ISLNK(info.st_mode) && stat(path, &behind) == 0 && S_ISDIR(behind.st_mode))
        return add_link(walk, name, depth, err);
    /* Names that promise a picture are believed until it is decoded, which finds out what the file
       is; so most files are opened only once. What is not a file, or a link to nothing, is counted
       as bad then. */
    lk_image_kind kind = lk_image_kind_named(name);
    return take(walk, name, 0, lk_image_kind_is_read(kind) ? kind : look_inside(path), err);
}

static lk_status walk_folder(struct walk *walk, const char *below, int depth, lk_error *err) {
    char path[LK_PATH_MAX], name[LK_PATH_MAX];
    const char *root = root_of(walk);
    if (depth > DEPTH_MAX)
        return lk_fail(err, LK_FORMAT,
                       "%s/%.200s...: expected at most %d folders inside each other", root, below,
                       DEPTH_MAX);
    if (!lk_format(path, sizeof path, "%s/%s", root, below)) return too_long(below, err);
    DIR *folder = opendir(path);
    if (!folder) return lk_fail(err, LK_READ, "%s: cannot open folder: %s", path, strerror(errno));
    lk_status status = LK_OK;
    for (const char *entry; !status && (entry = lk_folder_next(folder));) {
        if (strcmp(entry, ".") == 0 || strcmp(entry, "..") == 0) continue;
        if (entry[0] == '.')
            status = lk_listing_leave_out(walk->listing, entry, LK_IMAGE_OTHER, err);
        else if (lk_format(name, sizeof name, "%s%s%s", below, *below ? "/" : "", entry))
            status = visit(walk, name, depth + 1, err);
        else
            status = lk_fail(err, LK_FORMAT, "%s/%.200s...: path is too long", root, entry);
    }
    if (!status && errno)
        status = lk_fail(err, LK_READ, "%s: cannot read the folder: %s", path, strerror(errno));
    closedir(folder);
    return status;
}

/* Links come after all folders that are reached without them, and in order, so that the names of
   their pictures do not depend on the order in which the system lists a folder. */
static lk_status follow_links(struct walk *walk, lk_error *err) {
    lk_status status = LK_OK;
    for (int done = 0; done < walk->n_links && !status;) {
        int end = walk->n_links;
        qsort(walk->links + done, (size_t)(end - done), sizeof *walk->links, links_by_name);
        for (; done < end && !status; done++) {
            char path[LK_PATH_MAX];
            struct stat info;
            struct link link = walk->links[done];
            if (!lk_format(path, sizeof path, "%s/%s", root_of(walk), link.name))
                return too_long(link.name, err);
            if (stat(path, &info) == 0) status = enter(walk, link.name, &info, link.depth, err);
        }
    }
    walk->n_links = 0;
    return status;
}

static lk_status list_folder(struct walk *walk, const char *path, lk_error *err) {
    struct stat info;
    int n_visited = walk->visited.n;
    if (stat(path, &info) != 0)
        return lk_fail(err, LK_READ, "%s: cannot open folder: %s", path, strerror(errno));
    lk_status status = enter(walk, "", &info, 0, err);
    if (!status && walk->visited.n == n_visited)
        return lk_fail(err, LK_USAGE, "%s: expected each folder once, but it was read already",
                       path);
    return status ? status : follow_links(walk, err);
}

/* ---- zips ---- */

/* Whether a part of the path is hidden, or holds what macOS stores about files. */
static bool is_hidden(const char *name) {
    static const char about_files[] = "__MACOSX/";
    for (const char *part = name; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL)
        if (*part == '.' || strncmp(part, about_files, strlen(about_files)) == 0) return true;
    return false;
}

static lk_status kind_of_member(const struct lk_zip *zip, uint32_t member, const char *name,
                                lk_image_kind *kind, lk_error *err) {
    uint8_t head[LK_IMAGE_HEAD];
    size_t n = sizeof head;
    *kind = is_hidden(name) ? LK_IMAGE_OTHER : lk_image_kind_named(name);
    if (is_hidden(name) || lk_image_kind_is_read(*kind)) return LK_OK;
    lk_status status = lk_zip_head(zip, member, head, &n, err);
    if (status == LK_MEMORY) {
        lk_error_prefix(err, "%s", name);
        return status;
    }
    *kind = status ? kind_of_unreadable(name) : lk_image_kind_of(head, n, name);
    return LK_OK;
}

static lk_status list_zip(struct walk *walk, const char *path, lk_error *err) {
    struct lk_zip **zip = &walk->listing->zips[walk->place];
    lk_status status = lk_zip_open(path, zip, err);
    uint32_t n = status ? 0 : lk_zip_count(*zip);
    for (uint32_t i = 0; i < n && !status; i++) {
        const char *name = lk_zip_name(*zip, i);
        size_t length = strlen(name);
        lk_image_kind kind;
        if (length && name[length - 1] == '/') continue; /* a folder */
        status = kind_of_member(*zip, i, name, &kind, err);
        if (!status) status = take(walk, name, i, kind, err);
    }
    return status;
}

/* ---- places ---- */

static lk_status refuse_empty(const struct lk_listing *listing, const char *path, lk_error *err) {
    lk_text others = { 0 };
    for (int kind = 0; kind < LK_N_IMAGE_KINDS; kind++)
        if (listing->left_out[kind].n)
            lk_text_add(&others, "%s%d %s", others.n ? ", " : ", only ", listing->left_out[kind].n,
                        lk_image_kind_name((lk_image_kind)kind));
    if (listing->n_other)
        lk_text_add(&others, "%s%d other file%s", others.n ? ", " : ", only ", listing->n_other,
                    listing->n_other == 1 ? "" : "s");
    lk_status status = lk_fail(err, LK_FORMAT, "%s: contains no picture that can be read (%s)%s",
                               path, lk_image_kinds_read, others.data ? others.data : "");
    lk_text_deinit(&others);
    return status;
}

static lk_status list_place(struct walk *walk, const char *path, lk_error *err) {
    struct lk_listing *listing = walk->listing;
    int first = listing->n;
    bool is_folder = lk_folder_exists(path);
    if (!is_folder && !lk_file_may_exist(path))
        return lk_fail(err, LK_FORMAT, "%s: no such folder or zip", path);
    lk_status status = is_folder ? list_folder(walk, path, err) : list_zip(walk, path, err);
    if (status) return status;
    if (listing->n == first) return refuse_empty(listing, path, err);
    qsort(listing->items + first, (size_t)(listing->n - first), sizeof *listing->items,
          items_by_name);
    return LK_OK;
}

/* Without the slashes at its end. */
static lk_status list_one_of_many(struct walk *walk, const char *path, lk_error *err) {
    char place[LK_PATH_MAX];
    if (!lk_format(place, sizeof place, "%s", path)) return too_long(path, err);
    for (size_t n = strlen(place); n > 1 && place[n - 1] == '/'; n--) place[n - 1] = 0;
    walk->prefix = place;
    lk_status status = list_place(walk, place, err);
    walk->prefix = "";
    return status;
}

static lk_status list_all(struct walk *walk, lk_error *err) {
    struct lk_listing *listing = walk->listing;
    const lk_prepare_options *options = listing->options;
    if (options->n_more_paths == 0) {
        if (!lk_format(listing->folder, sizeof listing->folder, "%s", options->path))
            return too_long(options->path, err);
        return list_place(walk, options->path, err);
    }
    if (options->n_more_paths >= LK_PLACES_MAX)
        return lk_fail(err, LK_USAGE, "images: expected at most %d folders and zips, got %d",
                       LK_PLACES_MAX, options->n_more_paths + 1);
    lk_status status = list_one_of_many(walk, options->path, err);
    for (walk->place = 1; walk->place <= options->n_more_paths && !status; walk->place++)
        status = list_one_of_many(walk, options->more_paths[walk->place - 1], err);
    return status;
}

static lk_status open_folder(struct lk_listing *listing, lk_error *err) {
    struct walk walk = { .listing = listing, .prefix = "" };
    lk_status status = lk_shares_check(
        listing->options,
        listing->options->parts == LK_PARTS_FOLDER ? LK_RULE_PIXELS_TRAIN : LK_RULE_PIXELS, err);
    if (!status) status = list_all(&walk, err);
    if (!status) take_val_from_train(listing);
    lk_visited_deinit(&walk.visited);
    lk_free(walk.links);
    return status;
}

const lk_source lk_source_folder = {
    .name = "folder",
    .summary = "folders and zips of pictures; centre squares",
    .open = open_folder,
    .read = lk_listing_read,
};
