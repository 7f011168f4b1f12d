/*
 * CelebA, in a folder or in a zip, as its authors publish it: img_align_celeba/NAME.jpg and
 * list_eval_partition.txt with lines "NAME CODE" (0 train, 1 val, 2 test); or as a widespread copy
 * has it: img_align_celeba/img_align_celeba/NAME.jpg and list_eval_partition.csv with lines
 * "NAME,CODE" after a header. If at most half of the pictures that the partition names are there,
 * it is a sample and the others may be absent. Of a fuller one, an absent picture is a bad one.
 */
#include "data/source.h"

#include "data/zip.h"

#include <stdlib.h>
#include <string.h>

enum { PARTITION_MAX = 64 << 20, NAME_MAX_BYTES = 200 };
#define MEMBER_NONE UINT32_MAX

#define PICTURES "img_align_celeba"

static lk_status too_long(const char *path, lk_error *err) {
    return lk_fail(err, LK_FORMAT, "%.200s...: path is too long", path);
}

/* ---- places ---- */

/* Whether the zip has a member whose name begins so. */
static bool zip_has_below(const struct lk_zip *zip, const char *start) {
    uint32_t n = lk_zip_count(zip);
    for (uint32_t i = 0; i < n; i++)
        if (strncmp(lk_zip_name(zip, i), start, strlen(start)) == 0) return true;
    return false;
}

/* Set the listing's folder, which may be one in a zip. */
static lk_status open_place(struct lk_listing *listing, lk_error *err) {
    const char *path = listing->options->path;
    bool is_zip = lk_file_may_exist(path), is_copy = false;
    char *folder = listing->folder;
    if (!is_zip && !lk_folder_exists(path))
        return lk_fail(err, LK_FORMAT, "%s: no such folder or zip", path);
    lk_status status = is_zip ? lk_zip_open(path, &listing->zips[0], err) : LK_OK;
    if (status) return status;
    if (lk_format(folder, LK_PATH_MAX, "%s/" PICTURES "/" PICTURES, path))
        is_copy = is_zip ? zip_has_below(listing->zips[0], PICTURES "/" PICTURES "/")
                         : lk_folder_exists(folder);
    if (!is_copy && !lk_format(folder, LK_PATH_MAX, "%s/" PICTURES, path))
        return too_long(path, err);
    if (is_zip || lk_folder_exists(folder)) return LK_OK;
    return lk_fail(err, LK_FORMAT, "%s: no such folder; expected the pictures of CelebA there",
                   folder);
}

/* The length of "FOLDER/" in a path; 0 if it has none. */
static int folder_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (int)(slash + 1 - path) : 0;
}

static const char *const partitions[] = { "list_eval_partition.txt", "list_eval_partition.csv",
                                          "Eval/list_eval_partition.txt" };

/* Find the partition next to the pictures, or next to their zip: in `path` is the first one that is
   there, or the first name. */
static lk_status find_partition(const struct lk_listing *listing, char path[LK_PATH_MAX],
                                bool *found, lk_error *err) {
    const char *place = listing->options->path;
    bool is_zip = listing->zips[0] != NULL;
    int n = is_zip ? folder_length(place) : (int)strlen(place);
    *found = false;
    for (size_t i = 0; i <= LK_COUNT(partitions) && !*found; i++) {
        if (!lk_format(path, LK_PATH_MAX, "%.*s%s%s", n, place, is_zip ? "" : "/",
                       partitions[i % LK_COUNT(partitions)]))
            return too_long(place, err);
        *found = lk_file_may_exist(path);
    }
    return LK_OK;
}

/* The partition in the zip, for copies that hold everything in one. */
static lk_status read_from_zip(const struct lk_zip *zip, char path[LK_PATH_MAX], const char *place,
                               char **data, size_t *n_bytes, lk_error *err) {
    int64_t member = LK_ZIP_NONE;
    size_t i = 0;
    while (member == LK_ZIP_NONE && i < LK_COUNT(partitions))
        member = lk_zip_find(zip, partitions[i++]);
    if (member == LK_ZIP_NONE) return lk_file_read(path, PARTITION_MAX, data, n_bytes, err);
    if (!lk_format(path, LK_PATH_MAX, "%s/%s", place, partitions[i - 1]))
        return too_long(place, err);
    lk_status status = lk_zip_read(zip, (uint32_t)member, data, n_bytes, err);
    if (status) lk_error_prefix(err, "%s", path);
    return status;
}

