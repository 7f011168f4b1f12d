/* Score two pictures of the same size, by every metric.
   usage: score ORIGINAL OTHER */
#include <likeness/image.h>
#include <likeness/memory.h>
#include <likeness/metric.h>

#include <stdio.h>

static lk_status read(const char *path, lk_image *image, lk_real **values, lk_error *err) {
    lk_status status = lk_image_read(path, image, err);
    if (status) return status;
    *values = lk_alloc(lk_image_bytes(image) * sizeof **values);
    if (!*values) return lk_fail_memory(err, lk_image_bytes(image) * sizeof **values, path);
    lk_reals_from_bytes(image->pixels, lk_image_bytes(image), *values);
    return LK_OK;
}

static lk_status score(const lk_image *a, const lk_image *b, const lk_real *x, const lk_real *y,
                       lk_error *err) {
    lk_metrics_summary summary;
    if (a->width != b->width || a->height != b->height)
        return lk_fail(err, LK_FORMAT, "expected a picture of %d x %d, got %d x %d", a->width,
                       a->height, b->width, b->height);
    lk_status status = lk_metrics_of_pair(x, y, a->height, a->width, a->n_channels, &summary, err);
    for (int i = 0; i < LK_N_METRICS && !status; i++)
        printf("%-16s %8.5f  %s\n", lk_metric_key((lk_metric)i), summary.value[i],
               lk_metric_describe((lk_metric)i)->words);
    return status;
}

int main(int argc, char **argv) {
    lk_image a = { 0 }, b = { 0 };
    lk_real *x = NULL, *y = NULL;
    lk_error err = { "usage: score ORIGINAL OTHER" };
    lk_status status = argc == 3 ? read(argv[1], &a, &x, &err) : LK_USAGE;
    if (!status) status = read(argv[2], &b, &y, &err);
    if (!status) status = score(&a, &b, x, y, &err);
    if (status) fprintf(stderr, "%s\n", err.text);
    lk_free(x), lk_free(y);
    lk_image_deinit(&a), lk_image_deinit(&b);
    return lk_status_exit_code(status);
}
