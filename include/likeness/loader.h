/** The loader: batches of numbers from a pack. */
#ifndef LIKENESS_LOADER_H
#define LIKENESS_LOADER_H

#include <likeness/options.h>
#include <likeness/pack.h>

LK_HEADER_BEGIN

/** Random changes of training pictures, as choices: the items of train.augment. Ends in NULL. */
extern const lk_choice *const lk_augmentations[];
extern const lk_items lk_augmentation_items;
enum { LK_AUGMENTATIONS_MAX = 16 }; /* of a list */

typedef struct lk_loader lk_loader;

typedef struct lk_loader_options {
    lk_split split;
    int batch_size; /* N */
    uint64_t seed;
    /* a new order in each epoch: Fisher-Yates with the stream LK_STREAM_SHUFFLE (epoch) */
    bool shuffle;
    bool flip; /* mirror each picture with probability 1/2: LK_STREAM_FLIP (epoch, picture) */
    /* then these, in their order: LK_STREAM_AUGMENT (epoch, picture); NULL: none */
    const lk_chosen_list *augment;
    /* leave out the last batch if it is not full; otherwise it is padded with its last picture */
    bool drop_last;
} lk_loader_options;

/**
 * Batches of one split. The content of a batch is a function of (seed, epoch, batch) alone, so
 * there is no position to save.
 * errors     LK_FORMAT if the split is too small for a batch; LK_USAGE if batch_size < 1; LK_MEMORY
 * ownership  borrows the pack and `augment`
 */
lk_status lk_loader_create(const lk_pack *pack, const lk_loader_options *options, lk_loader **out,
                           lk_error *err);
void lk_loader_destroy(lk_loader *loader);
/** The number of batches of an epoch. */
int lk_loader_batches(const lk_loader *loader);
/**
 * Fill batch `batch` < lk_loader_batches of an epoch. Of n processes the one with rank r fills in
 * the pictures from r N/n on, N/n of them. Returns n_valid, the number of pictures of the whole
 * batch that are not padding.
 *
 * shape   out (N, H, W, C), channels last, pixel / 255; indices (N), may be NULL: the numbers of
 *         the pictures within the split. Of n processes each gets N/n of them
 * memory  allocates nothing. Two threads must not use one loader at the same time
 */
int lk_loader_fill(lk_loader *loader, const lk_context *context, uint32_t epoch, int batch,
                   lk_real *out, int *indices);

LK_HEADER_END

#endif
