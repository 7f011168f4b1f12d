/** Several jobs at the same time, each with its share of the threads. */
#ifndef LIKENESS_EXPERIMENT_JOBS_H
#define LIKENESS_EXPERIMENT_JOBS_H

#include <likeness/context.h>

#include <stdatomic.h>

/** `context` has the job's share of the threads. Its log is that of lk_jobs_run, which several jobs
 * may call at the same time. */
typedef lk_status lk_job(void *self, int index, const lk_context *context, lk_error *err);

/**
 * Do jobs 0 to n_jobs - 1, started in that order, at most `at_once` (at least 1) at a time. After a
 * failure `*failed` becomes true and no other job is started; those in progress are finished, and
 * their own failures are ignored.
 * errors  of the first job that failed; LK_MEMORY, LK_FAILED: threads
 */
lk_status lk_jobs_run(const lk_context *context, int n_jobs, int at_once, lk_job *job, void *self,
                      atomic_bool *failed, lk_error *err);

#endif
