#include "arrays.h"
#include "data/source.h"
#include "fuzz.h"

static void read_all(const lk_source *source, struct lk_listing *listing) {
    enum { BLOCK = 3, PICTURES_MAX = 1000 };
    lk_error err = { "" };
    for (int first = 0; first < listing->n && first < PICTURES_MAX; first += BLOCK) {
        int n = listing->n - first < BLOCK ? listing->n - first : BLOCK;
        if (!fuzz_read(source->load(listing, first, n, &err), LK_FORMAT, &err)) return;
        for (int i = first; i < first + n; i++) {
            lk_image image = { 0 };
            if (!fuzz_read(source->read(listing, i, &image, NULL, &err), LK_FORMAT, &err)) continue;
            fuzz_touch(image.pixels, lk_image_bytes(&image));
            lk_image_deinit(&image);
        }
    }
}

void fuzz_source(const char *source_name, const char *path) {
    const lk_source *source = lk_source_find(source_name);
    lk_prepare_options options = lk_prepare_defaults();
    struct lk_listing listing = { .options = &options, .size = 8, .channels = 3 };
    lk_error err = { "" };
    options.path = path;
    lk_arena_init(&listing.arena);
    if (fuzz_read(source->open(&listing, &err), LK_FORMAT, &err)) read_all(source, &listing);
    source->close(&listing);
    lk_listing_deinit(&listing);
}
