/* The line that shows how a training run goes. Private to the program. */
#ifndef LIKENESS_CLI_PROGRESS_H
#define LIKENESS_CLI_PROGRESS_H

#include <likeness/text.h>
#include <likeness/train.h>

/**
 * Append the progress of a run as one line of at most `width` columns: a bar, epoch, step, loss,
 * the regularizer ("kl"; NULL: there is none), the best epoch, the speed, the time that has passed
 * and that is left. Where there is too little room, the bar is left out first, then the step, the
 * speed, and the best epoch.
 */
void lk_progress_line(const lk_train_progress *progress, const char *regularizer, int width,
                      lk_text *out);

/** Append a bar and two spaces in at most `room` columns, for the part that is done, 0 to 1.
 * Nothing is appended where there is too little room, or where that part is NaN. */
void lk_progress_bar(double done, int room, lk_text *out);

#endif
