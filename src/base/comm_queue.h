/** Sums over processes that are made in the background, by a thread of their own. */
#ifndef LIKENESS_BASE_COMM_QUEUE_H
#define LIKENESS_BASE_COMM_QUEUE_H

#include <likeness/comm.h>

typedef struct lk_comm_queue lk_comm_queue;

/**
 * `comm` is a channel that nothing else uses meanwhile. All processes have a queue of their own and
 * give it the same sums in the same order.
 * ownership  comm is borrowed; lk_comm_queue_destroy
 * errors     LK_MEMORY, LK_FAILED: the thread cannot start
 */
lk_status lk_comm_queue_create(lk_comm *comm, lk_comm_queue **queue, lk_error *err);
/** As lk_comm_sum, some time before lk_comm_queue_finish returns; until then nothing else may use
 * the values. */
void lk_comm_queue_sum(lk_comm_queue *queue, lk_real *values, size_t n);
/** Wait for all sums. Errors: the one of the first that failed, as comm.h; then the others have
 * failed too. */
lk_status lk_comm_queue_finish(lk_comm_queue *queue, lk_error *err);
/** Give up what is not finished. NULL is fine. */
void lk_comm_queue_destroy(lk_comm_queue *queue);

#endif
