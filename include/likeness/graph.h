/**
 * graph: a static graph of operations with gradients. Built once for a model and a batch size:
 * shapes are inferred while it is built, memory is planned when it is finished, and from then on
 * nothing is allocated.
 *
 *   lk_graph_create -> lk_input, lk_parameter, ops ... -> lk_graph_finish -> forward, backward, ...
 *   -> lk_graph_destroy
 *
 * Errors of building are sticky: an op that gets NULL returns NULL, and the graph keeps the first
 * error with node and op. So calls can be chained, and lk_graph_finish is the one check. Nodes
 * belong to their graph. The first dimension of the inputs of losses, convolutions, linear and
 * batch_norm is the batch.
 */
#ifndef LIKENESS_GRAPH_H
#define LIKENESS_GRAPH_H

#include <likeness/context.h>
#include <likeness/params.h>

LK_HEADER_BEGIN

/* ---- nodes and ops --------------------------------------------------------------------------- */

enum { LK_INPUTS_MAX = 5 };
typedef struct lk_graph lk_graph;
typedef struct lk_node lk_node;

/** Sample inputs with which the tests check an op's values and gradient. Values are drawn from
 * [low, high] (both 0: -1..1). */
typedef struct lk_sample {
    lk_shape in[LK_INPUTS_MAX];
    const void *options;
    double low, high;
} lk_sample;
#define LK_SAMPLES_END                                                                             \
    { .options = NULL } /* the last row of samples */

/**
 * An operation. `infer` sets shape, state_bytes and scratch_bytes from inputs and options, or fails
 * with LK_USAGE. `forward` fills the value. `backward` fills the gradient of each input that has
 * one, or adds to it where add[i] is set. Neither allocates. Gradients are written in the order of
 * the inputs, because one node may be several of them (but input 1's before input 0's where that
 * one takes the place of the node's own, and input 0's last with grad_in_place).
 */
typedef struct lk_op {
    const char *name, *summary;
    int arity, min_arity; /* min_arity 0: all inputs are required */
    size_t options_size;
    /* the value may overwrite input 0's, the gradient of input 0 the node's */
    bool in_place;
    /* backward reads input 0's value before it writes input 0's gradient, which may overwrite it */
    bool grad_in_place;
    bool needs_output;               /* backward reads the node's value */
    bool needs_input[LK_INPUTS_MAX]; /* backward reads the input's value */
    bool stops_gradient;             /* the result is taken as given: nothing behind it gets any */
    bool is_convolution;             /* what its nodes have prepared is a struct lk_conv */
    bool is_loss;                    /* input 0 is the original, input 1 the reconstruction */
    lk_status (*infer)(lk_node *node, lk_error *err);
    void (*forward)(lk_node *node);
    void (*backward)(lk_node *node);
    const lk_sample *samples; /* ends in LK_SAMPLES_END */
} lk_op;

/** One value in the graph and how it is computed. Ops read the fields; only the graph and infer
 * write them. */
struct lk_node {
    lk_graph *graph;
    const lk_op *op; /* NULL: an input, a constant or a parameter */
    const char *name;
    lk_shape shape;
    lk_node *in[LK_INPUTS_MAX];
    int n_in;
    void *options;
    void *prepared;        /* what infer made of shapes and options; NULL: nothing */
    lk_real *value, *grad; /* grad NULL: no op needs it */
    bool wants_grad;
    /* backward adds to in[i]->grad, which another consumer filled before */
    bool add[LK_INPUTS_MAX];
    size_t state_bytes; /* memory that is kept from forward to backward */
    void *state;
    /* during forward or backward, for each thread; and in front of that, for all together */
    size_t scratch_bytes, shared_bytes;
    int param; /* its place in params->list; -1: not a parameter */
    int index;
    bool keep;     /* stays readable until the next forward */
    bool constant; /* its value was given while the graph was built */
    /* of the memory plan; scratch of forward and of backward */
    struct lk_span *value_span, *grad_span, *state_span, *scratch_span[2];
};

/* ---- the graph ------------------------------------------------------------------------------- */

typedef struct lk_graph_options {
    const lk_context *context; /* borrowed, outlives the graph */
    lk_params *params;         /* borrowed, outlives the graph; gains the graph's parameters */
    int n;                     /* batch of this process */
    int n_shards;              /* a power of two; 0: lk_shard_count(n) */
    bool training;             /* false: no gradients, and less memory */
    uint64_t seed;             /* of noise */
    lk_engine_choice engine;   /* of convolutions */
    lk_precision precision;    /* of products in training; frozen networks take float */
    /* a graph whose memory this one also uses, if it is large enough: they take turns, and no value
       of one survives a forward of the other; it outlives this one; NULL: none */
    struct lk_graph *memory_of;
    /* how many arrays of all trained parameters their owner will need, for the check of memory; 0:
       two, values and gradients */
    int n_arrays;
} lk_graph_options;

/** errors  LK_MEMORY, LK_USAGE (more shards than samples, not a power of two) */
lk_status lk_graph_create(lk_graph_options options, lk_graph **graph, lk_error *err);
void lk_graph_destroy(lk_graph *graph);

/** A value that the caller fills before each forward. Its memory belongs to the graph; it has no
 * gradient. */
lk_node *lk_input(lk_graph *graph, const char *name, lk_shape shape);
/** The parameter of that name. It is made if there is none; otherwise shape and kind must agree.
 * The name is copied. */
lk_node *lk_parameter(lk_graph *graph, const char *name, lk_shape shape, lk_param_kind kind,
                      lk_init init);
