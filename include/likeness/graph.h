/**
 * graph: a static graph of operations with gradients. Built once for a model and a batch size:
 * shapes are inferred while it is built, memory is planned when it is finished, and from then on
 * nothing is allocated.
 *
 *   lk_graph_create -> lk_input, lk_parameter, ops ... -> lk_graph_finish -> forward, backward, ...
 *   -> lk_graph_destroy
 *
 * Building is sticky: an op given NULL returns NULL and the graph keeps the first error with node
 * and op, so calls chain and lk_graph_finish is the one check. Nodes belong to their graph. The
 * first dimension of what losses, convolutions, linear and batch_norm get is the batch.
 */
#ifndef LIKENESS_GRAPH_H
#define LIKENESS_GRAPH_H

#include <likeness/tensor.h>

/* ---- parameters: flat arrays that outlive graphs --------------------------------------------- */

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

/** Trained parameters get gradients; statistics (batch norm's running mean and variance) are
 * written by the forward pass. */
typedef enum lk_param_kind { LK_TRAINED, LK_STATISTIC } lk_param_kind;

typedef struct lk_param {
    const char *name; /* PyTorch's: encoder.0.weight */
    lk_shape shape;   /* as in PyTorch; rank 4 stored channels-last */
    lk_param_kind kind;
    lk_init init;
    size_t offset; /* of its first value in the flat array of its kind */
} lk_param;

/** All parameters of a model. Flat arrays: one loop optimises, clips, averages, reduces or saves
 * them all. */
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
/** Where its values are: in `trained` or `statistics`. */
lk_real *lk_param_value(const lk_params *params, const lk_param *param);
/** Values of all trained parameters, without the gaps. */
size_t lk_params_count(const lk_params *params);

/* ---- nodes and ops --------------------------------------------------------------------------- */

enum { LK_INPUTS_MAX = 5 };
typedef struct lk_graph lk_graph;
typedef struct lk_node lk_node;

/** Sample inputs of an op, by which the tests check its gradient. Values are drawn from [low, high]
 * (both 0: -1..1). */
typedef struct lk_sample {
    lk_shape in[LK_INPUTS_MAX];
    const void *options;
    double low, high;
} lk_sample;
#define LK_SAMPLES_END                                                                             \
    { .options = NULL } /* the last row of samples */

/**
 * An operation: its row. `infer` sets shape, state_bytes and scratch_bytes from inputs and options,
 * or fails with LK_USAGE. `forward` fills value; `backward` adds to (in[i]->add) or fills the
 * gradient of each input that wants one. Neither allocates. Gradients are written in the order of
 * inputs, as one node may stand for several of them (but input 1's before input 0's where that one
 * lies in the node's own place).
 */
typedef struct lk_op {
    const char *name, *summary;
    int arity, min_arity; /* min_arity 0: all inputs are required */
    size_t options_size;
    /* the value may overwrite input 0's, the gradient of input 0 the node's */
    bool in_place;
    bool needs_output;               /* backward reads the node's value */
    bool needs_input[LK_INPUTS_MAX]; /* backward reads the input's value */
    bool is_loss;                    /* input 0 is the original, input 1 the reconstruction */
    lk_status (*infer)(lk_node *node, lk_error *err);
    void (*forward)(lk_node *node);
    void (*backward)(lk_node *node);
    lk_conv (*geometry)(const lk_node *node); /* of the convolution it is; NULL: none */
    const lk_sample *samples;                 /* ends in LK_SAMPLES_END */
} lk_op;

/** One value in the graph and how it comes about. Fields are read by ops; written by graph and
 * infer only. */
struct lk_node {
    lk_graph *graph;
    const lk_op *op; /* NULL: an input, a constant or a parameter */
    const char *name;
    lk_shape shape;
    lk_node *in[LK_INPUTS_MAX];
    int n_in;
    void *options;
    lk_real *value, *grad; /* grad NULL: nobody wants it */
    bool wants_grad;
    /* backward adds into in[i]->grad, as another consumer filled it before */
    bool add[LK_INPUTS_MAX];
    size_t state_bytes; /* kept from forward to backward */
    void *state;
    size_t scratch_bytes; /* for each thread, during forward or backward */
    int param;            /* its place in params->list; -1: not a parameter */
    int index;
    bool keep;                                           /* stays readable until the next forward */
    struct lk_span *value_span, *grad_span, *state_span; /* the memory plan's */
};

/* ---- the graph ------------------------------------------------------------------------------- */

