/**
 * data: from folders of pictures to batches of numbers. Sources list and draw pictures; lk_prepare
 * writes them into a pack; a pack is mapped and verified; a loader makes batches of it.
 *
 * The pack (.lkd), all numbers little-endian
 *   header, 64 bytes "\x89LKD\r\n\x1A\n", u32 version 1, u32 n_sections, u64 table_offset, u64
 *   table_bytes,
 *                      u64 file_bytes, u32 CRC of the table, 16 zeros, u32 CRC of the 60 bytes
 *                      before it
 *   sections           one after the other, without holes, up to table_offset
 *   table              per section: 4 letters, u32 block_bytes, u64 offset, u64 bytes, u32
 *                      n_blocks, u32 0, then n_blocks u32 CRCs of its blocks (the last may be
 *                      shorter); ends the file
 *   META               JSON: size, channels, train, val, test, crop, filter, source, n_bad,
 *                      n_absent
 *   IMGS               uint8, shape (N, size, size, channels): train, then val, then test
 *   NAME               N names, each ended by a 0 byte
 * CRC is CRC-32C. Readers skip sections they do not know, so that later versions can add some.
 */
#ifndef LIKENESS_DATA_H
#define LIKENESS_DATA_H

#include <likeness/base.h>
#include <likeness/image.h>

typedef enum lk_part { LK_PART_TRAIN, LK_PART_VAL, LK_PART_TEST, LK_N_PARTS } lk_part;
/** "train", "val", "test". */
const char *lk_part_name(lk_part part);
/** false when there is no part of that name. */
bool lk_part_find(const char *name, lk_part *part);

/* ---- sources --------------------------------------------------------------------------------- */

struct lk_listing;

/** A kind of place pictures come from: one file in src/data and one row in source_list.h. */
typedef struct lk_source {
    const char *name, *summary;
    /** List every picture in the order of the pack. Errors: LK_USAGE, LK_READ, LK_FORMAT,
     * LK_MEMORY. */
    lk_status (*open)(struct lk_listing *listing, lk_error *err);
    /** Draw picture `index`: uint8, shape (size, size, channels). Called by several threads at
     * once, each with its own number. Errors as lk_image_decode. */
    lk_status (*render)(const struct lk_listing *listing, int index, int thread, uint8_t *pixels,
                        lk_error *err);
} lk_source;

/** Every row; ends in NULL. */
extern const lk_source *const lk_source_list[];
/** NULL when there is none of that name. */
const lk_source *lk_source_find(const char *name);

/* ---- preparing ------------------------------------------------------------------------------- */

typedef struct lk_prepare_options {
    const char *source; /* celeba, folder, synthetic */
    /* celeba: the folder that holds img_align_celeba, or a zip of it; folder: the folder */
    const char *path;
    /* celeba: NULL is list_eval_partition.txt in the folder, or beside the zip */
    const char *partition;
    /* side of the centre square that is resized; 0: celeba 148 of 178 of the width; folder: the
       largest */
    int crop;
    int size, channels; /* 0: 64 and 3; 1 channel is grey */
    lk_filter filter;
    /* folder, synthetic: shares of the pictures; test is served first, so 1 leaves the others
       empty */
    double val, test;
    uint64_t seed; /* synthetic */
    int count;     /* synthetic: how many */
    /* unreadable pictures allowed; below 0: a thousandth of the pictures, at least 10 */
    int max_bad;
    /* may be NULL; called by the caller's thread */
    void (*progress)(void *self, int n_done, int n_all);
    /* may be NULL; another status than LK_OK ends it, and nothing is left */
    lk_status (*stop)(void *self);
    void *self;
} lk_prepare_options;

enum { LK_BAD_LISTED = 20 };

typedef struct lk_prepare_report {
    int n[LK_N_PARTS];
    /* pictures that could not be read; celeba: named by the partition, not in the folder */
    int n_bad, n_absent;
    lk_error bad[LK_BAD_LISTED]; /* "path: reason" of the first of them */
} lk_prepare_report;

