/* The list of the runs in a folder, a line each. Private to the program. */
#ifndef LIKENESS_CLI_RUN_LIST_H
#define LIKENESS_CLI_RUN_LIST_H

#include "cli/command.h"
#include "experiment/run_progress.h"

/**
 * The columns in their order: constant, key for --sort and csv, title, alignment, how soon it is
 * left out on a narrow screen (see lk_fit_column).
 */
#define LK_RUN_COLUMN_LIST(X)                                                                      \
    X(RUN, run, "run", false, 0)                                                                   \
    X(NAME, name, "name", false, 12)                                                               \
    X(MODEL, model, "model", false, 8)                                                             \
    X(LOSS, loss, "loss", false, 7)                                                                \
    X(SEED, seed, "seed", true, 11)                                                                \
    X(STATE, state, "state", false, 0)                                                             \
    X(EPOCHS, epochs, "epochs", true, 1)                                                           \
    X(BEST, best_epoch, "best", true, 6)                                                           \
    X(SSIM, ssim, "SSIM", true, 2)                                                                 \
    X(MSE, mse, "MSE", true, 3)                                                                    \
    X(MINUTES, minutes, "minutes", true, 5)                                                        \
    X(STARTED, started, "started", false, 9)                                                       \
    X(NOTE, note, "note", false, 4)

#define LK_RUN_COLUMN_ENUM(name, key, title, right, rank) LK_COLUMN_##name,
typedef enum lk_run_column {
    LK_RUN_COLUMN_LIST(LK_RUN_COLUMN_ENUM) LK_N_RUN_COLUMNS
} lk_run_column;
#undef LK_RUN_COLUMN_ENUM
#define LK_RUN_COLUMN_WORD(name, key, title, right, rank) "|" #key

#define LK_RUN_FORMAT_LIST(X)                                                                      \
    X(md, LK_RUNS_MD)                                                                              \
    X(csv, LK_RUNS_CSV)                                                                            \
    X(json, LK_RUNS_JSON)
typedef enum lk_run_format { LK_RUN_FORMAT_LIST(LK_WORDS_ENUM) LK_N_RUN_FORMATS } lk_run_format;

typedef struct lk_run_view {
    lk_run_column sort; /* the best SSIM and MSE first, else from low to high; unknown last */
    bool reverse;
    lk_run_format format;
    bool raw; /* Markdown as it is on a terminal too */
} lk_run_view;

/** List the runs at or below a folder on standard output. Errors: those of lk_results_search;
 * LK_WRITE. */
lk_status lk_cli_put_runs(const lk_cli *cli, const char *folder, const lk_run_view *view,
                          lk_error *err);

/** Append the epochs of a run: "3/20". */
void lk_run_epochs_text(const lk_run_progress *progress, lk_text *out);
/** What there is to say about a run besides numbers: "diverged at step 40", "stopped early at epoch
 * 7", why it cannot be read; "": nothing. It may hold control characters. */
const char *lk_run_note(const lk_result *row, const lk_run_progress *progress);
/** The folder of a run, or the file that tells of it. */
const char *lk_run_place(const lk_result *row);

#endif
