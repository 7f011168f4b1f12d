/* What sources, and commands that take pictures, share: the list of pictures, and the way from a
   file to pixels. */
#ifndef LIKENESS_DATA_SOURCE_H
#define LIKENESS_DATA_SOURCE_H

#include <likeness/data.h>

struct lk_item {
    const char *name;
    lk_part part;
};

/** The pictures of one opened source. Zero but for the first two lines before open; everything else
 * belongs to it. */
struct lk_listing {
    const lk_prepare_options *options;
    int size, channels, crop, n_threads; /* that render */
    struct lk_item *items;
    int n, capacity, n_absent;
    lk_arena arena; /* names */
    char folder[LK_PATH_MAX];
    struct lk_zip *zip; /* celeba: where the folder lies in a zip; else NULL */
};

/** Add a picture; `name` is copied. Errors: LK_MEMORY. */
lk_status lk_listing_add(struct lk_listing *listing, const char *name, lk_part part, lk_error *err);
void lk_listing_deinit(struct lk_listing *listing);

/**
 * The centre square of side `crop` (0: the largest) of a picture, grey where asked, resized: of the
 * listing only these and the options' filter are looked at. The picture is used up. Errors name the
 * path.
 */
lk_status lk_render_image(const struct lk_listing *listing, const char *path, lk_image *image,
                          uint8_t *pixels, lk_error *err);
/** lk_render_image of a file. */
lk_status lk_render_path(const struct lk_listing *listing, const char *path, uint8_t *pixels,
                         lk_error *err);
/** lk_render_path of listing->folder/name. */
lk_status lk_render_file(const struct lk_listing *listing, int index, int thread, uint8_t *pixels,
                         lk_error *err);

#endif
