/** Compares gradients with five-point differences; also catches wrong signs and NaN. */
#ifndef LIKENESS_TEST_GRADIENT_H
#define LIKENESS_TEST_GRADIENT_H

#include "support.h"

#include <likeness/graph.h>

/** 1e-8 in the double build. In float, rounding hides errors below about 1e-2, so there the check
 * only runs the code. */
#define GRADIENT_TOLERANCE (sizeof(lk_real) == 8 ? 1e-8 : 3e-2)
/** How far inputs must stay away from kinks: half the width of a difference. */
#define GRADIENT_MARGIN (sizeof(lk_real) == 8 ? 1e-3 : 3e-2)

/** max |analytic - numeric| / max |numeric| (or / 1 if all are 0); infinite if a value is not
 * finite. */
double lk_test_gradient_error(const lk_real *analytic, const double *numeric, size_t n);

/** The largest error over all trained parameters of the graph with this objective. Names each
 * parameter whose error is above the tolerance. */
double lk_test_gradient(lk_graph *graph, lk_node *objective, const char *what);

#endif
