/* Differences between runs measured on the same pictures, and their standard errors. */
#include <likeness/metric.h>

#include <math.h>

struct sums {
    double values, weights;
};

static struct sums add_up(const lk_score *scores, size_t n, lk_metric metric) {
    struct sums sums = { 0, 0 };
    for (size_t i = 0; i < n; i++) {
        sums.values += scores[i * LK_N_METRICS + metric].value;
        sums.weights += scores[i * LK_N_METRICS + metric].weight;
    }
    return sums;
}

static bool is_defined(lk_score score) {
    return score.value != 0 || score.weight != 0;
}

/* How far one picture moves the ratio away from its value. */
static double residual(lk_score score, struct sums sums) {
    return (score.value - sums.values / sums.weights * score.weight) / sums.weights;
}

/* Both sides of a pair of runs, and how a change of each side's value changes the difference. */
struct pair_sums {
    struct sums a, b;
    double of_a, of_b;
};

/* The mean over pairs of runs for one picture. Adds 1 to *n_defined if any of its scores is
   defined. */
static double residual_of_picture(const lk_compared_runs *pairs, const struct pair_sums *sums,
                                  int n_pairs, size_t at, size_t *n_defined) {
    double sum = 0;
    bool defined = false;
    for (int p = 0; p < n_pairs; p++) {
        lk_score a = pairs[p].a[at], b = pairs[p].b[at];
        sum += sums[p].of_a * residual(a, sums[p].a) - sums[p].of_b * residual(b, sums[p].b);
        defined = defined || is_defined(a) || is_defined(b);
    }
    *n_defined += defined;
    return sum / n_pairs;
}

static double value_of(struct sums sums) {
    return sums.values / sums.weights;
}

/* Of the values themselves, or of their distances to 1. */
static lk_difference difference(const lk_compared_runs *pairs, int n_pairs, size_t n,
                                lk_metric metric, bool to_one) {
    struct pair_sums sums[LK_LIST_MAX];
    double value = 0, squares = 0;
    size_t n_defined = 0;
    for (int p = 0; p < n_pairs; p++) {
        struct sums a = add_up(pairs[p].a, n, metric), b = add_up(pairs[p].b, n, metric);
        if (a.weights == 0 || b.weights == 0) return (lk_difference){ (double)NAN, (double)NAN };
        double x = value_of(a), y = value_of(b);
        sums[p] = (struct pair_sums){ a, b, to_one && x < 1 ? -1 : 1, to_one && y < 1 ? -1 : 1 };
        value += (to_one ? fabs(x - 1) - fabs(y - 1) : x - y) / n_pairs;
    }
    for (size_t i = 0; i < n; i++) {
        double d = residual_of_picture(pairs, sums, n_pairs, i * LK_N_METRICS + metric, &n_defined);
        squares += d * d;
    }
    double m = (double)n_defined;
    return (lk_difference){ value, n_defined < 2 ? (double)NAN : sqrt(squares * m / (m - 1)) };
}

lk_difference lk_metrics_difference(const lk_compared_runs *pairs, int n_pairs, size_t n,
                                    lk_metric metric) {
    return difference(pairs, n_pairs, n, metric, false);
}

lk_difference lk_metrics_advantage(const lk_compared_runs *pairs, int n_pairs, size_t n,
                                   lk_metric metric) {
    lk_metric_better better = lk_metric_describe(metric)->better;
    lk_difference d = difference(pairs, n_pairs, n, metric, better == LK_METRIC_ONE);
    if (better != LK_METRIC_HIGHER) d.value = -d.value;
    return d;
}
