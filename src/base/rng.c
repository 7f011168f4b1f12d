/*
 * Counter-based random numbers: Philox4x32-10, Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy
 * as 1, 2, 3", SC 2011, section 4.3. A sequence is a function of its name, so nothing needs saving.
 */
#include <likeness/base.h>

#include <math.h>
#include <string.h>

static void multiply(uint32_t a, uint32_t b, uint32_t *high, uint32_t *low) {
    uint64_t product = (uint64_t)a * b;
    *high = (uint32_t)(product >> 32);
    *low = (uint32_t)product;
}

void lk_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c[4], k0 = key[0], k1 = key[1];
    memcpy(c, counter, sizeof c);
    for (int round = 0; round < 10; round++) {
        uint32_t high0, low0, high1, low1;
        multiply(0xD2511F53U, c[0], &high0, &low0);
        multiply(0xCD9E8D57U, c[2], &high1, &low1);
        uint32_t next[4] = { high1 ^ c[1] ^ k0, low1, high0 ^ c[3] ^ k1, low0 };
        memcpy(c, next, sizeof c);
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
    memcpy(out, c, sizeof c);
}

lk_rng lk_rng_at(uint64_t seed, lk_stream stream, uint32_t epoch, uint32_t index) {
    return (lk_rng){ .key = { (uint32_t)seed, (uint32_t)(seed >> 32) }, .counter = { 0, index, epoch, (uint32_t)stream } };
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

double lk_rng_uniform(lk_rng *rng) {
    uint64_t high = lk_rng_u32(rng) >> 5, low = lk_rng_u32(rng) >> 6;
    return (double)(high << 26 | low) * 0x1p-53;
}

double lk_rng_normal(lk_rng *rng) {
    double u = 1.0 - lk_rng_uniform(rng), v = lk_rng_uniform(rng); /* u in (0, 1] */
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586476925 * v);
}