typedef struct lk_graph_options {
    const lk_context *context; /* borrowed, outlives the graph */
    lk_params *params;         /* borrowed, outlives the graph; gains the graph's parameters */
    int n;                     /* batch of this process */
    int n_shards;              /* a power of two; 0: lk_shard_count(n) */
    bool training;             /* false: no gradients, and less memory */
    uint64_t seed;             /* of noise */
    lk_engine_wish engine;     /* of convolutions */
    /* a graph to share memory with, where its own is large enough: they take turns, and no value of
       one lives through a forward of the other; borrowed, outlives this one; NULL: none */
    struct lk_graph *lender;
    /* arrays of all trained parameters their owner needs in time, for the check of memory; 0:
       values, gradients */
    int n_arrays;
} lk_graph_options;

/** errors  LK_MEMORY, LK_USAGE (more shards than samples, not a power of two) */
lk_status lk_graph_create(lk_graph_options options, lk_graph **graph, lk_error *err);
void lk_graph_destroy(lk_graph *graph);

/** A value the caller fills before each forward: its memory is the graph's. Never has a
 * gradient. */
lk_node *lk_input(lk_graph *graph, const char *name, lk_shape shape);
/** A parameter of that name; made if the params have none, else shape and kind must agree. The name
 * is copied. */
lk_node *lk_parameter(lk_graph *graph, const char *name, lk_shape shape, lk_param_kind kind,
                      lk_init init);
/** Apply an op: what the named functions below do. Copies options. */
lk_node *lk_apply(lk_graph *graph, const lk_op *op, lk_node *const *in, int n_in,
                  const void *options);
/** Name the node, for messages and profiles; returns it. */
lk_node *lk_name(lk_node *node, const char *format, ...) LK_PRINTF(2, 3);
/** Let its value stay readable until the next forward; returns it. */
lk_node *lk_keep(lk_node *node);
/** Make the sticky error, unless there is one; returns NULL. */
lk_node *lk_refuse(lk_graph *graph, lk_status status, const char *format, ...) LK_PRINTF(3, 4);
/** Put "<where>: " in front of the sticky error: who wrote down what failed. */
void lk_graph_blame(lk_graph *graph, const char *where);

/**
 * Plan and allocate memory. `objective` (a single number; NULL without training) is what backward
 * differentiates.
 * errors  the first one of building, with node and op; LK_USAGE where more memory is needed than
 *         there is; LK_MEMORY
 */
lk_status lk_graph_finish(lk_graph *graph, lk_node *objective, lk_error *err);

typedef enum lk_mode { LK_TRAIN, LK_EVAL } lk_mode;
/** n_valid: samples that count in losses (the rest are padding); `step` names the noise. */
void lk_graph_forward(lk_graph *graph, lk_mode mode, int n_valid, uint32_t step);
/** Gradients of the objective into params->gradient, after a forward with LK_TRAIN. */
void lk_graph_backward(lk_graph *graph);
/** The error of a collective operation or the like during the last forward or backward. */
lk_status lk_graph_status(const lk_graph *graph, lk_error *err);

/* What ops may ask. */
const lk_context *lk_graph_context(const lk_graph *graph);
lk_mode lk_graph_mode(const lk_graph *graph);
int lk_graph_batch(const lk_graph *graph);
int lk_graph_valid(const lk_graph *graph);
int lk_graph_shards(const lk_graph *graph);
lk_engine_wish lk_graph_engine(const lk_graph *graph);
/** What names the noise of this forward, beside the index of a sample. */
uint64_t lk_graph_seed(const lk_graph *graph);
uint32_t lk_graph_step(const lk_graph *graph);
/** The place of this process's first valid sample among those of all processes, and how many those
 * are. */
int lk_graph_first(const lk_graph *graph);
int lk_graph_valid_in_all(const lk_graph *graph);
/** One block of scratch_bytes a thread, one after another. */
void *lk_graph_scratch(const lk_graph *graph);
lk_params *lk_graph_params(const lk_graph *graph);

/* What tools ask. */
/** Multiply-adds of a node's forward pass by their definition, and who computes them ("winograd");
 * 0 and NULL: no convolution. */
double lk_node_macs(const lk_node *node);
const char *lk_node_engine(const lk_node *node);
int lk_graph_count(const lk_graph *graph);
const lk_node *lk_graph_node(const lk_graph *graph, int i);
/** Bytes planned for values, gradients and scratch, without parameters. */
size_t lk_graph_bytes(const lk_graph *graph);
/**
 * With `on`, each op's results are checked as it ends, and lk_graph_bad gives the first node whose
 * value (or, with *backward set, whose input's gradient) was not finite since this call; else NULL.
 * Slow: for a step that is known to have failed.
 */
void lk_graph_detect(lk_graph *graph, bool on);
const lk_node *lk_graph_bad(const lk_graph *graph, bool *backward);
/** Called with each op as it ends: seconds it took. For profiles; NULL: none. */
typedef void lk_op_timer(void *self, const lk_node *node, bool backward, double seconds);
void lk_graph_time(lk_graph *graph, lk_op_timer *timer, void *self);

