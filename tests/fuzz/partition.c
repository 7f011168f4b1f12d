/* The partition file of CelebA, next to a folder of three empty pictures. */
#include "fuzz.h"

#include "data/source.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    static const char *const names[] = { "img_align_celeba/000001.jpg",
                                         "img_align_celeba/000002.jpg", "img_align_celeba/3",
                                         NULL };
    lk_prepare_options options = lk_prepare_defaults();
    struct lk_listing listing = { .options = &options, .size = 8, .channels = 3 };
    lk_error err = { "" };
    options.path = fuzz_folder(names);
    options.partition = "/fuzz.txt";
    options.max_bad = 0; /* absent pictures are then left out, or the whole is refused */
    fuzz_file(options.partition, data, n_bytes);
    lk_arena_init(&listing.arena);
    if (fuzz_read(lk_source_find("celeba")->open(&listing, &err), LK_FORMAT, &err)) {
        fuzz_check(listing.n >= 1 && listing.n <= 3, "pictures that are not there");
        for (int i = 0; i < listing.n; i++) {
            fuzz_check(listing.items[i].split < LK_N_SPLITS, "no split");
            fuzz_check(!strchr(listing.items[i].name, '/'), "a name that leaves the folder");
        }
    }
    lk_listing_deinit(&listing);
    return 0;
}
