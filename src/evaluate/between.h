/** Codes on the way from one to another. */
#ifndef LIKENESS_EVALUATE_BETWEEN_H
#define LIKENESS_EVALUATE_BETWEEN_H

#include <likeness/tensor.h>

/**
 * The code at t, from 0 at `a` to 1 at `b`: slerp (Shoemake 1985), which keeps the length that
 * codes of the prior have, if `spherical` and the directions differ; otherwise linear.
 *
 * shape  a, b, out (n)
 */
void lk_code_between(const lk_real *a, const lk_real *b, int n, double t, bool spherical,
                     lk_real *out);

#endif
