/**
 * The scores of every picture in a file, test_scores.npy: float64, shape (n, metrics, 2), the value
 * and weight of each lk_score. Column i is row i of LK_METRIC_LIST, which only ever grows at its
 * end, so a file may have fewer columns than this program has metrics, or more.
 */
#ifndef LIKENESS_EVALUATE_SCORES_H
#define LIKENESS_EVALUATE_SCORES_H

#include <likeness/metric.h>
#include <likeness/pack.h>

/** Write the scores of n pictures, shape (n, LK_N_METRICS). Errors: LK_WRITE, LK_MEMORY. */
lk_status lk_scores_write(const char *path, const lk_score *scores, size_t n, lk_error *err);

/** The pictures of a split of a pack as a CSV file (RFC 4180): index, name, and every metric of
 * `scores` (n, LK_N_METRICS; NULL: none), empty where undefined. Errors: LK_WRITE, LK_MEMORY. */
lk_status lk_scores_write_csv(const char *path, const lk_pack *pack, lk_split split,
                              const lk_score *scores, lk_error *err);

/**
 * Read the scores of n pictures: shape (n, LK_N_METRICS). Those of metrics that the file lacks are
 * undefined, value and weight 0; columns of metrics that this program does not know are left out.
 *
 * memory  the caller frees *scores
 * errors  LK_READ, LK_FORMAT, LK_MEMORY
 */
lk_status lk_scores_read(const char *path, size_t n, lk_score **scores, lk_error *err);

#endif
