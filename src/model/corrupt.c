/* The op that corrupts pictures. */
#include "model/corrupt.h"
#include "base/rng.h"
#include "graph/batch_sum.h"

#include <string.h>

static lk_status infer(lk_node *y, lk_error *err) {
    y->shape = y->in[0]->shape;
    return lk_batch_check(y->in[0], err);
}

/* Without the random numbers of training an evaluation stays the same from epoch to epoch. */
static lk_rng random_of(const lk_graph *graph, int row) {
    uint32_t step = lk_graph_step(graph), index = (uint32_t)(lk_graph_first(graph) + row);
    uint64_t seed = lk_graph_seed(graph);
    return lk_graph_mode(graph) == LK_TRAIN
               ? lk_rng_at(seed, LK_STREAM_CORRUPTION, step, index)
               : lk_rng_at(seed, LK_STREAM_EVAL_CORRUPTION, 0,
                           step * (uint32_t)lk_graph_batch_in_all(graph) + index);
}

static void forward_row(void *context, int row, int thread) {
    lk_node *y = context;
    const lk_chosen *chosen = y->options;
    const lk_shape *shape = &y->shape;
    size_t n = lk_shape_row(*shape), at = (size_t)row * n;
    (void)thread;
    memcpy(y->value + at, y->in[0]->value + at, n * sizeof *y->value);
    if (lk_graph_mode(y->graph) == LK_EVAL && !lk_graph_is_corrupted(y->graph)) return;
    lk_rng rng = random_of(y->graph, row);
    ((const lk_corruption *)chosen->choice)
        ->corrupt(chosen->options, &rng, (lk_picture_shape){ shape->d[2], shape->d[1] },
                  y->value + at);
}

static void forward(lk_node *y) {
    lk_node_run(y, y->shape.d[0], forward_row);
}

static const lk_op op = {
    .name = "corrupt",
    .summary = "pictures with noise or masks, in training",
    .arity = 1,
    .options_size = sizeof(lk_chosen),
    .infer = infer,
    .forward = forward,
};

lk_node *lk_corrupt(lk_node *images, const lk_chosen *corruption) {
    return images ? lk_name(lk_apply(images->graph, &op, &images, 1, corruption), "corrupted")
                  : NULL;
}
