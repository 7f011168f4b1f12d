/* Gradients compared with five-point differences. */
#include "gradient.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double lk_test_gradient_error(const lk_real *analytic, const double *numeric, size_t n) {
    double difference = 0, largest = 0;
    for (size_t i = 0; i < n; i++) {
        double a = (double)analytic[i];
        if (!isfinite(a) || !isfinite(numeric[i])) return (double)INFINITY;
        difference = fmax(difference, fabs(a - numeric[i]));
        largest = fmax(largest, fabs(numeric[i]));
    }
    return largest > 0 ? difference / largest : difference;
}

static double objective_at(lk_graph *graph, const lk_node *objective, lk_real *value, lk_real at) {
    *value = at;
    lk_graph_forward(graph, LK_TRAIN, lk_graph_batch(graph), 0);
    return (double)objective->value[0];
}

/* (f(x - 2h) - 8 f(x - h) + 8 f(x + h) - f(x + 2h)) / 12 h, with the steps as they are
   after rounding. */
static double difference(lk_graph *graph, const lk_node *objective, lk_real *value) {
    lk_real x = *value, h = LK_R(GRADIENT_MARGIN * 0.4), near_up = x + h, near_down = x - h;
    double outer = objective_at(graph, objective, value, x - 2 * h) -
                   objective_at(graph, objective, value, x + 2 * h);
    double inner = objective_at(graph, objective, value, near_up) -
                   objective_at(graph, objective, value, near_down);
    *value = x;
    return (outer + 8 * inner) / (6 * (double)(near_up - near_down));
}

double lk_test_gradient(lk_graph *graph, lk_node *objective, const char *what) {
    lk_params *params = lk_graph_params(graph);
    double worst = 0;
    size_t bytes = params->n_trained * sizeof(lk_real);
    lk_real *analytic = lk_alloc(bytes);
    double *numeric = lk_alloc(params->n_trained * sizeof *numeric);
    for (size_t i = 0; i < params->n_trained; i++) params->gradient[i] = 0;
    lk_graph_forward(graph, LK_TRAIN, lk_graph_batch(graph), 0);
    lk_graph_backward(graph);
    memcpy(analytic, params->gradient, bytes);
    for (int p = 0; p < params->n; p++) {
        const lk_param *param = &params->list[p];
        if (param->kind != LK_PARAM_TRAINED) continue;
        size_t n = lk_shape_size(param->shape);
        for (size_t i = 0; i < n; i++)
            numeric[i] = difference(graph, objective, params->trained + param->offset + i);
        double error = lk_test_gradient_error(analytic + param->offset, numeric, n);
        if (!(error < GRADIENT_TOLERANCE))
            print_error("%s: gradient of %s: expected an error below %.3g, got %.3g\n", what,
                        param->name, GRADIENT_TOLERANCE, error);
        if (!(error <= worst)) worst = error;
    }
    lk_free(analytic);
    lk_free(numeric);
    return worst;
}
