/** All errors of one input: a reader that collects them goes on after each. */
#ifndef LIKENESS_BASE_ERRORS_H
#define LIKENESS_BASE_ERRORS_H

#include <likeness/status.h>

enum { LK_ERRORS_SHOWN = 20, LK_ERRORS_KEPT = 64, LK_ERRORS_BYTES = 16384 };

/** Where an error is. */
typedef struct lk_error_place {
    const void *value; /* what is wrong; NULL: nothing that can be named */
    const char *file;  /* NULL: on the command line, or nowhere */
    size_t order;      /* its position in the file */
} lk_error_place;

/** The errors found so far. Begin with { 0 }. Names of files must stay where they are. */
typedef struct lk_errors {
    int n, n_kept;
    struct {
        lk_error_place place;
        const char *text;
    } kept[LK_ERRORS_KEPT];
    size_t n_bytes;
    char text[LK_ERRORS_BYTES];
} lk_errors;

/** Add "<prefix><line>" for every line of the message in `err`; NULL: only count it. The same text
 * again is not added, and what there is no room for is only counted. */
void lk_errors_add(lk_errors *errors, lk_error_place place, const char *prefix,
                   const lk_error *err);
/** Add the message in `err`, of which only those lines stay that were not there before. */
void lk_errors_add_new(lk_errors *errors, lk_error *err);
/** Whether something is wrong with this value. */
bool lk_errors_has(const lk_errors *errors, const void *value);
/**
 * Write all that was added to `err`, one line each, in the order of the files, then those of the
 * command line; after LK_ERRORS_SHOWN of them "and N more errors".
 * `status` is what the reader returned. Returns it, or LK_USAGE if there are errors.
 */
lk_status lk_errors_end(lk_errors *errors, lk_status status, lk_error *err);

/** The status of two steps that are both done: that of the later one, if it failed. */
static inline lk_status lk_status_after(lk_status first, lk_status second) {
    return second ? second : first;
}

#endif
