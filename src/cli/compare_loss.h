/* A loss over the pairs of `compare`, in its literal form. Private to the program. */
#ifndef LIKENESS_CLI_COMPARE_LOSS_H
#define LIKENESS_CLI_COMPARE_LOSS_H

#include "evaluate/literal.h"

/** The loss of --loss, and the values so far. All zero: no --loss, nothing is measured. */
struct compared_loss {
    lk_literal literal;
    double *values; /* of all pairs, in their order */
    size_t n, capacity;
};

/** The caller calls compared_loss_deinit(), also after an error. Errors: LK_USAGE "--loss: expected
 * ..., got ...", LK_MEMORY. */
lk_status compared_loss_init(struct compared_loss *loss, const char *text, lk_error *err);
void compared_loss_deinit(struct compared_loss *loss);

/** Measure n consecutive pairs, starting at `first`. Errors: LK_USAGE "--loss: ...",
 * LK_MEMORY; then nothing was added. */
lk_status compared_loss_add(struct compared_loss *loss, lk_threads *threads, lk_picture_pair first,
                            int n, lk_error *err);

/** The mean over the pairs and its standard error, NaN for fewer than two. */
void compared_loss_summarise(const struct compared_loss *loss, double *mean, double *se);

#endif
