/*
 * The products of multiply.c with both factors rounded to bf16, two terms of a sum at a time, and
 * sums in lk_real.
 */
#include "bf16.h"

#include "block.h"

/* Rows [row, row + rows) of a panel block times `groups` groups of B. */
INLINE void multiply_block(int rows, int groups, int k, lk_pairs a, int row, const lk_pair *b,
                           int b_row, bool add, lk_panel to) {
    enum { MOST = ROWS * GROUPS * GROUP_VECTORS, PAIRS = LK_GROUP / 2 };
    vec c[MOST];
    load_block(c, rows, groups, add, to, row);
    for (int k0 = 0; k0 < k / 2; k0 += PAIRS) {
        const lk_pair *from = a.at + (ptrdiff_t)(k0 / PAIRS) * a.group + row * a.row;
        for (int kk = 0; kk < PAIRS; kk++, b += b_row) {
            pairs_vec bs[GROUPS * GROUP_VECTORS];
            UNROLL for (int j = 0; j < groups * GROUP_VECTORS; j++) bs[j] =
                load_pairs(b + j * WIDTH);
            UNROLL for (int i = 0; i < rows; i++) {
                lk_pair x = from[i * a.row + kk];
                UNROLL for (int j = 0; j < groups * GROUP_VECTORS; j++) {
                    vec *sum = &c[i * groups * GROUP_VECTORS + j];
                    *sum = add_products(*sum, x, bs[j]);
                }
            }
        }
    }
    store_block(c, rows, groups, to, row);
}

/* All rows, `groups` groups of columns. */
INLINE void multiply_columns(int n_rows, int groups, int k, lk_pairs a, const lk_pair *b, int b_row,
                             bool add, lk_panel c) {
    for (; n_rows >= LK_PANEL_ROWS; n_rows -= LK_PANEL_ROWS, a.at += a.block, c.at += c.block)
        for (int row = 0; row < LK_PANEL_ROWS; row += ROWS)
            multiply_block(ROWS, groups, k, a, row, b, b_row, add, c);
    for (int row = 0; row < n_rows; row++) multiply_block(1, groups, k, a, row, b, b_row, add, c);
}

void lk_kernel_multiply_bf16(int n_rows, int n_groups, int k, lk_pairs a, const lk_pair *b,
                             bool add, lk_panel c) {
    for (int j = 0; j < n_groups; j += 2, b += (ptrdiff_t)k / 2 * PANEL, c.at += 2 * c.group) {
        int b_row = n_groups - j == 1 ? LK_GROUP : PANEL;
        if (GROUPS == 2 && b_row == PANEL) {
            multiply_columns(n_rows, GROUPS, k, a, b, b_row, add, c);
            continue;
        }
        for (int i = 0; i < b_row / LK_GROUP; i++) {
            lk_panel to = c;
            to.at += i * c.group;
            multiply_columns(n_rows, 1, k, a, b + i * LK_GROUP, b_row, add, to);
        }
    }
}

/* C[row .. row + ROWS) of the columns of A at `from`, summed over n_pairs pairs of rows. */
INLINE void transposed_block(int groups, int n_pairs, const lk_pair *from, lk_pairs a, lk_pairs b,
                             bool add, lk_panel to, int row) {
    enum { MOST = ROWS * GROUPS * GROUP_VECTORS, PAIRS = LK_PANEL_ROWS / 2 };
    vec c[MOST];
    load_block(c, ROWS, groups, add, to, row);
    for (int r0 = 0; r0 < n_pairs; r0 += PAIRS, from += a.block, b.at += b.block) {
        int n = n_pairs - r0 < PAIRS ? n_pairs - r0 : PAIRS;
        for (int r = 0; r < n; r++) {
            pairs_vec bs[GROUPS * GROUP_VECTORS];
            UNROLL for (int j = 0; j < groups * GROUP_VECTORS; j++) bs[j] = load_pairs(
                b.at + r * b.row + j / GROUP_VECTORS * b.group + j % GROUP_VECTORS * WIDTH);
            UNROLL for (int i = 0; i < ROWS; i++) {
                lk_pair x = from[r * a.row + i];
                UNROLL for (int j = 0; j < groups * GROUP_VECTORS; j++) {
                    vec *sum = &c[i * groups * GROUP_VECTORS + j];
                    *sum = add_products(*sum, x, bs[j]);
                }
            }
        }
    }
    store_block(c, ROWS, groups, to, row);
}

void lk_kernel_multiply_transposed_bf16(int n_rows, int m_groups, int n_groups, lk_pairs a,
                                        lk_pairs b, bool add, lk_panel c) {
    const int n_pairs = (n_rows + 1) / 2;
    for (int i = 0; i < m_groups * LK_GROUP; i += LK_PANEL_ROWS, c.at += c.block) {
        const lk_pair *from = a.at + (ptrdiff_t)(i / LK_GROUP) * a.group + i % LK_GROUP;
        lk_pairs columns = b;
        lk_panel to = c;
        for (int j = 0; j < n_groups;) {
            int groups = n_groups - j < GROUPS ? 1 : GROUPS;
            for (int row = 0; row < LK_PANEL_ROWS; row += ROWS) {
                if (groups == 2)
                    transposed_block(GROUPS, n_pairs, from + row, a, columns, add, to, row);
                else
                    transposed_block(1, n_pairs, from + row, a, columns, add, to, row);
            }
            j += groups;
            columns.at += groups * b.group;
            to.at += groups * c.group;
        }
    }
}
