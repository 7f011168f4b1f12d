/* Ops of quantized codes. */
#include "model/codebook.h"
#include "base/rng.h"
#include "graph/batch_sum.h"
#include "tensor/kernels.h"

#include <math.h>
#include <string.h>

/* What stays: the code of each vector, and how often each code was taken, a row for each shard. */
struct taken {
    int32_t *index; /* (N, vectors of a sample) */
    double *tally;  /* (S, K), after forward the sum in the first row */
};

/* Of one training step, after the tallies. */
struct update {
    double *sums;   /* (S, K, D) */
    lk_real *fresh; /* (K, D): what dead codes become */
};

static size_t n_codes(const lk_node *y) {
    return (size_t)y->in[1]->shape.d[0];
}

static size_t length(const lk_node *y) {
    return (size_t)y->shape.d[1];
}

/* Maps are stored channels-last, so that the vectors of a sample follow one another. */
static size_t n_vectors(const lk_node *y) {
    return lk_shape_row(y->shape) / length(y);
}

static struct update update_of(const lk_node *y) {
    double *sums = y->state;
    size_t n = (size_t)lk_graph_shards(y->graph) * n_codes(y) * length(y);
    return (struct update){ sums, (lk_real *)(void *)(sums + n) };
}

static lk_status prepare(lk_node *y, lk_error *err) {
    size_t n_index = (size_t)y->shape.d[0] * n_vectors(y),
           n_tally = (size_t)lk_graph_shards(y->graph) * n_codes(y),
           n_bytes = sizeof(struct taken) + n_tally * sizeof(double) + n_index * sizeof(int32_t);
    struct taken *taken = lk_node_prepare(y, n_bytes);
    if (!taken) return lk_fail_memory(err, n_bytes, "a codebook");
    taken->tally = (double *)(void *)(taken + 1);
    taken->index = (int32_t *)(void *)(taken->tally + n_tally);
    return LK_OK;
}

static lk_status codebook_infer(lk_node *y, lk_error *err) {
    lk_shape x = y->in[0]->shape, codes = y->in[1]->shape;
    char got[64], expected[64];
    if ((x.rank != 2 && x.rank != 4) || codes.rank != 2 || codes.d[1] != x.d[1] ||
        !lk_shape_equal(y->in[2]->shape, LK_SHAPE_1(codes.d[0])) ||
        !lk_shape_equal(y->in[3]->shape, codes))
        return lk_fail(err, LK_USAGE, "expected codes (K, %d) for %s, got %s", x.d[1],
                       lk_shape_text(x, expected, sizeof expected),
                       lk_shape_text(codes, got, sizeof got));
    y->shape = x;
    bool trains = y->in[0]->wants_grad;
    size_t values = n_codes(y) * length(y), shards = (size_t)lk_graph_shards(y->graph);
    y->state_bytes = trains ? values * (shards * sizeof(double) + sizeof(lk_real)) : 0;
    lk_status status = prepare(y, err);
    return status ? status : lk_batch_check(y->in[0], err);
}

/* ---- the nearest codes ---- */

static int32_t nearest(const lk_node *y, const lk_real *vector) {
    const lk_kernels *kernels = lk_graph_context(y->graph)->kernels;
    const lk_real *codes = y->in[1]->value;
    size_t d = length(y), n = n_codes(y), best = 0;
    double least = (double)INFINITY;
    for (size_t k = 0; k < n; k++) {
        double distance;
        kernels->pixelwise(LK_SQUARED, d, 0, vector, codes + k * d, &distance);
        if (distance < least) least = distance, best = k;
    }
    return (int32_t)best;
}

static void quantize_row(void *context, int row, int thread) {
    lk_node *y = context;
    const struct taken *taken = y->prepared;
    size_t d = length(y), n = n_vectors(y);
    (void)thread;
    for (size_t i = (size_t)row * n; i < ((size_t)row + 1) * n; i++) {
        taken->index[i] = nearest(y, y->in[0]->value + i * d);
        memcpy(y->value + i * d, y->in[1]->value + (size_t)taken->index[i] * d,
               d * sizeof *y->value);
    }
}

/* ---- sums over the batch ---- */

static bool trains(const lk_node *y) {
    return lk_graph_mode(y->graph) == LK_TRAIN && y->in[0]->wants_grad;
}

