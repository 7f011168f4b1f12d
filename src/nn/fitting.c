/* What would fit a layer's input, for messages. */
#include "nn/fitting.h"

#include <stdio.h>

enum { ONE_MAX = 16 }; /* bytes of " or 1048576" */

const char *lk_divisors(int n, char *out, size_t n_bytes) {
    size_t used = 0;
    for (int i = 1; i <= n && used + ONE_MAX < n_bytes; i++)
        if (n % i == 0)
            used += (size_t)snprintf(out + used, n_bytes - used, "%s%d",
                                     i == 1   ? ""
                                     : i == n ? " or "
                                              : ", ",
                                     i);
    return out;
}
