/*
 * The passes of resizing. All of the work is one operation: a weighted sum of rows of bytes. For
 * columns these are the rows of the picture. For rows they are those of the transposed picture,
 * LK_BAND rows of pixels at a time.
 */
#include "image/resample.h"
#include "base/kernel.h"

enum { TILE = 16 };

/* ---- weighted sums ---- */

/* Four bytes lie in each word, and each takes its turn: so every step is an operation that all
   instruction sets have on whole vectors. */
typedef uint32_t words __attribute__((vector_size(VECTOR_BYTES)));
typedef int32_t signed_words __attribute__((vector_size(VECTOR_BYTES)));
typedef words words_in_bytes __attribute__((aligned(1), may_alias));

INLINE words clip(words sums) {
    signed_words value = (signed_words)sums >> LK_TAPS_PRECISION;
    return (words)((value & (value > 0)) | (value > 255)) & 255;
}

/* VECTOR_BYTES sums of values that lie `row` bytes apart. */
INLINE void weigh_vector(const uint8_t *in, size_t row, const int32_t *weights, int n_taps,
                         uint8_t *out) {
    const words half = (words){ 0 } + (1U << (LK_TAPS_PRECISION - 1));
    words a = half, b = half, c = half, d = half;
    for (int j = 0; j < n_taps; j++, in += row) {
        const words x = *(const words_in_bytes *)in, weight = (words){ 0 } + (uint32_t)weights[j];
        a += (x & 255) * weight;
        b += (x >> 8 & 255) * weight;
        c += (x >> 16 & 255) * weight;
        d += (x >> 24) * weight;
    }
    *(words_in_bytes *)out = clip(a) | clip(b) << 8 | clip(c) << 16 | clip(d) << 24;
}

/* The same of n < VECTOR_BYTES values. */
static void weigh_few(const uint8_t *in, size_t row, const int32_t *weights, int n_taps, size_t n,
                      uint8_t *out) {
    for (size_t x = 0; x < n; x++) {
        int32_t sum = 1 << (LK_TAPS_PRECISION - 1);
        for (int j = 0; j < n_taps; j++) sum += in[(size_t)j * row + x] * weights[j];
        sum >>= LK_TAPS_PRECISION;
        out[x] = (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
    }
}

/* The same of any number. The last vector of a row begins early enough to end with the row. */
static void weigh(const uint8_t *in, size_t row, const int32_t *weights, int n_taps, size_t n,
                  uint8_t *out) {
    if (n < VECTOR_BYTES) {
        weigh_few(in, row, weights, n_taps, n, out);
        return;
    }
    size_t x = 0;
    for (; x + VECTOR_BYTES <= n; x += VECTOR_BYTES)
        weigh_vector(in + x, row, weights, n_taps, out + x);
    x = n - VECTOR_BYTES;
    if (n % VECTOR_BYTES) weigh_vector(in + x, row, weights, n_taps, out + x);
}

/* ---- transposition ---- */

typedef uint8_t tile_row __attribute__((vector_size(TILE)));
typedef tile_row tile_row_in_bytes __attribute__((aligned(1), may_alias));

#if defined(__clang__)
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define PICK(a, b, ...) __builtin_shuffle(a, b, (tile_row){ __VA_ARGS__ })
#endif

/* Transpose a tile: four times the upper and the lower half are shuffled like two halves of a pack
   of cards. */
INLINE void turn_tile(const uint8_t *in, size_t in_row, uint8_t *out, size_t out_row) {
    tile_row now[TILE], next[TILE];
    UNROLL for (size_t i = 0; i < TILE; i++) now[i] = *(const tile_row_in_bytes *)(in + i * in_row);
    UNROLL for (int turn = 0; turn < 4; turn++) {
        UNROLL for (int i = 0; i < TILE / 2; i++) {
            const tile_row a = now[i], b = now[i + TILE / 2];
            next[2 * i] = PICK(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            next[2 * i + 1] =
                PICK(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        }
        UNROLL for (int i = 0; i < TILE; i++) now[i] = next[i];
    }
    UNROLL for (size_t i = 0; i < TILE; i++) * (tile_row_in_bytes *)(out + i * out_row) = now[i];
}

static size_t at_most(size_t n, size_t most) {
    return n < most ? n : most;
}

static void turn_part(const uint8_t *in, size_t in_row, size_t n_rows, size_t n_columns,
                      uint8_t *out, size_t out_row) {
    for (size_t r = 0; r < n_rows; r++)
        for (size_t c = 0; c < n_columns; c++) out[c * out_row + r] = in[r * in_row + c];
}

static void transpose(const uint8_t *in, size_t in_row, size_t n_rows, size_t n_columns,
                      uint8_t *out, size_t out_row) {
    for (size_t r = 0; r < n_rows; r += TILE)
        for (size_t c = 0; c < n_columns; c += TILE) {
            const uint8_t *from = in + r * in_row + c;
            uint8_t *to = out + c * out_row + r;
            size_t rows = at_most(n_rows - r, TILE), columns = at_most(n_columns - c, TILE);
            if (rows == TILE && columns == TILE)
                turn_tile(from, in_row, to, out_row);
            else
                turn_part(from, in_row, rows, columns, to, out_row);
        }
}

/* ---- the passes ---- */

static size_t row_bytes(const lk_image *image) {
    return (size_t)image->width * (size_t)image->n_channels;
}

_Static_assert(LK_BAND % VECTOR_BYTES == 0, "a band is a number of vectors");

/* The scratch memory holds a column of `band` bytes for each value of a row, and then the columns
   of the result. A band that is not full ends in bytes that do not matter. */
static void rows_pass(const lk_image *in, const struct lk_taps *taps, uint8_t *scratch,
                      lk_image *out) {
    const size_t n = (size_t)in->n_channels, row = row_bytes(in), to_row = row_bytes(out),
                 height = (size_t)out->height;
    uint8_t *made = scratch + LK_BAND * row;
    for (size_t y = 0; y < height; y += LK_BAND) {
        size_t n_rows = at_most(height - y, LK_BAND),
               band = (n_rows + VECTOR_BYTES - 1) / VECTOR_BYTES * VECTOR_BYTES, pixel = n * band;
        transpose(in->pixels + y * row, row, n_rows, row, scratch, band);
        for (size_t x = 0; x < (size_t)out->width; x++)
            weigh(scratch + (size_t)taps->first[x] * pixel, pixel,
                  taps->weights + x * (size_t)taps->n_most, taps->n[x], pixel, made + x * pixel);
        transpose(made, band, to_row, n_rows, out->pixels + y * to_row, to_row);
    }
}

static void columns_pass(const lk_image *in, const struct lk_taps *taps, lk_image *out) {
    const size_t row = row_bytes(in);
    for (size_t y = 0; y < (size_t)out->height; y++)
        weigh(in->pixels + (size_t)taps->first[y] * row, row,
              taps->weights + y * (size_t)taps->n_most, taps->n[y], row, out->pixels + y * row);
}

extern const struct lk_resample_kernels lk_resample_of_isa LK_IN_ISA(lk_resample);
const struct lk_resample_kernels lk_resample_of_isa = { rows_pass, columns_pass };
