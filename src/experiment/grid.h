/** Grids: values for some keys of a config, every combination of which is a run. */
#ifndef LIKENESS_EXPERIMENT_GRID_H
#define LIKENESS_EXPERIMENT_GRID_H

#include <likeness/options.h>

enum { LK_GRID_AXES_MAX = 16, LK_GRID_POINTS_MAX = 256 };

typedef struct lk_grid_value {
    const char *set; /* "grid optimizer.lr=0.01", a change for lk_config_load */
    /* the value in labels, and in names of folders, of letters, digits, _ . - */
    const char *label, *name;
} lk_grid_value;

typedef struct lk_grid_axis {
    const char *key; /* "optimizer.lr" */
    int n;
    lk_grid_value *value;
} lk_grid_axis;

/** "seed" is not one of the axes. */
typedef struct lk_grid {
    int n_axes, n_points; /* combinations: 1 without axes */
    lk_grid_axis axis[LK_GRID_AXES_MAX];
    lk_numbers seeds; /* n = 0: the grid has none */
    lk_arena arena;
} lk_grid;

/**
 * Read {"optimizer.lr": [1e-2, 1e-3], "seed": [1, 2]}; NULL: no axes. `path` is its name in
 * messages. The caller ends it with lk_grid_deinit, after an error too.
 * errors  LK_USAGE: no list, a value or key twice, more than LK_GRID_POINTS_MAX combinations;
 *         LK_MEMORY
 */
lk_status lk_grid_read(const lk_json *json, const struct cJSON *object, const char *path,
                       lk_grid *grid, lk_error *err);
/** The same from words "optimizer.lr=1e-2,1e-3"; each value is JSON, or else a string. Commas in
 * brackets belong to the value. */
lk_status lk_grid_read_words(const lk_strings *words, lk_grid *grid, lk_error *err);
/** A grid of one point: changes to a config, "optimizer.lr=1e-2". Of changes of one key the last
 * one counts; those that change no number are left out. */
lk_status lk_grid_read_sets(const char *const *sets, int n_sets, lk_grid *grid, lk_error *err);
void lk_grid_deinit(lk_grid *grid);

/** Whether the grid gives values to the key of a change, "optimizer.lr=3". */
bool lk_grid_has(const lk_grid *grid, const char *set);
/** The changes of a combination, a type before the keys that depend on it. Returns how many. */
int lk_grid_sets(const lk_grid *grid, int point, const char *sets[LK_GRID_AXES_MAX]);
/** Append "lr=0.01, latent=64", as short as the keys are clear; nothing without axes. */
void lk_grid_label(const lk_grid *grid, int point, lk_text *out);
/** Append "lr_0.01-latent_64", for names of folders. */
void lk_grid_name(const lk_grid *grid, int point, lk_text *out);

#endif
