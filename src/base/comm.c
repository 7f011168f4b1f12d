/*
 * Sums over processes, by recursive doubling: at level k rank r swaps its values with rank r xor
 * 2^k, and both add. This is the binary tree of shards above the shards of one process. Addition is
 * commutative, so both sides get the same bits.
 */
#include <likeness/comm.h>
#include <likeness/text.h>

#include <stdio.h>
#include <string.h>

lk_comm lk_comm_single(void) {
    return (lk_comm){ .name = "single", .n_ranks = 1 };
}

/* ---- the tree ---- */

typedef void combine(void *into, const void *from, size_t n_bytes);

static void add(void *into, const void *from, size_t n_bytes) {
    lk_real *a = into;
    const lk_real *b = from;
    for (size_t i = 0; i < n_bytes / sizeof *a; i++) a[i] += b[i];
}

static void add_doubles(void *into, const void *from, size_t n_bytes) {
    double *a = into;
    const double *b = from;
    for (size_t i = 0; i < n_bytes / sizeof *a; i++) a[i] += b[i];
}

static void merge(void *into, const void *from, size_t n_bytes) {
    unsigned char *a = into;
    const unsigned char *b = from;
    for (size_t i = 0; i < n_bytes; i++) a[i] |= b[i];
}

static void take_larger(void *into, const void *from, size_t n_bytes) {
    uint32_t *a = into;
    const uint32_t *b = from;
    for (size_t i = 0; i < n_bytes / sizeof *a; i++) a[i] = b[i] > a[i] ? b[i] : a[i];
}

/* A rank that waits at a higher level may wait for one that waits itself. It waits a little longer,
   so that the rank that speaks first names the one that is late. */
static double limit_at(const lk_comm *comm, bool patient, int level) {
    return patient ? 0 : comm->limit_s * (1 + 0.05 * level);
}

lk_status lk_comm_late(const lk_comm *comm, const lk_exchange *exchange, lk_error *err) {
    char where[64] = "before the first step";
    if (comm->step) snprintf(where, sizeof where, "in step %lld", (long long)comm->step);
    return lk_fail(err, LK_FAILED,
                   "rank %d of %d has waited %.0f s for rank %d, %s; --rank-timeout sets the limit",
                   comm->rank, comm->n_ranks, exchange->limit_s, exchange->peer, where);
}

static lk_status swap(lk_comm *comm, const lk_exchange *exchange, lk_error *err) {
    if (comm->broken) return lk_fail(err, LK_FAILED, "%s", comm->reason);
    lk_error first;
    lk_status status = comm->exchange(comm, exchange, &first);
    if (!status) return LK_OK;
    comm->broken = true;
    lk_format(comm->reason, sizeof comm->reason, "%s", first.text);
    return lk_fail(err, status, "%s", first.text);
}

static lk_status walk(lk_comm *comm, bool patient, combine *put, void *data, size_t n_bytes,
                      lk_error *err) {
    lk_status status = LK_OK;
    for (int apart = 1, level = 0; apart < comm->n_ranks && !status; apart *= 2, level++)
        for (size_t at = 0; at < n_bytes && !status; at += LK_COMM_BYTES) {
            char *part = (char *)data + at;
            size_t n = n_bytes - at < LK_COMM_BYTES ? n_bytes - at : LK_COMM_BYTES;
            const lk_exchange exchange = { .peer = comm->rank ^ apart,
                                           .send = part,
                                           .receive = comm->room,
                                           .n_bytes = n,
                                           .limit_s = limit_at(comm, patient, level),
                                           .patient = patient };
            status = swap(comm, &exchange, err);
            if (!status) put(part, comm->room, n);
        }
    return status;
}

lk_status lk_comm_sum(lk_comm *comm, lk_real *values, size_t n, lk_error *err) {
    return walk(comm, false, add, values, n * sizeof *values, err);
}

lk_status lk_comm_sum_doubles(lk_comm *comm, double *values, size_t n, lk_error *err) {
    return walk(comm, false, add_doubles, values, n * sizeof *values, err);
}

lk_status lk_comm_merge(lk_comm *comm, void *bytes, size_t n_bytes, lk_error *err) {
    return walk(comm, false, merge, bytes, n_bytes, err);
}

lk_status lk_comm_gather(lk_comm *comm, const void *own, size_t n_bytes, void *all, lk_error *err) {
    memset(all, 0, (size_t)comm->n_ranks * n_bytes);
    memcpy((char *)all + (size_t)comm->rank * n_bytes, own, n_bytes);
    return lk_comm_merge(comm, all, (size_t)comm->n_ranks * n_bytes, err);
}

lk_status lk_comm_share(lk_comm *comm, void *bytes, size_t n_bytes, lk_error *err) {
    if (comm->rank > 0) memset(bytes, 0, n_bytes);
    return lk_comm_merge(comm, bytes, n_bytes, err);
}

/* ---- what all ranks know ---- */

/* Errors before stops, and of those the one of the lowest rank. */
static uint32_t weight(const lk_comm *comm, lk_status status) {
    uint32_t kind = status == LK_OK            ? 0
                    : status == LK_TERMINATED  ? 1
                    : status == LK_INTERRUPTED ? 2
                                               : 3;
    return kind << 16 | (kind ? UINT16_MAX - (uint32_t)comm->rank : 0);
}

struct outcome {
    uint32_t status;
    lk_error err;
};

static void describe(const lk_comm *comm, lk_status status, const lk_error *err,
                     struct outcome *out) {
    const char *text = err && *err->text ? err->text : lk_status_words(status);
    out->status = status;
    memcpy(out->err.text, text, strlen(text) + 1);
    if (comm->rank > 0) lk_error_prefix(&out->err, "rank %d", comm->rank);
}

lk_status lk_comm_agree(lk_comm *comm, bool patient, lk_status status, lk_error *err) {
    if (comm->n_ranks == 1 || (comm->broken && status)) return status;
    uint32_t own = weight(comm, status), most = own;
    lk_status failed = walk(comm, patient, take_larger, &most, sizeof most, err);
    if (failed || !most) return failed;
    struct outcome outcome;
    memset(&outcome, 0, sizeof outcome);
    if (own == most) describe(comm, status, err, &outcome);
    failed = walk(comm, false, merge, &outcome, sizeof outcome, err);
    if (failed) return failed;
    comm->agreed = true;
    if (err) *err = outcome.err;
    return (lk_status)outcome.status;
}

void lk_comm_alone(lk_comm *comm, bool on) {
    if (on && comm->n_ranks > 1) {
        comm->n_ranks_kept = comm->n_ranks;
        comm->n_ranks = 1;
    } else if (!on && comm->n_ranks_kept) {
        comm->n_ranks = comm->n_ranks_kept;
        comm->n_ranks_kept = 0;
    }
}
