/* --set, and the flags that are short for one. */
#include "cli/sets.h"

#include <likeness/text.h>

#include <string.h>

void lk_sets_init(lk_sets *sets, const lk_strings *given) {
    sets->n = given->n;
    sets->n_added = 0;
    memcpy(sets->v, given->v, (size_t)given->n * sizeof *sets->v);
}

void lk_sets_add(lk_sets *sets, const char *key, int64_t value) {
    char *text = sets->added[sets->n_added++];
    lk_format(text, sizeof sets->added[0], "%s=%lld", key, (long long)value);
    sets->v[sets->n++] = text;
}

void lk_sets_add_epochs(lk_sets *sets, int64_t epochs) {
    lk_sets_add(sets, "train.epochs", epochs);
    lk_sets_add(sets, "train.steps", 0);
}
