/* Ranks that are threads: a message is copied from the memory of the one to that of the other. */
#include "ranks.h"

#include <likeness/memory.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

enum { RANKS_MAX = 8 };

/* From one rank to another one. */
struct box {
    const lk_exchange *sent; /* NULL: empty */
};

/* A channel: what all ranks share. */
struct hub {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct box box[RANKS_MAX][RANKS_MAX];
};

static struct timespec after(double seconds) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += (time_t)seconds;
    at.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
    if (at.tv_nsec >= 1000000000L) at.tv_sec++, at.tv_nsec -= 1000000000L;
    return at;
}

/* Waits while the box is empty, or as long as it is not. Returns whether it was in time. */
static bool wait_for(struct hub *hub, const struct box *box, bool full, double limit_s) {
    struct timespec end = after(limit_s);
    while ((box->sent != NULL) != full) {
        if (limit_s <= 0)
            pthread_cond_wait(&hub->changed, &hub->mutex);
        else if (pthread_cond_timedwait(&hub->changed, &hub->mutex, &end) == ETIMEDOUT)
            return false;
    }
    return true;
}

static lk_status exchange(lk_comm *comm, const lk_exchange *e, lk_error *err) {
    struct hub *hub = comm->state;
    struct box *out = &hub->box[comm->rank][e->peer], *in = &hub->box[e->peer][comm->rank];
    lk_status status = LK_OK;
    pthread_mutex_lock(&hub->mutex);
    out->sent = e;
    pthread_cond_broadcast(&hub->changed);
    if (!wait_for(hub, in, true, e->limit_s)) {
        status = lk_comm_late(comm, e, err);
        out->sent = NULL;
    } else if (in->sent->n_bytes != e->n_bytes) {
        status =
            lk_fail(err, LK_FAILED, "expected %zu bytes, got %zu", e->n_bytes, in->sent->n_bytes);
    } else {
        memcpy(e->receive, in->sent->send, e->n_bytes);
    }
    if (in->sent) in->sent = NULL;
    pthread_cond_broadcast(&hub->changed);
    if (!status) wait_for(hub, out, false, 0);
    pthread_mutex_unlock(&hub->mutex);
    return status;
}

struct rank {
    lk_context context;
    lk_comm comm, second;
    lk_test_rank *body;
    void *self;
    pthread_t thread;
};

/* The pool is made here, because its settings of the processor are those of the thread that makes
   it. */
static void *run(void *argument) {
    struct rank *rank = argument;
    lk_error err;
    if (lk_threads_create(1, &rank->context.threads, &err)) return NULL;
    rank->body(&rank->context, rank->self);
    lk_threads_destroy(rank->context.threads);
    return NULL;
}

void lk_test_ranks(int n_ranks, double limit_s, lk_test_rank *body, void *self) {
    struct hub hub = { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    struct hub hub_2 = { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    struct rank ranks[RANKS_MAX];
    assert_true(n_ranks <= RANKS_MAX);
    for (int i = 0; i < n_ranks; i++) {
        ranks[i] = (struct rank){ .context = *lk_test_context(), .body = body, .self = self };
        ranks[i].comm = (lk_comm){ .name = "threads",
                                   .rank = i,
                                   .n_ranks = n_ranks,
                                   .exchange = exchange,
                                   .room = lk_alloc(LK_COMM_BYTES),
                                   .state = &hub,
                                   .limit_s = limit_s };
        ranks[i].second = ranks[i].comm;
        ranks[i].second.room = lk_alloc(LK_COMM_BYTES);
        ranks[i].second.state = &hub_2;
        ranks[i].comm.second = &ranks[i].second;
        ranks[i].context.comm = &ranks[i].comm;
        assert_non_null(ranks[i].comm.room);
        assert_non_null(ranks[i].second.room);
    }
    for (int i = 0; i < n_ranks; i++)
        assert_int_equal(pthread_create(&ranks[i].thread, NULL, run, &ranks[i]), 0);
    for (int i = 0; i < n_ranks; i++) {
        pthread_join(ranks[i].thread, NULL);
        lk_free(ranks[i].comm.room);
        lk_free(ranks[i].second.room);
    }
}
