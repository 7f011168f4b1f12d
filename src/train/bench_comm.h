/** What processes that train together exchange: counted and timed. */
#ifndef LIKENESS_TRAIN_BENCH_COMM_H
#define LIKENESS_TRAIN_BENCH_COMM_H

#include "train/bench.h"

/** What a process has swapped with others. */
typedef struct lk_traffic {
    int64_t n_exchanges, n_bytes; /* bytes sent; as many are received */
    double seconds;               /* in exchanges, with the waits for others */
} lk_traffic;

/** A comm that counts what it exchanges. */
typedef struct lk_counted {
    lk_comm comm; /* first, as its exchange finds the rest from it */
    lk_status (*exchange)(lk_comm *comm, const lk_exchange *exchange, lk_error *err);
    lk_traffic traffic; /* so far */
} lk_counted;

/** Until the end, `counted->comm` takes the place of `comm`. */
void lk_counted_begin(lk_counted *counted, const lk_comm *comm);
void lk_counted_end(const lk_counted *counted, lk_comm *comm);
lk_traffic lk_traffic_since(const lk_counted *counted, lk_traffic before);

/** Fill in what needs no step: latency, bandwidth, and the sum of a gradient of n values, which are
 * lost. Errors: those of comm.h; LK_MEMORY. */
lk_status lk_bench_comm_measure(lk_counted *counted, lk_real *gradient, size_t n,
                                lk_bench_comm *out, lk_error *err);

#endif
