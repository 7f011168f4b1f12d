/* A loss over many pairs: measured by all threads, summed in the order of the pairs. */
#include "cli/compare_loss.h"

#include <math.h>

lk_status compared_loss_init(struct compared_loss *loss, const char *text, lk_error *err) {
    return *text ? lk_literal_read(text, "--loss", &loss->literal, err) : LK_OK;
}

void compared_loss_deinit(struct compared_loss *loss) {
    lk_literal_deinit(&loss->literal);
    lk_free(loss->values);
    *loss = (struct compared_loss){ 0 };
}

static lk_status reserve(struct compared_loss *loss, size_t n, lk_error *err) {
    if (n <= loss->capacity) return LK_OK;
    size_t capacity = n > 2 * loss->capacity ? n : 2 * loss->capacity,
           n_bytes = lk_size_mul(capacity, sizeof *loss->values);
    double *values = lk_realloc(loss->values, loss->n * sizeof *values, n_bytes);
    if (!values) return lk_fail_memory(err, n_bytes, "the losses of pairs");
    loss->values = values;
    loss->capacity = capacity;
    return LK_OK;
}

/* The i-th of consecutive pairs. */
static lk_picture_pair pair_at(lk_picture_pair first, int i) {
    size_t offset = (size_t)i * (size_t)first.height * (size_t)first.width * (size_t)first.channels;
    first.original += offset;
    first.reconstruction += offset;
    return first;
}

struct block {
    struct compared_loss *loss;
    lk_picture_pair first;
    struct outcome {
        lk_status status;
        lk_error err;
    } * outcomes;
};

static void measure_one(void *context, int i, int thread) {
    const struct block *block = context;
    struct compared_loss *loss = block->loss;
    const lk_picture_pair pair = pair_at(block->first, i);
    (void)thread;
    block->outcomes[i].status = lk_literal_value(
        &loss->literal, &pair, &loss->values[loss->n + (size_t)i], &block->outcomes[i].err);
}

lk_status compared_loss_add(struct compared_loss *loss, lk_threads *threads, lk_picture_pair first,
                            int n, lk_error *err) {
    if (!loss->literal.loss.choice) return LK_OK;
    struct block block = { loss, first, lk_alloc((size_t)n * sizeof *block.outcomes) };
    lk_status status = block.outcomes ? LK_OK
                                      : lk_fail_memory(err, (size_t)n * sizeof *block.outcomes,
                                                       "the losses of pairs");
    if (!status) status = reserve(loss, loss->n + (size_t)n, err);
    if (!status) lk_threads_run(threads, n, measure_one, &block);
    for (int i = 0; i < n && !status; i++)
        if (block.outcomes[i].status)
            status =
                lk_fail(err, block.outcomes[i].status, "--loss: %s", block.outcomes[i].err.text);
    if (!status) loss->n += (size_t)n;
    lk_free(block.outcomes);
    return status;
}

void compared_loss_summarise(const struct compared_loss *loss, double *mean, double *se) {
    double sum = 0, squares = 0, n = (double)loss->n;
    for (size_t i = 0; i < loss->n; i++) sum += loss->values[i];
    *mean = sum / n;
    for (size_t i = 0; i < loss->n; i++)
        squares += (loss->values[i] - *mean) * (loss->values[i] - *mean);
    *se = loss->n < 2 ? (double)NAN : sqrt(squares / (n - 1) / n);
}
