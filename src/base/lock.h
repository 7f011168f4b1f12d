/** The lock of a folder that one process at a time may write to. */
#ifndef LIKENESS_BASE_LOCK_H
#define LIKENESS_BASE_LOCK_H

#include <likeness/status.h>

/** Take the folder's lock; closing *lock releases it. Errors: LK_FAILED if another process has it,
 * LK_WRITE. */
lk_status lk_folder_lock(const char *folder, int *lock, lk_error *err);

#endif
