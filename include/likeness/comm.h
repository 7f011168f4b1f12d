/** The interface between processes that train together. */
#ifndef LIKENESS_COMM_H
#define LIKENESS_COMM_H

#include <likeness/status.h>

/** The processes that train together. Row `single`: this one alone. Rank r holds the shards [r S/n,
 * (r+1) S/n). */
typedef struct lk_comm {
    const char *name;
    int rank, n_ranks;
    /** Add `values` of all ranks over the upper part of the shard tree; every rank gets the same
     * bits. */
    lk_status (*sum)(struct lk_comm *comm, lk_real *values, size_t n, lk_error *err);
    lk_status (*sum_doubles)(struct lk_comm *comm, double *values, size_t n, lk_error *err);
    void *state;
} lk_comm;
lk_comm lk_comm_single(void);

#endif
