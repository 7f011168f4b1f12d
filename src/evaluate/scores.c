/* The scores of every picture, written and read. */
#include "evaluate/scores.h"
#include "io/npy.h"

lk_status lk_scores_write(const char *path, const lk_metrics *metrics, size_t n, lk_error *err) {
    const size_t shape[] = { n, LK_N_METRICS, 2 },
                 bytes = lk_size_mul(n, sizeof(lk_score[LK_N_METRICS]));
    double *values = lk_alloc(bytes), *at = values;
    if (!values) return lk_fail_memory(err, bytes, path);
    for (size_t i = 0; i < n; i++)
        for (int m = 0; m < LK_N_METRICS; m++) {
            lk_score score = lk_metrics_score(metrics, (lk_metric)m, i);
            *at++ = score.value;
            *at++ = score.weight;
        }
    lk_status status = lk_npy_write_doubles(path, values, shape, LK_COUNT(shape), err);
    lk_free(values);
    return status;
}

static lk_status check_shape(const char *path, const lk_npy *array, size_t n, lk_error *err) {
    if (array->n_dims != 3)
        return lk_fail(err, LK_FORMAT, "%s: expected 3 dimensions, got %d", path, array->n_dims);
    if (array->shape[0] != n || array->shape[1] < 1 || array->shape[2] != 2)
        return lk_fail(err, LK_FORMAT,
                       "%s: expected the shape (%zu, metrics, 2), got (%zu, %zu, %zu)", path, n,
                       array->shape[0], array->shape[1], array->shape[2]);
    return LK_OK;
}

lk_status lk_scores_read(const char *path, size_t n, lk_score **out, lk_error *err) {
    lk_npy array;
    lk_status status = lk_npy_read(path, &array, err);
    if (status) return status;
    const size_t bytes = lk_size_mul(n, sizeof(lk_score[LK_N_METRICS]));
    lk_score *scores = NULL;
    status = check_shape(path, &array, n, err);
    if (status) goto done;
    scores = lk_alloc(bytes); /* all 0 */
    if (!scores) {
        status = lk_fail_memory(err, bytes, path);
        goto done;
    }
    const size_t n_columns = array.shape[1];
    for (size_t i = 0; i < n; i++)
        for (size_t m = 0; m < n_columns && m < LK_N_METRICS; m++) {
            const double *score = array.values + (i * n_columns + m) * 2;
            scores[i * LK_N_METRICS + m] = (lk_score){ score[0], score[1] };
        }
    *out = scores;
done:
    lk_npy_deinit(&array);
    return status;
}
