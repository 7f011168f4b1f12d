/*
 * MNIST, and what has its form (Fashion-MNIST, KMNIST): files train-images-idx3-ubyte and
 * t10k-images-idx3-ubyte, plain or as .gz; some copies have a dot instead of the second dash. An
 * IDX file is two 0 bytes, the type (8: uint8), the number of dimensions, these as 32-bit
 * big-endian numbers, then the values.
 */
#include "data/arrays.h"
#include "data/parts.h"

#include <string.h>

enum { HEADER_BYTES = 16 };

static lk_status find_file(const char *folder, const char *start, char path[LK_PATH_MAX],
                           lk_error *err) {
    static const char *const endings[] = { "-images-idx3-ubyte", "-images-idx3-ubyte.gz",
                                           "-images.idx3-ubyte", "-images.idx3-ubyte.gz" };
    for (size_t i = 0; i < LK_COUNT(endings); i++) {
        if (!lk_format(path, LK_PATH_MAX, "%s/%s%s", folder, start, endings[i]))
            return lk_fail(err, LK_FORMAT, "%.200s...: path is too long", folder);
        if (lk_file_may_exist(path)) return LK_OK;
    }
    return lk_fail(err, LK_FORMAT, "%s: expected a file %s%s or .gz, got none", folder, start,
                   endings[0]);
}

static int64_t number_at(const uint8_t *at) {
    return (int64_t)at[0] << 24 | (int64_t)at[1] << 16 | (int64_t)at[2] << 8 | at[3];
}

static lk_status add_file(struct lk_listing *listing, const char *start, struct lk_array array,
                          lk_error *err) {
    char path[LK_PATH_MAX];
    uint8_t header[HEADER_BYTES];
    struct lk_stream *stream = NULL;
    lk_status status = find_file(listing->options->path, start, path, err);
    if (!status) status = lk_stream_open(path, true, &stream, err);
    if (!status) status = lk_stream_read(stream, header, sizeof header, err);
    if (!status && memcmp(header, "\0\0\x08\3", 4) != 0)
        status = lk_fail(err, LK_FORMAT,
                         "%s: expected an IDX file of bytes in 3 dimensions (00 00 08 03), got one "
                         "that starts with %02x %02x %02x %02x",
                         path, header[0], header[1], header[2], header[3]);
    if (status) {
        lk_stream_close(stream);
        return status;
    }
    array.name = start;
    array.n = number_at(header + 4);
    array.height = number_at(header + 8);
    array.width = number_at(header + 12);
    array.channels = 1;
    return lk_arrays_add(listing, &array, stream, err);
}

static lk_status open_mnist(struct lk_listing *listing, lk_error *err) {
    static const struct lk_array train = { .item.rule = LK_RULE_PIXELS_TRAIN },
                                 test = { .item.split = LK_SPLIT_TEST };
    lk_status status = lk_shares_check(listing->options, LK_RULE_PIXELS_TRAIN, err);
    if (!status) status = add_file(listing, "train", train, err);
    return status ? status : add_file(listing, "t10k", test, err);
}

const lk_source lk_source_mnist = {
    .name = "mnist",
    .summary = "MNIST's digits, and other IDX files of its names",
    .open = open_mnist,
    .load = lk_arrays_load,
    .read = lk_arrays_read,
    .close = lk_arrays_close,
};
