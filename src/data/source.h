/* Shared by the sources and by commands that read pictures: the list of pictures, and the way from
   a file to pixels. */
#ifndef LIKENESS_DATA_SOURCE_H
#define LIKENESS_DATA_SOURCE_H

#include "base/file.h"
#include "data/budget.h"

#include <likeness/memory.h>
#include <likeness/prepare.h>

struct lk_item {
    const char *name;
    lk_split split;
};

/** Files of one kind that a source left out, because this library does not read them. */
struct lk_left_out {
    int n;
    const char *first; /* in the order of names */
};

/** What rendering did to a picture, and the memory it holds meanwhile. */
struct lk_rendered {
    lk_image_notes notes;
    lk_claim claim;
};

/** The pictures of one opened source. Before `open` only the first two lines are set; the rest is
 * zero and belongs to `open`. */
struct lk_listing {
    const lk_prepare_options *options;
    int size, channels, crop, n_threads; /* n_threads: those that render */
    struct lk_item *items;
    int n, capacity, n_absent;
    int n_other; /* files that are no pictures */
    struct lk_left_out left_out[LK_N_IMAGE_KINDS];
    lk_arena arena; /* names */
    char folder[LK_PATH_MAX];
    struct lk_zip *zip; /* celeba: the zip that holds the folder; otherwise NULL */
};

/** Add a picture; `name` is copied. Errors: LK_MEMORY. */
lk_status lk_listing_add(struct lk_listing *listing, const char *name, lk_split split,
                         lk_error *err);
/** Count a file that is not read; `kind` is
 * LK_IMAGE_OTHER for what is no picture. Errors: LK_MEMORY. */
lk_status lk_listing_leave_out(struct lk_listing *listing, const char *name, lk_image_kind kind,
                               lk_error *err);
/** Sort by name. */
void lk_listing_sort(struct lk_listing *listing);
void lk_listing_deinit(struct lk_listing *listing);

/**
 * Cut the centre square of side `crop` (0: the largest) out of a picture, convert it to the
 * listing's channels and resize it. Of the listing only crop, channels, size and the options'
 * filter are used. Frees the picture. Errors name the path.
 */
lk_status lk_render_image(const struct lk_listing *listing, const char *path, lk_image *image,
                          uint8_t *pixels, lk_error *err);
/** How pictures of this listing are decoded; `rendered` may be NULL. */
lk_image_options lk_listing_decoding(const struct lk_listing *listing,
                                     struct lk_rendered *rendered);
/** lk_render_image of a file. `rendered` may be NULL. */
lk_status lk_render_path(const struct lk_listing *listing, const char *path, uint8_t *pixels,
                         struct lk_rendered *rendered, lk_error *err);
/** lk_render_path of listing->folder/name. */
lk_status lk_render_file(const struct lk_listing *listing, int index, int thread, uint8_t *pixels,
                         struct lk_rendered *rendered, lk_error *err);

/** A kind of place where pictures come from: one file in src/data and one row in source_list.h. */
typedef struct lk_source {
    const char *name, *summary;
    /** List every picture in the order of the pack. Errors: LK_USAGE, LK_READ, LK_FORMAT,
     * LK_MEMORY. */
    lk_status (*open)(struct lk_listing *listing, lk_error *err);
    /** Draw picture `index`: uint8, shape (size, size, channels). Several threads call it at the
     * same time, each with its own number. Before the call only the claim's budget is set in
     * `rendered`, which is also read after a failure. Errors as lk_image_decode. */
    lk_status (*render)(const struct lk_listing *listing, int index, int thread, uint8_t *pixels,
                        struct lk_rendered *rendered, lk_error *err);
} lk_source;

/** All rows; ends in NULL. */
extern const lk_source *const lk_source_list[];
/** NULL if there is none of that name. */
const lk_source *lk_source_find(const char *name);

#endif
