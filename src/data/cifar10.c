/*
 * CIFAR-10 in its binary version: data_batch_1.bin to data_batch_5.bin and test_batch.bin, each
 * records of a label and 32 x 32 pixels: red, green, blue.
 */
#include "data/arrays.h"
#include "data/parts.h"

enum { SIDE = 32, RECORD_BYTES = 1 + 3 * SIDE * SIDE };

static const char *const names[] = { "data_batch_1", "data_batch_2", "data_batch_3",
                                     "data_batch_4", "data_batch_5", "test_batch" };
enum { N_TRAIN = 5 };

static lk_status add_file(struct lk_listing *listing, const char *below, size_t i, lk_error *err) {
    char path[LK_PATH_MAX];
    struct lk_stream *stream = NULL;
    if (!lk_format(path, sizeof path, "%s%s/%s.bin", listing->options->path, below, names[i]))
        return lk_fail(err, LK_FORMAT, "%.200s...: path is too long", listing->options->path);
    lk_status status = lk_stream_open(path, false, &stream, err);
    if (status) return status;
    uint64_t n_bytes = lk_stream_left(stream);
    struct lk_array array = { .name = names[i],
                              .n = (int64_t)(n_bytes / RECORD_BYTES),
                              .width = SIDE,
                              .height = SIDE,
                              .channels = 3,
                              .label_bytes = 1,
                              .is_planar = true };
    if (i < N_TRAIN)
        array.item.rule = LK_RULE_PIXELS_TRAIN;
    else
        array.item.split = LK_SPLIT_TEST;
    if (n_bytes && n_bytes % RECORD_BYTES == 0) return lk_arrays_add(listing, &array, stream, err);
    lk_stream_close(stream);
    return lk_fail(err, LK_FORMAT, "%s: expected a multiple of %d bytes, got %llu", path,
                   RECORD_BYTES, (unsigned long long)n_bytes);
}

static lk_status open_cifar10(struct lk_listing *listing, lk_error *err) {
    static const char inside[] = "/cifar-10-batches-bin";
    char path[LK_PATH_MAX];
    bool is_inside = lk_format(path, sizeof path, "%s%s", listing->options->path, inside) &&
                     lk_folder_exists(path);
    lk_status status = lk_shares_check(listing->options, LK_RULE_PIXELS_TRAIN, err);
    for (size_t i = 0; i < LK_COUNT(names) && !status; i++)
        status = add_file(listing, is_inside ? inside : "", i, err);
    return status;
}

const lk_source lk_source_cifar10 = {
    .name = "cifar10",
    .summary = "CIFAR-10 in its binary version",
    .open = open_cifar10,
    .load = lk_arrays_load,
    .read = lk_arrays_read,
    .close = lk_arrays_close,
};
