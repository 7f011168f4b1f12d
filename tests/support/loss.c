/* A reconstruction loss by itself. */
#include "loss.h"

#include <likeness/loss.h>

#include <string.h>

lk_status lk_test_loss_read(const char *text, lk_arena *arena, lk_chosen *loss, lk_error *err) {
    lk_json json;
    lk_status status = lk_json_parse(text, strlen(text), "c.json", &json, err);
    if (!status)
        status = lk_choice_read(lk_losses, "mse", NULL, NULL, &json, json.root, "reconstruction",
                                arena, loss, err);
    lk_json_deinit(&json); /* options do not point into it after reading */
    return status;
}

/* x -> loss <- y, a parameter. */
struct net {
    lk_arena arena;
    lk_params params;
    lk_graph *graph;
    lk_node *x, *loss;
};

static lk_status open_net(struct net *net, const lk_context *context, const char *options,
                          lk_shape shape, lk_error *err) {
    lk_chosen chosen;
    *net = (struct net){ 0 };
    lk_arena_init(&net->arena);
    lk_params_init(&net->params);
    lk_graph_options graph = {
        .context = context, .params = &net->params, .n = shape.d[0], .training = true
    };
    assert_ok(lk_test_loss_read(options, &net->arena, &chosen, err), err);
    assert_ok(lk_graph_create(graph, &net->graph, err), err);
    net->x = lk_input(net->graph, "x", shape);
    lk_node *y =
        lk_parameter(net->graph, "y", shape, LK_PARAM_TRAINED, (lk_init){ LK_INIT_CONSTANT, 0 });
    net->loss = ((const lk_loss *)chosen.choice)->build(net->x, y, chosen.options);
    return lk_graph_finish(net->graph, net->loss, err);
}

static void close_net(struct net *net) {
    lk_graph_destroy(net->graph);
    lk_params_deinit(&net->params);
    lk_arena_deinit(&net->arena);
}

struct lk_test_loss lk_test_loss(const lk_context *context, const char *options, lk_shape shape,
                                 int n_valid, const lk_real *x, const lk_real *y) {
    struct net net;
    lk_error err;
    size_t n = lk_shape_size(shape);
    assert_ok(open_net(&net, context, options, shape, &err), &err);
    memcpy(net.x->value, x, n * sizeof *x);
    memcpy(lk_param_value(&net.params, &net.params.list[0]), y, n * sizeof *y);
    for (int pass = 0; pass < 2; pass++) { /* first with all samples, of which nothing may remain */
        lk_graph_forward(net.graph, LK_TRAIN, pass ? n_valid : shape.d[0], 0);
        lk_graph_backward(net.graph);
    }
    struct lk_test_loss result = { (double)net.loss->value[0], lk_alloc(n * sizeof(lk_real)) };
    memcpy(result.gradient, net.params.gradient + net.params.list[0].offset, n * sizeof(lk_real));
    lk_graph_forward(net.graph, LK_EVAL, n_valid, 0);
    assert_true((double)net.loss->value[0] ==
                result.value); /* computing the gradient does not change the value */
    close_net(&net);
    return result;
}

lk_status lk_test_loss_refusal(const char *options, lk_shape shape, lk_error *err) {
    struct net net;
    lk_status status = open_net(&net, lk_test_context(), options, shape, err);
    close_net(&net);
    return status;
}
