/** The folder of a run: which process may write there, and what may be replaced. */
#ifndef LIKENESS_TRAIN_FOLDER_H
#define LIKENESS_TRAIN_FOLDER_H

#include "base/lock.h"

#include <likeness/train.h>

typedef struct lk_folder_request {
    const char *out;
    bool may_resume; /* the command has --resume, for the message */
    bool resume, force;
} lk_folder_request;
/** Create or check the run's folder and lock it. Errors: LK_USAGE, LK_FAILED, LK_WRITE. */
lk_status lk_folder_open(const lk_folder_request *request, const lk_log *log, lk_lock *lock,
                         lk_error *err);
/** Fails unless the run in the folder has this config, for pictures of size x size. Errors:
 * LK_USAGE with the difference, LK_MEMORY. */
lk_status lk_folder_same_config(const char *folder, const lk_config *config, int size,
                                lk_error *err);
/** Fails unless a run of this config may begin in a folder without checkpoints and nothing is lost.
 * Errors: LK_USAGE, LK_MEMORY. */
lk_status lk_folder_has_no_more(const char *folder, const lk_config *config, int size,
                                lk_error *err);
/** Remove the files that only a finished run has, so that the folder is that of an unfinished one.
 * Errors: LK_WRITE. */
lk_status lk_folder_drop_results(const char *folder, lk_error *err);

/** Whether the owner of a folder writes a file of that name. */
typedef bool lk_folder_owned(const char *name);
/**
 * Remove the temporaries (.NAME.tmp.PID) that killed processes left, and with `all` also the files
 * themselves: only those that `belongs` names, as the folder may hold more. Errors: LK_WRITE.
 */
lk_status lk_folder_clean(const char *folder, lk_folder_owned *belongs, bool all, lk_error *err);

#endif
