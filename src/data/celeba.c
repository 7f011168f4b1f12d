/*
 * CelebA as its authors publish it: img_align_celeba/NAME.jpg, in a folder or still in its zip, and
 * list_eval_partition.txt with lines "NAME CODE" (0 train, 1 val, 2 test). If at most half of the
 * pictures that the partition names are there, the folder is a sample and the others may be absent.
 * A fuller folder that lacks some is damaged.
 */
#include "data/source.h"

#include "data/zip.h"

#include <string.h>

enum { PARTITION_MAX = 64 << 20, NAME_MAX_BYTES = 200 };

#define PICTURES "img_align_celeba"

/* The length of "FOLDER/" in a path; 0 if it has none. */
static int folder_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (int)(slash + 1 - path) : 0;
}

/* The partition given, or the one next to the pictures; false if its path is too long. */
static bool find_partition(const struct lk_listing *listing, bool is_zip, char *partition,
                           size_t n_bytes) {
    const char *path = listing->options->path, *given = listing->options->partition;
    if (given) return lk_format(partition, n_bytes, "%s", given);
    if (is_zip)
        return lk_format(partition, n_bytes, "%.*slist_eval_partition.txt", folder_length(path),
                         path);
    return lk_format(partition, n_bytes, "%s/list_eval_partition.txt", path);
}

static lk_status open_place(struct lk_listing *listing, char *partition, size_t n_bytes,
                            lk_error *err) {
    const char *path = listing->options->path;
    bool is_zip = lk_file_may_exist(path);
    if (!is_zip && !lk_folder_exists(path))
        return lk_fail(err, LK_FORMAT, "%s: no such folder or zip", path);
    if (!lk_format(listing->folder, sizeof listing->folder, "%s/" PICTURES, path) ||
        !find_partition(listing, is_zip, partition, n_bytes))
        return lk_fail(err, LK_FORMAT, "%.200s...: path is too long", path);
    if (is_zip) return lk_zip_open(path, listing->n_threads, &listing->zip, err);
    if (lk_folder_exists(listing->folder)) return LK_OK;
    return lk_fail(err, LK_FORMAT, "%s: no such folder; expected the pictures of CelebA there",
                   listing->folder);
}

/* Parse one line without its end: a name, blanks, a code. */
static bool parse_line(const char *line, size_t n, char name[NAME_MAX_BYTES], lk_split *split) {
    size_t end = 0, at;
    while (end < n && line[end] > ' ' && line[end] != '/') end++;
    for (at = end; at < n && (line[at] == ' ' || line[at] == '\t'); at++) continue;
    if (end == 0 || end >= NAME_MAX_BYTES || line[0] == '.' || at == end || at >= n ||
        line[at] < '0' || line[at] > '2')
        return false;
    *split = (lk_split)(line[at] - '0');
    for (at++; at < n; at++)
        if (line[at] != ' ' && line[at] != '\t') return false;
    memcpy(name, line, end);
    name[end] = 0;
    return true;
}

static lk_status read_partition(struct lk_listing *listing, const char *path, const char *data,
                                size_t n_bytes, lk_error *err) {
    const char *end = data + n_bytes;
    for (int number = 1; data < end; number++) {
        const char *next = memchr(data, '\n', (size_t)(end - data));
        size_t n = (size_t)((next ? next : end) - data);
        if (n && data[n - 1] == '\r') n--;
        char name[NAME_MAX_BYTES];
        lk_split split;
        if (n && !parse_line(data, n, name, &split))
            return lk_fail(err, LK_FORMAT,
                           "%s:%d: expected \"NAME CODE\" with code 0, 1 or 2, got \"%.*s\"", path,
                           number, (int)(n < 60 ? n : 60), data);
        lk_status status = n ? lk_listing_add(listing, name, split, err) : LK_OK;
        if (status) return status;
        data = next ? next + 1 : end;
    }
    return listing->n ? LK_OK : lk_fail(err, LK_FORMAT, "%s: names no picture", path);
}

enum { MEMBER_MAX = NAME_MAX_BYTES + sizeof PICTURES };

/* The name of a picture in the zip. */
static const char *member_of(const char *name, char member[MEMBER_MAX]) {
    lk_format(member, MEMBER_MAX, PICTURES "/%s", name);
    return member;
}

/* A picture in two splits would let training see test pictures. */
static lk_status refuse_twins(struct lk_listing *listing, const char *path, lk_error *err) {
    lk_listing_sort(listing);
    for (int i = 1; i < listing->n; i++)
        if (strcmp(listing->items[i - 1].name, listing->items[i].name) == 0)
            return lk_fail(err, LK_FORMAT, "%s: names %s twice", path, listing->items[i].name);
    return LK_OK;
}

