/* Lists of changes to a config. */
#include "experiment/changes.h"

#include <string.h>

void lk_changes_init(lk_changes *changes) {
    changes->n = 0;
    lk_arena_init(&changes->arena);
}

static lk_status add(lk_changes *changes, const char *set, lk_error *err) {
    if (changes->n == LK_COUNT(changes->v))
        return lk_fail(err, LK_USAGE, "expected at most %zu changes in all", LK_COUNT(changes->v));
    char *copy = lk_arena_text(&changes->arena, set);
    if (!copy) return lk_fail_memory(err, strlen(set), set);
    changes->v[changes->n++] = copy;
    return LK_OK;
}

lk_status lk_changes_add(lk_changes *changes, const lk_grid *grid, const char *set, lk_error *err) {
    if (lk_grid_has(grid, set))
        return lk_fail(err, LK_USAGE, "%s: the grid already has the values of %.*s", set,
                       (int)strcspn(set, "="), set);
    return add(changes, set, err);
}

lk_status lk_changes_add_point(lk_changes *changes, const lk_grid *grid, int point, lk_error *err) {
    const char *sets[LK_GRID_AXES_MAX];
    int n = lk_grid_sets(grid, point, sets);
    lk_status status = LK_OK;
    for (int i = 0; i < n && !status; i++) status = add(changes, sets[i], err);
    return status;
}

void lk_changes_deinit(lk_changes *changes) {
    lk_arena_deinit(&changes->arena);
}