/** The defaults: 64 x 64 x 3, bicubic, 5 % val, 5 % test, max_bad -1, seed 1. */
lk_prepare_options lk_prepare_defaults(void);

/**
 * Decode, crop, resize and pack every picture of a source. The same bytes for any number of
 * threads.
 *
 * threads  context->threads decodes; context->log hears of bad and absent pictures
 * errors   LK_USAGE for options; LK_READ, LK_FORMAT for the source, or with more than max_bad bad
 *          pictures; LK_WRITE; LK_MEMORY. After any of them `out` is what it was
 */
lk_status lk_prepare(const lk_prepare_options *options, const lk_context *context, const char *out,
                     lk_prepare_report *report, lk_error *err);

/* ---- the pack -------------------------------------------------------------------------------- */

typedef struct lk_pack lk_pack;

typedef struct lk_pack_meta {
    int size, channels, crop, n[LK_N_PARTS], n_bad, n_absent;
    char filter[16], source[32];
    /* hex; a hash of size, channels, counts and the pixels' CRCs: what training sees, no path, no
       time */
    char fingerprint[17];
} lk_pack_meta;

/**
 * Map a pack and verify all of it: magic, version, every offset and length, the CRC of every block.
 *
 * errors     LK_READ; LK_FORMAT: "path: what: got, wanted"; LK_MEMORY
 * ownership  the caller's, until lk_pack_close; pixels and names live as long
 */
lk_status lk_pack_open(const char *path, const lk_context *context, lk_pack **out, lk_error *err);
/**
 * For packs that are opened more than once, as someone may put another in their place: `got` is the
 * fingerprint of the pack at `path`, `wanted`, of 17 bytes, what it was the first time; "" is
 * filled in, NULL is content with any. Errors: LK_FORMAT.
 */
lk_status lk_pack_is_same(const char *path, const char *got, char *wanted, lk_error *err);
/**
 * For what is about to be saved: whether the mapped pack holds what it did when it was opened from
 * `path`. Only where the file there was written to since, and not replaced, is it verified again.
 * Errors: LK_FORMAT, LK_READ, LK_MEMORY.
 */
lk_status lk_pack_is_untouched(lk_pack *pack, const char *path, const lk_context *context,
                               lk_error *err);
void lk_pack_close(lk_pack *pack);
const lk_pack_meta *lk_pack_describe(const lk_pack *pack);
int lk_pack_count(const lk_pack *pack, lk_part part);
/** Picture i of a part, i < lk_pack_count: uint8, shape (size, size, channels). */
const uint8_t *lk_pack_pixels(const lk_pack *pack, lk_part part, int i);
const char *lk_pack_name(const lk_pack *pack, lk_part part, int i);

/* ---- batches --------------------------------------------------------------------------------- */

typedef struct lk_loader lk_loader;

typedef struct lk_loader_options {
    lk_part part;
    int batch_size; /* N */
    uint64_t seed;
    /* another order each epoch: Fisher-Yates on the stream LK_STREAM_SHUFFLE (epoch) */
    bool shuffle;
    bool flip; /* mirror each picture with probability 1/2: LK_STREAM_FLIP (epoch, picture) */
    /* leave out the last batch where it is not full; else it is padded with its last picture */
    bool drop_last;
} lk_loader_options;

/**
 * Batches of one part. What a batch holds is a function of (seed, epoch, batch) alone: there is no
 * position to save.
 * errors     LK_FORMAT when the part has no batch to give; LK_USAGE for batch_size < 1; LK_MEMORY
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
 *         numbers within the part
 * memory  allocates nothing; not for two threads at once on one loader
 */
int lk_loader_fill(lk_loader *loader, const lk_context *context, uint32_t epoch, int batch,
                   lk_real *out, int *indices);

#endif
