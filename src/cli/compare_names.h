/** Which pictures of two folders belong together. Private to the program. */
#ifndef LIKENESS_CLI_COMPARE_NAMES_H
#define LIKENESS_CLI_COMPARE_NAMES_H

#include "data/source.h"

/**
 * Match the pictures of two sorted lists: partner[i] becomes the index in b of the picture that
 * belongs to the i-th of a. Equal names belong together; of the others those that differ only in
 * the extension, counted in *n_by_stem.
 * errors  LK_FORMAT: a picture without a partner, or with several; LK_MEMORY
 */
lk_status compared_names_match(const struct lk_listing *a, const struct lk_listing *b, int *partner,
                               int *n_by_stem, lk_error *err);

#endif
