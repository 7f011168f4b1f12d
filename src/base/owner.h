/** A file that names the process that owns something: a lock for file systems that have none. */
#ifndef LIKENESS_BASE_OWNER_H
#define LIKENESS_BASE_OWNER_H

#include "base/file.h"

/** Identifies a process: no later one has the same host, number and start. */
typedef struct lk_owner {
    char host[256]; /* "" where the file does not name a process */
    long process;
    unsigned long long start; /* in ticks after the machine's start; 0: not known */
} lk_owner;

typedef enum lk_ownership { LK_CLAIM_OWNED, LK_CLAIM_HELD, LK_CLAIM_FAILED } lk_ownership;

/** Why a claim was refused. */
typedef struct lk_claim_refusal {
    char path[LK_PATH_MAX]; /* the file of the owner */
    lk_owner owner;
    bool is_elsewhere; /* on another host, where nobody can see whether it still runs */
} lk_claim_refusal;

/**
 * Create the file, with this process as its owner. A file of a process of this host that no longer
 * runs is taken over; of several processes that try at the same time one succeeds. LK_CLAIM_HELD
 * fills the refusal, LK_CLAIM_FAILED leaves the reason in errno.
 */
lk_ownership lk_owner_claim(const char *path, lk_claim_refusal *refusal);
/** Whether the file names a process that runs, as far as this host can see: on another host it may
 * run. */
bool lk_owner_runs(const char *path);
/** Remove the file if this process is its owner. */
void lk_owner_release(const char *path);

#endif
