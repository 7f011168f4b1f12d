/* What every loss asks of its inputs. */
#include "check.h"

#include "graph/batch_sum.h"

lk_status lk_loss_check(const lk_node *loss, lk_error *err) {
    char original[64], got[64];
    if (!lk_shape_equal(loss->in[0]->shape, loss->in[1]->shape) || loss->in[0]->shape.rank < 1)
        return lk_fail(err, LK_USAGE, "reconstructions: got %s, wanted the originals' shape %s",
                       lk_shape_text(loss->in[1]->shape, got, sizeof got),
                       lk_shape_text(loss->in[0]->shape, original, sizeof original));
    if (loss->in[0]->wants_grad)
        return lk_fail(err, LK_USAGE,
                       "the originals, %s, have a gradient; it would not be computed",
                       loss->in[0]->name);
    return lk_batch_check(loss->in[0], err);
}

lk_status lk_loss_check_images(const lk_node *loss, lk_error *err) {
    char got[64];
    lk_shape shape = loss->in[0]->shape;
    if (shape.rank == 4) return lk_loss_check(loss, err);
    return lk_fail(err, LK_USAGE, "%s: got %s, wanted images, (N, C, H, W)", loss->in[0]->name,
                   lk_shape_text(shape, got, sizeof got));
}
