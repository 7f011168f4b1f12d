/* A lock file, by flock. */
#include "base/lock.h"
#include "base/file.h"

#include <likeness/text.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

lk_status lk_folder_lock(const char *folder, int *lock, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_format(path, sizeof path, "%s/.lock", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return lk_fail(err, LK_WRITE, "%s: cannot open: %s", path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        *lock = fd;
        return LK_OK;
    }
    int reason = errno;
    close(fd);
    if (reason == EWOULDBLOCK)
        return lk_fail(err, LK_FAILED, "%s: another process trains or measures there", folder);
    return lk_fail(err, LK_WRITE, "%s: cannot lock: %s", path, strerror(reason));
}
