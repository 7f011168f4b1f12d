/* What processes that train together exchange: counted and timed. */
#include "train/bench_comm.h"

#include <likeness/memory.h>

#include <string.h>

enum { SMALL = 1000, LARGE = 50, SUMS = 10 };

/* ---- counting ---- */

static lk_status exchange(lk_comm *comm, const lk_exchange *e, lk_error *err) {
    lk_counted *counted = (lk_counted *)comm;
    double begin_s = lk_seconds();
    lk_status status = counted->exchange(comm, e, err);
    counted->traffic.seconds += lk_seconds() - begin_s;
    counted->traffic.n_bytes += (int64_t)e->n_bytes;
    counted->traffic.n_exchanges++;
    return status;
}

void lk_counted_begin(lk_counted *counted, const lk_comm *comm) {
    *counted = (lk_counted){ .comm = *comm, .exchange = comm->exchange };
    counted->comm.exchange = exchange;
}

void lk_counted_end(const lk_counted *counted, lk_comm *comm) {
    *comm = counted->comm;
    comm->exchange = counted->exchange;
}

lk_traffic lk_traffic_since(const lk_counted *counted, lk_traffic before) {
    return (lk_traffic){ .n_exchanges = counted->traffic.n_exchanges - before.n_exchanges,
                         .n_bytes = counted->traffic.n_bytes - before.n_bytes,
                         .seconds = counted->traffic.seconds - before.seconds };
}

/* ---- timing ---- */

/* The median time of an exchange of so many bytes, over all levels of the tree. */
static lk_status time_exchanges(lk_counted *counted, char *bytes, size_t n_bytes, int n_times,
                                double *seconds, lk_error *err) {
    double all[SMALL];
    for (int i = 0; i < n_times; i++) {
        lk_traffic before = counted->traffic;
        lk_status status = lk_comm_merge(&counted->comm, bytes, n_bytes, err);
        if (status) return status;
        lk_traffic one = lk_traffic_since(counted, before);
        all[i] = one.seconds / (double)one.n_exchanges;
    }
    *seconds = lk_bench_median(all, n_times);
    return LK_OK;
}

static lk_status time_sums(lk_counted *counted, lk_real *gradient, size_t n, lk_bench_comm *out,
                           lk_error *err) {
    double ms[SUMS];
    memset(gradient, 0, n * sizeof *gradient);
    for (int i = 0; i < SUMS; i++) {
        lk_traffic before = counted->traffic;
        double begin_s = lk_seconds();
        lk_status status = lk_comm_sum(&counted->comm, gradient, n, err);
        if (status) return status;
        ms[i] = 1e3 * (lk_seconds() - begin_s);
        lk_traffic one = lk_traffic_since(counted, before);
        out->sum_exchanges = one.n_exchanges;
        out->sum_bytes = one.n_bytes;
    }
    out->gradient_bytes = n * sizeof *gradient;
    out->sum_ms = lk_bench_median(ms, SUMS);
    return LK_OK;
}

/* All ranks must have the memory before the first of them waits for another one. */
lk_status lk_bench_comm_measure(lk_counted *counted, lk_real *gradient, size_t n,
                                lk_bench_comm *out, lk_error *err) {
    double small_s = 0, large_s = 0;
    char *bytes = lk_alloc(LK_COMM_BYTES);
    lk_status status = bytes ? LK_OK : lk_fail_memory(err, LK_COMM_BYTES, "messages");
    status = lk_comm_agree(&counted->comm, false, status, err);
    if (!status) status = time_exchanges(counted, bytes, 1, SMALL, &small_s, err);
    if (!status) status = time_exchanges(counted, bytes, LK_COMM_BYTES, LARGE, &large_s, err);
    if (!status) status = time_sums(counted, gradient, n, out, err);
    if (!status) {
        out->latency_us = 1e6 * small_s;
        out->bytes_per_second = LK_COMM_BYTES / large_s;
    }
    lk_free(bytes);
    return status;
}
