/* Splits by a hash, by a word, and the shares of both. */
#include "data/parts.h"

#include <string.h>
#include <strings.h>

/* A number in [0, 1) from the upper bits of a hash. */
static double unit_of(uint64_t hash) {
    return (double)(hash >> 11) * 0x1p-53;
}

static lk_split split_at(double u, double test, double val) {
    return u < test ? LK_SPLIT_TEST : u < test + val ? LK_SPLIT_VAL : LK_SPLIT_TRAIN;
}

lk_split lk_split_of_hash(uint64_t hash, enum lk_rule rule, const lk_prepare_options *options) {
    return split_at(unit_of(hash), rule == LK_RULE_PIXELS ? options->test : 0, options->val);
}

/* FNV-1a, then the last step of MurmurHash3, which spreads short names over all bits. */
static uint64_t hash_of_name(const char *name) {
    uint64_t h = 14695981039346656037U;
    for (; *name; name++) h = (h ^ (uint8_t)*name) * 1099511628211U;
    h = (h ^ h >> 33) * 0xFF51AFD7ED558CCDU;
    h = (h ^ h >> 33) * 0xC4CEB9FE1A85EC53U;
    return h ^ h >> 33;
}

lk_split lk_split_of_name(const char *name, const lk_prepare_options *options) {
    return split_at(unit_of(hash_of_name(name)), options->test, options->val);
}

lk_split lk_split_of_word(const char *word, size_t n) {
    static const struct {
        const char *word;
        lk_split split;
    } words[] = { { "train", LK_SPLIT_TRAIN },
                  { "val", LK_SPLIT_VAL },
                  { "valid", LK_SPLIT_VAL },
                  { "validation", LK_SPLIT_VAL },
                  { "test", LK_SPLIT_TEST } };
    for (size_t i = 0; i < LK_COUNT(words); i++)
        if (strlen(words[i].word) == n && strncasecmp(words[i].word, word, n) == 0)
            return words[i].split;
    return LK_N_SPLITS;
}

static bool is_share(double v) {
    return v >= 0 && v <= 1;
}

lk_status lk_shares_check(const lk_prepare_options *options, enum lk_rule rule, lk_error *err) {
    double test = rule == LK_RULE_PIXELS ? options->test : 0, val = options->val;
    if (rule == LK_RULE_FIXED) return LK_OK;
    if (!is_share(val) || !is_share(test))
        return lk_fail(err, LK_USAGE, "val and test: expected shares from 0 to 1, got %g and %g",
                       val, test);
    if (test + val < 1 || test == 1) return LK_OK;
    return rule == LK_RULE_PIXELS
               ? lk_fail(err, LK_USAGE,
                         "val and test: expected shares that leave something to train on (or test "
                         "1: all are test pictures), got %g and %g",
                         val, test)
               : lk_fail(err, LK_USAGE,
                         "val: expected a share that leaves something to train on, got %g", val);
}
