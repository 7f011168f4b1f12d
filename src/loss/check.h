/** What every loss asks of its inputs. */
#ifndef LIKENESS_LOSS_CHECK_H
#define LIKENESS_LOSS_CHECK_H

#include <likeness/graph.h>

/** Errors: LK_USAGE unless both inputs have one shape, their first dimension is the batch and the
 * originals have no gradient. */
lk_status lk_loss_check(const lk_node *loss, lk_error *err);
/** The same, and that the inputs are images: (N, C, H, W). */
lk_status lk_loss_check_images(const lk_node *loss, lk_error *err);

#endif
