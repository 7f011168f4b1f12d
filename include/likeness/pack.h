/**
 * The pack: pictures of one size in one file, split into train, val and test; mapped and verified.
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
 *                      n_absent; parts and n_equal may be absent
 *   IMGS               uint8, shape (N, size, size, channels): train, then val, then test
 *   NAME               N names, each ended by a 0 byte
 * CRC is CRC-32C. Readers skip sections they do not know, so later versions can add some.
 */
#ifndef LIKENESS_PACK_H
#define LIKENESS_PACK_H

#include <likeness/context.h>

LK_HEADER_BEGIN

#define LK_SPLIT_LIST(X)                                                                           \
    X(train, LK_SPLIT_TRAIN)                                                                       \
    X(val, LK_SPLIT_VAL)                                                                           \
    X(test, LK_SPLIT_TEST)
typedef enum lk_split { LK_SPLIT_LIST(LK_WORDS_ENUM) LK_N_SPLITS } lk_split;
/** "train", "val", "test". */
const char *lk_split_name(lk_split split);

typedef struct lk_pack lk_pack;

typedef struct lk_pack_meta {
    int size, channels, crop, n[LK_N_SPLITS], n_bad, n_absent;
    int n_equal; /* pictures that equal an earlier one before crop and resize; -1: not counted */
    char filter[16], source[32];
    char background[8]; /* colour behind transparent pixels, "#000000" */
    char parts[16]; /* what decided the splits: hash, name or folder (LK_PARTS_LIST), or source */
    /* hexadecimal; a hash of what training sees: size, channels, counts and the pixels' CRCs, but
       no path and no time */
    char fingerprint[17];
} lk_pack_meta;

/**
 * Map a pack and verify all of it: magic, version, every offset and length, the CRC of every block.
 *
 * errors     LK_READ; LK_FORMAT: "path: what: expected, got"; LK_MEMORY
 * ownership  the caller owns the pack and calls lk_pack_close; pixels and names live until then
 */
lk_status lk_pack_open(const char *path, const lk_context *context, lk_pack **out, lk_error *err);
/**
 * Read what META says of a pack, without its pictures: neither their CRCs nor the fingerprint. For
 * those who only want to know how many pictures there are. Errors: as above.
 */
lk_status lk_pack_read_meta(const char *path, lk_pack_meta *meta, lk_error *err);
/**
 * For packs that are opened more than once, because the file may be replaced in between: fails
 * unless `got`, the fingerprint of the pack at `path`, is the expected one. NULL accepts any.
 * Errors: LK_FORMAT.
 */
lk_status lk_pack_check_same(const char *path, const char *got, const char *expected,
                             lk_error *err);
/**
 * Call before saving results: fails if the mapped pack has changed since it was opened from `path`.
 * It is verified again only if that file was written to in place. Errors: LK_FORMAT, LK_READ,
 * LK_MEMORY.
 */
lk_status lk_pack_check_untouched(lk_pack *pack, const char *path, const lk_context *context,
                                  lk_error *err);
void lk_pack_close(lk_pack *pack);
const lk_pack_meta *lk_pack_describe(const lk_pack *pack);
int lk_pack_count(const lk_pack *pack, lk_split split);
/** Picture i of a split, i < lk_pack_count: uint8, shape (size, size, channels). */
const uint8_t *lk_pack_pixels(const lk_pack *pack, lk_split split, int i);
const char *lk_pack_name(const lk_pack *pack, lk_split split, int i);

LK_HEADER_END

#endif
