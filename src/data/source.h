/* What sources, and commands that take pictures, share: the list of pictures, and the way from a file to pixels. */
#ifndef LIKENESS_DATA_SOURCE_H
#define LIKENESS_DATA_SOURCE_H

#include <likeness/data.h>

struct lk_item {
    const char *name;
    lk_part part;
};

/** The pictures of one opened source. Zero but for `options` before open; everything else belongs to it. */
struct lk_listing {
    const lk_prepare_options *options;
    int size, channels, crop;
    struct lk_item *items;
    int n, capacity, n_absent;
    lk_arena arena; /* names */
    char folder[LK_PATH_MAX];
};

/** Add a picture; `name` is copied. Errors: LK_MEMORY. */
lk_status lk_listing_add(struct lk_listing *listing, const char *name, lk_part part, lk_error *err);
void lk_listing_deinit(struct lk_listing *listing);

/**
 * Read a picture; the centre square of side `crop` (0: the largest), grey where asked, resized: of the listing only these and
 * the options' filter are looked at. Errors name the path.
 */
lk_status lk_render_path(const struct lk_listing *listing, const char *path, uint8_t *pixels, lk_error *err);
/** lk_render_path of listing->folder/name. */
lk_status lk_render_file(const struct lk_listing *listing, int index, uint8_t *pixels, lk_error *err);

#endif
