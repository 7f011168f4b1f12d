/** The numbers of a run's metrics.jsonl, as curves over epochs. */
#ifndef LIKENESS_HTML_RUN_SERIES_H
#define LIKENESS_HTML_RUN_SERIES_H

#include <likeness/status.h>

/** A number of the lines of one type: "val_loss", or of its members "val_terms.kl.value". */
typedef struct lk_series {
    char path[96];
    bool of_steps; /* of the lines of steps; else of epochs */
    int n, capacity;
    double *x, *y; /* x: epochs, which are not whole for a step within one */
} lk_series;

typedef struct lk_series_list {
    lk_series *v;
    int n;
} lk_series_list;

/** Read all of them, in the order of the file; lines that cannot be read say nothing. The caller
 * ends it with lk_series_deinit, also after an error. Errors: LK_MEMORY. */
lk_status lk_series_read(const char *folder, lk_series_list *list, lk_error *err);
void lk_series_deinit(lk_series_list *list);
/** NULL: there is none. */
const lk_series *lk_series_find(const lk_series_list *list, const char *path, bool of_steps);

#endif
