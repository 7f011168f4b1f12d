/* A pool of threads that runs numbered tasks. Any thread may take any task, so results must not
   depend on the thread. */
#include "base/threads.h"
#include "base/limits.h"

#include <likeness/log.h>
#include <likeness/memory.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

enum { SPINS = 20000 };

struct lk_threads {
    int n_threads, n_started;
    int spins; /* 0 where threads share processors: spinning would keep others from their work */
    pthread_t *handles;
    pthread_mutex_t mutex;
    pthread_cond_t work, idle;
    lk_task *task;
    void *context;
    int n_tasks;
    atomic_uint round;    /* counts calls of lk_threads_run; workers wait for it to change */
    atomic_int next;      /* the first task nobody has taken */
    atomic_int n_working; /* workers not yet done with this round */
    bool stop;
    lk_round_seen *watch; /* NULL: nobody does */
    void *watcher;
};

struct worker {
    lk_threads *threads;
    int index;
};

/* Denormal numbers count as zero, on every thread alike: each would cost a hundred cycles. */
static void flush_denormals(void) {
#if defined(__x86_64__)
    _mm_setcsr(_mm_getcsr() | 0x8040);
#endif
}

static void pause_briefly(void) {
#if defined(__x86_64__)
    _mm_pause();
#endif
}

static void run_tasks(lk_threads *threads, int thread) {
    for (;;) {
        int index = atomic_fetch_add_explicit(&threads->next, 1, memory_order_relaxed);
        if (index >= threads->n_tasks) return;
        threads->task(threads->context, index, thread);
    }
}

/* Wait for a round other than `seen`. Spin first, because the next one mostly comes within
   microseconds. */
static unsigned wait_for_round(lk_threads *threads, unsigned seen) {
    for (int spin = 0; spin < threads->spins; spin++) {
        unsigned round = atomic_load_explicit(&threads->round, memory_order_acquire);
        if (round != seen) return round;
        pause_briefly();
    }
    pthread_mutex_lock(&threads->mutex);
    while (atomic_load_explicit(&threads->round, memory_order_acquire) == seen)
        pthread_cond_wait(&threads->work, &threads->mutex);
    pthread_mutex_unlock(&threads->mutex);
    return atomic_load_explicit(&threads->round, memory_order_acquire);
}

static void *work(void *argument) {
    struct worker worker = *(struct worker *)argument;
    lk_free(argument);
    lk_threads *threads = worker.threads;
    flush_denormals();
    unsigned seen = 0;
    for (;;) {
        seen = wait_for_round(threads, seen);
        if (threads->stop) return NULL;
        run_tasks(threads, worker.index);
        if (atomic_fetch_sub_explicit(&threads->n_working, 1, memory_order_acq_rel) == 1) {
            pthread_mutex_lock(&threads->mutex);
            pthread_cond_signal(&threads->idle);
            pthread_mutex_unlock(&threads->mutex);
        }
    }
}

static void begin_round(lk_threads *threads) {
    pthread_mutex_lock(&threads->mutex);
    atomic_fetch_add_explicit(&threads->round, 1, memory_order_release);
    pthread_cond_broadcast(&threads->work);
    pthread_mutex_unlock(&threads->mutex);
}

static void wait_until_idle(lk_threads *threads) {
    for (int spin = 0; spin < threads->spins; spin++) {
        if (atomic_load_explicit(&threads->n_working, memory_order_acquire) == 0) return;
        pause_briefly();
    }
    pthread_mutex_lock(&threads->mutex);
    while (atomic_load_explicit(&threads->n_working, memory_order_acquire) != 0)
        pthread_cond_wait(&threads->idle, &threads->mutex);
    pthread_mutex_unlock(&threads->mutex);
}

static void run_round(lk_threads *threads, int n_tasks, lk_task *task, void *context) {
    if (n_tasks == 1 || threads->n_started == 0) {
        for (int i = 0; i < n_tasks; i++) task(context, i, 0);
        return;
    }
    threads->task = task;
    threads->context = context;
    threads->n_tasks = n_tasks;
    atomic_store_explicit(&threads->next, 0, memory_order_relaxed);
    atomic_store_explicit(&threads->n_working, threads->n_started, memory_order_relaxed);
    begin_round(threads);
    run_tasks(threads, 0);
    wait_until_idle(threads);
}

