/* Pictures of one size as records in streams: what mnist, cifar10 and npy share. */
#ifndef LIKENESS_DATA_ARRAYS_H
#define LIKENESS_DATA_ARRAYS_H

#include "data/source.h"
#include "data/stream.h"

enum { LK_ARRAYS_MAX = 8, LK_ARRAY_PICTURES_MAX = 10000000 };

/** The pictures of a stream. */
struct lk_array {
    const char *name; /* the pictures are called NAME/00017 */
    int64_t n, width, height;
    int channels;        /* 1 or 3 */
    int label_bytes;     /* before the pixels of each record */
    bool is_planar;      /* all of red, then green, then blue; otherwise interleaved */
    struct lk_item item; /* its split and rule are those of every picture */
};

/** Add the pictures of a stream that stands at the first record, which it closes, also after an
 * error. `array->name` is copied. Errors: LK_FORMAT, LK_MEMORY. */
lk_status lk_arrays_add(struct lk_listing *listing, const struct lk_array *array,
                        struct lk_stream *stream, lk_error *err);
/** The members of lk_source with these names. */
lk_status lk_arrays_load(struct lk_listing *listing, int first, int n, lk_error *err);
lk_status lk_arrays_read(const struct lk_listing *listing, int index, lk_image *image,
                         struct lk_rendered *rendered, lk_error *err);
void lk_arrays_close(struct lk_listing *listing);

#endif
