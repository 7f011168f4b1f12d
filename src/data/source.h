/* What sources, and commands that take pictures, share: the list of pictures, and the way from a
   file to pixels. */
#ifndef LIKENESS_DATA_SOURCE_H
#define LIKENESS_DATA_SOURCE_H

#include "base/file.h"

#include <likeness/memory.h>
#include <likeness/prepare.h>

struct lk_item {
    const char *name;
    lk_split split;
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
lk_status lk_listing_add(struct lk_listing *listing, const char *name, lk_split split,
                         lk_error *err);
/** Sort by name. */
void lk_listing_sort(struct lk_listing *listing);
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

/** A kind of place pictures come from: one file in src/data and one row in source_list.h. */
typedef struct lk_source {
    const char *name, *summary;
    /** List every picture in the order of the pack. Errors: LK_USAGE, LK_READ, LK_FORMAT,
     * LK_MEMORY. */
    lk_status (*open)(struct lk_listing *listing, lk_error *err);
    /** Draw picture `index`: uint8, shape (size, size, channels). Called by several threads at
     * once, each with its own number. Errors as lk_image_decode. */
    lk_status (*render)(const struct lk_listing *listing, int index, int thread, uint8_t *pixels,
                        lk_error *err);
} lk_source;

/** Every row; ends in NULL. */
extern const lk_source *const lk_source_list[];
/** NULL when there is none of that name. */
const lk_source *lk_source_find(const char *name);

#endif
