/* Sums over processes in the background. */
#include "base/comm_queue.h"

#include <likeness/memory.h>

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { SUMS = 64 }; /* that may wait */

struct sum {
    lk_real *values;
    size_t n;
};

struct lk_comm_queue {
    lk_comm *comm;
    lk_stop stop; /* of comm, before */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct sum sums[SUMS];
    unsigned n_begun, n_done; /* so far */
    atomic_bool ends;
    lk_status status;
    lk_error err;
};

static lk_status ask_end(void *self) {
    lk_comm_queue *queue = self;
    return atomic_load(&queue->ends) ? LK_FAILED : lk_stop_ask(&queue->stop, NULL);
}

/* Like the thread that starts it, this one counts denormal numbers as zero: threads inherit it. */
static void *work(void *self) {
    lk_comm_queue *queue = self;
    pthread_mutex_lock(&queue->mutex);
    for (;;) {
        while (queue->n_done == queue->n_begun && !atomic_load(&queue->ends))
            pthread_cond_wait(&queue->changed, &queue->mutex);
        if (atomic_load(&queue->ends)) break;
        struct sum sum = queue->sums[queue->n_done % SUMS];
        lk_error err;
        pthread_mutex_unlock(&queue->mutex);
        lk_status status = lk_comm_sum(queue->comm, sum.values, sum.n, &err);
        pthread_mutex_lock(&queue->mutex);
        if (status && !queue->status) queue->status = status, queue->err = err;
        queue->n_done++;
        pthread_cond_broadcast(&queue->changed);
    }
    pthread_mutex_unlock(&queue->mutex);
    return NULL;
}

lk_status lk_comm_queue_create(lk_comm *comm, lk_comm_queue **out, lk_error *err) {
    lk_comm_queue *queue = lk_alloc(sizeof *queue);
    if (!queue) return lk_fail_memory(err, sizeof *queue, "sums in the background");
    queue->comm = comm;
    queue->stop = comm->stop;
    comm->stop = (lk_stop){ ask_end, queue };
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_cond_init(&queue->changed, NULL);
    int reason = pthread_create(&queue->thread, NULL, work, queue);
    if (reason == 0) {
        *out = queue;
        return LK_OK;
    }
    comm->stop = queue->stop;
    lk_free(queue);
    return lk_fail(err, LK_FAILED, "cannot start the thread that sums in the background: %s",
                   strerror(reason));
}

void lk_comm_queue_sum(lk_comm_queue *queue, lk_real *values, size_t n) {
    pthread_mutex_lock(&queue->mutex);
    while (queue->n_begun - queue->n_done == SUMS)
        pthread_cond_wait(&queue->changed, &queue->mutex);
    queue->sums[queue->n_begun++ % SUMS] = (struct sum){ values, n };
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->mutex);
}

lk_status lk_comm_queue_finish(lk_comm_queue *queue, lk_error *err) {
    pthread_mutex_lock(&queue->mutex);
    while (queue->n_done != queue->n_begun) pthread_cond_wait(&queue->changed, &queue->mutex);
    pthread_mutex_unlock(&queue->mutex);
    return queue->status ? lk_fail(err, queue->status, "%s", queue->err.text) : LK_OK;
}

void lk_comm_queue_destroy(lk_comm_queue *queue) {
    if (!queue) return;
    pthread_mutex_lock(&queue->mutex);
    atomic_store(&queue->ends, true);
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->mutex);
    pthread_join(queue->thread, NULL);
    queue->comm->stop = queue->stop;
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->mutex);
    lk_free(queue);
}
