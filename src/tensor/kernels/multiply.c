/*
 * Products of small matrices that lie in cache. The convolution engines spend most of their time
 * here. A block of C stays in registers while the sum runs in the order of k, so the bits do not
 * depend on how the matrices are cut into blocks.
 *
 *   multiply             C (+)= A B     for every k: ROWS numbers of A, one group or two of B
 *   multiply_transposed  C (+)= A^T B   the sum runs over the rows of both
 *   multiply_shards      C (+)= A^T B   the same, as the tree of the sums over each shard's rows
 */
#include "block.h"

enum { LEVELS = 7 }; /* of the tree over 2^6 shards, that is LK_SHARDS_MAX */

/* Rows [row, row + rows) of a panel block times `groups` groups of B. */
INLINE void multiply_block(int rows, int groups, int k, lk_panel a, int row, const lk_real *b,
                           int b_row, bool add, lk_panel to) {
    enum { MOST = ROWS * GROUPS * GROUP_VECTORS };
    vec c[MOST];
    load_block(c, rows, groups, add, to, row);
    for (int k0 = 0; k0 < k; k0 += LK_GROUP) {
        const lk_real *from = a.at + (ptrdiff_t)(k0 / LK_GROUP) * a.group + row * a.row;
        for (int kk = 0; kk < LK_GROUP; kk++, b += b_row) {
            vec bs[GROUPS * GROUP_VECTORS];
            UNROLL for (int j = 0; j < groups * GROUP_VECTORS; j++) bs[j] = load(b + j * WIDTH);
            UNROLL for (int i = 0; i < rows; i++) {
                lk_real x = from[i * a.row + kk];
                UNROLL for (int j = 0; j < groups * GROUP_VECTORS; j++)
                    c[i * groups * GROUP_VECTORS + j] += x * bs[j];
            }
        }
    }
    store_block(c, rows, groups, to, row);
}

/* All rows, `groups` groups of columns. */
INLINE void multiply_columns(int n_rows, int groups, int k, lk_panel a, const lk_real *b, int b_row,
                             bool add, lk_panel c) {
    for (; n_rows >= LK_PANEL_ROWS; n_rows -= LK_PANEL_ROWS, a.at += a.block, c.at += c.block)
        for (int row = 0; row < LK_PANEL_ROWS; row += ROWS)
            multiply_block(ROWS, groups, k, a, row, b, b_row, add, c);
    for (int row = 0; row < n_rows; row++) multiply_block(1, groups, k, a, row, b, b_row, add, c);
}

