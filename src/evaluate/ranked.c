/* The worst and the best pictures of a split. */
#include "evaluate/ranked.h"

#include <likeness/memory.h>

#include <stdlib.h>
#include <string.h>

static int lowest_first(const void *a, const void *b) {
    const lk_ranked *x = a, *y = b;
    return x->ssim < y->ssim ? -1 : x->ssim > y->ssim ? 1 : x->index - y->index;
}

static int highest_first(const void *a, const void *b) {
    const lk_ranked *x = a, *y = b;
    return x->ssim > y->ssim ? -1 : x->ssim < y->ssim ? 1 : x->index - y->index;
}

lk_status lk_ranked_extremes(const lk_score *scores, int n_pictures, int n, lk_ranked *extremes,
                             lk_error *err) {
    size_t n_bytes = lk_size_mul((size_t)n_pictures, sizeof(lk_ranked));
    lk_ranked *all = lk_alloc(n_bytes);
    if (!all) return lk_fail_memory(err, n_bytes, "the scores of pictures");
    for (int i = 0; i < n_pictures; i++) {
        const lk_score *of = scores + (size_t)i * LK_N_METRICS;
        all[i] = (lk_ranked){ i, of[LK_METRIC_SSIM].value, of[LK_METRIC_MSE].value };
    }
    for (int best = 0; best < 2; best++) {
        qsort(all, (size_t)n_pictures, sizeof *all, best ? highest_first : lowest_first);
        memcpy(extremes + best * n, all, (size_t)n * sizeof *all);
    }
    lk_free(all);
    return LK_OK;
}
