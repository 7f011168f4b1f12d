/*
 * Drawn faces: picture i of seed s has the same bytes everywhere and always, whatever the count.
 * The splits follow each other. With few pictures val and test still get up to 32 each, but never
 * more than a quarter.
 */
#include "data/faces/faces.h"
#include "data/source.h"

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
    int n_test = share(n, listing->options->test), n_val = share(n, listing->options->val);
    if (n_val > n - n_test) n_val = n - n_test;
    for (int i = 0; i < n; i++) {
        char name[32];
        lk_split split = i < n - n_val - n_test ? LK_SPLIT_TRAIN
                         : i < n - n_test       ? LK_SPLIT_VAL
                                                : LK_SPLIT_TEST;
        lk_format(name, sizeof name, "synthetic-%08d", i);
        lk_status status = lk_listing_add(listing, name, split, err);
        if (status) return status;
    }
    return LK_OK;
}

static lk_status render_synthetic(const struct lk_listing *listing, int index, int thread,
                                  uint8_t *pixels, struct lk_rendered *rendered, lk_error *err) {
    (void)thread, (void)rendered;
    int size = listing->size;
    size_t n_bytes = lk_canvas_samples(size) * sizeof(struct rgb);
    struct rgb *samples = lk_alloc(n_bytes);
    lk_image image = { 0 }, grey = { 0 };
    lk_status status = samples ? lk_image_init(&image, size, size, 3, err)
                               : lk_fail_memory(err, n_bytes, "a drawing");
    if (status) goto done;
    lk_rng rng = lk_rng_at(listing->options->seed, LK_STREAM_SYNTHETIC, 0, (uint32_t)index);
    struct face face = lk_face_random(&rng);
    lk_face_draw(&face, size, samples, image.pixels);
    status = lk_image_to_channels(&image, listing->channels, &grey, err);
    if (status) goto done;
    for (size_t i = 0; i < lk_image_bytes(&grey); i++) pixels[i] = grey.pixels[i];
done:
    lk_image_deinit(&grey);
    lk_image_deinit(&image);
    lk_free(samples);
    return status;
}

const lk_source lk_source_synthetic = {
    .name = "synthetic",
    .summary = "procedurally drawn faces, the same bytes for the same seed",
    .open = open_synthetic,
    .render = render_synthetic,
};
