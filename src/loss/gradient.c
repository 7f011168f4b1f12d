/*
 * gradient: differences between neighbours, compared by their absolute error. With e = y - x, the
 * mean over horizontal neighbours of |e(h, w + 1) - e(h, w)| plus the mean over vertical neighbours
 * of |e(h + 1, w) - e(h, w)|, means over channels and images too. This is the anisotropic total
 * variation of the error (Rudin, Osher, Fatemi, 1992); Eigen and Fergus, "Predicting depth, surface
 * normals and semantic labels", 2015, eq. (1), add the squares of the same differences to their
 * loss. A constant error costs nothing, so it belongs in a sum with another loss.
 */
#include "loss/imagewise.h"
#include "loss/loss_list.h"
#include "tensor/kernels.h"

#include <math.h>

/* The sum over pairs of values `step` apart of |difference|; each pair adds weight sign to the
   gradient. A row has n pairs, the next row begins `row` values later. */
struct pairs {
    size_t rows, n, row, step;
    lk_real weight;
};

static double compare_pairs(struct pairs p, const lk_real *e, lk_real *gradient) {
    double sum = 0;
    for (size_t r = 0; r < p.rows; r++) {
        const lk_real *first = e + r * p.row, *second = first + p.step;
        for (size_t i = 0; i < p.n; i++) sum += fabs((double)(second[i] - first[i]));
        if (!gradient) continue;
        lk_real *from = gradient + r * p.row;
        for (size_t i = 0; i < p.n; i++) {
            lk_real d = second[i] - first[i], slope = d > 0 ? p.weight : d < 0 ? -p.weight : 0;
            from[i] -= slope;
            from[i + p.step] += slope;
        }
    }
    return sum;
}

static double gradient_image(lk_node *loss, const lk_real *x, const lk_real *y, void *scratch,
                             lk_real *gradient) {
    const lk_shape shape = loss->in[0]->shape;
    const size_t c = (size_t)shape.d[1], h = (size_t)shape.d[2], row = (size_t)shape.d[3] * c;
    const double across = (double)(h * (row - c)), down = (double)((h - 1) * row);
    lk_real *e = scratch;
    lk_graph_context(loss->graph)->kernels->binary_forward(LK_SUB, h * row, y, x, e);
    double horizontal =
        compare_pairs((struct pairs){ h, row - c, row, c, LK_R(1 / across) }, e, gradient);
    double vertical =
        compare_pairs((struct pairs){ h - 1, row, row, row, LK_R(1 / down) }, e, gradient);
    return horizontal / across + vertical / down;
}

static lk_status gradient_infer(lk_node *loss, lk_error *err) {
    const lk_shape shape = loss->in[0]->shape;
    lk_status status = lk_imagewise_infer(loss, err);
    if (status) return status;
    if (shape.d[2] < 2 || shape.d[3] < 2)
        return lk_fail(err, LK_USAGE, "expected images of at least 2 x 2, got %d x %d", shape.d[2],
                       shape.d[3]);
    loss->scratch_bytes = lk_scratch_bytes(lk_shape_row(shape) * sizeof(lk_real));
    return LK_OK;
}

static void gradient_forward(lk_node *loss) {
    lk_imagewise_forward(loss, gradient_image);
}

/* ---- the row ---- */

static const lk_sample samples[] = {
    { .in = { { 4, { 2, 2, 3, 2 } }, { 4, { 2, 2, 3, 2 } } }, .high = 4 },
    { .in = { { 4, { 1, 1, 2, 2 } }, { 4, { 1, 1, 2, 2 } } }, .high = 1 },
    LK_SAMPLES_END,
};

static const lk_op op = {
    .name = "gradient",
    .summary = "mean absolute error of the differences between neighbours",
    .arity = 2,
    .is_loss = true,
    .infer = gradient_infer,
    .forward = gradient_forward,
    .backward = lk_imagewise_backward,
    .samples = samples,
};

static lk_node *gradient_build(lk_node *x, lk_node *y, const void *options) {
    lk_node *in[] = { x, y };
    (void)options;
    return x ? lk_apply(x->graph, &op, in, 2, NULL) : NULL;
}

static const lk_op *const ops[] = { &op, NULL };
const lk_loss lk_loss_gradient = {
    .choice = { .name = "gradient",
                .summary = "l1 of differences between neighbours: mean of |across(x - y)| + mean "
                           "of |down(x - y)|; a constant error costs nothing" },
    .build = gradient_build,
    .ops = ops,
};
