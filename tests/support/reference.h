/**
 * What every op computes, a second time: loops straight from its definition, in double, over values
 * in the order as written (N, C, H, W). They share no code with the ops.
 */
#ifndef LIKENESS_TEST_REFERENCE_H
#define LIKENESS_TEST_REFERENCE_H

#include "support.h"

#include <likeness/graph.h>

/** One call of an op. */
struct reference_call {
    const void *options;
    lk_mode mode;
    int n_valid;
    uint64_t seed;
    uint32_t step;
    lk_shape in_shape[LK_INPUTS_MAX];
    double *in[LK_INPUTS_MAX]; /* NULL: left out. An op that changes an input changes it here too */
    lk_shape shape;            /* of the result, as the op gave it */
    double *out;
};

/** Fills `out`. */
typedef void reference_function(const struct reference_call *call);

/** The reference of the op of that name; NULL: it has none. */
reference_function *lk_test_reference(const char *op);

/** Largest |got - wanted| over n values, relative to the largest |wanted| where that is above 1;
 * infinite where a value is not finite. */
double lk_test_values_error(const double *got, const double *wanted, size_t n);
/** What rounding may make of it: for sums of a few hundred values. */
#define VALUES_TOLERANCE (sizeof(lk_real) == 8 ? 1e-12 : 2e-5)

/** Values stored channels-last, as doubles in the order as written, and back. The caller frees the
 * first by lk_free. */
double *lk_test_as_written(lk_shape shape, const lk_real *stored);
void lk_test_store(lk_shape shape, const double *as_written, lk_real *stored);

#endif