void lk_kernel_multiply(int n_rows, int n_groups, int k, lk_panel a, const lk_real *b, bool add,
                        lk_panel c) {
    for (int j = 0; j < n_groups; j += 2, b += (ptrdiff_t)k * PANEL, c.at += 2 * c.group) {
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

/* C[row .. row + ROWS) of the columns of A at `from`, summed over n_rows rows. */
INLINE void transposed_block(int groups, int n_rows, const lk_real *from, lk_panel a, lk_panel b,
                             bool add, lk_panel to, int row) {
    enum { MOST = ROWS * GROUPS * GROUP_VECTORS };
    vec c[MOST];
    load_block(c, ROWS, groups, add, to, row);
    for (int r0 = 0; r0 < n_rows; r0 += LK_PANEL_ROWS, from += a.block, b.at += b.block) {
        int n = n_rows - r0 < LK_PANEL_ROWS ? n_rows - r0 : LK_PANEL_ROWS;
        for (int r = 0; r < n; r++) {
            vec bs[GROUPS * GROUP_VECTORS];
            UNROLL for (int j = 0; j < groups * GROUP_VECTORS; j++) bs[j] =
                load(b.at + r * b.row + j / GROUP_VECTORS * b.group + j % GROUP_VECTORS * WIDTH);
            UNROLL for (int i = 0; i < ROWS; i++) {
                lk_real x = from[r * a.row + i];
                UNROLL for (int j = 0; j < groups * GROUP_VECTORS; j++)
                    c[i * groups * GROUP_VECTORS + j] += x * bs[j];
            }
        }
    }
    store_block(c, ROWS, groups, to, row);
}

void lk_kernel_multiply_transposed(int n_rows, int m_groups, int n_groups, lk_panel a, lk_panel b,
                                   bool add, lk_panel c) {
    for (int i = 0; i < m_groups * LK_GROUP; i += LK_PANEL_ROWS, c.at += c.block) {
        const lk_real *from = a.at + (ptrdiff_t)(i / LK_GROUP) * a.group + i % LK_GROUP;
        lk_panel columns = b, to = c;
        for (int j = 0; j < n_groups;) {
            int groups = n_groups - j < GROUPS ? 1 : GROUPS;
            for (int row = 0; row < LK_PANEL_ROWS; row += ROWS) {
                if (groups == 2)
                    transposed_block(GROUPS, n_rows, from + row, a, columns, add, to, row);
                else
                    transposed_block(1, n_rows, from + row, a, columns, add, to, row);
            }
            j += groups;
            columns.at += groups * b.group;
            to.at += groups * c.group;
        }
    }
}

/* c += the products of n_rows rows of A and B. */
INLINE void add_rows(vec *c, int groups, int n_rows, const lk_real *a, ptrdiff_t a_row,
                     const lk_real *b, ptrdiff_t b_row, ptrdiff_t b_group) {
    for (; n_rows > 0; n_rows--, a += a_row, b += b_row) {
        vec bs[GROUPS * GROUP_VECTORS];
        UNROLL for (int j = 0; j < groups * GROUP_VECTORS; j++) bs[j] =
            load(b + j / GROUP_VECTORS * b_group + j % GROUP_VECTORS * WIDTH);
        UNROLL for (int i = 0; i < ROWS; i++) {
            lk_real x = a[i];
            UNROLL for (int j = 0; j < groups * GROUP_VECTORS; j++)
                c[i * groups * GROUP_VECTORS + j] += x * bs[j];
        }
    }
}

/* C[row .. row + ROWS) of the columns of A at `from`. The sums that wait for their partner in the
   tree lie on a stack, the sum over the most shards at the bottom. */
INLINE void shards_block(int groups, int n_shards, const int *begin, const lk_real *from,
                         lk_panel a, lk_panel b, bool add, lk_panel to, int row) {
    enum { MOST = ROWS * GROUPS * GROUP_VECTORS };
    vec waiting[LEVELS][MOST], *top = waiting[0];
    const int n = ROWS * groups * GROUP_VECTORS;
    /* the block of C is mostly in memory, and a store that waits for it holds up the stack's */
    UNROLL for (int i = 0; i < ROWS; i++) UNROLL for (int j = 0; j < groups; j++)
        __builtin_prefetch(to.at + (row + i) * to.row + j * to.group, 1);
    for (int shard = 0; shard < n_shards; shard++) {
        vec c[MOST];
        UNROLL for (int i = 0; i < n; i++) c[i] = (vec){ 0 };
        add_rows(c, groups, begin[shard + 1] - begin[shard], from + begin[shard] * a.row, a.row,
                 b.at + begin[shard] * b.row, b.row, b.group);
        for (int pairs = shard; pairs & 1; pairs >>= 1) {
            top -= MOST;
            UNROLL for (int i = 0; i < n; i++) c[i] += top[i];
        }
        UNROLL for (int i = 0; i < n; i++) top[i] = c[i];
        top += MOST;
    }
    if (add) {
        vec c[MOST];
        load_block(c, ROWS, groups, true, to, row);
        UNROLL for (int i = 0; i < n; i++) waiting[0][i] += c[i];
    }
    store_block(waiting[0], ROWS, groups, to, row);
}

void lk_kernel_multiply_shards(int n_shards, const int *begin, int m_groups, int n_groups,
                               lk_panel a, lk_panel b, bool add, lk_panel c) {
    for (int i = 0; i < m_groups * LK_GROUP; i += LK_PANEL_ROWS, c.at += c.block) {
        const lk_real *from = a.at + (ptrdiff_t)(i / LK_GROUP) * a.group + i % LK_GROUP;
        lk_panel columns = b, to = c;
        for (int j = 0; j < n_groups;) {
            int groups = n_groups - j < GROUPS ? 1 : GROUPS;
            for (int row = 0; row < LK_PANEL_ROWS; row += ROWS) {
                if (groups == 2)
                    shards_block(GROUPS, n_shards, begin, from + row, a, columns, add, to, row);
                else
                    shards_block(1, n_shards, begin, from + row, a, columns, add, to, row);
            }
            j += groups;
            columns.at += groups * b.group;
            to.at += groups * c.group;
        }
    }
}
