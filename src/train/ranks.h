/** Training by several processes: what they must agree on before the first step. */
#ifndef LIKENESS_TRAIN_RANKS_H
#define LIKENESS_TRAIN_RANKS_H

#include "train/loop.h"

/** The shards of a batch of all processes. */
int lk_ranks_shards(const lk_config *config);
/** Whether so many processes can share a batch. Errors: LK_USAGE: which numbers can. */
lk_status lk_ranks_check(lk_comm *comm, const lk_config *config, lk_error *err);
/** Whether all processes run the same program on the same config and pack. Every rank gets the same
 * status. Errors: LK_USAGE: which rank has another one; LK_MEMORY, those of comm.h. */
lk_status lk_ranks_compare(const lk_run *run, lk_error *err);
/** Every rank gets the weights, the state of the optimiser and the position of rank 0. Errors:
 * those of comm.h. */
lk_status lk_ranks_share(lk_run *run, lk_error *err);

#endif
