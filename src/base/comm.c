/*
 * Sums over processes: at level k rank r swaps values with rank r xor 2^k, and both add. This is
 * the binary tree of shards above the shards of one process. Addition is commutative, so both sides
 * get the same bits. Few values are swapped whole at each level (recursive doubling). Of many
 * values a rank keeps the half that it adds up further and sends the other one (recursive halving),
 * and the finished parts come back on the same way: each value takes the same path through the
 * tree, and each of P ranks sends 2 N (1 - 1/P) values in place of N log2 P (Rabenseifner,
 * "Optimization of Collective Reduction Operations", ICCS 2004).
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

void lk_comm_break(lk_comm *comm, const char *reason) {
    comm->broken = true;
    lk_format(comm->reason, sizeof comm->reason, "%s", reason);
}

static lk_status swap(lk_comm *comm, const lk_exchange *exchange, lk_error *err) {
    if (comm->broken) return lk_fail(err, LK_FAILED, "%s", comm->reason);
    lk_error first;
    lk_status status = comm->exchange(comm, exchange, &first);
    if (!status) return LK_OK;
    lk_comm_break(comm, first.text);
    return lk_fail(err, status, "%s", first.text);
}

/* One level: send n_bytes, and put what comes `into`. */
struct level {
    int level;
    bool patient;
    combine *put;
    const void *send;
    void *into;
    size_t n_bytes;
};

static lk_status swap_level(lk_comm *comm, const struct level *l, lk_error *err) {
    lk_status status = LK_OK;
    for (size_t at = 0; at < l->n_bytes && !status; at += LK_COMM_BYTES) {
        size_t left = l->n_bytes - at, n = left < LK_COMM_BYTES ? left : LK_COMM_BYTES;
        const lk_exchange exchange = { .peer = comm->rank ^ 1 << l->level,
                                       .send = (const char *)l->send + at,
                                       .receive = comm->room,
                                       .n_bytes = n,
                                       .limit_s = limit_at(comm, l->patient, l->level),
                                       .patient = l->patient };
        status = swap(comm, &exchange, err);
        if (!status) l->put((char *)l->into + at, comm->room, n);
    }
    return status;
}

static lk_status walk(lk_comm *comm, bool patient, combine *put, void *data, size_t n_bytes,
                      lk_error *err) {
    lk_status status = LK_OK;
    for (int level = 0; 1 << level < comm->n_ranks && !status; level++)
        status = swap_level(comm, &(struct level){ level, patient, put, data, data, n_bytes }, err);
    return status;
}

/* ---- many values ---- */

static void copy(void *into, const void *from, size_t n_bytes) {
    memcpy(into, from, n_bytes);
}

/* n_bytes are divisible by the number of ranks. The first loop leaves each rank with the sums of
   its own part, at `own`; the second one doubles this part. */
static lk_status walk_by_halves(lk_comm *comm, combine *put, void *data, size_t n_bytes,
                                lk_error *err) {
    lk_status status = LK_OK;
    int level = 0;
    char *own = data;
    for (; 1 << level < comm->n_ranks && !status; level++) {
        n_bytes /= 2;
        char *other = own + n_bytes, *lower = own;
        if (comm->rank >> level & 1) own = other, other = lower;
        status = swap_level(comm, &(struct level){ level, false, put, other, own, n_bytes }, err);
    }
    while (level-- > 0 && !status) {
        bool upper = comm->rank >> level & 1;
        char *other = upper ? own - n_bytes : own + n_bytes;
        status = swap_level(comm, &(struct level){ level, false, copy, own, other, n_bytes }, err);
        if (upper) own = other;
        n_bytes *= 2;
    }
    return status;
}

/* Halving has twice as many messages to wait for. */
enum { MANY_BYTES = 1 << 16 };

static lk_status sum(lk_comm *comm, combine *put, void *values, size_t n, size_t size,
                     lk_error *err) {
    size_t rest = n * size < MANY_BYTES ? n : n % (size_t)comm->n_ranks;
    size_t n_bytes = (n - rest) * size;
    lk_status status = n_bytes ? walk_by_halves(comm, put, values, n_bytes, err) : LK_OK;
    return status ? status : walk(comm, false, put, (char *)values + n_bytes, rest * size, err);
}

lk_status lk_comm_sum(lk_comm *comm, lk_real *values, size_t n, lk_error *err) {
    return sum(comm, add, values, n, sizeof *values, err);
}

lk_status lk_comm_sum_doubles(lk_comm *comm, double *values, size_t n, lk_error *err) {
    return sum(comm, add_doubles, values, n, sizeof *values, err);
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
