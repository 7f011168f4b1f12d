/*
 * Counter-based random numbers: Philox4x32-10, Salmon, Moraes, Dror, Shaw: "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011, section 4.3. A sequence is a function of its name, so
 * nothing needs saving.
 */
#include "base/rng.h"

#include <math.h>

void lk_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t a = counter[0], b = counter[1], c = counter[2], d = counter[3], k0 = key[0],
             k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p = (uint64_t)0xD2511F53U * a, q = (uint64_t)0xCD9E8D57U * c;
        a = (uint32_t)(q >> 32) ^ b ^ k0;
        b = (uint32_t)q;
        c = (uint32_t)(p >> 32) ^ d ^ k1;
        d = (uint32_t)p;
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
    out[0] = a, out[1] = b, out[2] = c, out[3] = d;
}

lk_rng lk_rng_at(uint64_t seed, lk_stream stream, uint32_t epoch, uint32_t index) {
    return (lk_rng){ .key = { (uint32_t)seed, (uint32_t)(seed >> 32) },
                     .counter = { 0, index, epoch, (uint32_t)stream } };
}

uint32_t lk_rng_u32(lk_rng *rng) {
    if (rng->n_left == 0) {
        lk_philox4x32(rng->counter, rng->key, rng->block);
        rng->counter[0]++;
        rng->n_left = 4;
    }
    return rng->block[4 - rng->n_left--];
}

/* Lemire, "Fast random integer generation in an interval", 2019: reject the short last stretch. */
uint32_t lk_rng_below(lk_rng *rng, uint32_t n) {
    uint32_t threshold = (uint32_t)(0U - n) % n;
    for (;;) {
        uint64_t product = (uint64_t)lk_rng_u32(rng) * n;
        if ((uint32_t)product >= threshold) return (uint32_t)(product >> 32);
    }
}

static double unit(uint32_t first, uint32_t second) {
    uint64_t high = first >> 5, low = second >> 6;
    return (double)(high << 26 | low) * 0x1p-53;
}

double lk_rng_uniform(lk_rng *rng) {
    uint32_t first = lk_rng_u32(rng);
    return unit(first, lk_rng_u32(rng));
}

/* A block gives two; whole blocks need not be kept. */
void lk_rng_uniforms(lk_rng *rng, size_t n, double *out) {
    while (n && rng->n_left) *out++ = lk_rng_uniform(rng), n--;
    for (; n >= 2; n -= 2, out += 2, rng->counter[0]++) {
        uint32_t block[4];
        lk_philox4x32(rng->counter, rng->key, block);
        out[0] = unit(block[0], block[1]);
        out[1] = unit(block[2], block[3]);
    }
    if (n) *out = lk_rng_uniform(rng);
}

void lk_rng_skip(lk_rng *rng, uint64_t n) {
    for (; n && rng->n_left; n--) rng->n_left--;
    rng->counter[0] += (uint32_t)(n / 4);
    for (n %= 4; n; n--) lk_rng_u32(rng);
}

double lk_rng_normal(lk_rng *rng) {
    double u = 1.0 - lk_rng_uniform(rng), v = lk_rng_uniform(rng); /* u in (0, 1] */
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586476925 * v);
}