void lk_threads_run(lk_threads *threads, int n_tasks, lk_task *task, void *context) {
    if (n_tasks <= 0) return;
    double begin = threads->watch ? lk_seconds() : 0;
    run_round(threads, n_tasks, task, context);
    if (threads->watch) threads->watch(threads->watcher, n_tasks, lk_seconds() - begin);
}

void lk_threads_watch(lk_threads *threads, lk_round_seen *watch, void *watcher) {
    threads->watch = watch;
    threads->watcher = watcher;
}

static lk_status thread_count(int asked, int n_processors, int *n_threads, lk_error *err) {
    const char *text = getenv("LIKENESS_THREADS");
    if (asked == 0 && text && *text) {
        char *end = NULL;
        long value = strtol(text, &end, 10);
        if (*end || value < 1 || value > LK_THREADS_MAX)
            return lk_fail(err, LK_USAGE,
                           "LIKENESS_THREADS: expected a number from 1 to %d, got \"%s\"",
                           LK_THREADS_MAX, text);
        asked = (int)value;
    }
    if (asked == 0) asked = n_processors < LK_THREADS_MAX ? n_processors : LK_THREADS_MAX;
    if (asked < 1 || asked > LK_THREADS_MAX)
        return lk_fail(err, LK_USAGE, "threads: expected 1 to %d, got %d", LK_THREADS_MAX, asked);
    *n_threads = asked;
    return LK_OK;
}

static lk_status start_worker(lk_threads *threads, int index, lk_error *err) {
    struct worker *worker = lk_alloc(sizeof *worker);
    if (!worker) return lk_fail_memory(err, sizeof *worker, "a thread");
    *worker = (struct worker){ threads, index };
    int reason = pthread_create(&threads->handles[index - 1], NULL, work, worker);
    if (reason == 0) return LK_OK;
    lk_free(worker);
    return lk_fail(err, LK_FAILED, "cannot start thread %d of %d: %s", index + 1,
                   threads->n_threads, strerror(reason));
}

lk_status lk_threads_create(int n_threads, lk_threads **out, lk_error *err) {
    int n_processors = lk_processors_available();
    lk_status status = thread_count(n_threads, n_processors, &n_threads, err);
    if (status) return status;
    lk_threads *threads = lk_alloc(sizeof *threads);
    if (!threads) return lk_fail_memory(err, sizeof *threads, "the thread pool");
    pthread_mutex_init(&threads->mutex, NULL);
    pthread_cond_init(&threads->work, NULL);
    pthread_cond_init(&threads->idle, NULL);
    flush_denormals();
    threads->n_threads = n_threads;
    threads->spins = n_threads <= n_processors ? SPINS : 0;
    threads->handles = lk_alloc((size_t)n_threads * sizeof *threads->handles);
    if (!threads->handles) {
        lk_threads_destroy(threads);
        return lk_fail_memory(err, (size_t)n_threads * sizeof *threads->handles, "the thread pool");
    }
    for (int i = 1; i < n_threads && !status; i++) {
        status = start_worker(threads, i, err);
        if (!status) threads->n_started++;
    }
    if (status)
        lk_threads_destroy(threads);
    else
        *out = threads;
    return status;
}

void lk_threads_destroy(lk_threads *threads) {
    if (!threads) return;
    threads->stop = true;
    begin_round(threads);
    for (int i = 0; i < threads->n_started; i++) pthread_join(threads->handles[i], NULL);
    pthread_cond_destroy(&threads->idle);
    pthread_cond_destroy(&threads->work);
    pthread_mutex_destroy(&threads->mutex);
    lk_free(threads->handles);
    lk_free(threads);
}

int lk_threads_count(const lk_threads *threads) {
    return threads->n_threads;
}
