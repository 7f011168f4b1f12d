/* Which split a picture belongs to. */
#ifndef LIKENESS_DATA_PARTS_H
#define LIKENESS_DATA_PARTS_H

#include "data/source.h"

/** The split that a hash of the pixels chooses by the options' shares. */
lk_split lk_split_of_hash(uint64_t hash, enum lk_rule rule, const lk_prepare_options *options);
/** The split that a hash of the name chooses. */
lk_split lk_split_of_name(const char *name, const lk_prepare_options *options);
/** The split that a word of n letters names: train, val, valid, validation or test, in any case;
 * LK_N_SPLITS if it names none. */
lk_split lk_split_of_word(const char *word, size_t n);
/** LK_USAGE for shares that are none, or that leave nothing to train on; test 1 may. rule:
 * LK_RULE_PIXELS uses both shares, LK_RULE_PIXELS_TRAIN val alone, LK_RULE_FIXED none. */
lk_status lk_shares_check(const lk_prepare_options *options, enum lk_rule rule, lk_error *err);

#endif
