/** Gradients against five-point differences: signed, and proof against NaN. */
#ifndef LIKENESS_TEST_GRADIENT_H
#define LIKENESS_TEST_GRADIENT_H

#include "support.h"

#include <likeness/graph.h>

/** In the double build 1e-8. In float rounding hides errors below about 1e-2: there the check only
 * drives the code. */
#define GRADIENT_TOLERANCE (sizeof(lk_real) == 8 ? 1e-8 : 3e-2)
/** Half a difference's reach: inputs must keep this far from kinks. */
#define GRADIENT_MARGIN (sizeof(lk_real) == 8 ? 1e-3 : 3e-2)

/** max |analytic - numeric| / max |numeric| (over 1 where all are 0); infinite when any value is
 * not finite. */
double lk_test_gradient_error(const lk_real *analytic, const double *numeric, size_t n);

/** The worst error over every trained parameter of the graph, whose objective is `objective`; above
 * the tolerance it says which. */
double lk_test_gradient(lk_graph *graph, lk_node *objective, const char *what);

#endif
