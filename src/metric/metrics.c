/* The table of metrics, the scores of many pairs, their means and errors, and their JSON. */
#include "tensor/kernels.h"
#include "work.h"

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const lk_metric_row table[LK_N_ALL_METRICS] = {
#define ROW(name, key, ...) [LK_METRIC_##name] = { #key, __VA_ARGS__ },
    LK_METRIC_LIST(ROW) LK_FEATURE_METRIC_LIST(ROW) LK_CODE_METRIC_LIST(ROW)
#undef ROW
};

struct lk_metrics {
    lk_threads *threads;
    int n_scratch; /* one pair for each thread */
    struct lk_metric_work *scratch;
    size_t n, capacity;
    lk_score *scores; /* (n, LK_N_METRICS) */
};

const lk_metric_row *lk_metric_describe(lk_metric metric) {
    return &table[metric];
}

const char *lk_metric_key(lk_metric metric) {
    return table[metric].key;
}

static lk_status find_metric(const char *key, lk_metric *metric, lk_error *err) {
    const char *keys[LK_N_ALL_METRICS + 1] = { NULL };
    for (int m = 0; m < LK_N_ALL_METRICS; m++) {
        keys[m] = table[m].key;
        *metric = (lk_metric)m;
        if (strcmp(keys[m], key) == 0) return LK_OK;
    }
    const char *nearest = lk_text_nearest(key, keys);
    if (nearest)
        return lk_fail(err, LK_USAGE, "unknown metric \"%s\", did you mean \"%s\"?", key, nearest);
    return lk_fail(err, LK_USAGE, "unknown metric \"%s\", see likeness list metrics", key);
}

lk_status lk_metric_list_read(const char *text, lk_metric_list *list, lk_error *err) {
    char key[32];
    *list = (lk_metric_list){ 0 };
    for (const char *at = text; *at;) {
        size_t n = strcspn(at, ",");
        lk_metric metric = LK_METRIC_SSIM;
        lk_format(key, sizeof key, "%.*s", (int)n, at);
        lk_status status = find_metric(key, &metric, err);
        for (int i = 0; i < list->n && !status; i++)
            if (list->v[i] == metric)
                status = lk_fail(err, LK_USAGE, "expected each metric once, got \"%s\" twice", key);
        if (status) return status;
        list->v[list->n++] = metric;
        at += n;
        if (*at) at++;
    }
    return LK_OK;
}

bool lk_metric_is_better(lk_metric metric, double a, double b) {
    if (isnan(a) || isnan(b)) return !isnan(a) && isnan(b);
    switch (table[metric].better) {
    case LK_METRIC_HIGHER:
        return a > b;
    case LK_METRIC_LOWER:
        return a < b;
    case LK_METRIC_ONE:
        return fabs(a - 1) < fabs(b - 1);
    case LK_METRIC_NEITHER:
        break;
    }
    return false;
}

const char *lk_metric_better_word(lk_metric metric) {
    static const char *const words[] = { "higher", "lower", "nearer to 1", "neither" };
    return words[table[metric].better];
}

void lk_metric_text(lk_text *out, double value, double error, int digits, bool with_sign) {
    if (isnan(value)) {
        lk_text_add(out, "–");
        return;
    }
    lk_text_add(out, "%s%.*f", with_sign && value >= 0 ? "+" : "", digits, value);
    if (!isnan(error)) lk_text_add(out, " ± %.*f", digits, error);
}

static lk_status check_shape(int height, int width, int channels, lk_error *err) {
    if (height < LK_METRIC_MIN_SIDE || width < LK_METRIC_MIN_SIDE)
        return lk_fail(
            err, LK_USAGE,
            "metrics: expected pictures of at least %d x %d, the largest window, got %d x %d",
            LK_METRIC_MIN_SIDE, LK_METRIC_MIN_SIDE, height, width);
    if (channels != 1 && channels != 3)
        return lk_fail(err, LK_USAGE, "metrics: expected 1 or 3 channels, got %d", channels);
    return LK_OK;
}

