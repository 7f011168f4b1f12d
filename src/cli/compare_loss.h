/* A loss over the pairs of `compare`, in its literal form. Private to the program. */
#ifndef LIKENESS_CLI_COMPARE_LOSS_H
#define LIKENESS_CLI_COMPARE_LOSS_H

#include "evaluate/literal.h"

/** What --loss asked for, and the values so far. Zeroed: nothing was asked for, and nothing is
 * measured. */
struct compared_loss {
    lk_literal literal;
    double *values; /* of all pairs, in their order */
    size_t n, capacity;
};

/** errors LK_USAGE "--loss: got, wanted"; LK_MEMORY. End it with compared_loss_deinit, also after
 * an error. */
lk_status compared_loss_init(struct compared_loss *loss, const char *text, lk_error *err);
void compared_loss_deinit(struct compared_loss *loss);

/** Measure n pairs that lie one after another from `first` on. Errors: LK_USAGE "--loss: ..." ,
 * LK_MEMORY; then nothing was added. */
lk_status compared_loss_add(struct compared_loss *loss, lk_threads *threads, lk_picture_pair first,
                            int n, lk_error *err);

/** Mean over the pairs, and its standard error, NaN below two. */
void compared_loss_summarise(const struct compared_loss *loss, double *mean, double *se);

#endif
