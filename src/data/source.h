/* Shared by the sources and by commands that read pictures: the list of pictures, and the way from
   a file to pixels. */
#ifndef LIKENESS_DATA_SOURCE_H
#define LIKENESS_DATA_SOURCE_H

#include "base/file.h"
#include "data/budget.h"

#include <likeness/memory.h>
#include <likeness/prepare.h>

/** How the split of a picture is decided. */
enum lk_rule {
    LK_RULE_FIXED,       /* the source gave it */
    LK_RULE_PIXELS,      /* a hash of its pixels chooses one */
    LK_RULE_PIXELS_TRAIN /* a hash of its pixels chooses train or val */
};

struct lk_item {
    const char *name;
    uint64_t hash;   /* of the pixels, once they are decoded */
    uint32_t member; /* of the place's zip */
    uint8_t place, rule;
    uint8_t split; /* unless rule is LK_RULE_FIXED, not known before the picture is decoded */
};

enum { LK_PLACES_MAX = 32 };

/** What reading did to a picture, and the memory it holds meanwhile. */
struct lk_rendered {
    lk_image_notes notes;
    lk_claim claim;
};

/** Files of one kind that a source left out, because this library does not read them. */
struct lk_left_out {
    int n;
    const char *first; /* in the order of names */
};

/** The pictures of one opened source. Before `open` only the first two lines are set; the rest is
 * zero and belongs to `open`. */
struct lk_listing {
    const lk_prepare_options *options;
    int size, channels, crop;
    struct lk_item *items;
    int n, capacity, n_absent;
    int n_other; /* files that are no pictures */
    struct lk_left_out left_out[LK_N_IMAGE_KINDS];
    lk_arena arena; /* names */
    /* of the pictures; "" where their names are paths already */
    char folder[LK_PATH_MAX];
    struct lk_zip *zips[LK_PLACES_MAX]; /* by place; NULL for a folder */
    void *own;                          /* what else the source holds; its `close` frees it */
    size_t record_bytes;                /* of a picture that `load` reads; 0: nothing is loaded */
};

/** Add a picture; its name is copied. Errors: LK_MEMORY. */
lk_status lk_listing_add(struct lk_listing *listing, const struct lk_item *item, lk_error *err);
/** Count a file that is not read; `kind` is LK_IMAGE_OTHER where it is no picture. Errors:
 * LK_MEMORY. */
lk_status lk_listing_leave_out(struct lk_listing *listing, const char *name, lk_image_kind kind,
                               lk_error *err);
/** The pictures that may be bad: the options' number, or by default one in a thousand and at
 * least 10. */
int lk_listing_max_bad(const struct lk_listing *listing);
/** The path of a picture. false: it is too long, and cut. */
bool lk_listing_path(const struct lk_listing *listing, int index, char path[LK_PATH_MAX]);
void lk_listing_deinit(struct lk_listing *listing);

/**
 * Cut the centre square of side `crop` (0: the largest) out of a picture, convert it to the
 * listing's channels and resize it. Of the listing only crop, channels, size and the options'
 * filter are used. Frees the picture. Errors name the path.
 */
lk_status lk_render_image(const struct lk_listing *listing, const char *path, lk_image *image,
                          uint8_t *pixels, lk_error *err);
/** Decode a picture that is a file or a member of a zip; `rendered` may be NULL. Errors name its
 * path. */
lk_status lk_listing_read(const struct lk_listing *listing, int index, lk_image *image,
                          struct lk_rendered *rendered, lk_error *err);

/** A kind of place where pictures come from: one file in src/data and one row in source_list.h. */
typedef struct lk_source {
    const char *name, *summary;
    /* drawn by the program: none is bad, and equal ones are not looked for */
    bool is_drawn;
    /** List every picture in the order of the pack. Errors: LK_USAGE, LK_READ, LK_FORMAT,
     * LK_MEMORY. */
    lk_status (*open)(struct lk_listing *listing, lk_error *err);
    /** Read the records of pictures `first` to `first + n - 1`, which `read` is asked for next; the
     * blocks follow each other. One thread calls it. NULL: there is nothing to load. Errors:
     * LK_FORMAT, LK_MEMORY. */
    lk_status (*load)(struct lk_listing *listing, int first, int n, lk_error *err);
    /** Picture `index` as RGB, upright, before crop and resize. Several threads call it at the same
     * time. Before the call only the claim's budget is set in `rendered`, which is also read after
     * a failure. Errors as lk_image_decode. */
    lk_status (*read)(const struct lk_listing *listing, int index, lk_image *image,
                      struct lk_rendered *rendered, lk_error *err);
    /** Free `own`; NULL: there is none. Also called after a failure of `open`. */
    void (*close)(struct lk_listing *listing);
} lk_source;

/** All rows; ends in NULL. */
extern const lk_source *const lk_source_list[];
/** NULL if there is none of that name. */
const lk_source *lk_source_find(const char *name);

#endif