/** Run `task` for n_tasks rows or shards of a node, which is the tasks' context. */
void lk_node_run(lk_node *node, int n_tasks, lk_task *task);

/* ---- ops ------------------------------------------------------------------------------------- */

/** Every op's row, in order; ends in NULL. The losses' own ops are in their rows. */
extern const lk_op *const lk_ops[];

/**
 * Convolution (cross-correlation, as in PyTorch).
 *
 * shape   x (N, C, H, W), w (O, C, k, k), b (O) or NULL -> (N, O, P, Q), P = floor((H + 2 padding -
 *         k) / stride) + 1
 * grad    of x, w, b; that of w and b summed over the tree of shards
 * memory  the result belongs to the graph
 * errors  LK_USAGE when channels disagree or the kernel is larger than the padded image; NULL if an
 *         input is NULL
 */
typedef struct lk_conv_options {
    int stride, padding, output_padding; /* output_padding: transposed only */
} lk_conv_options;
lk_node *lk_conv2d(lk_node *x, lk_node *w, lk_node *b, lk_conv_options options);

/**
 * Transposed convolution: the adjoint of lk_conv2d.
 *
 * shape   x (N, C, H, W), w (C, O, k, k), b (O) or NULL -> (N, O, P, Q), P = (H - 1) stride - 2
 *         padding + k + output_padding
 * grad, memory, errors  as lk_conv2d; output_padding must be below the stride
 */
lk_node *lk_conv_transpose2d(lk_node *x, lk_node *w, lk_node *b, lk_conv_options options);

/** y = x w^T + b.  shape  x (N, I), w (O, I), b (O) or NULL -> (N, O). The rest as lk_conv2d. */
lk_node *lk_linear(lk_node *x, lk_node *w, lk_node *b);

/**
 * Batch normalisation over N, H, W for each channel (Ioffe, Szegedy 2015); PyTorch's convention.
 *
 * shape   x (N, C, H, W) or (N, C); gamma, beta, running mean and variance (C)  ->  as x
 * train   by the batch's mean and population variance; running = (1 - momentum) running + momentum
 *         batch, its variance unbiased
 * eval    by the running statistics
 * relu    with `rectify`, the result is lk_leaky_relu's of all that, with that slope (0:
 *         lk_relu's), in the same passes over memory
 * grad    of x, gamma, beta, in training
 */
typedef struct lk_batch_norm_options {
    double eps, momentum;
    bool rectify;
    double slope;
} lk_batch_norm_options;
lk_node *lk_batch_norm(lk_node *x, lk_node *gamma, lk_node *beta, lk_node *running_mean,
                       lk_node *running_var, lk_batch_norm_options options);

/** max(x, 0); the gradient at 0 is 0. Any shape; so are the next ones. */
lk_node *lk_relu(lk_node *x);
/** x where positive, else slope x. */
lk_node *lk_leaky_relu(lk_node *x, double slope);
lk_node *lk_sigmoid(lk_node *x);
lk_node *lk_tanh(lk_node *x);
lk_node *lk_square(lk_node *x);
lk_node *lk_abs(lk_node *x);
/** In float it saturates near e^-87 and e^88. */
lk_node *lk_exp(lk_node *x);
/** a x + b, element by element. */
lk_node *lk_affine(lk_node *x, double a, double b);
/** x within [low, high]; the gradient is 0 outside. */
lk_node *lk_clamp(lk_node *x, double low, double high);
/** Element by element, of equal shapes. */
lk_node *lk_add(lk_node *x, lk_node *z);
lk_node *lk_sub(lk_node *x, lk_node *z);
lk_node *lk_mul(lk_node *x, lk_node *z);
/** The same numbers in the order C, H, W under another shape; the first dimension stays. flatten:
 * (N, C H W). */
lk_node *lk_reshape(lk_node *x, lk_shape shape);
lk_node *lk_flatten(lk_node *x);
/** The mean over the batch and all else, a single number; padding left out, summed over the tree of
 * shards. */
lk_node *lk_mean(lk_node *x);

/** Bounds of a logvar: e^x and its sums over latents and batch stay finite in float. */
#define LK_LOGVAR_MIN (-30.0)
#define LK_LOGVAR_MAX 20.0
/**
 * Draw a code from a Gaussian posterior (Kingma, Welling 2013, section 2.4).
 *
 * shape   mu, logvar (N, Z)  ->  (N, Z)
 * train   z = mu + exp(logvar / 2) eps, eps normal, a function of the graph's seed and step and the
 *         sample's place in the batch
 * eval    z = mu
 * grad    of both, eps held fixed
 * errors  LK_USAGE when shapes differ. It is finite where logvar was clamped to LK_LOGVAR_MIN and
 *         LK_LOGVAR_MAX
 */
lk_node *lk_reparameterize(lk_node *mu, lk_node *logvar);

#endif
