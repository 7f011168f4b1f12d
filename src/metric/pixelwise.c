/* Mean squared and mean absolute error of one pair. */
#include <likeness/metric.h>

#include <math.h>

static double clip(lk_real value) {
    double v = (double)value;
    return v < 0 ? 0 : v > 1 ? 1 : v;
}

static size_t count(const lk_picture_pair *pair) {
    return (size_t)pair->height * (size_t)pair->width * (size_t)pair->channels;
}

double lk_metric_mse(const lk_picture_pair *pair) {
    double sum = 0;
    size_t n = count(pair);
    for (size_t i = 0; i < n; i++) {
        double d = clip(pair->original[i]) - clip(pair->reconstruction[i]);
        sum += d * d;
    }
    return sum / (double)n;
}

double lk_metric_l1(const lk_picture_pair *pair) {
    double sum = 0;
    size_t n = count(pair);
    for (size_t i = 0; i < n; i++)
        sum += fabs(clip(pair->original[i]) - clip(pair->reconstruction[i]));
    return sum / (double)n;
}
