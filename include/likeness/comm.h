/** The interface between processes that train together. */
#ifndef LIKENESS_COMM_H
#define LIKENESS_COMM_H

#include <likeness/stop.h>

LK_HEADER_BEGIN

/** Bytes of one message at most. */
enum { LK_COMM_BYTES = 1 << 20 };
/** How long a rank waits for another one, unless told otherwise. */
enum { LK_RANK_TIMEOUT_S = 300 };

/** Two processes swap n bytes. */
typedef struct lk_exchange {
    int peer;
    const void *send;
    void *receive;
    size_t n_bytes;
    double limit_s; /* how long to wait; 0: no limit */
    bool patient;   /* the peer may do work of its own before */
} lk_exchange;

/**
 * The processes that train together, each with a rank from 0 on. n_ranks is a power of two. Of S
 * shards, rank r has [r S/n, (r+1) S/n), and of a batch the samples of these shards. A row says how
 * two of them swap bytes; everything else is made of that. `single` is this process alone; `mpi` is
 * base/comm_mpi.c.
 *
 * The functions below are called by all processes in the same order, with the same sizes. With one
 * process they do nothing. Their errors are LK_FAILED, and say which rank waited for which one;
 * after the first one each call fails at once.
 */
typedef struct lk_comm {
    const char *name;
    int rank, n_ranks;
    lk_status (*exchange)(struct lk_comm *comm, const lk_exchange *exchange, lk_error *err);
    void *room;       /* LK_COMM_BYTES that messages are received in */
    void *state;      /* the row's own */
    double limit_s;   /* how long a rank waits for another one; 0: no limit */
    int64_t step;     /* that is under way, for messages */
    lk_stop stop;     /* after it says so, a rank waits a little longer; LK_FAILED: no longer */
    bool agreed;      /* lk_comm_agree has failed, so all ranks know of it */
    bool broken;      /* an exchange has failed, so all others do, for the same reason */
    char reason[512]; /* why */
    int n_ranks_kept; /* during lk_comm_alone; otherwise 0 */
    /* between the same ranks, for another thread at the same time; NULL: there is none */
    struct lk_comm *second;
} lk_comm;
lk_comm lk_comm_single(void);

/** Add up the values of all ranks along the upper levels of the shard tree. Every rank gets the
 * same bits. */
lk_status lk_comm_sum(lk_comm *comm, lk_real *values, size_t n, lk_error *err);
lk_status lk_comm_sum_doubles(lk_comm *comm, double *values, size_t n, lk_error *err);
/** Each rank fills in the bytes that it has and leaves the others 0. Every rank gets all. */
lk_status lk_comm_merge(lk_comm *comm, void *bytes, size_t n_bytes, lk_error *err);
/** The n_bytes of rank r go to all + r n_bytes, on every rank. */
lk_status lk_comm_gather(lk_comm *comm, const void *own, size_t n_bytes, void *all, lk_error *err);
/** Every rank gets the bytes of rank 0. */
lk_status lk_comm_share(lk_comm *comm, void *bytes, size_t n_bytes, lk_error *err);

/**
 * Every rank returns the same status: LK_OK if all are, otherwise an error before a stop, and the
 * one of the lowest rank, with its message. `patient`: rank 0 may do work of its own before it
 * comes here, so the wait has no limit.
 */
lk_status lk_comm_agree(lk_comm *comm, bool patient, lk_status status, lk_error *err);
/** For rows: the error of a rank that has waited for too long. */
lk_status lk_comm_late(const lk_comm *comm, const lk_exchange *exchange, lk_error *err);
/** For what fails outside: from now on each call fails for this reason. */
void lk_comm_break(lk_comm *comm, const char *reason);
/** Rank 0 works as if it was alone, and what it calls exchanges nothing; false: no longer. */
void lk_comm_alone(lk_comm *comm, bool on);

LK_HEADER_END

#endif
