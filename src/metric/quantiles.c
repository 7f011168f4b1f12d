/* Which pictures to show: from the typical one to the worst by rank, so that nobody picks. */
#include <likeness/memory.h>
#include <likeness/metric.h>

#include <stdlib.h>

struct ranked {
    int index;
    double value;
    bool lower_is_better;
};

/* The worst first; pictures with equal values stay in their order. */
static int worse_first(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    double left = x->lower_is_better ? -x->value : x->value,
           right = x->lower_is_better ? -y->value : y->value;
    return left < right ? -1 : left > right ? 1 : x->index - y->index;
}

lk_status lk_metrics_typical_to_worst(const lk_metrics *metrics, lk_metric metric, int n, int k,
                                      int *chosen, lk_error *err) {
    size_t n_bytes = lk_size_mul((size_t)n, sizeof(struct ranked));
    struct ranked *ranks = lk_alloc(n_bytes);
    if (!ranks) return lk_fail_memory(err, n_bytes, "the order of pictures");
    bool lower = lk_metric_describe(metric)->better == LK_METRIC_LOWER;
    for (int i = 0; i < n; i++)
        ranks[i] = (struct ranked){ i, lk_metrics_score(metrics, metric, (size_t)i).value, lower };
    qsort(ranks, (size_t)n, sizeof *ranks, worse_first);
    int worse_half = (n + 1) / 2, last = (k > worse_half ? k : worse_half) - 1;
    for (int i = 0; i < k; i++)
        chosen[i] = ranks[k > 1 ? (int)((int64_t)last * (k - 1 - i) / (k - 1)) : last].index;
    lk_free(ranks);
    return LK_OK;
}
