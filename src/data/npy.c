/*
 * NumPy arrays of bytes, N x H x W or N x H x W x C with C 1 or 3: an npy file, or the arrays of
 * that form in an npz. One array is split by pixels; several have the names of splits in theirs
 * (train, x_test, val_images).
 */
#include "data/arrays.h"
#include "data/parts.h"
#include "io/npy_header.h"

#include <ctype.h>
#include <string.h>

static lk_status read_bytes(void *stream, void *data, size_t n_bytes, lk_error *err) {
    return lk_stream_read(stream, data, n_bytes, err);
}

/* Read the header; the stream then stands at the first value. */
static lk_status read_header(struct lk_stream *stream, lk_npy_header *header, lk_error *err) {
    const lk_npy_bytes bytes = { .path = lk_stream_path(stream),
                                 .read = read_bytes,
                                 .self = stream };
    return lk_npy_header_read(&bytes, header, err);
}

static bool is_pictures(const lk_npy_header *header) {
    return header->type == LK_STORED_U8 && !header->is_fortran &&
           (header->n_dims == 3 ||
            (header->n_dims == 4 && (header->shape[3] == 1 || header->shape[3] == 3)));
}

static lk_status refuse_form(const char *path, lk_error *err) {
    return lk_fail(err, LK_FORMAT,
                   "%s: expected bytes (uint8) of N x H x W, or N x H x W x C with C 1 or 3, in C "
                   "order, got another array",
                   path);
}

/* Closes the stream. */
static lk_status add_array(struct lk_listing *listing, struct lk_stream *stream, const char *name,
                           const struct lk_item *item, lk_error *err) {
    lk_npy_header header;
    lk_status status = read_header(stream, &header, err);
    if (!status && !is_pictures(&header)) status = refuse_form(lk_stream_path(stream), err);
    if (status) {
        lk_stream_close(stream);
        return status;
    }
    struct lk_array array = { .name = name,
                              .n = (int64_t)header.shape[0],
                              .height = (int64_t)header.shape[1],
                              .width = (int64_t)header.shape[2],
                              .channels = header.n_dims == 4 ? (int)header.shape[3] : 1,
                              .item = *item };
    return lk_arrays_add(listing, &array, stream, err);
}

static const char *name_in(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* ---- npz ---- */

struct member {
    uint32_t index;
    lk_split split; /* LK_N_SPLITS: its name tells none */
};

struct members {
    struct member list[LK_ARRAYS_MAX];
    int n;
};

/* The split whose word is one of those in the name of an array: x_train, test_images. */
static lk_split split_in(const char *name) {
    for (const char *at = name; *at;) {
        size_t n = 0;
        while (isalpha((unsigned char)at[n])) n++;
        lk_split split = lk_split_of_word(at, n);
        if (n && split != LK_N_SPLITS) return split;
        at += n ? n : 1;
    }
    return LK_N_SPLITS;
}

static lk_status open_member(const struct lk_listing *listing, uint32_t index,
                             struct lk_stream **stream, lk_error *err) {
    char path[LK_PATH_MAX];
    const char *name = lk_zip_name(listing->zips[0], index), *file = listing->options->path;
    if (!lk_format(path, sizeof path, "%s/%s", file, name))
        return lk_fail(err, LK_FORMAT, "%.200s...: path is too long", file);
    return lk_stream_open_member(listing->zips[0], index, path, stream, err);
}

static lk_status note_member(const struct lk_listing *listing, uint32_t index,
                             struct members *members, lk_error *err) {
    struct lk_stream *stream = NULL;
    lk_npy_header header;
    const char *name = lk_zip_name(listing->zips[0], index);
    lk_status status = open_member(listing, index, &stream, err);
    if (!status) status = read_header(stream, &header, err);
    lk_stream_close(stream);
    if (status || !is_pictures(&header)) return status;
    if (members->n == LK_ARRAYS_MAX)
        return lk_fail(err, LK_FORMAT, "%s: expected at most %d arrays of pictures, got more",
                       listing->options->path, LK_ARRAYS_MAX);
    members->list[members->n++] = (struct member){ index, split_in(name) };
    return LK_OK;
}

/* Several arrays: each names a split that no other names. */
static lk_status check_names(const struct lk_listing *listing, const struct members *members,
                             lk_error *err) {
    int seen[LK_N_SPLITS + 1] = { 0 };
    for (int i = 0; i < members->n && members->n > 1; i++) {
        lk_split split = members->list[i].split;
        if (split == LK_N_SPLITS || seen[split]++)
            return lk_fail(err, LK_FORMAT,
                           "%s: expected one array of pictures, or one each for train, val and "
                           "test by their names; got also %s",
                           listing->options->path,
                           lk_zip_name(listing->zips[0], members->list[i].index));
    }
    return LK_OK;
}

static struct lk_item item_for(const struct members *members, int i) {
    bool has_val = false;
    if (members->n == 1) return (struct lk_item){ .rule = LK_RULE_PIXELS };
    for (int k = 0; k < members->n; k++)
        has_val = has_val || members->list[k].split == LK_SPLIT_VAL;
    lk_split split = members->list[i].split;
    bool gives_val = split == LK_SPLIT_TRAIN && !has_val;
    return (struct lk_item){ .split = (uint8_t)split,
                             .rule = gives_val ? LK_RULE_PIXELS_TRAIN : LK_RULE_FIXED };
}

static bool is_array(const char *name) {
    size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".npy") == 0;
}

