/* Row-major matrices to pairs of bf16 (bf16.h). */
#include "bf16.h"

void lk_kernel_pair_columns(int rows, int columns, const lk_real *x, ptrdiff_t x_row, lk_pairs to) {
    for (int r = 0; r < rows; r++, x += x_row) {
        lk_pair *y = to.at + r / LK_PANEL_ROWS * to.block + r % LK_PANEL_ROWS * to.row;
        for (int c = 0; c < columns; c += LK_GROUP, y += to.group)
            UNROLL for (int i = 0; i < LK_GROUP; i += WIDTH)
                store_halves(y + i / 2, load(x + c + i));
    }
}

void lk_kernel_pair_rows(int rows, int columns, const lk_real *x, ptrdiff_t x_row, lk_pairs to) {
    const int pairs = LK_PANEL_ROWS / 2;
    for (int r = 0; r < rows; r += 2, x += 2 * x_row) {
        lk_pair *y = to.at + r / 2 / pairs * to.block + r / 2 % pairs * to.row;
        for (int c = 0; c < columns; c += LK_GROUP, y += to.group)
            UNROLL for (int i = 0; i < LK_GROUP; i += WIDTH) {
                vec second = r + 1 < rows ? load(x + x_row + c + i) : (vec){ 0 };
                store_pairs(y + i, pairs_of(load(x + c + i), second));
            }
    }
}