static void add_vector(const lk_node *y, int shard, size_t i) {
    const struct taken *taken = y->prepared;
    size_t d = length(y), k = (size_t)taken->index[i];
    taken->tally[(size_t)shard * n_codes(y) + k]++;
    if (!trains(y)) return;
    double *sum = update_of(y).sums + ((size_t)shard * n_codes(y) + k) * d;
    const lk_real *vector = y->in[0]->value + i * d;
    for (size_t j = 0; j < d; j++) sum[j] += (double)vector[j];
}

static void add_shard(void *context, int shard, int thread) {
    lk_node *y = context;
    const struct taken *taken = y->prepared;
    int batch = lk_graph_batch(y->graph), n_shards = lk_graph_shards(y->graph),
        end = lk_shard_begin(batch, n_shards, shard + 1), n_valid = lk_graph_valid(y->graph);
    size_t codes = n_codes(y), values = codes * length(y), n = n_vectors(y);
    (void)thread;
    memset(taken->tally + (size_t)shard * codes, 0, codes * sizeof(double));
    if (trains(y)) memset(update_of(y).sums + (size_t)shard * values, 0, values * sizeof(double));
    for (int row = lk_shard_begin(batch, n_shards, shard); row < end && row < n_valid; row++)
        for (size_t i = (size_t)row * n; i < ((size_t)row + 1) * n; i++) add_vector(y, shard, i);
}

/* ---- the codes follow ---- */

static double vectors_in_all(const lk_node *y) {
    return (double)lk_graph_valid_in_all(y->graph) * (double)n_vectors(y);
}

static double mean_count(const lk_node *y) {
    return vectors_in_all(y) / (double)n_codes(y);
}

static bool is_dead(const lk_node *y, size_t k) {
    double restart = ((const lk_codebook_options *)y->options)->restart;
    return (double)y->in[2]->value[k] < restart * mean_count(y);
}

#define COUNT_MIN 1e-10 /* of a code that follows its vectors */

static void follow(lk_node *y, size_t k) {
    const struct taken *taken = y->prepared;
    size_t d = length(y);
    lk_real *code = y->in[1]->value + k * d, *count = y->in[2]->value + k,
            *sum = y->in[3]->value + k * d;
    double decay = ((const lk_codebook_options *)y->options)->decay;
    const double *added = update_of(y).sums + k * d;
    *count = LK_R(decay * (double)*count + (1 - decay) * taken->tally[k]);
    for (size_t j = 0; j < d; j++) {
        sum[j] = LK_R(decay * (double)sum[j] + (1 - decay) * added[j]);
        if (!is_dead(y, k) && (double)*count > COUNT_MIN) code[j] = sum[j] / *count;
    }
}

/* Each process fills in the vectors that it has. */
static void choose_vectors(lk_node *y) {
    size_t d = length(y), n = n_vectors(y), first = (size_t)lk_graph_first(y->graph) * n;
    lk_real *fresh = update_of(y).fresh;
    memset(fresh, 0, n_codes(y) * d * sizeof *fresh);
    for (size_t k = 0; k < n_codes(y); k++) {
        if (!is_dead(y, k)) continue;
        lk_rng rng = lk_rng_at(lk_graph_seed(y->graph), LK_STREAM_RESTART, lk_graph_step(y->graph),
                               (uint32_t)k);
        size_t i = lk_rng_below(&rng, (uint32_t)vectors_in_all(y));
        if (i < first || i >= first + (size_t)lk_graph_valid(y->graph) * n) continue;
        memcpy(fresh + k * d, y->in[0]->value + (i - first) * d, d * sizeof *fresh);
    }
    lk_error err;
    lk_comm *comm = lk_graph_context(y->graph)->comm;
    lk_status status = lk_comm_merge(comm, fresh, n_codes(y) * d * sizeof *fresh, &err);
    if (status) lk_refuse(y->graph, status, "%s", err.text);
}

static void restart(lk_node *y, size_t k) {
    size_t d = length(y);
    const lk_real *fresh = update_of(y).fresh + k * d;
    lk_real count = LK_R(mean_count(y));
    for (size_t j = 0; j < d; j++) {
        y->in[1]->value[k * d + j] = fresh[j];
        y->in[3]->value[k * d + j] = fresh[j] * count;
    }
    y->in[2]->value[k] = count;
}