static bool is_there(const struct lk_listing *listing, const char *name) {
    char member[MEMBER_MAX], path[LK_PATH_MAX];
    if (listing->zip) return lk_zip_has(listing->zip, member_of(name, member));
    return lk_format(path, sizeof path, "%s/%s", listing->folder, name) && lk_file_may_exist(path);
}

/* Keep the pictures that are there. */
static lk_status drop_absent(struct lk_listing *listing, const char *partition, lk_error *err) {
    const char *first = NULL, *second = "";
    int n_there = 0, n_named = listing->n;
    for (int i = 0; i < n_named; i++) {
        struct lk_item item = listing->items[i];
        if (is_there(listing, item.name))
            listing->items[n_there++] = item;
        else if (!first)
            first = item.name;
        else if (!*second)
            second = item.name;
    }
    listing->n = n_there;
    listing->n_absent = n_named - n_there;
    if (!first || (n_there > 0 && n_there <= n_named / 2)) return LK_OK;
    return lk_fail(err, LK_FORMAT, "%s: %d of the %d pictures named by %s are absent: %s%s%s%s",
                   listing->folder, n_named - n_there, n_named, partition, first,
                   *second ? ", " : "", second, n_named - n_there > 2 ? ", ..." : "");
}

enum { CROP = 148, OFFICIAL_WIDTH = 178 };

/* `path` gets the path of the picture, for messages. */
static lk_status read_picture(const struct lk_listing *listing, int index, int thread,
                              char path[LK_PATH_MAX], lk_image *image, struct lk_rendered *rendered,
                              lk_error *err) {
    lk_image_options options = lk_listing_decoding(listing, rendered);
    const char *name = listing->items[index].name;
    char member[MEMBER_MAX], *data = NULL;
    size_t n_bytes = 0;
    lk_image_notes *notes = rendered ? &rendered->notes : NULL;
    if (!lk_format(path, LK_PATH_MAX, "%s/%s", listing->folder, name))
        return lk_fail(err, LK_FORMAT, "%.200s...: path is too long", name);
    if (!listing->zip) return lk_image_read_as(path, &options, image, notes, err);
    lk_status status =
        lk_zip_read(listing->zip, thread, member_of(name, member), &data, &n_bytes, err);
    if (!status) status = lk_image_decode_as(data, n_bytes, name, &options, image, notes, err);
    if (status) lk_error_prefix(err, "%s", path);
    lk_free(data);
    return status;
}

static lk_status render(const struct lk_listing *listing, int index, int thread, uint8_t *pixels,
                        struct lk_rendered *rendered, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_image image = { 0 };
    lk_status status = read_picture(listing, index, thread, path, &image, rendered, err);
    return status ? status : lk_render_image(listing, path, &image, pixels, err);
}

/* The first readable picture sets the default crop, in proportion to its width. A crop that does
   not fit it is refused once, instead of once for each picture. */
static lk_status choose_crop(struct lk_listing *listing, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_image first = { 0 };
    lk_status status = LK_FORMAT;
    for (int i = 0; i < listing->n && status && status != LK_MEMORY; i++)
        status = read_picture(listing, i, 0, path, &first, NULL, err);
    /* no picture can be read: they are counted as bad when they are rendered */
    if (status) return status == LK_MEMORY ? status : LK_OK;
    int width = first.width, height = first.height;
    lk_image_deinit(&first);
    if (!listing->crop) listing->crop = (CROP * width + OFFICIAL_WIDTH / 2) / OFFICIAL_WIDTH;
    if (listing->crop <= width && listing->crop <= height) return LK_OK;
    return lk_fail(err, LK_USAGE,
                   "crop: expected at most the shorter side of %s, which is %d x %d, got %d", path,
                   width, height, listing->crop);
}

static lk_status open_celeba(struct lk_listing *listing, lk_error *err) {
    char partition[LK_PATH_MAX], *data = NULL;
    size_t n_bytes = 0;
    lk_status status = open_place(listing, partition, sizeof partition, err);
    if (!status) status = lk_file_read(partition, PARTITION_MAX, &data, &n_bytes, err);
    if (!status) status = read_partition(listing, partition, data, n_bytes, err);
    if (!status) status = refuse_twins(listing, partition, err);
    if (!status) status = drop_absent(listing, partition, err);
    if (!status) status = choose_crop(listing, err);
    lk_free(data);
    return status;
}

const lk_source lk_source_celeba = {
    .name = "celeba",
    .summary = "CelebA's aligned faces with the official partition",
    .open = open_celeba,
    .render = render,
};
