/* The list of sources, and what they share. */
#include "data/source.h"

#include "data/zip.h"

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

/* ---- the list ---- */

lk_status lk_listing_add(struct lk_listing *listing, const struct lk_item *item, lk_error *err) {
    if (listing->n == listing->capacity) {
        int capacity = listing->capacity ? 2 * listing->capacity : 1024;
        size_t unit = sizeof *listing->items;
        struct lk_item *items =
            lk_realloc(listing->items, (size_t)listing->n * unit, (size_t)capacity * unit);
        if (!items) return lk_fail_memory(err, (size_t)capacity * unit, "the list of pictures");
        listing->items = items;
        listing->capacity = capacity;
    }
    struct lk_item copy = *item;
    copy.name = lk_arena_text(&listing->arena, item->name);
    if (!copy.name) return lk_fail_memory(err, strlen(item->name) + 1, "the list of pictures");
    listing->items[listing->n++] = copy;
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

int lk_listing_max_bad(const struct lk_listing *listing) {
    enum { ONE_IN = 1000, LEAST = 10 };
    if (listing->options->max_bad >= 0) return listing->options->max_bad;
    return listing->n / ONE_IN > LEAST ? listing->n / ONE_IN : LEAST;
}

bool lk_listing_path(const struct lk_listing *listing, int index, char path[LK_PATH_MAX]) {
    const char *folder = listing->folder;
    return lk_format(path, LK_PATH_MAX, "%s%s%s", folder, *folder ? "/" : "",
                     listing->items[index].name);
}

void lk_listing_deinit(struct lk_listing *listing) {
    lk_free(listing->items);
    lk_arena_deinit(&listing->arena);
    for (int i = 0; i < LK_PLACES_MAX; i++) lk_zip_close(listing->zips[i]);
    *listing = (struct lk_listing){ 0 };
}

/* ---- from a file to pixels ---- */

/* Replace a picture by the result of a step. */
static void step(lk_image *image, lk_image *made) {
    lk_image_deinit(image);
    *image = *made;
}

/* Each step is skipped where it would only copy. */
static lk_status fit(const struct lk_listing *listing, lk_image *image, lk_error *err) {
    int largest = image->width < image->height ? image->width : image->height,
        crop = listing->crop ? listing->crop : largest;
    lk_image made;
    lk_status status = LK_OK;
    if (image->width != crop || image->height != crop) {
        status = lk_image_crop_centre(image, crop, &made, err);
        if (status) return status;
        step(image, &made);
    }
    if (image->n_channels != listing->channels) {
        status = lk_image_to_channels(image, listing->channels, &made, err);
        if (status) return status;
        step(image, &made);
    }
    if (image->width != listing->size) {
        status = lk_image_resize(image, listing->size, listing->size, listing->options->filter,
                                 &made, err);
        if (status) return status;
        step(image, &made);
    }
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

static lk_image_options decoding_of(const struct lk_listing *listing,
                                    struct lk_rendered *rendered) {
    lk_image_options options = { 0 };
    if (rendered) {
        options.claim = lk_claim_take;
        options.self = &rendered->claim;
    }
    memcpy(options.background, listing->options->background, sizeof options.background);
    return options;
}

static lk_status read_member(const struct lk_zip *zip, const struct lk_item *item,
                             const lk_image_options *options, lk_image *image,
                             lk_image_notes *notes, lk_error *err) {
    char *data = NULL;
    size_t n_bytes = 0;
    lk_status status = lk_zip_read(zip, item->member, &data, &n_bytes, err);
    if (!status) status = lk_image_decode_as(data, n_bytes, item->name, options, image, notes, err);
    lk_free(data);
    return status;
}

lk_status lk_listing_read(const struct lk_listing *listing, int index, lk_image *image,
                          struct lk_rendered *rendered, lk_error *err) {
    char path[LK_PATH_MAX];
    const struct lk_item *item = &listing->items[index];
    const struct lk_zip *zip = listing->zips[item->place];
    lk_image_options options = decoding_of(listing, rendered);
    lk_image_notes *notes = rendered ? &rendered->notes : NULL;
    if (!lk_listing_path(listing, index, path))
        return lk_fail(err, LK_FORMAT, "%.200s...: path is too long", item->name);
    if (!zip) return lk_image_read_as(path, &options, image, notes, err);
    lk_status status = read_member(zip, item, &options, image, notes, err);
    if (status) lk_error_prefix(err, "%s", path);
    return status;
}
