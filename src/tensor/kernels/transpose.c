/* Transposing a matrix, one square block at a time: the rows of a block are read whole and its
   columns written whole. */
#include "vector.h"

enum { SIDE = 16 };

/* Lanes of a vector, for the preprocessor. */
#define BYTES_float     4
#define BYTES_double    8
#define BYTES_OF_(type) BYTES_##type
#define BYTES_OF(type)  BYTES_OF_(type)
#define LANES           (VECTOR_BYTES / BYTES_OF(LK_REAL))

/* The lower halves of two vectors, lane by lane in turn, and the upper halves. */
#if LANES == 16
#define LOW  0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif LANES == 8
#define LOW  0, 8, 1, 9, 2, 10, 3, 11
#define HIGH 4, 12, 5, 13, 6, 14, 7, 15
#elif LANES == 4
#define LOW  0, 4, 1, 5
#define HIGH 2, 6, 3, 7
#elif LANES == 2
#define LOW  0, 2
#define HIGH 1, 3
#endif

/* Interleaving row i with row i + WIDTH / 2 moves a bit of the row's number to the column's. */
INLINE void turn(const lk_real *x, ptrdiff_t x_row, bool add, lk_real *y, ptrdiff_t y_row) {
    vec rows[WIDTH], mixed[WIDTH];
    UNROLL for (int i = 0; i < WIDTH; i++) rows[i] = load(x + i * x_row);
    UNROLL for (int bit = 1; bit < WIDTH; bit *= 2) {
        UNROLL for (int i = 0; i < WIDTH / 2; i++) {
            mixed[2 * i] = __builtin_shufflevector(rows[i], rows[i + WIDTH / 2], LOW);
            mixed[2 * i + 1] = __builtin_shufflevector(rows[i], rows[i + WIDTH / 2], HIGH);
        }
        UNROLL for (int i = 0; i < WIDTH; i++) rows[i] = mixed[i];
    }
    UNROLL for (int i = 0; i < WIDTH; i++)
        store(y + i * y_row, add ? load(y + i * y_row) + rows[i] : rows[i]);
}

INLINE void turn_side(const lk_real *x, ptrdiff_t x_row, bool add, lk_real *y, ptrdiff_t y_row) {
    for (int i = 0; i < SIDE; i += WIDTH)
        for (int j = 0; j < SIDE; j += WIDTH)
            turn(x + i * x_row + j, x_row, add, y + j * y_row + i, y_row);
}

static void turn_rest(int rows, int c, const lk_real *x, ptrdiff_t x_row, bool add, lk_real *y,
                      ptrdiff_t y_row) {
    for (int r = 0; r < rows; r++)
        for (int j = 0; j < c; j++) {
            lk_real *at = &y[j * y_row + r], value = x[r * x_row + j];
            *at = add ? *at + value : value;
        }
}

static int at_most(int n, int most) {
    return n < most ? n : most;
}

void lk_kernel_transpose(int rows, int c, const lk_real *x, ptrdiff_t x_row, bool add, lk_real *y,
                         ptrdiff_t y_row) {
    for (int r = 0; r < rows; r += SIDE)
        for (int j = 0; j < c; j += SIDE) {
            const lk_real *from = x + r * x_row + j;
            lk_real *to = y + j * y_row + r;
            if (r + SIDE > rows || j + SIDE > c)
                turn_rest(at_most(rows - r, SIDE), at_most(c - j, SIDE), from, x_row, add, to,
                          y_row);
            else if (add)
                turn_side(from, x_row, true, to, y_row);
            else
                turn_side(from, x_row, false, to, y_row);
        }
}
