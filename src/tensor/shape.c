/* Shapes, the channels-last order, and the tree that fixes the order of every sum over the
   batch. */
#include <likeness/tensor.h>
#include <likeness/text.h>

#include <string.h>

size_t lk_shape_size(lk_shape shape) {
    size_t n = 1;
    for (int i = 0; i < shape.rank; i++) n *= (size_t)shape.d[i];
    return n;
}

bool lk_shape_equal(lk_shape a, lk_shape b) {
    if (a.rank != b.rank) return false;
    for (int i = 0; i < a.rank; i++)
        if (a.d[i] != b.d[i]) return false;
    return true;
}

lk_status lk_shape_check(lk_shape shape, lk_error *err) {
    int64_t n = 1;
    bool fits = true;
    char got[64];
    for (int i = 0; i < shape.rank && fits; i++) {
        fits = shape.d[i] >= 1 && n <= INT32_MAX / shape.d[i];
        if (fits) n *= shape.d[i];
    }
    return fits ? LK_OK
                : lk_fail(
                      err, LK_USAGE,
                      "expected dimensions of at least 1 and fewer than 2^31 values, got shape %s",
                      lk_shape_text(shape, got, sizeof got));
}

const char *lk_shape_text(lk_shape shape, char *out, size_t n_bytes) {
    switch (shape.rank) {
    case 0:
        lk_format(out, n_bytes, "()");
        break;
    case 1:
        lk_format(out, n_bytes, "(%d)", shape.d[0]);
        break;
    case 2:
        lk_format(out, n_bytes, "(%d, %d)", shape.d[0], shape.d[1]);
        break;
    case 3:
        lk_format(out, n_bytes, "(%d, %d, %d)", shape.d[0], shape.d[1], shape.d[2]);
        break;
    default:
        lk_format(out, n_bytes, "(%d, %d, %d, %d)", shape.d[0], shape.d[1], shape.d[2], shape.d[3]);
        break;
    }
    return out;
}

size_t lk_shape_row(lk_shape shape) {
    size_t n = 1;
    for (int i = 1; i < shape.rank; i++) n *= (size_t)shape.d[i];
    return n;
}

/* Each of n matrices rows x columns, transposed. */
static void transpose(size_t n, size_t rows, size_t columns, const lk_real *from, lk_real *to) {
    for (size_t i = 0; i < n; i++, from += rows * columns, to += rows * columns)
        for (size_t r = 0; r < rows; r++)
            for (size_t c = 0; c < columns; c++) to[c * rows + r] = from[r * columns + c];
}

void lk_to_channels_last(lk_shape shape, const lk_real *as_written, lk_real *stored) {
    if (shape.rank == 4)
        transpose((size_t)shape.d[0], (size_t)shape.d[1], (size_t)shape.d[2] * (size_t)shape.d[3],
                  as_written, stored);
    else
        memcpy(stored, as_written, lk_shape_size(shape) * sizeof *stored);
}

void lk_from_channels_last(lk_shape shape, const lk_real *stored, lk_real *as_written) {
    if (shape.rank == 4)
        transpose((size_t)shape.d[0], (size_t)shape.d[2] * (size_t)shape.d[3], (size_t)shape.d[1],
                  stored, as_written);
    else
        memcpy(as_written, stored, lk_shape_size(shape) * sizeof *stored);
}

int lk_shard_begin(int n_samples, int n_shards, int i) {
    return (int)((int64_t)i * n_samples / n_shards);
}

int lk_shard_count(int n_samples) {
    int n = 1;
    while (n < 8 && n_samples / (2 * n) >= 8) n *= 2;
    return n;
}

int lk_tree_level(int i) {
    return __builtin_popcount((unsigned)i);
}

int lk_tree_merges(int i) {
    return __builtin_ctz(~(unsigned)i);
}

void lk_tree_sum(double *rows, int n_shards, size_t n) {
    for (int step = 1; step < n_shards; step *= 2)
        for (int i = 0; i + step < n_shards; i += 2 * step)
            for (size_t j = 0; j < n; j++)
                rows[(size_t)i * n + j] += rows[(size_t)(i + step) * n + j];
}
