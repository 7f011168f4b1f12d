/* One pair of pictures: its memory, and the kernels that fill it. */
#include "pair.h"
#include "tensor/kernels.h"

#include <string.h>

extern const struct lk_metric_kernels lk_metric_kernels_portable;
#ifdef LK_X86_KERNELS
extern const struct lk_metric_kernels lk_metric_kernels_avx2, lk_metric_kernels_avx512;
#endif

/* The same instruction set as everywhere. */
static lk_status choose_kernels(const struct lk_metric_kernels **out, lk_error *err) {
    static const struct lk_metric_kernels *const rows[] = {
#ifdef LK_X86_KERNELS
        &lk_metric_kernels_avx512,
        &lk_metric_kernels_avx2,
#endif
        &lk_metric_kernels_portable,
    };
    const lk_kernels *chosen;
    lk_status status = lk_kernels_choose(&chosen, err);
    for (size_t i = 0; i < LK_COUNT(rows) && !status; i++)
        if (strcmp(rows[i]->isa, chosen->isa) == 0) *out = rows[i];
    return status;
}

lk_status lk_pair_init(struct lk_pair *pair, lk_error *err) {
    size_t width = (size_t)pair->width, channels = (size_t)pair->channels;
    bool lab = pair->with_lab && channels == 3;
    lk_status status = choose_kernels(&pair->kernels, err);
    if (status) return status;
    pair->row = width * channels;
    pair->n_values = lk_size_mul((size_t)pair->height, pair->row);
    /* maps, both pictures in Lab, luma; rows of columns, means, terms, and one for the taps */
    size_t n_pictures = lab ? N_MAPS + 2 + 1 : N_MAPS + 1,
           n = lk_size_mul((size_t)pair->height * n_pictures + 2 * N_MAPS + 3 + 1, pair->row);
    double *at = pair->block = lk_alloc(lk_size_mul(n, sizeof *at));
    if (!at) return lk_fail_memory(err, lk_size_mul(n, sizeof *at), "the metrics of a picture");
    for (int m = 0; m < N_MAPS; m++, at += pair->n_values) pair->map[m] = at;
    for (int i = 0; i < 2 && lab; i++, at += pair->n_values) pair->lab[i] = at;
    for (int m = 0; m < N_MAPS; m++, at += pair->row) pair->columns[m] = at;
    for (int m = 0; m < N_MAPS; m++, at += pair->row) pair->means[m] = at;
    for (int t = 0; t < 3; t++, at += pair->row) pair->terms[t] = at;
    pair->taps = at;
    pair->luma = at + pair->row;
    return LK_OK;
}

void lk_pair_deinit(struct lk_pair *pair) {
    lk_free(pair->block);
    *pair = (struct lk_pair){ 0 };
}

lk_status lk_pair_open(struct lk_pair *pair, const lk_metric_pair *pictures, lk_error *err) {
    *pair = (struct lk_pair){ .height = pictures->height,
                              .width = pictures->width,
                              .channels = pictures->channels };
    if (pair->height < 1 || pair->width < 1 || (pair->channels != 1 && pair->channels != 3))
        return lk_fail(
            err, LK_USAGE,
            "got pictures of %d x %d with %d channels, wanted some pixels and 1 or 3 channels",
            pair->width, pair->height, pair->channels);
    lk_status status = lk_pair_init(pair, err);
    if (!status) pair->kernels->set(pair, pictures->original, pictures->reconstruction);
    return status;
}

static void halve(const struct lk_pair *pair, const double *from, size_t from_row, double *out) {
    size_t channels = (size_t)pair->channels;
    for (size_t r = 0; r < (size_t)pair->height; r++)
        for (size_t j = 0; j < pair->row; j++) {
            const double *at = from + 2 * r * from_row + j / channels * 2 * channels + j % channels;
            *out++ = (at[0] + at[channels] + at[from_row] + at[from_row + channels]) / 4;
        }
}

void lk_pair_set_halved(struct lk_pair *pair, const struct lk_pair *from) {
    for (int m = MAP_X; m <= MAP_Y; m++) halve(pair, from->map[m], from->row, pair->map[m]);
    pair->kernels->set_products(pair);
}
