/* The scores of every picture, written and read. */
#include "evaluate/scores.h"
#include "base/file.h"
#include "io/npy.h"

lk_status lk_scores_write(const char *path, const lk_score *scores, size_t n, lk_error *err) {
    _Static_assert(sizeof(lk_score) == 2 * sizeof(double), "value and weight, without a gap");
    const size_t shape[] = { n, LK_N_METRICS, 2 };
    return lk_npy_write_doubles(path, &scores->value, shape, LK_COUNT(shape), err);
}

static void add_csv_row(lk_text *csv, int index, const char *name, const lk_score *scores) {
    char number[LK_NUMBER_TEXT_MAX];
    lk_text shown = { 0 };
    lk_text_name(&shown, name);
    lk_text_add(csv, "%d,", index);
    lk_text_cell(csv, shown.data ? shown.data : "");
    csv->failed = csv->failed || shown.failed;
    for (int m = 0; m < LK_N_METRICS && scores; m++)
        lk_text_add(
            csv, ",%s",
            scores[m].weight > 0 ? lk_number_text(scores[m].value / scores[m].weight, number) : "");
    lk_text_add(csv, "\r\n");
    lk_text_deinit(&shown);
}

lk_status lk_scores_write_csv(const char *path, const lk_pack *pack, lk_split split,
                              const lk_score *scores, lk_error *err) {
    lk_text csv = { 0 };
    lk_text_add(&csv, "index,name");
    for (int m = 0; m < LK_N_METRICS && scores; m++)
        lk_text_add(&csv, ",%s", lk_metric_key((lk_metric)m));
    lk_text_add(&csv, "\r\n");
    for (int i = 0; i < lk_pack_count(pack, split); i++)
        add_csv_row(&csv, i, lk_pack_name(pack, split, i),
                    scores ? scores + (size_t)i * LK_N_METRICS : NULL);
    lk_status status =
        csv.failed ? lk_fail_memory(err, csv.n, path) : lk_file_write(path, csv.data, csv.n, err);
    lk_text_deinit(&csv);
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
