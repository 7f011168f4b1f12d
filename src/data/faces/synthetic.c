/*
 * Drawn faces: picture i of seed s has the same bytes everywhere and always, whatever the count.
 * The splits follow each other. With few pictures val and test still get up to 32 each, but never
 * more than a quarter.
 */
#include "data/faces/faces.h"
#include "data/parts.h"

enum { COUNT_MAX = 10000000, FEW = 32 };

static int share(int n, double fraction) {
    int n_share = (int)(n * fraction + 0.5), few = n / 4 < FEW ? n / 4 : FEW;
    return fraction > 0 && n_share < few ? few : n_share;
}

static lk_status open_synthetic(struct lk_listing *listing, lk_error *err) {
    int n = listing->options->count;
    if (n < 1 || n > COUNT_MAX)
        return lk_fail(err, LK_USAGE, "count of synthetic pictures: expected 1 to %d, got %d",
                       COUNT_MAX, n);
    lk_status status = lk_shares_check(listing->options, LK_RULE_PIXELS, err);
    int n_test = share(n, listing->options->test), n_val = share(n, listing->options->val);
    if (n_val > n - n_test) n_val = n - n_test;
    listing->crop = 0; /* faces are drawn in their size */
    for (int i = 0; i < n && !status; i++) {
        char name[32];
        lk_split split = i < n - n_val - n_test ? LK_SPLIT_TRAIN
                         : i < n - n_test       ? LK_SPLIT_VAL
                                                : LK_SPLIT_TEST;
        lk_format(name, sizeof name, "synthetic-%08d", i);
        status = lk_listing_add(listing, &(struct lk_item){ .name = name, .split = (uint8_t)split },
                                err);
    }
    return status;
}

static lk_status read_synthetic(const struct lk_listing *listing, int index, lk_image *image,
                                struct lk_rendered *rendered, lk_error *err) {
    (void)rendered;
    int size = listing->size;
    size_t n_bytes = lk_canvas_samples(size) * sizeof(struct rgb);
    struct rgb *samples = lk_alloc(n_bytes);
    if (!samples) return lk_fail_memory(err, n_bytes, "a drawing");
    lk_status status = lk_image_init(image, size, size, 3, err);
    if (!status) {
        lk_rng rng = lk_rng_at(listing->options->seed, LK_STREAM_SYNTHETIC, 0, (uint32_t)index);
        struct face face = lk_face_random(&rng);
        lk_face_draw(&face, size, samples, image->pixels);
    }
    lk_free(samples);
    return status;
}

const lk_source lk_source_synthetic = {
    .name = "synthetic",
    .summary = "procedurally drawn faces, the same bytes for the same seed",
    .is_drawn = true,
    .open = open_synthetic,
    .read = read_synthetic,
};
