/** Timing of training steps on random data. Internal to the run layer and the program. */
#ifndef LIKENESS_RUN_BENCH_H
#define LIKENESS_RUN_BENCH_H

#include "run/net.h"

/** Time of one op in one pass, over all steps measured. */
typedef struct lk_bench_row {
    const char *name, *op;
    char shape[64];                 /* of the result */
    double forward_ms, backward_ms; /* medians are of whole steps only: these are means a step */
    double macs;                    /* of forward */
} lk_bench_row;

typedef struct lk_bench {
    int n_steps, batch, n_threads;
    double first_step_ms; /* from the call to the end of the first step */
    double ms_per_step;   /* median */
    double images_per_second, gflops;
    double peak_anonymous_mb;
    double loss_ms, loss_share; /* forward and backward of all nodes behind the output */
    double optimizer_ms;
    int n_rows;
    lk_bench_row *rows; /* in order of forward */
} lk_bench;

typedef struct lk_bench_options {
    int n_steps; /* measured; two more come before */
    lk_image_shape images;
    bool profile; /* fill rows */
} lk_bench_options;

/** Train n_steps on random data, batch and shards as the config says. The caller ends it with lk_bench_deinit. Errors: as lk_train_model. */
lk_status lk_bench_run(const lk_context *context, const lk_config *config, lk_bench_options options, lk_bench *bench, lk_error *err);
void lk_bench_deinit(lk_bench *bench);

#endif
