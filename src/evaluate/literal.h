/** Losses in their literal form, computed by the metrics. */
#ifndef LIKENESS_EVALUATE_LITERAL_H
#define LIKENESS_EVALUATE_LITERAL_H

#include <likeness/metric.h>

/** A loss, as in the `reconstruction` of a config. */
typedef struct lk_literal {
    lk_json json;
    lk_arena arena;
    lk_chosen loss; /* of lk_losses */
    double scale;
} lk_literal;

/**
 * Read a loss from a word of the command line: its name, or an object {"type": ..., its options,
 * "scale": ...}.
 *
 * memory  the caller ends it with lk_literal_deinit, also after an error
 * errors  LK_USAGE: "<flag>: expected ..., got ..."; LK_MEMORY
 */
lk_status lk_literal_read(const char *text, const char *flag, lk_literal *literal, lk_error *err);
void lk_literal_deinit(lk_literal *literal);

/**
 * The loss's value times its scale on one pair of pictures, in double, by the formula of its paper.
 * errors  LK_USAGE if the options do not fit the pictures, or the loss has no literal form;
 *         LK_MEMORY
 */
lk_status lk_literal_value(const lk_literal *literal, const lk_picture_pair *pair, double *value,
                           lk_error *err);

#endif
