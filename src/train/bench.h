/** Timing of training steps on random data. */
#ifndef LIKENESS_TRAIN_BENCH_H
#define LIKENESS_TRAIN_BENCH_H

#include <likeness/config.h>
#include <likeness/image.h>

/** What one pass of an op costs a step. */
typedef struct lk_bench_pass {
    double ms;   /* a mean over all steps measured: medians are of whole steps only */
    double macs; /* multiply-adds of the direct form; 0: not worth counting */
    /* of the values, gradients and weights it is given and gives, each once, by their shapes */
    double bytes;
} lk_bench_pass;

/** One op of the graph, or all ops of a kind. */
typedef struct lk_bench_row {
    const char *op, *name; /* of all ops of a kind: no name */
    const char *engine;    /* who computes a convolution; NULL: it is none */
    char shape[64];        /* of the result; of all ops of a kind: "" */
    int n_nodes;
    lk_bench_pass forward, backward;
} lk_bench_row;

/** What a process exchanges with others. Bytes are those that it sends; it receives as many. */
typedef struct lk_bench_comm {
    double latency_us;       /* of an exchange of one byte, median */
    double bytes_per_second; /* of exchanges of LK_COMM_BYTES, each way, median */
    size_t gradient_bytes;
    double sum_ms; /* of lk_comm_sum of as many values as the gradient has, median */
    int64_t sum_exchanges, sum_bytes;
    int64_t step_exchanges, step_bytes; /* of one step, with its gradient */
    double step_ms;                     /* in exchanges, with the waits for others, median */
    /* a step whose gradient is summed after backward, and during it, medians; 0: not possible */
    double after_ms, during_ms;
} lk_bench_comm;
/** Numbers of threads for which lk_bench_rounds says how long a step's rounds would take. */
#define LK_BENCH_THREADS_LIST(X) X(1) X(2) X(4) X(8) X(16) X(32) X(64)
enum {
#define LK_BENCH_ONE(n) +1
    LK_N_BENCH_THREADS = 0 LK_BENCH_THREADS_LIST(LK_BENCH_ONE)
#undef LK_BENCH_ONE
};
extern const int lk_bench_threads[LK_N_BENCH_THREADS];

/** The rounds of the pool of threads, calls of lk_threads_run, in a step. What a step does outside
 * of them, one thread does alone. */
typedef struct lk_bench_rounds {
    double n, ms;    /* mean over the steps measured */
    double empty_us; /* of a round whose tasks do nothing, one for each thread; median */
    /**
     * What `ms` would be with other numbers of threads that are as fast and need no time to meet.
     * formula  sum over rounds of ms ceil(tasks / T) / ceil(tasks / n_threads)
     */
    double divided_ms[LK_N_BENCH_THREADS];
} lk_bench_rounds;

typedef struct lk_bench {
    int n_steps, batch, n_ranks;
    int n_threads; /* of each process */
    lk_precision precision;
    double first_step_ms; /* from the call to the end of the first step */
    /* all steps, those that warm up too: what else a program takes is its start and end */
    double steps_ms;
    double ms_per_step; /* median */
    double images_per_second, gflops;
    double peak_anonymous_mb;
    double loss_ms, loss_share; /* forward and backward of all nodes behind the output */
    double optimizer_ms;
    lk_bench_comm comm;
    lk_bench_rounds rounds;
    int n_rows, n_totals;
    lk_bench_row *rows;   /* in order of forward */
    lk_bench_row *totals; /* one for each kind of op, in order of their first */
} lk_bench;

typedef struct lk_bench_options {
    int n_steps; /* measured; two more come before */
    lk_image_shape images;
    bool comm;    /* fill comm; there must be several processes */
    bool profile; /* fill rows, totals and rounds */
} lk_bench_options;

/** Train n_steps on random data, batch and shards as the config says. Several processes divide the
 * batch as in training; the times are those of this one. The caller ends it with lk_bench_deinit.
 * Errors: as lk_train_model. */
lk_status lk_bench_run(const lk_context *context, const lk_config *config, lk_bench_options options,
                       lk_bench *bench, lk_error *err);
void lk_bench_deinit(lk_bench *bench);
/** Sorts the values. n is 1 or more. */
double lk_bench_median(double *values, int n);

#endif
