/** The pictures of a split that a model reconstructs worst and best. Private to the program. */
#ifndef LIKENESS_CLI_EXTREMES_H
#define LIKENESS_CLI_EXTREMES_H

#include "cli/command.h"
#include "evaluate/ranked.h"
#include "net/trained.h"

#include <likeness/metric.h>
#include <likeness/pack.h>

struct cJSON;

enum { LK_EXTREMES_MAX = 64 };

/** n with the lowest SSIM, then n with the highest, as in lk_ranked_extremes. */
typedef struct lk_extremes {
    int n;
    lk_split split;
    lk_ranked pictures[2 * LK_EXTREMES_MAX];
    char *names[2 * LK_EXTREMES_MAX];
} lk_extremes;

/** `n`: at most this many of each; fewer in a small split. `scores`: (pictures, LK_N_METRICS). The
 * caller ends it with lk_extremes_deinit, also after an error. Errors: LK_MEMORY. */
lk_status lk_extremes_find(const lk_pack *pack, lk_split split, const lk_score *scores, int n,
                           lk_extremes *extremes, lk_error *err);
void lk_extremes_deinit(lk_extremes *extremes);
/** Reconstruct them with a model and write a figure with four rows. Errors: LK_MEMORY and those
 * of lk_collage_write. */
lk_status lk_extremes_draw(const lk_extremes *extremes, const lk_cli *cli, lk_trained *trained,
                           const lk_pack *pack, const char *path, lk_error *err);
/** Print a table of them. Errors: LK_MEMORY, LK_WRITE. */
lk_status lk_extremes_print(const lk_extremes *extremes, const char *path, lk_error *err);
/** Add "worst" and "best" to an object: lists of {"index", "name", "ssim", "mse"}. False when
 * memory ran out. */
bool lk_extremes_json(const lk_extremes *extremes, struct cJSON *json);

#endif