/* How many scales of MS-SSIM have sides that its window fits into. */
static int scales_of(int height, int width) {
    enum { SCALES_MAX = 5 };
    int side = height < width ? height : width, n = 1;
    while (n < SCALES_MAX && side >> n >= LK_METRIC_MIN_SIDE) n++;
    return n;
}

static struct lk_metric_work work_of(int height, int width, int channels) {
    return (struct lk_metric_work){ .height = height,
                                    .width = width,
                                    .channels = channels,
                                    .with_lab = true,
                                    .n_scales = scales_of(height, width) };
}

lk_status lk_metrics_create(const lk_context *context, int height, int width, int channels,
                            lk_metrics **out, lk_error *err) {
    lk_status status = check_shape(height, width, channels, err);
    if (status) return status;
    int n_threads = lk_threads_count(context->threads);
    size_t n_bytes = (size_t)n_threads * sizeof(struct lk_metric_work);
    lk_metrics *metrics = lk_alloc(sizeof *metrics);
    if (!metrics) return lk_fail_memory(err, sizeof *metrics, "metrics");
    metrics->threads = context->threads;
    metrics->scratch = lk_alloc(n_bytes);
    status = metrics->scratch ? LK_OK : lk_fail_memory(err, n_bytes, "metrics");
    for (int i = 0; i < n_threads && !status; i++) {
        metrics->scratch[i] = work_of(height, width, channels);
        status = lk_metric_work_init(&metrics->scratch[i], err);
        metrics->n_scratch = i + 1;
    }
    if (status)
        lk_metrics_destroy(metrics);
    else
        *out = metrics;
    return status;
}

void lk_metrics_destroy(lk_metrics *metrics) {
    if (!metrics) return;
    for (int i = 0; i < metrics->n_scratch; i++) lk_metric_work_deinit(&metrics->scratch[i]);
    lk_free(metrics->scratch);
    lk_free(metrics->scores);
    lk_free(metrics);
}

static lk_status reserve(lk_metrics *metrics, size_t n, lk_error *err) {
    if (n <= metrics->capacity) return LK_OK;
    size_t capacity = n > 2 * metrics->capacity ? n : 2 * metrics->capacity;
    const size_t row_bytes = LK_N_METRICS * sizeof(lk_score);
    lk_score *scores =
        lk_realloc(metrics->scores, metrics->n * row_bytes, lk_size_mul(capacity, row_bytes));
    if (!scores)
        return lk_fail_memory(err, lk_size_mul(capacity, row_bytes), "the scores of pictures");
    metrics->scores = scores;
    metrics->capacity = capacity;
    return LK_OK;
}

static void measure(struct lk_metric_work *work, const lk_real *x, const lk_real *y,
                    lk_score scores[LK_N_METRICS]) {
    work->kernels->set(work, x, y);
    for (int m = 0; m < LK_N_METRICS; m++) scores[m] = work->kernels->measure[m](work);
}

struct batch {
    lk_metrics *metrics;
    const lk_real *x, *y;
    lk_score *scores; /* of the first pair */
};

static void measure_one(void *context, int index, int thread) {
    const struct batch *batch = context;
    struct lk_metric_work *work = &batch->metrics->scratch[thread];
    size_t offset = (size_t)index * work->n_values;
    measure(work, batch->x + offset, batch->y + offset,
            batch->scores + (size_t)index * LK_N_METRICS);
}

lk_status lk_metrics_add(lk_metrics *metrics, const lk_real *originals,
                         const lk_real *reconstructions, int n, lk_error *err) {
    lk_comm alone = lk_comm_single();
    return lk_metrics_add_part(metrics, &alone, (lk_metrics_part){ .n_all = n, .n = n }, originals,
                               reconstructions, err);
}

