/** --set, and the flags that are short for one. */
#ifndef LIKENESS_CLI_SETS_H
#define LIKENESS_CLI_SETS_H

#include <likeness/options.h>

/** The row of --set in a command's table, whose options have a member `lk_strings set`. `whose_`
 * says what the values belong to. */
#define LK_OPTION_SET(S, whose_)                                                                   \
    {                                                                                              \
        .key = "set", .type = LK_STRINGS, .offset = offsetof(S, set), .placeholder = "KEY=VALUE",  \
        .help = "change a value of " whose_ ", a.b=v, given as JSON or else as a string; a word "  \
                "for an object is its type, a.0.b is in a list"                                    \
    }

enum { LK_SETS_ADDED = 2 }; /* at most, by a command's own flags */

/** The values given by --set, then those of other flags. Do not copy it: `v` points into it. */
typedef struct lk_sets {
    int n, n_added;
    const char *v[LK_LIST_MAX + LK_SETS_ADDED];
    char added[LK_SETS_ADDED][64];
} lk_sets;

void lk_sets_init(lk_sets *sets, const lk_strings *given);
/** Add "key=value". */
void lk_sets_add(lk_sets *sets, const char *key, int64_t value);
/** Add --epochs, which also lifts the config's limit of steps. */
void lk_sets_add_epochs(lk_sets *sets, int64_t epochs);

#endif
