/**
 * optim: optimisers, learning rate schedules, clipping and averaging. On flat arrays only: nothing
 * here knows a layer.
 */
#ifndef LIKENESS_OPTIM_OPTIM_H
#define LIKENESS_OPTIM_OPTIM_H

#include "tensor/kernels.h"

#include <likeness/context.h>
#include <likeness/options.h>

enum { LK_MOMENTS_MAX = 2 };

/** One call of an optimiser over n values, cut into pieces by the caller. `step` counts from 1. */
typedef struct lk_update {
    const lk_kernels *kernels;
    size_t n;
    int64_t step;
    double lr, gradient_scale;
    const lk_real *gradient;
    lk_real *moment[LK_MOMENTS_MAX], *weight;
} lk_update;

typedef struct lk_optimizer {
    lk_choice choice;
    int n_moments;
    const char *moment_names[LK_MOMENTS_MAX]; /* in checkpoints */
    void (*update)(const lk_update *update, const void *options);
} lk_optimizer;
/** Every optimiser, as choices; each is an lk_optimizer. Ends in NULL. */
extern const lk_choice *const lk_optimizers[];

/** Where a run stands: steps done, of how many in all, and how many make an epoch. */
typedef struct lk_progress {
    int64_t step, n_steps, steps_an_epoch;
} lk_progress;

typedef struct lk_schedule {
    lk_choice choice;
    /** Factor on the learning rate for the step after `at.step` steps. */
    double (*factor)(lk_progress at, const void *options);
    bool follows_length; /* the factor depends on at.n_steps */
} lk_schedule;
/** Every schedule, as choices; each is an lk_schedule. Ends in NULL. */
extern const lk_choice *const lk_schedules[];

/** The schedule's factor, rising linearly over the first `warmup_steps` steps. */
double lk_schedule_factor(const lk_chosen *schedule, lk_progress at, int64_t warmup_steps);

/** Flat arrays that a step of training reads and writes; all of length n. */
typedef struct lk_training_state {
    size_t n;
    lk_real *weight, *gradient, *moment[LK_MOMENTS_MAX];
    lk_real *average; /* exponential moving average of the weights; NULL: none */
} lk_training_state;

typedef struct lk_step_options {
    int64_t step; /* from 1 */
    double lr;
    double clip_norm; /* 0: no clipping */
    double average;   /* decay of the average, [0, 1) */
} lk_step_options;

/** The Euclidean norm of the whole gradient; not finite when any value is not. The same bits at any
 * number of threads. */
double lk_gradient_norm(const lk_context *context, const lk_real *gradient, size_t n);

/**
 * One step. With clip_norm above 0 the gradient is scaled so that its norm is at most that; `norm`
 * is the one before. The average starts at the first step's weights.
 */
void lk_optimizer_step(const lk_context *context, const lk_chosen *optimizer,
                       lk_training_state state, lk_step_options options, double norm);

#endif
