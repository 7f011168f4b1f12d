/** The training picture that is nearest to a picture. */
#ifndef LIKENESS_EVALUATE_NEAREST_H
#define LIKENESS_EVALUATE_NEAREST_H

#include <likeness/pack.h>
#include <likeness/stop.h>

typedef struct lk_neighbour {
    int index;       /* in the pack's training split; -1: it has none */
    double distance; /* root of the mean squared difference of values in [0, 1] */
    double second;   /* that of the second nearest; infinite if there is none */
} lk_neighbour;

/**
 * The nearest training picture of each of n pictures; of equally near ones the first. Candidates
 * come from single-precision matrix products, |a - b|^2 = |a|^2 + |b|^2 - 2 ab around 1/2; the
 * distances of the few best are then computed in double. The result has the same bits with any
 * number of threads. Memory beyond the result: about 32 MB a thread, and 50 bytes a picture for
 * every 4096 training pictures.
 *
 * shape   pictures (n, H, W, C) as in the pack; values outside [0, 1] count as its ends
 * stop    asked from time to time; may be NULL
 * errors  LK_MEMORY, or the answer of `stop`
 */
lk_status lk_nearest(const lk_context *context, const lk_pack *pack, const lk_real *pictures, int n,
                     const lk_stop *stop, lk_neighbour *out, lk_error *err);

#endif
