/* SHA-256 as in FIPS 180-4, section 6.2, and base64 as in RFC 4648. */
#include "base/sha256.h"

#include <string.h>

enum { BLOCK = 64, LENGTH = 8 };

static const uint32_t constants[BLOCK] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

static uint32_t turn(uint32_t x, int n) {
    return x >> n | x << (32 - n);
}

/* The 64 words that a block becomes. */
static void spread(const uint8_t block[BLOCK], uint32_t w[BLOCK]) {
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < BLOCK; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) + w[i - 7] +
               (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
    }
}

static void mix(uint32_t state[8], const uint8_t block[BLOCK]) {
    uint32_t w[BLOCK], v[8];
    spread(block, w);
    memcpy(v, state, sizeof v);
    for (int i = 0; i < BLOCK; i++) {
        uint32_t s1 = turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25),
                 one = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[i] + w[i],
                 s0 = turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22),
                 two = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += one;
        v[0] = one + two;
    }
    for (int i = 0; i < 8; i++) state[i] += v[i];
}

void lk_sha256(const void *data, size_t n_bytes, uint8_t hash[LK_SHA256_BYTES]) {
    uint32_t state[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                          0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
    const uint8_t *bytes = data;
    uint64_t n_bits = (uint64_t)n_bytes * 8;
    uint8_t end[2 * BLOCK] = { 0 };
    for (; n_bytes >= BLOCK; bytes += BLOCK, n_bytes -= BLOCK) mix(state, bytes);
    if (n_bytes) memcpy(end, bytes, n_bytes);
    end[n_bytes] = 0x80;
    size_t n_end = n_bytes + 1 + LENGTH > BLOCK ? 2 * BLOCK : BLOCK;
    for (int i = 0; i < LENGTH; i++) end[n_end - 1 - (size_t)i] = (uint8_t)(n_bits >> 8 * i);
    for (size_t at = 0; at < n_end; at += BLOCK) mix(state, end + at);
    for (int i = 0; i < LK_SHA256_BYTES; i++)
        hash[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

void lk_sha256_base64(const void *data, size_t n_bytes, lk_text *out) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *bytes = data;
    for (size_t i = 0; i < n_bytes; i += 3) {
        size_t n = n_bytes - i < 3 ? n_bytes - i : 3;
        uint32_t three = (uint32_t)bytes[i] << 16 | (n > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                         (n > 2 ? bytes[i + 2] : 0);
        char four[4];
        for (size_t k = 0; k < 4; k++) four[k] = k <= n ? letters[three >> (18 - 6 * k) & 63] : '=';
        lk_text_bytes(out, four, 4);
    }
}