/* `path` gets the path of the partition, for messages. */
static lk_status load_partition(const struct lk_listing *listing, char path[LK_PATH_MAX],
                                char **data, size_t *n_bytes, lk_error *err) {
    const char *given = listing->options->partition;
    bool found = false;
    if (given && !lk_format(path, LK_PATH_MAX, "%s", given)) return too_long(given, err);
    lk_status status = given ? LK_OK : find_partition(listing, path, &found, err);
    if (status) return status;
    if (given || found || !listing->zips[0])
        return lk_file_read(path, PARTITION_MAX, data, n_bytes, err);
    return read_from_zip(listing->zips[0], path, listing->options->path, data, n_bytes, err);
}

/* ---- the partition ---- */

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* The place after blanks, or after one comma with blanks around it. */
static size_t skip_separator(const char *line, size_t n, size_t at) {
    while (at < n && is_blank(line[at])) at++;
    if (at < n && line[at] == ',') at++;
    while (at < n && is_blank(line[at])) at++;
    return at;
}

/* Parse one line without its end: a name, blanks or a comma, a code. */
static bool parse_line(const char *line, size_t n, char name[NAME_MAX_BYTES], lk_split *split) {
    size_t start = 0;
    while (start < n && is_blank(line[start])) start++;
    while (n > start && is_blank(line[n - 1])) n--;
    size_t end = start;
    while (end < n && line[end] > ' ' && line[end] != '/' && line[end] != ',') end++;
    size_t at = skip_separator(line, n, end), n_name = end - start;
    if (n_name == 0 || n_name >= NAME_MAX_BYTES || line[start] == '.' || at == end || at + 1 != n ||
        line[at] < '0' || line[at] > '2')
        return false;
    *split = (lk_split)(line[at] - '0');
    memcpy(name, line + start, n_name);
    name[n_name] = 0;
    return true;
}

static bool is_header(const char *line, size_t n) {
    static const char header[] = "image_id,partition";
    return n == strlen(header) && memcmp(line, header, n) == 0;
}

static bool is_empty(const char *line, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!is_blank(line[i])) return false;
    return true;
}

static lk_status add_line(struct lk_listing *listing, const char *path, int number,
                          const char *line, size_t n, lk_error *err) {
    char name[NAME_MAX_BYTES];
    lk_split split;
    if (is_empty(line, n) || (number == 1 && is_header(line, n))) return LK_OK;
    if (!parse_line(line, n, name, &split))
        return lk_fail(err, LK_FORMAT,
                       "%s:%d: expected \"NAME CODE\" with code 0, 1 or 2, got \"%.*s\"", path,
                       number, (int)(n < 60 ? n : 60), line);
    return lk_listing_add(listing, &(struct lk_item){ .name = name, .split = (uint8_t)split }, err);
}

static lk_status read_partition(struct lk_listing *listing, const char *path, const char *data,
                                size_t n_bytes, lk_error *err) {
    static const char mark[] = "\xEF\xBB\xBF"; /* that the text is UTF-8 */
    const char *end = data + n_bytes;
    if (n_bytes >= strlen(mark) && memcmp(data, mark, strlen(mark)) == 0) data += strlen(mark);
    for (int number = 1; data < end; number++) {
        const char *next = memchr(data, '\n', (size_t)(end - data));
        size_t n = (size_t)((next ? next : end) - data);
        if (n && data[n - 1] == '\r') n--;
        lk_status status = add_line(listing, path, number, data, n, err);
        if (status) return status;
        data = next ? next + 1 : end;
    }
    return listing->n ? LK_OK : lk_fail(err, LK_FORMAT, "%s: names no picture", path);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct lk_item *)a)->name, ((const struct lk_item *)b)->name);
}

/* A picture in two splits would let training see test pictures. */
static lk_status refuse_twins(struct lk_listing *listing, const char *path, lk_error *err) {
    qsort(listing->items, (size_t)listing->n, sizeof *listing->items, by_name);
    for (int i = 1; i < listing->n; i++)
        if (strcmp(listing->items[i - 1].name, listing->items[i].name) == 0)
            return lk_fail(err, LK_FORMAT, "%s: names %s twice", path, listing->items[i].name);
    return LK_OK;
}

