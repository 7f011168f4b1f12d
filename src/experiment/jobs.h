/** Several things at once, each with its share of the threads. */
#ifndef LIKENESS_EXPERIMENT_JOBS_H
#define LIKENESS_EXPERIMENT_JOBS_H

#include <likeness/context.h>

#include <stdatomic.h>

/** `context` has the job's share of the threads; its log is the one of lk_jobs_run, and may be
 * called by several at once. */
typedef lk_status lk_job(void *self, int index, const lk_context *context, lk_error *err);

/**
 * Do jobs 0 to n_jobs - 1, begun in that order, at most `at_once` (from 1) at a time. When one has
 * failed no other is begun, `*failed` becomes true, and those that run are waited for: what they say
 * after that is not heard.
 * errors  of the first job that failed; LK_MEMORY, LK_FAILED: threads
 */
lk_status lk_jobs_run(const lk_context *context, int n_jobs, int at_once, lk_job *job, void *self,
                      atomic_bool *failed, lk_error *err);

#endif