lk_status lk_metrics_add_part(lk_metrics *metrics, lk_comm *comm, lk_metrics_part part,
                              const lk_real *originals, const lk_real *reconstructions,
                              lk_error *err) {
    if (part.n_all <= 0) return LK_OK;
    size_t n_all = (size_t)part.n_all, row = LK_N_METRICS;
    lk_status status = reserve(metrics, metrics->n + n_all, err);
    if (status) return status;
    lk_score *scores = metrics->scores + metrics->n * row;
    int left = part.n_all - part.first, n = left < part.n ? left : part.n;
    struct batch batch = { metrics, originals, reconstructions, scores };
    memset(scores, 0, n_all * row * sizeof *scores);
    if (n > 0) {
        batch.scores += (size_t)part.first * row;
        lk_threads_run(metrics->threads, n, measure_one, &batch);
    }
    status = lk_comm_merge(comm, scores, n_all * row * sizeof *scores, err);
    if (!status) metrics->n += n_all;
    return status;
}

lk_score lk_metrics_score(const lk_metrics *metrics, lk_metric metric, size_t index) {
    return metrics->scores[index * LK_N_METRICS + metric];
}

static bool is_defined(lk_score score) {
    return score.value != 0 || score.weight != 0;
}

/* The ratio of the sums of one metric, and its standard error by linearisation. With all weights 1
   these are the usual mean and its standard error. */
static void estimate(const lk_score *scores, size_t n, double *value, double *se) {
    double values = 0, weights = 0, squares = 0;
    size_t n_defined = 0;
    for (size_t i = 0; i < n; i++) {
        values += scores[i * LK_N_METRICS].value;
        weights += scores[i * LK_N_METRICS].weight;
        n_defined += is_defined(scores[i * LK_N_METRICS]);
    }
    *value = weights == 0 ? (double)NAN : values / weights;
    for (size_t i = 0; i < n; i++) {
        double residual = scores[i * LK_N_METRICS].value - *value * scores[i * LK_N_METRICS].weight;
        squares += residual * residual;
    }
    double m = (double)n_defined;
    *se = n_defined < 2 ? (double)NAN : sqrt(squares * m / (m - 1)) / weights;
}

static void summarise(const lk_score *scores, size_t n, lk_metrics_summary *summary) {
    *summary = (lk_metrics_summary){ .n = n };
    for (size_t i = 0; i < n; i++)
        summary->n_identical += !is_defined(scores[i * LK_N_METRICS + LK_METRIC_PSNR]);
    for (int m = 0; m < LK_N_METRICS; m++)
        estimate(scores + m, n, &summary->value[m], &summary->se[m]);
    for (int m = LK_N_METRICS; m < LK_N_ALL_METRICS; m++)
        summary->value[m] = summary->se[m] = (double)NAN;
}

void lk_metrics_summarise(const lk_metrics *metrics, lk_metrics_summary *summary) {
    summarise(metrics->scores, metrics->n, summary);
}

lk_status lk_metrics_of_pair(const lk_real *original, const lk_real *reconstruction, int height,
                             int width, int channels, lk_metrics_summary *summary, lk_error *err) {
    lk_status status = check_shape(height, width, channels, err);
    if (status) return status;
    struct lk_metric_work work = work_of(height, width, channels);
    status = lk_metric_work_init(&work, err);
    if (status) return status;
    lk_score scores[LK_N_METRICS];
    measure(&work, original, reconstruction, scores);
    summarise(scores, 1, summary);
    lk_metric_work_deinit(&work);
    return LK_OK;
}

lk_status lk_metrics_json(const lk_metrics_summary *summary, cJSON **json, lk_error *err) {
    cJSON *object = cJSON_CreateObject();
    bool ok = object && lk_json_add_number(object, "n", (double)summary->n) &&
              lk_json_add_number(object, "n_identical", (double)summary->n_identical);
    for (int m = 0; m < LK_N_ALL_METRICS && ok; m++) {
        char se[64];
        if (m >= LK_N_METRICS && isnan(summary->value[m])) continue;
        snprintf(se, sizeof se, "%s_se", table[m].key);
        ok = lk_json_add_number(object, table[m].key, summary->value[m]) &&
             lk_json_add_number(object, se, summary->se[m]);
    }
    if (!ok) {
        cJSON_Delete(object);
        return lk_fail(err, LK_MEMORY, "out of memory for the JSON of metrics");
    }
    *json = object;
    return LK_OK;
}
