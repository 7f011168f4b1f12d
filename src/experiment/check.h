/** Whether a pack fits an experiment. */
#ifndef LIKENESS_EXPERIMENT_CHECK_H
#define LIKENESS_EXPERIMENT_CHECK_H

#include <likeness/experiment.h>
#include <likeness/image.h>
#include <likeness/pack.h>

/** Fail if the pack has too few pictures to train and to test on. Errors: LK_FORMAT. */
lk_status lk_experiment_check_pack(const lk_pack *pack, const char *path, lk_error *err);
/** Fail if the network of a run does not fit pictures of the pack `data`, which are `images`; every
 * such run is named. Errors: LK_USAGE, LK_MEMORY. */
lk_status lk_experiment_check_sizes(const lk_context *context, const lk_experiment *experiment,
                                    const char *data, lk_image_shape images, lk_error *err);

#endif
