/** The parameters of a model: flat arrays that outlive graphs. */
#ifndef LIKENESS_PARAMS_H
#define LIKENESS_PARAMS_H

#include <likeness/memory.h>
#include <likeness/tensor.h>
#include <likeness/threads.h>

LK_HEADER_BEGIN

/** How a parameter starts. fan_in: inputs that reach one output. */
typedef enum lk_init_kind {
    LK_INIT_CONSTANT, /* a: the value */
    LK_INIT_UNIFORM,  /* a: half-width */
    LK_INIT_NORMAL,   /* a: standard deviation */
} lk_init_kind;

typedef struct lk_init {
    lk_init_kind kind;
    double a;
} lk_init;

/** Trained parameters get gradients; the forward pass writes statistics (batch norm's running mean
 * and variance). */
typedef enum lk_param_kind { LK_PARAM_TRAINED, LK_PARAM_STATISTIC } lk_param_kind;

typedef struct lk_param {
    const char *name; /* PyTorch's: encoder.0.weight */
    lk_shape shape;   /* as in PyTorch; rank 4 stored channels-last */
    lk_param_kind kind;
    lk_init init;
    size_t offset; /* of its first value in the flat array of its kind */
} lk_param;

/** All parameters of a model, in flat arrays: one loop optimises, clips, averages, reduces or saves
 * all of them. */
typedef struct lk_params {
    lk_param *list;
    int n, capacity;
    /* values in the flat arrays; each parameter starts at a multiple of 16, gaps stay 0 */
    size_t n_trained, n_statistics;
    lk_real *trained, *gradient, *statistics;
    lk_arena arena;
} lk_params;

void lk_params_init(lk_params *params);
void lk_params_deinit(lk_params *params);
/**
 * Allocate the flat arrays (if not yet done) and start every parameter from its init and the seed:
 * the same bits at any number of threads.
 * errors  LK_MEMORY
 */
lk_status lk_params_start(lk_params *params, lk_threads *threads, uint64_t seed, lk_error *err);
/** The parameter named `name`, or NULL. */
const lk_param *lk_params_find(const lk_params *params, const char *name);
/** Its values, in `trained` or `statistics`. */
lk_real *lk_param_value(const lk_params *params, const lk_param *param);
/** Number of values of all trained parameters, without the gaps. */
size_t lk_params_count(const lk_params *params);

LK_HEADER_END

#endif
