/**
 * What every op computes, once more: loops straight from its definition, in double, over values in
 * the order as written (N, C, H, W). They share no code with the ops.
 */
#ifndef LIKENESS_TEST_REFERENCE_H
#define LIKENESS_TEST_REFERENCE_H

#include "support.h"

#include <likeness/graph.h>

/** A call of an op. */
struct reference_call {
    const void *options;
    lk_mode mode;
    int n_valid;
    uint64_t seed;
    uint32_t step;
    lk_shape in_shape[LK_INPUTS_MAX];
    double *in[LK_INPUTS_MAX]; /* NULL: absent. If the op changes an input, so does the reference */
    lk_shape shape;            /* of the result, as the op gave it */
    double *out;
};

/** Fills `out`. */
typedef void reference_function(const struct reference_call *call);

/** The reference of the op of that name, or NULL. */
reference_function *lk_test_reference(const char *op);

/** The largest |got - expected| of n values, relative to the largest |expected| if that is above 1;
 * infinite if a value is not finite. */
double lk_test_values_error(const double *got, const double *expected, size_t n);
/** The error that rounding may cause in sums of a few hundred values. */
#define VALUES_TOLERANCE (sizeof(lk_real) == 8 ? 1e-12 : 2e-5)

/** Values stored channels-last to doubles in the order as written, and back. The caller frees the
 * result of the first with lk_free. */
double *lk_test_as_written(lk_shape shape, const lk_real *stored);
void lk_test_store(lk_shape shape, const double *as_written, lk_real *stored);

/**
 * sRGB in [0, 1] to CIELAB, equal to scikit-image's rgb2lab: transfer curve of IEC 61966-2-1, the
 * matrix of the Rec. 709 primaries, white D65 at 2 degrees, Lab of CIE 15:2004 with the rounded
 * constants of scikit-image (0.008856, 7.787).
 */
void lk_test_lab(double r, double g, double b, double lab[3]);

#endif
