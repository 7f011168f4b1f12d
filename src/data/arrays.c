/* One thread reads the records of a block in their order; the others make pictures of them. */
#include "data/arrays.h"

#include <string.h>

enum { SIDE_MAX = 4096, LABELS = 10 };

struct part {
    struct lk_array array;
    struct lk_stream *stream;
    int first; /* of its pictures, in the listing */
    size_t record_bytes;
};

struct arrays {
    struct part parts[LK_ARRAYS_MAX];
    int n;
    uint8_t *records; /* of the block that was loaded */
    size_t capacity;
    int first; /* picture of the block */
};

static size_t pixels_bytes(const struct lk_array *array) {
    return (size_t)array->width * (size_t)array->height * (size_t)array->channels;
}

static lk_status check_shape(const struct lk_array *array, const char *path, lk_error *err) {
    if (array->n < 1 || array->n > LK_ARRAY_PICTURES_MAX)
        return lk_fail(err, LK_FORMAT, "%s: expected 1 to %d pictures, got %lld", path,
                       LK_ARRAY_PICTURES_MAX, (long long)array->n);
    if (array->width < 1 || array->height < 1 || array->width > SIDE_MAX ||
        array->height > SIDE_MAX)
        return lk_fail(err, LK_FORMAT, "%s: expected sides of 1 to %d pixels, got %lld x %lld",
                       path, SIDE_MAX, (long long)array->width, (long long)array->height);
    return LK_OK;
}

static lk_status add_pictures(struct lk_listing *listing, const struct lk_array *array,
                              lk_error *err) {
    char name[LK_PATH_MAX];
    struct lk_item item = array->item;
    lk_status status = LK_OK;
    item.name = name;
    for (int64_t i = 0; i < array->n && !status; i++)
        status = lk_format(name, sizeof name, "%s/%05lld", array->name, (long long)i)
                     ? lk_listing_add(listing, &item, err)
                     : lk_fail(err, LK_FORMAT, "%.200s...: path is too long", array->name);
    return status;
}

static lk_status add_part(struct lk_listing *listing, const struct part *part, lk_error *err) {
    struct arrays *arrays = listing->own ? listing->own : lk_alloc(sizeof *arrays);
    if (!arrays) return lk_fail_memory(err, sizeof *arrays, "the arrays");
    listing->own = arrays;
    if (arrays->n == LK_ARRAYS_MAX)
        return lk_fail(err, LK_FORMAT, "expected at most %d arrays, got more", LK_ARRAYS_MAX);
    lk_status status = add_pictures(listing, &part->array, err);
    if (status) return status;
    arrays->parts[arrays->n++] = *part;
    if (part->record_bytes > listing->record_bytes) listing->record_bytes = part->record_bytes;
    return LK_OK;
}

lk_status lk_arrays_add(struct lk_listing *listing, const struct lk_array *array,
                        struct lk_stream *stream, lk_error *err) {
    struct part part = { .array = *array, .stream = stream, .first = listing->n };
    lk_status status = check_shape(array, lk_stream_path(stream), err);
    if (!status) {
        part.record_bytes = (size_t)array->label_bytes + pixels_bytes(array);
        status = lk_stream_expect(stream, (uint64_t)array->n * part.record_bytes, err);
    }
    if (!status) status = add_part(listing, &part, err);
    if (status) lk_stream_close(stream);
    return status;
}

static struct part *part_of(const struct arrays *arrays, int index) {
    int i = arrays->n - 1;
    while (arrays->parts[i].first > index) i--;
    return (struct part *)(uintptr_t)&arrays->parts[i];
}

lk_status lk_arrays_load(struct lk_listing *listing, int first, int n, lk_error *err) {
    struct arrays *arrays = listing->own;
    size_t n_bytes = lk_size_mul((size_t)n, listing->record_bytes);
    if (n_bytes > arrays->capacity) {
        lk_free(arrays->records);
        arrays->records = lk_alloc(n_bytes);
        arrays->capacity = arrays->records ? n_bytes : 0;
        if (!arrays->records) return lk_fail_memory(err, n_bytes, "a block of pictures");
    }
    arrays->first = first;
    lk_status status = LK_OK;
    for (int i = first; i < first + n && !status; i++) {
        const struct part *part = part_of(arrays, i);
        status = lk_stream_read(part->stream,
                                arrays->records + (size_t)(i - first) * listing->record_bytes,
                                part->record_bytes, err);
        if (!status && i == part->first + (int)part->array.n - 1)
            status = lk_stream_end(part->stream, err);
    }
    return status;
}

lk_status lk_arrays_read(const struct lk_listing *listing, int index, lk_image *image,
                         struct lk_rendered *rendered, lk_error *err) {
    const struct arrays *arrays = listing->own;
    const struct lk_array *array = &part_of(arrays, index)->array;
    const uint8_t *record =
                      arrays->records + (size_t)(index - arrays->first) * listing->record_bytes,
                  *from = record + array->label_bytes;
    size_t n = (size_t)array->width * (size_t)array->height, channels = (size_t)array->channels;
    (void)rendered;
    if (array->label_bytes && record[0] >= LABELS)
        return lk_fail(err, LK_FORMAT, "%s: expected a label from 0 to %d, got %d",
                       listing->items[index].name, LABELS - 1, record[0]);
    lk_status status = lk_image_init(image, (int)array->width, (int)array->height, 3, err);
    if (status) return status;
    size_t pixel_step = array->is_planar ? 1 : channels, channel_step = array->is_planar ? n : 1;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < 3; c++)
            image->pixels[3 * i + c] =
                from[i * pixel_step + (channels == 1 ? 0 : c) * channel_step];
    return LK_OK;
}

void lk_arrays_close(struct lk_listing *listing) {
    struct arrays *arrays = listing->own;
    if (!arrays) return;
    for (int i = 0; i < arrays->n; i++) lk_stream_close(arrays->parts[i].stream);
    lk_free(arrays->records);
    lk_free(arrays);
    listing->own = NULL;
}
