/** Ranks that are threads of the test, so that what several processes do is tested in one. */
#ifndef LIKENESS_TEST_RANKS_H
#define LIKENESS_TEST_RANKS_H

#include "support.h"

/** What a rank does, with a context of its own that has one thread. It may not use cmocka. */
typedef void lk_test_rank(const lk_context *context, void *self);

/** Runs `body` as n_ranks ranks at the same time and waits for all of them. `limit_s`: how long a
 * rank waits for another one; a test that passes depends on it only where a rank never comes. */
void lk_test_ranks(int n_ranks, double limit_s, lk_test_rank *body, void *self);

#endif
