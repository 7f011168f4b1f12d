/* Shards, the tree their sums run along, and the layout of tensors. */
#include "support.h"

#include <likeness/memory.h>
#include <likeness/tensor.h>

static void the_shard_tree_adds_neighbours_first(void **state) {
    (void)state;
    for (int n_shards = 1; n_shards <= LK_SHARDS_MAX; n_shards *= 2) {
        double rows[LK_SHARDS_MAX], levels[8] = { 0 };
        for (int i = 0; i < n_shards; i++) {
            rows[i] = 1.0 / (i + 1);
            int level = lk_tree_level(i);
            levels[level] = rows[i];
            for (int merges = lk_tree_merges(i); merges > 0; merges--, level--)
                levels[level - 1] += levels[level];
        }
        lk_tree_sum(rows, n_shards, 1);
        /* both forms of the tree: the same bits */
        assert_memory_equal(&levels[0], &rows[0], sizeof(double));
    }
}

static void shards_cover_every_sample_once(void **state) {
    (void)state;
    for (int n = 1; n < 200; n += 7)
        for (int s = 1; s <= 8; s *= 2) {
            assert_int_equal(lk_shard_begin(n, s, 0), 0);
            assert_int_equal(lk_shard_begin(n, s, s), n);
            for (int i = 0; i < s; i++)
                assert_true(lk_shard_begin(n, s, i + 1) >= lk_shard_begin(n, s, i));
        }
    assert_int_equal(lk_shard_count(64), 8);
    assert_int_equal(lk_shard_count(16), 2);
    assert_int_equal(lk_shard_count(100), 8);
    assert_int_equal(lk_shard_count(15), 1);
}

static void channels_last_and_back_is_the_identity(void **state) {
    (void)state;
    lk_shape shape = LK_SHAPE_4(2, 3, 4, 5);
    size_t n = lk_shape_size(shape);
    lk_real *x = lk_test_normal(n, 9), *stored = lk_alloc(n * sizeof *stored),
            *back = lk_alloc(n * sizeof *back);
    lk_to_channels_last(shape, x, stored);
    /* n 1, c 1, h 2, w 3 */
    assert_true(stored[((1 * 4 + 2) * 5 + 3) * 3 + 1] == x[((1 * 3 + 1) * 4 + 2) * 5 + 3]);
    lk_from_channels_last(shape, stored, back);
    assert_memory_equal(back, x, n * sizeof *x);
    lk_free(x), lk_free(stored), lk_free(back);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shard_tree_adds_neighbours_first),
        cmocka_unit_test(shards_cover_every_sample_once),
        cmocka_unit_test(channels_last_and_back_is_the_identity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
