/* A picture's hash: what decides its split, and shows which pictures are equal. */
#ifndef LIKENESS_DATA_HASH_H
#define LIKENESS_DATA_HASH_H

#include <likeness/image.h>

/** XXH64 of n_bytes: the same everywhere, many GB a second. Source: Collet's specification of
 * xxHash. */
uint64_t lk_hash_bytes(const void *data, size_t n_bytes, uint64_t seed);
/** The hash of width, height and pixels of an RGB picture. */
uint64_t lk_hash_image(const lk_image *image);

#endif
