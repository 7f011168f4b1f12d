/* The list of sources, and what they share. */
#include "data/source.h"

#include "data/zip.h"

#include <stdlib.h>
#include <string.h>

#define X(name) extern const lk_source lk_source_##name;
#include "data/source_list.h"
#undef X

#define X(name) &lk_source_##name,
const lk_source *const lk_source_list[] = {
#include "data/source_list.h"
    NULL
};
#undef X

const lk_source *lk_source_find(const char *name) {
    for (const lk_source *const *row = lk_source_list; *row; row++)
        if (strcmp((*row)->name, name) == 0) return *row;
    return NULL;
}

lk_status lk_listing_add(struct lk_listing *listing, const char *name, lk_split split,
                         lk_error *err) {
    if (listing->n == listing->capacity) {
        int capacity = listing->capacity ? 2 * listing->capacity : 1024;
        size_t unit = sizeof *listing->items;
        struct lk_item *items =
            lk_realloc(listing->items, (size_t)listing->n * unit, (size_t)capacity * unit);
        if (!items) return lk_fail_memory(err, (size_t)capacity * unit, "the list of pictures");
        listing->items = items;
        listing->capacity = capacity;
    }
    const char *copy = lk_arena_text(&listing->arena, name);
    if (!copy) return lk_fail_memory(err, strlen(name) + 1, "the list of pictures");
    listing->items[listing->n++] = (struct lk_item){ copy, split };
    return LK_OK;
}

lk_status lk_listing_leave_out(struct lk_listing *listing, const char *name, lk_image_kind kind,
                               lk_error *err) {
    struct lk_left_out *kept = &listing->left_out[kind];
    if (kind == LK_IMAGE_OTHER) {
        listing->n_other++;
        return LK_OK;
    }
    if (!kept->n || strcmp(name, kept->first) < 0) {
        const char *copy = lk_arena_text(&listing->arena, name);
        if (!copy) return lk_fail_memory(err, strlen(name) + 1, "the list of pictures");
        kept->first = copy;
    }
    kept->n++;
    return LK_OK;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct lk_item *)a)->name, ((const struct lk_item *)b)->name);
}

void lk_listing_sort(struct lk_listing *listing) {
    qsort(listing->items, (size_t)listing->n, sizeof *listing->items, by_name);
}

void lk_listing_deinit(struct lk_listing *listing) {
    lk_free(listing->items);
    lk_arena_deinit(&listing->arena);
    lk_zip_close(listing->zip);
    *listing = (struct lk_listing){ 0 };
}

/* Replace a picture by the result of a step. */
static void step(lk_image *image, lk_image *made) {
    lk_image_deinit(image);
    *image = *made;
}

static lk_status fit(const struct lk_listing *listing, lk_image *image, lk_error *err) {
    int largest = image->width < image->height ? image->width : image->height;
    lk_image made;
    lk_status status =
        lk_image_crop_centre(image, listing->crop ? listing->crop : largest, &made, err);
    if (status) return status;
    step(image, &made);
    status = lk_image_to_channels(image, listing->channels, &made, err);
    if (status) return status;
    step(image, &made);
    status =
        lk_image_resize(image, listing->size, listing->size, listing->options->filter, &made, err);
    if (status) return status;
    step(image, &made);
    return LK_OK;
}

lk_status lk_render_image(const struct lk_listing *listing, const char *path, lk_image *image,
                          uint8_t *pixels, lk_error *err) {
    lk_status status = fit(listing, image, err);
    if (status)
        lk_error_prefix(err, "%s", path);
    else
        memcpy(pixels, image->pixels, lk_image_bytes(image));
    lk_image_deinit(image);
    return status;
}

lk_image_options lk_listing_decoding(const struct lk_listing *listing,
                                     struct lk_rendered *rendered) {
    lk_image_options options = { 0 };
    if (rendered) {
        options.claim = lk_claim_take;
        options.self = &rendered->claim;
    }
    memcpy(options.background, listing->options->background, sizeof options.background);
    return options;
}

lk_status lk_render_path(const struct lk_listing *listing, const char *path, uint8_t *pixels,
                         struct lk_rendered *rendered, lk_error *err) {
    lk_image image = { 0 };
    lk_image_options options = lk_listing_decoding(listing, rendered);
    lk_status status =
        lk_image_read_as(path, &options, &image, rendered ? &rendered->notes : NULL, err);
    return status ? status : lk_render_image(listing, path, &image, pixels, err);
}

lk_status lk_render_file(const struct lk_listing *listing, int index, int thread, uint8_t *pixels,
                         struct lk_rendered *rendered, lk_error *err) {
    char path[LK_PATH_MAX];
    const char *name = listing->items[index].name;
    (void)thread;
    if (!lk_format(path, sizeof path, "%s/%s", listing->folder, name))
        return lk_fail(err, LK_FORMAT, "%.200s...: path is too long", name);
    return lk_render_path(listing, path, pixels, rendered, err);
}
