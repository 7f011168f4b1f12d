/** The loader: batches of numbers from a pack. */
#ifndef LIKENESS_LOADER_H
#define LIKENESS_LOADER_H

#include <likeness/pack.h>

typedef struct lk_loader lk_loader;

typedef struct lk_loader_options {
    lk_split split;
    int batch_size; /* N */
    uint64_t seed;
    /* another order each epoch: Fisher-Yates on the stream LK_STREAM_SHUFFLE (epoch) */
    bool shuffle;
    bool flip; /* mirror each picture with probability 1/2: LK_STREAM_FLIP (epoch, picture) */
    /* leave out the last batch where it is not full; else it is padded with its last picture */
    bool drop_last;
} lk_loader_options;

/**
 * Batches of one split. What a batch holds is a function of (seed, epoch, batch) alone: there is no
 * position to save.
 * errors     LK_FORMAT when the split has no batch to give; LK_USAGE for batch_size < 1; LK_MEMORY
 * ownership  borrows the pack
 */
lk_status lk_loader_create(const lk_pack *pack, const lk_loader_options *options, lk_loader **out,
                           lk_error *err);
void lk_loader_destroy(lk_loader *loader);
/** Batches of an epoch. */
int lk_loader_batches(const lk_loader *loader);
/**
 * Fill batch `batch` < lk_loader_batches of an epoch; returns n_valid, the pictures that are no
 * padding.
 *
 * shape   out (N, H, W, C), channels last, pixel / 255; indices (N), may be NULL: the pictures'
 *         numbers within the split
 * memory  allocates nothing; not for two threads at once on one loader
 */
int lk_loader_fill(lk_loader *loader, const lk_context *context, uint32_t epoch, int batch,
                   lk_real *out, int *indices);

#endif
