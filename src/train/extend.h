/** What may change when a run continues: its length, and keys that change no number. */
#ifndef LIKENESS_TRAIN_EXTEND_H
#define LIKENESS_TRAIN_EXTEND_H

#include "optim/optim.h"
#include "train/checkpoint.h"

#include <likeness/log.h>

/** How many steps a run of this config has in all. */
int64_t lk_extend_steps(const lk_config *config, int64_t steps_an_epoch);
/** The learning rate of the step that follows `at.step` steps. */
double lk_extend_rate(const lk_config *config, lk_progress at);

/** Whether train.patience ends the run here: it was validated after the last step, and that many
 * epochs had no new lowest loss. */
bool lk_extend_has_stalled(const lk_config *config, const lk_position *at, int64_t steps_an_epoch);

/** Fails unless a run of `then` may continue as `now` as far as their keys say, for pictures of
 * size x size. `path` says where `then` is from. Errors: LK_USAGE: the difference; LK_MEMORY. */
lk_status lk_extend_same_config(const char *path, const lk_config *then, const lk_config *now,
                                int size, lk_error *err);

/**
 * Fails unless the run at this position may continue with the config of the checkpoint after it had
 * `then`; fills in *out.
 * errors  LK_USAGE: another config; fewer steps than are done; less patience, or no more after the
 *         run has ended because of it; a schedule that depends on the
 *         length of the run, without checkpoint->extend
 */
lk_status lk_extend_check(const lk_checkpoint *checkpoint, const char *path, const lk_config *then,
                          const lk_position *at, lk_extension *out, lk_error *err);
/** Log what changes. */
void lk_extend_say(const lk_log *log, const lk_extension *extension);

#endif
