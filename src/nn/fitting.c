/* What would fit a layer's input, for messages. */
#include "nn/fitting.h"

#include <stdio.h>

enum { ROOM = 40 }; /* bytes of ", 1048576, ... or 2147483647" */

/* The smallest divisor of n above i. */
static int next_divisor(int n, int i) {
    do i++;
    while (n % i != 0);
    return i;
}

const char *lk_divisors(int n, char *out, size_t n_bytes) {
    int i = 1;
    size_t used = (size_t)snprintf(out, n_bytes, "1");
    while (i < n && used + ROOM < n_bytes && (i = next_divisor(n, i)) < n)
        used += (size_t)snprintf(out + used, n_bytes - used, ", %d", i);
    if (n > 1) snprintf(out + used, n_bytes - used, "%s or %d", i < n ? ", ..." : "", n);
    return out;
}
