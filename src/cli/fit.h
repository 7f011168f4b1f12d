/* Tables of one line for each row, whatever the width of the screen. Private to the program. */
#ifndef LIKENESS_CLI_FIT_H
#define LIKENESS_CLI_FIT_H

#include <likeness/status.h>
#include <likeness/text.h>

enum { LK_FIT_COLUMNS_MAX = 16 };

/** A column of such a table. */
typedef struct lk_fit_column {
    const char *title;
    bool right; /* aligned to the right, as numbers are */
    int rank; /* 0: it always stays; where there is too little room, the highest rank goes first */
} lk_fit_column;

/**
 * Append rows, lines of cells with tabs between, below their titles, with aligned columns, in
 * `width` columns of the screen: columns without a cell that is filled are left out, and then, by
 * rank, those for which there is no room. The first column is cut on its left where it is too wide,
 * with "..." or, with `blocks`, one character for it. `left_out` gets the titles of what had no
 * room, "model, loss", and may be NULL.
 */
void lk_fit_table(const lk_text *rows, const lk_fit_column *columns, size_t n_columns, int width,
                  bool blocks, lk_text *out, lk_text *left_out);

#endif
