/* What likeness watch shows: runs as lines of text. Private to the program. */
#ifndef LIKENESS_CLI_WATCH_VIEW_H
#define LIKENESS_CLI_WATCH_VIEW_H

#include "experiment/run_progress.h"

/** The screen to fill. */
typedef struct lk_watch_screen {
    int width, height; /* height 0: as much as there is to show */
    bool blocks;       /* it shows UTF-8 */
    bool colours;
    const char *footer; /* the last line; NULL: none */
} lk_watch_screen;

/** Append what is known of a run, below each other, and its curves: at most as many lines as the
 * screen has. */
void lk_watch_show_run(const lk_result *row, const lk_run_progress *progress,
                       const lk_watch_screen *screen, lk_text *out);
/** Append a table of the runs of a folder. Where there are more than lines, those that run come
 * first and the finished ones are left out first. */
void lk_watch_show_runs(const lk_run_list *list, const char *folder, const lk_watch_screen *screen,
                        lk_text *out);
/** Append one run as one line, for a log. */
void lk_watch_say(const lk_result *row, const lk_run_progress *progress, lk_text *out);

/** Whether the run goes on, or waits for others of its experiment that do. */
bool lk_watch_goes_on(const lk_run_progress *progress);

#endif
