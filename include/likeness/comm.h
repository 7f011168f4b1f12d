/** The interface between processes that train together. */
#ifndef LIKENESS_COMM_H
#define LIKENESS_COMM_H

#include <likeness/status.h>

LK_HEADER_BEGIN

/** The processes that train together; `single` is this process alone. Of S shards, rank r of n has
 * [r S/n, (r+1) S/n). */
typedef struct lk_comm {
    const char *name;
    int rank, n_ranks;
    /** Add up the `values` of all ranks along the upper levels of the shard tree. Every rank gets
     * the same bits. */
    lk_status (*sum)(struct lk_comm *comm, lk_real *values, size_t n, lk_error *err);
    lk_status (*sum_doubles)(struct lk_comm *comm, double *values, size_t n, lk_error *err);
    void *state;
} lk_comm;
lk_comm lk_comm_single(void);

LK_HEADER_END

#endif
