/*
 * Runs jobs in parallel. Each has a leading thread with its own pool of threads. That is faster
 * than one job after the other with all threads, because the threads of a job wait for each other
 * at every op. The results of a job do not depend on its number of threads.
 */
#include "experiment/jobs.h"
#include "tensor/gemm.h"

#include <likeness/memory.h>

#include <pthread.h>

struct team {
    lk_job *job;
    void *self;
    lk_context *contexts; /* of each leader */
    pthread_mutex_t mutex;
    int next;         /* the first job that has not started */
    lk_status status; /* of the first that failed */
    atomic_bool *failed;
    lk_error err;
};

/* The next job, or -1 after a failure. The check for a failure and the taking of a job happen under
   one lock, so the jobs that were started are the first ones, without a gap. */
static int next_job(struct team *team) {
    pthread_mutex_lock(&team->mutex);
    int index = team->status ? -1 : team->next++;
    pthread_mutex_unlock(&team->mutex);
    return index;
}

static void do_job(void *self, int task, int leader) {
    (void)task; /* tasks are taken in order, but may start in another one */
    struct team *team = self;
    lk_error err = { "" };
    int index = next_job(team);
    if (index < 0) return;
    lk_status status = team->job(team->self, index, &team->contexts[leader], &err);
    pthread_mutex_lock(&team->mutex);
    if (status && !team->status) {
        team->status = status;
        team->err = err;
        *team->failed = true;
    }
    pthread_mutex_unlock(&team->mutex);
}

/* A context for each leader, with its share of the threads. */
static lk_status open_contexts(struct team *team, const lk_context *context, int n, lk_error *err) {
    int share = lk_threads_count(context->threads) / n;
    if (share < 1) share = 1;
    /* for all jobs, because each one reserves only for its own threads */
    lk_status status = lk_blas_reserve(n * share, err);
    if (status) return status;
    team->contexts = lk_alloc((size_t)n * sizeof *team->contexts);
    if (!team->contexts)
        return lk_fail_memory(err, (size_t)n * sizeof *team->contexts, "runs at once");
    for (int i = 0; i < n; i++) {
        team->contexts[i] = *context;
        team->contexts[i].threads = NULL;
    }
    for (int i = 0; i < n && !status; i++)
        status = lk_threads_create(share, &team->contexts[i].threads, err);
    return status;
}

static void close_contexts(struct team *team, int n) {
    for (int i = 0; i < n && team->contexts; i++) lk_threads_destroy(team->contexts[i].threads);
    lk_free(team->contexts);
}

lk_status lk_jobs_run(const lk_context *context, int n_jobs, int at_once, lk_job *job, void *self,
                      atomic_bool *failed, lk_error *err) {
    struct team team = {
        .job = job, .self = self, .failed = failed, .mutex = PTHREAD_MUTEX_INITIALIZER
    };
    lk_threads *leaders = NULL;
    int n = at_once < n_jobs ? at_once : n_jobs;
    if (n <= 1) {
        lk_status status = LK_OK;
        for (int i = 0; i < n_jobs && !status; i++) status = job(self, i, context, err);
        *failed = status != LK_OK;
        return status;
    }
    lk_status status = open_contexts(&team, context, n, err);
    if (!status) status = lk_threads_create(n, &leaders, err);
    if (!status) {
        lk_threads_run(leaders, n_jobs, do_job, &team);
        status = team.status ? lk_fail(err, team.status, "%s", team.err.text) : LK_OK;
    }
    lk_threads_destroy(leaders);
    close_contexts(&team, n);
    return status;
}
