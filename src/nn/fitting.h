/** Words for messages: what would fit a layer's input. */
#ifndef LIKENESS_NN_FITTING_H
#define LIKENESS_NN_FITTING_H

#include <stddef.h>

/** "1, 2, 3 or 6": the divisors of n, or as many of them as there is room for. Returns `out`. */
const char *lk_divisors(int n, char *out, size_t n_bytes);

#endif