static lk_status add_members(struct lk_listing *listing, const struct members *members,
                             lk_error *err) {
    lk_status status = LK_OK;
    for (int i = 0; i < members->n && !status; i++) {
        struct lk_stream *stream = NULL;
        struct lk_item item = item_for(members, i);
        char name[LK_PATH_MAX];
        const char *member = lk_zip_name(listing->zips[0], members->list[i].index);
        lk_format(name, sizeof name, "%.*s", (int)strlen(member) - 4, member);
        if (i == 0)
            status = lk_shares_check(listing->options,
                                     members->n == 1 ? LK_RULE_PIXELS : LK_RULE_PIXELS_TRAIN, err);
        if (!status) status = open_member(listing, members->list[i].index, &stream, err);
        if (!status) status = add_array(listing, stream, name, &item, err);
    }
    return status;
}

static lk_status open_npz(struct lk_listing *listing, lk_error *err) {
    struct members members = { .n = 0 };
    const char *path = listing->options->path;
    lk_status status = lk_zip_open(path, &listing->zips[0], err);
    uint32_t n = status ? 0 : lk_zip_count(listing->zips[0]);
    for (uint32_t i = 0; i < n && !status; i++)
        if (is_array(lk_zip_name(listing->zips[0], i)))
            status = note_member(listing, i, &members, err);
    if (!status && members.n == 0) return refuse_form(path, err);
    if (!status) status = check_names(listing, &members, err);
    return status ? status : add_members(listing, &members, err);
}

/* ---- the source ---- */

static lk_status open_npy(struct lk_listing *listing, lk_error *err) {
    const char *path = listing->options->path;
    struct lk_stream *stream = NULL;
    uint8_t start[2] = { 0 };
    lk_map map = { 0 };
    lk_status status = lk_map_open(path, &map, err);
    if (status) return status;
    if (map.n_bytes >= sizeof start) memcpy(start, map.data, sizeof start);
    lk_map_close(&map);
    if (memcmp(start, "PK", 2) == 0) return open_npz(listing, err);
    status = lk_shares_check(listing->options, LK_RULE_PIXELS, err);
    if (!status) status = lk_stream_open(path, false, &stream, err);
    if (status) return status;
    const struct lk_item item = { .rule = LK_RULE_PIXELS };
    return add_array(listing, stream, name_in(path), &item, err);
}

const lk_source lk_source_npy = {
    .name = "npy",
    .summary = "an array of pictures, as npy or npz",
    .open = open_npy,
    .load = lk_arrays_load,
    .read = lk_arrays_read,
    .close = lk_arrays_close,
};