static void learn(lk_node *y) {
    lk_batch_add_shards(y->graph, update_of(y).sums, n_codes(y) * length(y));
    for (size_t k = 0; k < n_codes(y); k++) follow(y, k);
    choose_vectors(y);
    for (size_t k = 0; k < n_codes(y); k++)
        if (is_dead(y, k)) restart(y, k);
}

static void codebook_forward(lk_node *y) {
    const struct taken *taken = y->prepared;
    lk_node_run(y, y->shape.d[0], quantize_row);
    lk_node_run(y, lk_graph_shards(y->graph), add_shard);
    lk_batch_add_shards(y->graph, taken->tally, n_codes(y));
    if (trains(y)) learn(y);
}

static const lk_op codebook_op = {
    .name = "codebook",
    .summary = "the nearest code of each vector",
    .arity = 4,
    .options_size = sizeof(lk_codebook_options),
    .stops_gradient = true,
    .infer = codebook_infer,
    .forward = codebook_forward,
};

lk_node *lk_codebook(lk_node *x, lk_node *codes, lk_node *count, lk_node *sum,
                     lk_codebook_options options) {
    lk_node *in[] = { x, codes, count, sum };
    return x ? lk_apply(x->graph, &codebook_op, in, 4, &options) : NULL;
}

/* ---- straight through ---- */

static lk_status through_infer(lk_node *y, lk_error *err) {
    char x[64], given[64];
    y->shape = y->in[0]->shape;
    if (lk_shape_equal(y->shape, y->in[1]->shape)) return LK_OK;
    return lk_fail(err, LK_USAGE, "expected one shape, got %s and %s",
                   lk_shape_text(y->shape, x, sizeof x),
                   lk_shape_text(y->in[1]->shape, given, sizeof given));
}

static void through_forward(lk_node *y) {
    memcpy(y->value, y->in[1]->value, lk_shape_size(y->shape) * sizeof *y->value);
}

static void through_backward(lk_node *y) {
    lk_real *dx = y->in[0]->grad;
    for (size_t i = 0, n = lk_shape_size(y->shape); dx && i < n; i++)
        dx[i] = (y->add[0] ? dx[i] : 0) + y->grad[i];
}

static const lk_op through_op = {
    .name = "straight_through",
    .summary = "a given value with the gradient of another",
    .arity = 2,
    .infer = through_infer,
    .forward = through_forward,
    .backward = through_backward,
};

lk_node *lk_straight_through(lk_node *x, lk_node *given) {
    lk_node *in[] = { x, given };
    return x ? lk_apply(x->graph, &through_op, in, 2, NULL) : NULL;
}

/* ---- how codes are used ---- */

static lk_status number_infer(lk_node *y, lk_error *err) {
    (void)err;
    y->shape = LK_SHAPE_0;
    return LK_OK;
}

static void perplexity_forward(lk_node *y) {
    const lk_node *codebook = y->in[0];
    const struct taken *taken = codebook->prepared;
    double entropy = 0, n = vectors_in_all(codebook);
    for (size_t k = 0; k < n_codes(codebook); k++) {
        double p = taken->tally[k] / n;
        if (p > 0) entropy -= p * log(p);
    }
    y->value[0] = LK_R(exp(entropy));
}

static void usage_forward(lk_node *y) {
    const struct taken *taken = y->in[0]->prepared;
    size_t used = 0, n = n_codes(y->in[0]);
    for (size_t k = 0; k < n; k++) used += taken->tally[k] > 0;
    y->value[0] = LK_R((double)used / (double)n);
}

#define NUMBER_OP(name_, summary_, forward_)                                                       \
    {                                                                                              \
        .name = name_, .summary = summary_, .arity = 1, .stops_gradient = true,                    \
        .infer = number_infer, .forward = forward_                                                 \
    }
static const lk_op perplexity_op =
    NUMBER_OP("perplexity", "e to the entropy of the codes of a batch", perplexity_forward);
static const lk_op usage_op =
    NUMBER_OP("usage", "the share of codes that a batch takes", usage_forward);

lk_node *lk_codebook_perplexity(lk_node *codebook) {
    return codebook ? lk_apply(codebook->graph, &perplexity_op, &codebook, 1, NULL) : NULL;
}

lk_node *lk_codebook_usage(lk_node *codebook) {
    return codebook ? lk_apply(codebook->graph, &usage_op, &codebook, 1, NULL) : NULL;
}