/* ---- pictures ---- */

/* Whether the picture is there; in a zip, which member it is. */
static bool find_picture(const struct lk_listing *listing, int index) {
    char path[LK_PATH_MAX], name[NAME_MAX_BYTES + 2 * sizeof PICTURES];
    struct lk_item *item = &listing->items[index];
    if (!listing->zips[0]) return lk_listing_path(listing, index, path) && lk_file_may_exist(path);
    lk_format(name, sizeof name, "%s/%s", listing->folder + strlen(listing->options->path) + 1,
              item->name);
    int64_t member = lk_zip_find(listing->zips[0], name);
    item->member = member == LK_ZIP_NONE ? MEMBER_NONE : (uint32_t)member;
    return member != LK_ZIP_NONE;
}

static lk_status refuse_absent(const struct lk_listing *listing, const char *partition,
                               int n_absent, const char *const absent[2], lk_error *err) {
    char limit[64] = "";
    if (n_absent < listing->n)
        lk_format(limit, sizeof limit, "; --max-bad %d would allow that", n_absent);
    return lk_fail(err, LK_FORMAT, "%s: %d of the %d pictures named by %s are absent: %s%s%s%s%s",
                   listing->folder, n_absent, listing->n, partition, absent[0],
                   absent[1] ? ", " : "", absent[1] ? absent[1] : "", n_absent > 2 ? ", ..." : "",
                   limit);
}

/* Drop absent pictures of a sample. In a fuller folder they stay, and are bad when they are
   read. */
static lk_status judge_absent(struct lk_listing *listing, const char *partition, lk_error *err) {
    const char *absent[2] = { NULL, NULL };
    int n_there = 0, n_named = listing->n, n_absent = 0;
    bool *there = lk_alloc((size_t)n_named * sizeof *there);
    if (!there) return lk_fail_memory(err, (size_t)n_named, "the list of pictures");
    for (int i = 0; i < n_named; i++) {
        there[i] = find_picture(listing, i);
        n_there += there[i];
        if (!there[i] && n_absent++ < 2) absent[n_absent - 1] = listing->items[i].name;
    }
    bool is_sample = n_there > 0 && n_there <= n_named / 2;
    lk_status status = LK_OK;
    if (!is_sample && n_absent > (n_there ? lk_listing_max_bad(listing) : 0))
        status = refuse_absent(listing, partition, n_absent, absent, err);
    for (int i = 0, n = 0; i < n_named && is_sample; i++)
        if (there[i]) listing->items[n++] = listing->items[i];
    if (is_sample) {
        listing->n = n_there;
        listing->n_absent = n_absent;
    }
    lk_free(there);
    return status;
}

static lk_status read_picture(const struct lk_listing *listing, int index, lk_image *image,
                              struct lk_rendered *rendered, lk_error *err) {
    char path[LK_PATH_MAX];
    if (!listing->zips[0] || listing->items[index].member != MEMBER_NONE)
        return lk_listing_read(listing, index, image, rendered, err);
    lk_listing_path(listing, index, path);
    return lk_fail(err, LK_FORMAT, "%s: is not in the zip", path);
}

enum { CROP = 148, OFFICIAL_WIDTH = 178 };

/* The first readable picture sets the default crop, in proportion to its width. A crop that does
   not fit it is refused once, instead of once for each picture. */
static lk_status choose_crop(struct lk_listing *listing, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_image first = { 0 };
    lk_status status = LK_FORMAT;
    for (int i = 0; i < listing->n && status && status != LK_MEMORY; i++) {
        status = read_picture(listing, i, &first, NULL, err);
        lk_listing_path(listing, i, path);
    }
    /* no picture can be read: they are counted as bad when they are read again */
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
    lk_status status = open_place(listing, err);
    if (!status) status = load_partition(listing, partition, &data, &n_bytes, err);
    if (!status) status = read_partition(listing, partition, data, n_bytes, err);
    if (!status) status = refuse_twins(listing, partition, err);
    if (!status) status = judge_absent(listing, partition, err);
    if (!status) status = choose_crop(listing, err);
    lk_free(data);
    return status;
}

const lk_source lk_source_celeba = {
    .name = "celeba",
    .summary = "CelebA's aligned faces with the official partition",
    .open = open_celeba,
    .read = read_picture,
};
