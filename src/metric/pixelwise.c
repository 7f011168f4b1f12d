/* Losses of one pair that compare value by value, and differences of neighbours. */
#include <likeness/metric.h>

#include <math.h>

static double clip(lk_real value) {
    double v = (double)value;
    return v < 0 ? 0 : v > 1 ? 1 : v;
}

static size_t count(const lk_picture_pair *pair) {
    return (size_t)pair->height * (size_t)pair->width * (size_t)pair->channels;
}

/* y - x at a value. */
static double error_at(const lk_picture_pair *pair, size_t i) {
    return clip(pair->reconstruction[i]) - clip(pair->original[i]);
}

double lk_metric_mse(const lk_picture_pair *pair) {
    double sum = 0;
    size_t n = count(pair);
    for (size_t i = 0; i < n; i++) sum += error_at(pair, i) * error_at(pair, i);
    return sum / (double)n;
}

double lk_metric_l1(const lk_picture_pair *pair) {
    double sum = 0;
    size_t n = count(pair);
    for (size_t i = 0; i < n; i++) sum += fabs(error_at(pair, i));
    return sum / (double)n;
}

double lk_metric_charbonnier(const lk_picture_pair *pair, double eps) {
    double sum = 0;
    size_t n = count(pair);
    for (size_t i = 0; i < n; i++) sum += hypot(error_at(pair, i), eps) - eps;
    return sum / (double)n;
}

double lk_metric_huber(const lk_picture_pair *pair, double delta) {
    double sum = 0;
    size_t n = count(pair);
    for (size_t i = 0; i < n; i++) {
        double d = fabs(error_at(pair, i));
        sum += d <= delta ? d * d / 2 : delta * (d - delta / 2);
    }
    return sum / (double)n;
}

/* The mean of |e(p + step) - e(p)| over the pairs of which both are in the picture. */
static double mean_step(const lk_picture_pair *pair, int down, int across) {
    double sum = 0;
    int rows = pair->height - down, columns = pair->width - across;
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++)
            for (int k = 0; k < pair->channels; k++) {
                int from = (r * pair->width + c) * pair->channels + k,
                    to = ((r + down) * pair->width + c + across) * pair->channels + k;
                sum += fabs(error_at(pair, (size_t)to) - error_at(pair, (size_t)from));
            }
    return sum / ((double)rows * columns * pair->channels);
}

lk_status lk_metric_gradient(const lk_picture_pair *pair, double *out, lk_error *err) {
    if (pair->height < 2 || pair->width < 2)
        return lk_fail(err, LK_USAGE, "expected pictures of at least 2 x 2, got %d x %d",
                       pair->width, pair->height);
    *out = mean_step(pair, 0, 1) + mean_step(pair, 1, 0);
    return LK_OK;
}
