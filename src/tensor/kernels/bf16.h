/**
 * Numbers rounded to bf16, the upper half of a float, to nearest and ties to even; two of them are
 * an lk_pair. What is not a number stays so.
 */
#ifndef LIKENESS_TENSOR_KERNELS_BF16_H
#define LIKENESS_TENSOR_KERNELS_BF16_H

#include "vector.h"

#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

/** As many pairs, floats and halves as a vec has numbers. */
typedef lk_pair pairs_vec __attribute__((vector_size(WIDTH * sizeof(lk_pair))));
typedef lk_pair pairs_in_array
    __attribute__((vector_size(WIDTH * sizeof(lk_pair)), aligned(sizeof(lk_pair)), may_alias));
typedef float float_vec __attribute__((vector_size(WIDTH * sizeof(float))));
typedef uint16_t half_vec __attribute__((vector_size(WIDTH * sizeof(uint16_t))));
typedef uint16_t half_in_array
    __attribute__((vector_size(WIDTH * sizeof(uint16_t)), aligned(sizeof(lk_pair)), may_alias));

INLINE pairs_vec load_pairs(const lk_pair *p) {
    return *(const pairs_in_array *)p;
}

INLINE void store_pairs(lk_pair *p, pairs_vec x) {
    *(pairs_in_array *)p = x;
}

INLINE pairs_vec bits_of(vec x) {
    return (pairs_vec) __builtin_convertvector(x, float_vec);
}

/* Each number in the lower half of a pair, given the bits of a float. */
INLINE pairs_vec rounded(pairs_vec bits) {
    pairs_vec up = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    pairs_vec is_nan = (pairs_vec)((bits & 0x7fffffff) > 0x7f800000);
    return (is_nan & (bits >> 16 | 0x40)) | (~is_nan & up);
}

/** WIDTH neighbouring numbers as WIDTH / 2 pairs. */
INLINE void store_halves(lk_pair *to, vec x) {
#ifdef __AVX512BF16__
    *(half_in_array *)to = (half_vec)_mm512_cvtneps_pbh((__m512)x);
#else
    *(half_in_array *)to = __builtin_convertvector(rounded(bits_of(x)), half_vec);
#endif
}

/** WIDTH pairs, given the first numbers, or their bits as floats, and the second ones. */
INLINE pairs_vec pairs_of_bits(pairs_vec first, vec second) {
#ifdef __AVX512BF16__
    /* all the first ones, then all the second ones, take turns */
    static const uint16_t turns[32] = { 0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
                                        21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
                                        11, 27, 12, 28, 13, 29, 14, 30, 15, 31 };
    __m512i halves = (__m512i)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first);
    return (pairs_vec)_mm512_permutexvar_epi16(_mm512_loadu_si512(turns), halves);
#else
    return rounded(first) | rounded(bits_of(second)) << 16;
#endif
}

INLINE pairs_vec pairs_of(vec first, vec second) {
    return pairs_of_bits(bits_of(first), second);
}

/** The first numbers of WIDTH pairs. They are no pairs before the second ones are there. */
INLINE void store_first(lk_pair *to, vec x) {
    store_pairs(to, bits_of(x));
}

INLINE void store_second(lk_pair *to, vec x) {
    store_pairs(to, pairs_of_bits(load_pairs(to), x));
}

/** c += a.second b.second, then += a.first b.first, for WIDTH pairs of b. */
INLINE vec add_products(vec c, lk_pair a, pairs_vec b) {
#ifdef __AVX512BF16__
    return (vec)_mm512_dpbf16_ps((__m512)c, (__m512bh)_mm512_set1_epi32((int)a), (__m512bh)b);
#else
    const union {
        lk_pair bits[2];
        float values[2];
    } both = { { a & 0xffff0000, a << 16 } };
    c += (lk_real)both.values[0] * __builtin_convertvector((float_vec)(b & 0xffff0000), vec);
    return c + (lk_real)both.values[1] * __builtin_convertvector((float_vec)(b << 16), vec);
#endif
}

#endif
