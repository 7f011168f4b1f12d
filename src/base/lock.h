/** The lock of a folder that one process at a time may write to. */
#ifndef LIKENESS_BASE_LOCK_H
#define LIKENESS_BASE_LOCK_H

#include "base/file.h"

#include <likeness/log.h>

/** Held from lk_folder_lock to lk_folder_unlock. */
typedef struct lk_lock {
    int fd;                  /* of FOLDER/.lock; -1: not held */
    char owner[LK_PATH_MAX]; /* FOLDER/.lock.owner, or "" where the file system has locks */
} lk_lock;
#define LK_LOCK_NONE                                                                               \
    { .fd = -1 }

/** What the names of both files begin with. */
#define LK_LOCK_FILE ".lock"

/**
 * Take the folder's lock, FOLDER/.lock by flock. Where the file system refuses flock, it is
 * FOLDER/.lock.owner, a file that names the process (see base/owner.h). Where that file cannot be
 * created either, the log gets a warning and there is no lock.
 * errors  LK_FAILED if another process has it, LK_WRITE
 */
lk_status lk_folder_lock(const char *folder, const lk_log *log, lk_lock *lock, lk_error *err);
/** Whether another process holds the folder's lock now. It creates nothing. */
bool lk_folder_is_locked(const char *folder);
/** Release it, if it is held. */
void lk_folder_unlock(lk_lock *lock);

#endif
