/* CRC-32C: by the processor's instruction where there is one, else by a table. */
#include "base/crc32c.h"

#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>

#define STREAMS 3
/* bytes of one stream in a round: three streams hide the instruction's latency of three cycles */
#define BLOCK 4096

/* The state after `n` zero bytes, as the CRC is linear: advance(crc of A, |B|) ^ crc of B = crc of
   AB. */
static uint32_t advance(uint32_t crc, const uint32_t matrix[32]) {
    uint32_t sum = 0;
    for (int bit = 0; crc; bit++, crc >>= 1)
        if (crc & 1) sum ^= matrix[bit];
    return sum;
}

__attribute__((target("sse4.2"))) static void zeros_matrix(uint32_t matrix[32], size_t n_bytes) {
    for (int bit = 0; bit < 32; bit++) {
        uint64_t state = 1U << bit;
        for (size_t i = 0; i < n_bytes; i += 8) state = _mm_crc32_u64(state, 0);
        matrix[bit] = (uint32_t)state;
    }
}

static uint64_t load(const uint8_t *at) {
    uint64_t word;
    memcpy(&word, at, 8);
    return word;
}

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const uint8_t *data,
                                                                 size_t n_bytes) {
    uint64_t a = crc;
    if (n_bytes >= (size_t)16 * STREAMS * BLOCK) {
        uint32_t matrix[32];
        zeros_matrix(matrix, BLOCK);
        for (; n_bytes >= (size_t)STREAMS * BLOCK;
             data += (size_t)STREAMS * BLOCK, n_bytes -= (size_t)STREAMS * BLOCK) {
            uint64_t b = 0, c = 0;
            for (int i = 0; i < BLOCK; i += 8) {
                a = _mm_crc32_u64(a, load(data + i));
                b = _mm_crc32_u64(b, load(data + BLOCK + i));
                c = _mm_crc32_u64(c, load(data + 2 * BLOCK + i));
            }
            a = advance((uint32_t)a, matrix) ^ b;
            a = advance((uint32_t)a, matrix) ^ c;
        }
    }
    for (; n_bytes >= 8; data += 8, n_bytes -= 8) a = _mm_crc32_u64(a, load(data));
    for (; n_bytes; data++, n_bytes--) a = _mm_crc32_u8((uint32_t)a, *data);
    return (uint32_t)a;
}
#endif

static uint32_t by_table(uint32_t crc, const uint8_t *data, size_t n_bytes) {
    uint32_t table[256];
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++) value = value >> 1 ^ (value & 1 ? 0x82F63B78U : 0);
        table[i] = value;
    }
    for (; n_bytes; data++, n_bytes--) crc = crc >> 8 ^ table[(crc ^ *data) & 255];
    return crc;
}

uint32_t lk_crc32c(uint32_t crc, const void *data, size_t n_bytes) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) return ~by_instruction(~crc, data, n_bytes);
#endif
    return ~by_table(~crc, data, n_bytes);
}
