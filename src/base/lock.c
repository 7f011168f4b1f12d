/* The lock of a folder: by flock, or else by a file that names its owner. */
#include "base/lock.h"
#include "base/owner.h"

#include <likeness/text.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

static lk_status say_held(const char *folder, const lk_claim_refusal *refusal, lk_error *err) {
    const lk_owner *owner = &refusal->owner;
    if (!*owner->host)
        return lk_fail(err, LK_FAILED,
                       "%s: another process trains or measures there, or was stopped while it "
                       "began; if none does, remove %s",
                       folder, refusal->path);
    if (refusal->is_elsewhere)
        return lk_fail(err, LK_FAILED,
                       "%s: process %ld of the host %s trains or measures there, or was killed; if "
                       "it no longer runs, remove %s",
                       folder, owner->process, owner->host, refusal->path);
    return lk_fail(err, LK_FAILED,
                   "%s: another process trains or measures there: process %ld, as %s says", folder,
                   owner->process, refusal->path);
}

/* What file systems without locks answer. */
static bool has_no_locks(int reason) {
    return reason == ENOSYS || reason == EOPNOTSUPP || reason == ENOLCK || reason == EPERM ||
           reason == EINVAL;
}

static lk_status lock_by_owner(const char *folder, int reason, const lk_log *log, lk_lock *lock,
                               lk_error *err) {
    lk_claim_refusal refusal;
    lk_format(lock->owner, sizeof lock->owner, "%s/" LK_LOCK_FILE ".owner", folder);
    lk_ownership claim = lk_owner_claim(lock->owner, &refusal);
    if (claim == LK_CLAIM_OWNED) return LK_OK;
    if (claim == LK_CLAIM_FAILED)
        lk_log_say(log, LK_WARNING,
                   "%s: cannot be locked (%s), and %s cannot be created (%s): make sure that no "
                   "other process uses this folder",
                   folder, strerror(reason), lock->owner, strerror(errno));
    lock->owner[0] = 0;
    return claim == LK_CLAIM_FAILED ? LK_OK : say_held(folder, &refusal, err);
}

/* lk_folder_is_locked holds the lock for a moment, which must not end a run that begins. */
static int lock_exclusively(int fd) {
    enum { TRIES = 5 };
    const struct timespec pause = { .tv_nsec = 20000000 };
    int failed = flock(fd, LOCK_EX | LOCK_NB);
    for (int i = 1; i < TRIES && failed && errno == EWOULDBLOCK; i++) {
        nanosleep(&pause, NULL);
        failed = flock(fd, LOCK_EX | LOCK_NB);
    }
    return failed;
}

lk_status lk_folder_lock(const char *folder, const lk_log *log, lk_lock *lock, lk_error *err) {
    char path[LK_PATH_MAX];
    *lock = (lk_lock)LK_LOCK_NONE;
    lk_format(path, sizeof path, "%s/" LK_LOCK_FILE, folder);
    lock->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock->fd < 0) return lk_fail(err, LK_WRITE, "%s: cannot open: %s", path, strerror(errno));
    if (lock_exclusively(lock->fd) == 0) return LK_OK;
    lk_status status;
    if (errno == EWOULDBLOCK)
        status = lk_fail(err, LK_FAILED, "%s: another process trains or measures there", folder);
    else if (has_no_locks(errno))
        status = lock_by_owner(folder, errno, log, lock, err);
    else
        status = lk_fail(err, LK_WRITE, "%s: cannot lock: %s", path, strerror(errno));
    if (status) lk_folder_unlock(lock);
    return status;
}

/* Where flock works it is right, and the file of an owner may be left from another host. */
bool lk_folder_is_locked(const char *folder) {
    char path[LK_PATH_MAX];
    if (!lk_format(path, sizeof path, "%s/" LK_LOCK_FILE ".owner", folder)) return false;
    bool owned = lk_owner_runs(path);
    lk_format(path, sizeof path, "%s/" LK_LOCK_FILE, folder);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return owned;
    bool locked = flock(fd, LOCK_SH | LOCK_NB) != 0 && (errno == EWOULDBLOCK || owned);
    close(fd);
    return locked;
}

void lk_folder_unlock(lk_lock *lock) {
    if (lock->owner[0]) lk_owner_release(lock->owner);
    if (lock->fd >= 0) close(lock->fd);
    *lock = (lk_lock)LK_LOCK_NONE;
}
