/* XXH64, and the hash of a picture. */
#include "data/hash.h"

#include <string.h>

static const uint64_t PRIME_1 = 0x9E3779B185EBCA87U, PRIME_2 = 0xC2B2AE3D27D4EB4FU,
                      PRIME_3 = 0x165667B19E3779F9U, PRIME_4 = 0x85EBCA77C2B2AE63U,
                      PRIME_5 = 0x27D4EB2F165667C5U;

enum { STRIPE = 32, N_LANES = 4 };

static uint64_t rotated(uint64_t value, int bits) {
    return value << bits | value >> (64 - bits);
}

/* The machine is little-endian, as XXH64 is. */
static uint64_t word_at(const uint8_t *at, size_t n_bytes) {
    uint64_t word = 0;
    memcpy(&word, at, n_bytes);
    return word;
}

static uint64_t round_of(uint64_t lane, uint64_t word) {
    return rotated(lane + word * PRIME_2, 31) * PRIME_1;
}

/* The stripes of 32 bytes, four lanes of 8 bytes next to each other. */
static uint64_t hash_stripes(const uint8_t **at, const uint8_t *end, uint64_t seed) {
    static const int turns[N_LANES] = { 1, 7, 12, 18 };
    uint64_t lanes[N_LANES] = { seed + PRIME_1 + PRIME_2, seed + PRIME_2, seed, seed - PRIME_1 };
    for (; end - *at >= STRIPE; *at += STRIPE)
        for (int i = 0; i < N_LANES; i++) lanes[i] = round_of(lanes[i], word_at(*at + 8 * i, 8));
    uint64_t hash = 0;
    for (int i = 0; i < N_LANES; i++) hash += rotated(lanes[i], turns[i]);
    for (int i = 0; i < N_LANES; i++) hash = (hash ^ round_of(0, lanes[i])) * PRIME_1 + PRIME_4;
    return hash;
}

uint64_t lk_hash_bytes(const void *data, size_t n_bytes, uint64_t seed) {
    const uint8_t *at = data, *end = at + n_bytes;
    uint64_t hash = n_bytes < STRIPE ? seed + PRIME_5 : hash_stripes(&at, end, seed);
    hash += n_bytes;
    for (; end - at >= 8; at += 8)
        hash = rotated(hash ^ round_of(0, word_at(at, 8)), 27) * PRIME_1 + PRIME_4;
    for (; end - at >= 4; at += 4)
        hash = rotated(hash ^ word_at(at, 4) * PRIME_1, 23) * PRIME_2 + PRIME_3;
    for (; at < end; at++) hash = rotated(hash ^ *at * PRIME_5, 11) * PRIME_1;
    hash = (hash ^ hash >> 33) * PRIME_2;
    hash = (hash ^ hash >> 29) * PRIME_3;
    return hash ^ hash >> 32;
}

uint64_t lk_hash_image(const lk_image *image) {
    uint64_t shape = (uint64_t)image->width << 32 | (uint64_t)image->height;
    return lk_hash_bytes(image->pixels, lk_image_bytes(image), shape);
}