/** A value that never changes and has no gradient; stored values of that shape are copied. */
lk_node *lk_constant(lk_graph *graph, const char *name, lk_shape shape, const lk_real *values);
/** Fills the values of a parameter, as they are stored. Errors: its own. */
typedef lk_status lk_frozen_values(void *self, const char *name, lk_shape shape, lk_real *values,
                                   lk_error *err);
/**
 * From now on lk_parameter gives constants, with values from `fill`; a name that was given since
 * this call gives the same node again. They are no parameters: nothing trains or saves them. NULL:
 * no longer.
 */
void lk_graph_freeze(lk_graph *graph, lk_frozen_values *fill, void *self);
/** Whether what is built now belongs to a network that is not trained. */
bool lk_graph_is_frozen(const lk_graph *graph);
/** Apply an op, as the functions of ops.h do. Copies the options. */
lk_node *lk_apply(lk_graph *graph, const lk_op *op, lk_node *const *in, int n_in,
                  const void *options);
/** For infer: zeroed memory that lives as long as the graph, for what stays the same from step to
 * step; it is the node's `prepared`. NULL when memory is short. */
void *lk_node_prepare(lk_node *node, size_t n_bytes);
/** Name the node, for messages and profiles; returns it. */
lk_node *lk_name(lk_node *node, const char *format, ...) LK_PRINTF(2, 3);
/** Let its value stay readable until the next forward; returns it. */
lk_node *lk_keep(lk_node *node);
/** Set the sticky error, unless there is one; returns NULL. */
lk_node *lk_refuse(lk_graph *graph, lk_status status, const char *format, ...) LK_PRINTF(3, 4);
/** Put "<where>: " in front of the sticky error: the place in the config that failed. */
void lk_graph_prefix_error(lk_graph *graph, const char *where);

/**
 * Plan and allocate memory. `objective` (a single number; NULL without training) is what backward
 * differentiates.
 * errors  the first error of building, with node and op; LK_USAGE where it needs more memory than
 *         there is, or where several processes train and two nodes use one parameter; LK_MEMORY
 */
lk_status lk_graph_finish(lk_graph *graph, lk_node *objective, lk_error *err);

typedef enum lk_mode { LK_TRAIN, LK_EVAL } lk_mode;
/** n_valid: samples of all processes that count in losses (the rest are padding); `step` names the
 * noise. */
void lk_graph_forward(lk_graph *graph, lk_mode mode, int n_valid, uint32_t step);
/** Gradients of the objective into params->gradient, after a forward with LK_TRAIN. */
void lk_graph_backward(lk_graph *graph);
/** The error of a collective operation or the like during the last forward or backward. */
lk_status lk_graph_status(const lk_graph *graph, lk_error *err);

/* What ops may read. */
const lk_context *lk_graph_context(const lk_graph *graph);
lk_mode lk_graph_mode(const lk_graph *graph);
/** Samples of this process, and those of them that are valid. */
int lk_graph_batch(const lk_graph *graph);
int lk_graph_valid(const lk_graph *graph);
int lk_graph_shards(const lk_graph *graph);
lk_engine_choice lk_graph_engine(const lk_graph *graph);
/** Of the products of what is built now. */
lk_precision lk_graph_precision(const lk_graph *graph);
/** Seed and step: with the index of a sample they determine the noise of this forward. */
uint64_t lk_graph_seed(const lk_graph *graph);
uint32_t lk_graph_step(const lk_graph *graph);
/** Of the batch of all processes: the index of this process's first sample, the number of samples,
 * and of valid ones. */
int lk_graph_first(const lk_graph *graph);
int lk_graph_batch_in_all(const lk_graph *graph);
int lk_graph_valid_in_all(const lk_graph *graph);
/** The number of training images, for ops that need it; 0: not known. Set by the graph's owner. */
int64_t lk_graph_population(const lk_graph *graph);
void lk_graph_set_population(lk_graph *graph, int64_t n_images);
/** Whether evaluation, too, gets the corrupted pictures of a denoising model; at first not. */
bool lk_graph_is_corrupted(const lk_graph *graph);
void lk_graph_corrupt(lk_graph *graph, bool on);
/** Of the node that runs: its shared_bytes, then a block of scratch_bytes for each thread. */
void *lk_graph_scratch(const lk_graph *graph);
lk_params *lk_graph_params(const lk_graph *graph);

/* For tools. */
/** Multiply-adds of a node's forward pass by definition, and the engine that computes them
 * ("winograd"); 0 and NULL: not a convolution. */
double lk_node_macs(const lk_node *node);
const char *lk_node_engine(const lk_node *node);
int lk_graph_count(const lk_graph *graph);
const lk_node *lk_graph_node(const lk_graph *graph, int i);
/** Bytes planned for values, gradients and scratch, without parameters. */
size_t lk_graph_bytes(const lk_graph *graph);
/**
 * With `on`, the results of each op are checked after it ran. lk_graph_bad returns the first node
 * since this call whose value (or, with *backward set, whose input's gradient) was not finite, or
 * NULL. Slow: meant for a step that is known to have failed.
 */
void lk_graph_detect(lk_graph *graph, bool on);
const lk_node *lk_graph_bad(const lk_graph *graph, bool *backward);
/** Called after each op with the seconds that it took, for profiles. NULL: none. */
typedef void lk_op_timer(void *self, const lk_node *node, bool backward, double seconds);
void lk_graph_time(lk_graph *graph, lk_op_timer *timer, void *self);

/** Run `task` for n_tasks rows or shards of a node, which is the tasks' context. */
void lk_node_run(lk_node *node, int n_tasks, lk_task *task);

LK_HEADER_END

#endif
