/* The memory to measure one pair of pictures, and the choice of kernels. */
#include "work.h"
#include "base/isa.h"

#define DECLARE(isa) extern const struct lk_metric_kernels lk_metric_kernels_##isa;
LK_ISA_LIST(DECLARE)

#define ROW(isa) [LK_ISA_##isa] = &lk_metric_kernels_##isa,
static const struct lk_metric_kernels *const tables[] = { LK_ISA_LIST(ROW) };

static lk_status choose_kernels(const struct lk_metric_kernels **out, lk_error *err) {
    lk_isa isa;
    lk_status status = lk_isa_choose(&isa, err);
    if (!status) *out = tables[isa];
    return status;
}

static lk_status init_half(struct lk_metric_work *work, lk_error *err) {
    work->half = lk_alloc(sizeof *work->half);
    if (!work->half) return lk_fail_memory(err, sizeof *work->half, "the metrics of a picture");
    *work->half = (struct lk_metric_work){ .height = work->height / 2,
                                           .width = work->width / 2,
                                           .channels = work->channels,
                                           .n_scales = work->n_scales - 1 };
    return lk_metric_work_init(work->half, err);
}

lk_status lk_metric_work_init(struct lk_metric_work *work, lk_error *err) {
    size_t width = (size_t)work->width, channels = (size_t)work->channels;
    bool lab = work->with_lab && channels == 3;
    lk_status status = choose_kernels(&work->kernels, err);
    if (status) return status;
    work->row = width * channels;
    work->n_values = lk_size_mul((size_t)work->height, work->row);
    /* whole pictures: maps, both pictures in Lab, luma; rows: columns, means, terms, taps */
    size_t n_pictures = lab ? N_MAPS + 2 + 1 : N_MAPS + 1,
           n = lk_size_mul((size_t)work->height * n_pictures + 2 * N_MAPS + 3 + 1, work->row);
    double *at = work->block = lk_alloc(lk_size_mul(n, sizeof *at));
    if (!at) return lk_fail_memory(err, lk_size_mul(n, sizeof *at), "the metrics of a picture");
    for (int m = 0; m < N_MAPS; m++, at += work->n_values) work->map[m] = at;
    for (int i = 0; i < 2 && lab; i++, at += work->n_values) work->lab[i] = at;
    for (int m = 0; m < N_MAPS; m++, at += work->row) work->columns[m] = at;
    for (int m = 0; m < N_MAPS; m++, at += work->row) work->means[m] = at;
    for (int t = 0; t < 3; t++, at += work->row) work->terms[t] = at;
    work->taps = at;
    work->luma = at + work->row;
    status = work->n_scales > 1 ? init_half(work, err) : LK_OK;
    if (status) lk_metric_work_deinit(work);
    return status;
}

void lk_metric_work_deinit(struct lk_metric_work *work) {
    if (work->half) lk_metric_work_deinit(work->half);
    lk_free(work->half);
    lk_free(work->block);
    *work = (struct lk_metric_work){ 0 };
}

lk_status lk_metric_work_open(struct lk_metric_work *work, const lk_picture_pair *pictures,
                              int n_scales, lk_error *err) {
    *work = (struct lk_metric_work){ .height = pictures->height,
                                     .width = pictures->width,
                                     .channels = pictures->channels,
                                     .n_scales = n_scales };
    if (work->height < 1 || work->width < 1 || (work->channels != 1 && work->channels != 3))
        return lk_fail(err, LK_USAGE,
                       "expected at least one pixel and 1 or 3 channels, got pictures of %d x %d "
                       "with %d channels",
                       work->width, work->height, work->channels);
    lk_status status = lk_metric_work_init(work, err);
    if (!status) work->kernels->set(work, pictures->original, pictures->reconstruction);
    return status;
}

/* ITU-R BT.601, full range; the shift by 1/2 stays in luma, and is in chroma already. */
static void recolor(const double rgb[3], double ycbcr[3]) {
    const double y = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
    ycbcr[0] = y;
    ycbcr[1] = (rgb[2] - y) / 1.772;
    ycbcr[2] = (rgb[0] - y) / 1.402;
}

lk_status lk_metric_work_recolor(struct lk_metric_work *work, lk_color color, lk_error *err) {
    if (color == LK_COLOR_RGB || (color == LK_COLOR_LUMA && work->channels == 1)) return LK_OK;
    if (work->channels != 3)
        return lk_fail(err, LK_USAGE, "color ycbcr: expected pictures of 3 channels, got %d",
                       work->channels);
    const size_t n_pixels = work->n_values / 3, kept = color == LK_COLOR_LUMA ? 1 : 3;
    for (int m = MAP_X; m <= MAP_Y; m++)
        for (size_t i = 0; i < n_pixels; i++) {
            double ycbcr[3];
            recolor(work->map[m] + 3 * i, ycbcr);
            for (size_t k = 0; k < kept; k++) work->map[m][kept * i + k] = ycbcr[k];
        }
    work->channels = (int)kept;
    work->row = (size_t)work->width * kept;
    work->n_values = n_pixels * kept;
    work->kernels->set_products(work);
    return LK_OK;
}

static void halve(const struct lk_metric_work *work, const double *from, size_t from_row,
                  double *out) {
    size_t channels = (size_t)work->channels;
    for (size_t r = 0; r < (size_t)work->height; r++)
        for (size_t j = 0; j < work->row; j++) {
            const double *at = from + 2 * r * from_row + j / channels * 2 * channels + j % channels;
            *out++ = (at[0] + at[channels] + at[from_row] + at[from_row + channels]) / 4;
        }
}

struct lk_metric_work *lk_metric_work_halve(const struct lk_metric_work *work) {
    struct lk_metric_work *half = work->half;
    half->channels = work->channels; /* fewer after a change of colour */
    half->row = (size_t)half->width * (size_t)half->channels;
    half->n_values = (size_t)half->height * half->row;
    for (int m = MAP_X; m <= MAP_Y; m++) halve(half, work->map[m], work->row, half->map[m]);
    half->kernels->set_products(half);
    return half;
}
