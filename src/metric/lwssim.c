/* Level weighted structural similarity as reports state it: Lu 2019, eq. (5) and (6), uniform windows of 3, 5, 7, 11. */
#include "pair.h"

lk_score lk_measure_lwssim(const struct lk_pair *pair) {
    static const lk_structural_form form = {
        .windows = { 4, { 3, 5, 7, 11 } }, .weights = { 1, { 1 } }, .alpha = 1, .beta = 1, .gamma = 1, .K1 = 0.01, .K2 = 0.03, .sum = true
    };
    return (lk_score){ lk_structural_measure(pair, &form).similarity, 1 };
}
