/* Codes on the way from one to another. */
#include "evaluate/between.h"

#include <math.h>

void lk_code_between(const lk_real *a, const lk_real *b, int n, double t, bool spherical,
                     lk_real *out) {
    double aa = 0, bb = 0, ab = 0;
    for (int k = 0; k < n; k++) {
        aa += (double)a[k] * (double)a[k];
        bb += (double)b[k] * (double)b[k];
        ab += (double)a[k] * (double)b[k];
    }
    double length = sqrt(aa * bb), angle = length > 0 ? acos(fmax(-1, fmin(1, ab / length))) : 0;
    bool straight = !spherical || sin(angle) < 1e-6;
    double of_a = straight ? 1 - t : sin((1 - t) * angle) / sin(angle),
           of_b = straight ? t : sin(t * angle) / sin(angle);
    for (int k = 0; k < n; k++) out[k] = LK_R(of_a * (double)a[k] + of_b * (double)b[k]);
}
