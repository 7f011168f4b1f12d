/* Batches: which pictures, in which order, mirrored or not, as numbers. Each batch is a function of
   (seed, epoch, batch) alone. */
#include "base/rng.h"
#include "data/augment.h"

#include <likeness/loader.h>
#include <likeness/memory.h>

struct lk_loader {
    const lk_pack *pack;
    lk_loader_options options;
    int n, size, channels;
    int *order; /* the pictures in the order of `epoch` */
    bool ordered;
    uint32_t epoch;
    lk_real values[256]; /* pixel / 255 */
    lk_real *spare;      /* (N, H, W, C), for augmentations; NULL: there are none */
};

struct fill {
    const lk_loader *loader;
    uint32_t epoch;
    int first, n_valid; /* of the whole batch */
    int from;           /* place in the batch of the first picture that is filled */
    lk_real *out;       /* (N, H, W, C) */
    int *indices;
};

lk_status lk_loader_create(const lk_pack *pack, const lk_loader_options *options, lk_loader **out,
                           lk_error *err) {
    int n = lk_pack_count(pack, options->split);
    const lk_pack_meta *meta = lk_pack_describe(pack);
    if (options->batch_size < 1)
        return lk_fail(err, LK_USAGE, "batch size: expected at least 1, got %d",
                       options->batch_size);
    if (n < 1)
        return lk_fail(err, LK_FORMAT, "the pack has no %s pictures",
                       lk_split_name(options->split));
    if (options->drop_last && n < options->batch_size)
        return lk_fail(err, LK_FORMAT,
                       "the pack: expected at least %d %s pictures for a batch, got %d",
                       options->batch_size, lk_split_name(options->split), n);
    bool augments = options->augment && options->augment->n > 0;
    size_t spare = lk_size_mul((size_t)meta->size * (size_t)meta->size * (size_t)meta->channels,
                               (size_t)options->batch_size * sizeof(lk_real));
    lk_loader *loader = lk_alloc(sizeof *loader);
    int *order = lk_alloc((size_t)n * sizeof *order);
    lk_real *pictures = augments ? lk_alloc(spare) : NULL;
    if (!loader || !order || (augments && !pictures)) {
        lk_free(loader);
        lk_free(order);
        lk_free(pictures);
        return lk_fail_memory(err, (size_t)n * sizeof *order + (augments ? spare : 0), "a loader");
    }
    *loader = (lk_loader){ .pack = pack,
                           .options = *options,
                           .n = n,
                           .size = meta->size,
                           .channels = meta->channels,
                           .order = order,
                           .spare = pictures };
    for (int i = 0; i < n; i++) order[i] = i;
    for (int i = 0; i < 256; i++) loader->values[i] = (lk_real)i / 255;
    *out = loader;
    return LK_OK;
}

void lk_loader_destroy(lk_loader *loader) {
    if (!loader) return;
    lk_free(loader->order);
    lk_free(loader->spare);
    lk_free(loader);
}

int lk_loader_batches(const lk_loader *loader) {
    int size = loader->options.batch_size;
    return loader->n / size + (!loader->options.drop_last && loader->n % size ? 1 : 0);
}

static void shuffle(lk_loader *loader, uint32_t epoch) {
    lk_rng rng = lk_rng_at(loader->options.seed, LK_STREAM_SHUFFLE, epoch, 0);
    for (int i = 0; i < loader->n; i++) loader->order[i] = i;
    for (int i = loader->n - 1; i > 0; i--) {
        int j = (int)lk_rng_below(&rng, (uint32_t)i + 1), kept = loader->order[i];
        loader->order[i] = loader->order[j];
        loader->order[j] = kept;
    }
    loader->epoch = epoch;
    loader->ordered = true;
}

/* A picture as numbers, mirrored or not. */
static void convert(const lk_loader *loader, const uint8_t *from, bool mirror, lk_real *to) {
    const size_t channels = (size_t)loader->channels, side = (size_t)loader->size,
                 row = side * channels;
    if (!mirror) {
        for (size_t i = 0; i < side * row; i++) to[i] = loader->values[from[i]];
        return;
    }
    for (size_t y = 0; y < side; y++, from += row, to += row)
        for (size_t x = 0; x < side; x++)
            for (size_t c = 0; c < channels; c++)
                to[x * channels + c] = loader->values[from[(side - 1 - x) * channels + c]];
}

static void augment(const struct fill *fill, int picture, lk_real *values, lk_real *spare) {
    const lk_loader *loader = fill->loader;
    lk_rng rng = lk_rng_at(loader->options.seed, LK_STREAM_AUGMENT, fill->epoch, (uint32_t)picture);
    lk_augment(loader->options.augment,
               (lk_augmented){ loader->size, loader->channels, values, spare }, &rng);
}

static void fill_picture(void *context, int index, int thread) {
    const struct fill *fill = context;
    const lk_loader *loader = fill->loader;
    (void)thread;
    size_t n = (size_t)loader->size * (size_t)loader->size * (size_t)loader->channels,
           at = (size_t)index * n;
    int place = fill->from + index, last = fill->n_valid - 1;
    int picture = loader->order[fill->first + (place < last ? place : last)];
    lk_rng rng = lk_rng_at(loader->options.seed, LK_STREAM_FLIP, fill->epoch, (uint32_t)picture);
    if (fill->indices) fill->indices[index] = picture;
    convert(loader, lk_pack_pixels(loader->pack, loader->options.split, picture),
            loader->options.flip && (lk_rng_u32(&rng) & 1), fill->out + at);
    if (loader->spare) augment(fill, picture, fill->out + at, loader->spare + at);
}

int lk_loader_fill(lk_loader *loader, const lk_context *context, uint32_t epoch, int batch,
                   lk_real *out, int *indices) {
    int size = loader->options.batch_size, first = batch * size, left = loader->n - first;
    if (loader->options.shuffle && !(loader->ordered && loader->epoch == epoch))
        shuffle(loader, epoch);
    int own = size / context->comm->n_ranks;
    struct fill fill = { .loader = loader,
                         .epoch = epoch,
                         .first = first,
                         .n_valid = left < size ? left : size,
                         .from = own * context->comm->rank,
                         .out = out,
                         .indices = indices };
    lk_threads_run(context->threads, own, fill_picture, &fill);
    return fill.n_valid;
}
