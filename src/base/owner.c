/*
 * A file that names its owner, "HOST PROCESS START" and a line end.
 *
 * Before a process removes the file of a dead owner it claims the removal: it creates a second
 * file, whose name contains the dead process. A process that is late then finds another owner in
 * the first file, or no file, and removes nothing. The second file names its owner too, so one that
 * a killed process left is taken over in the same way.
 */
#include "base/owner.h"

#include <likeness/text.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TRIES_MAX = 100, CLAIMS_MAX = 4, OWNER_TEXT_MAX = 400 };

/* ---- processes ---- */

/* When a process started; 0: not known. *ended: it has ended, but its parent has not asked for its
   exit code yet. */
static unsigned long long start_of(long process, bool *ended) {
    enum { START = 20 }; /* its place after the name of the program */
    char path[64], text[1024];
    *ended = false;
    snprintf(path, sizeof path, "/proc/%ld/stat", process);
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = 0;
    const char *at = strrchr(text, ')'); /* the name may have spaces and parentheses */
    unsigned long long start = 0;
    if (!at) return 0;
    *ended = at[1] && (at[2] == 'Z' || at[2] == 'X');
    for (int i = 0; i < START && at; i++) at = strchr(at + 1, ' ');
    return at && sscanf(at, "%llu", &start) == 1 ? start : 0;
}

static bool is_running(const lk_owner *owner) {
    bool ended;
    if (kill((pid_t)owner->process, 0) != 0 && errno == ESRCH) return false;
    unsigned long long start = start_of(owner->process, &ended);
    return !ended && (!start || !owner->start || start == owner->start);
}

static void name_host(char host[256]) {
    if (gethostname(host, 255) != 0 || !*host) snprintf(host, 256, "localhost");
    host[255] = 0;
    for (char *at = host; *at; at++)
        if (!isgraph((unsigned char)*at)) *at = '_';
}

static lk_owner this_process(void) {
    bool ended;
    lk_owner me = { .process = (long)getpid() };
    name_host(me.host);
    me.start = start_of(me.process, &ended);
    return me;
}

static bool is_same(const lk_owner *a, const lk_owner *b) {
    return strcmp(a->host, b->host) == 0 && a->process == b->process && a->start == b->start;
}

/* ---- files ---- */

/* False: there is no such file. */
static bool read_owner(const char *path, lk_owner *owner) {
    char text[OWNER_TEXT_MAX], end = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    *owner = (lk_owner){ .process = 0 };
    if (fd < 0) return errno != ENOENT;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    if (sscanf(text, "%255s %ld %llu%c", owner->host, &owner->process, &owner->start, &end) != 4 ||
        end != '\n' || owner->process < 1)
        *owner = (lk_owner){ .process = 0 };
    return true;
}

/* Write this process into a file just created. */
static lk_ownership sign(int fd, const char *path, const lk_owner *me) {
    char text[OWNER_TEXT_MAX];
    int n = snprintf(text, sizeof text, "%s %ld %llu\n", me->host, me->process, me->start);
    ssize_t put = write(fd, text, (size_t)n);
    int reason = put < 0 ? errno : ENOSPC;
    if (close(fd) != 0) put = -1;
    if (put == n) return LK_CLAIM_OWNED;
    unlink(path);
    errno = reason;
    return LK_CLAIM_FAILED;
}

static lk_ownership refuse(const char *path, const lk_owner *owner, const lk_owner *me,
                           lk_claim_refusal *refusal) {
    refusal->owner = *owner;
    refusal->is_elsewhere = *owner->host && strcmp(owner->host, me->host) != 0;
    lk_format(refusal->path, sizeof refusal->path, "%s", path);
    return LK_CLAIM_HELD;
}

static lk_ownership claim(const char *path, int n_claims, const lk_owner *me,
                          lk_claim_refusal *refusal);

/* Remove the file of an owner that no longer runs, unless it has changed since. */
static lk_ownership remove_dead(const char *path, const lk_owner *dead, int n_claims,
                                const lk_owner *me, lk_claim_refusal *refusal) {
    char on_dead[LK_PATH_MAX];
    lk_owner now;
    if (n_claims == CLAIMS_MAX ||
        !lk_format(on_dead, sizeof on_dead, "%s.%ld-%llu", path, dead->process, dead->start))
        return refuse(path, dead, me, refusal);
    lk_ownership result = claim(on_dead, n_claims + 1, me, refusal);
    if (result != LK_CLAIM_OWNED) return result;
    if (read_owner(path, &now) && is_same(&now, dead)) unlink(path);
    unlink(on_dead);
    return LK_CLAIM_OWNED;
}

static lk_ownership claim(const char *path, int n_claims, const lk_owner *me,
                          lk_claim_refusal *refusal) {
    lk_owner owner = { .process = 0 };
    for (int i = 0; i < TRIES_MAX; i++) {
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0) return sign(fd, path, me);
        if (errno != EEXIST) return LK_CLAIM_FAILED;
        if (!read_owner(path, &owner)) continue;
        if (strcmp(owner.host, me->host) != 0 || is_running(&owner)) break;
        lk_ownership result = remove_dead(path, &owner, n_claims, me, refusal);
        if (result != LK_CLAIM_OWNED) return result;
    }
    return refuse(path, &owner, me, refusal);
}

lk_ownership lk_owner_claim(const char *path, lk_claim_refusal *refusal) {
    const lk_owner me = this_process();
    return claim(path, 0, &me, refusal);
}

bool lk_owner_runs(const char *path) {
    lk_owner owner, me = this_process();
    if (!read_owner(path, &owner)) return false;
    return (*owner.host && strcmp(owner.host, me.host) != 0) ||
           (owner.process > 0 && is_running(&owner));
}

void lk_owner_release(const char *path) {
    lk_owner owner;
    const lk_owner me = this_process();
    if (read_owner(path, &owner) && is_same(&owner, &me)) unlink(path);
}
