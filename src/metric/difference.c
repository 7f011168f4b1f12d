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

/* The mean over pairs of runs for one picture. Adds 1 to *n_defined if any of its scores is
   defined. */
static double residual_of_picture(const lk_compared_runs *pairs, const struct sums (*sums)[2],
                                  int n_pairs, size_t at, size_t *n_defined) {
    double sum = 0;
    bool defined = false;
    for (int p = 0; p < n_pairs; p++) {
        lk_score a = pairs[p].a[at], b = pairs[p].b[at];
        sum += residual(a, sums[p][0]) - residual(b, sums[p][1]);
        defined = defined || is_defined(a) || is_defined(b);
    }
    *n_defined += defined;
    return sum / n_pairs;
}

lk_difference lk_metrics_difference(const lk_compared_runs *pairs, int n_pairs, size_t n,
                                    lk_metric metric) {
    struct sums sums[LK_LIST_MAX][2];
    double value = 0, squares = 0;
    size_t n_defined = 0;
    for (int p = 0; p < n_pairs; p++) {
        sums[p][0] = add_up(pairs[p].a, n, metric);
        sums[p][1] = add_up(pairs[p].b, n, metric);
        if (sums[p][0].weights == 0 || sums[p][1].weights == 0)
            return (lk_difference){ (double)NAN, (double)NAN };
        value += (sums[p][0].values / sums[p][0].weights - sums[p][1].values / sums[p][1].weights) /
                 n_pairs;
    }
    for (size_t i = 0; i < n; i++) {
        double d = residual_of_picture(pairs, (const struct sums(*)[2])sums, n_pairs,
                                       i * LK_N_METRICS + metric, &n_defined);
        squares += d * d;
    }
    double m = (double)n_defined;
    return (lk_difference){ value, n_defined < 2 ? (double)NAN : sqrt(squares * m / (m - 1)) };
}
