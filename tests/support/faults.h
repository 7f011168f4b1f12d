/**
 * Faults: the calls by which the program takes memory, opens, reads and writes fail on demand. The
 * seam is the linker: test programs of tests/fault are linked with --wrap for each call below
 * (tests/CMakeLists.txt), so the code under test holds no hook. Two libraries that allocate for
 * themselves are reached by their own means: cJSON_InitHooks, and the memory manager libjpeg keeps
 * in its object.
 *
 * Not reached: what libc, OpenBLAS and the dynamic linker allocate for themselves, stat, unlink,
 * mutexes.
 */
#ifndef LIKENESS_TEST_FAULTS_H
#define LIKENESS_TEST_FAULTS_H

#include "support.h"

/** From now on the n-th call fails; with `onwards` each later one too, as on a full disk. n 0:
 * none, they are only counted. */
void lk_faults_arm(long n, bool onwards);
/** Calls succeed again. Returns how many there were. */
long lk_faults_disarm(void);
/** The call that failed first since lk_faults_arm ("write"), or NULL; and what it said, as by
 * strerror. */
const char *lk_faults_fired(const char **reason);
/** Names that were read in folders since lk_faults_arm. */
long lk_faults_names(void);
/** Until lk_faults_disarm every read and write is first interrupted by a signal, then done for at
 * most 1000 bytes. */
void lk_faults_harass(void);

/**
 * In training step `step` (from 1) a value of that node's result becomes NaN as its op ends; with
 * `backward` one of the gradient it passes to its first input. NULL: none. The same seam: what
 * calls lk_graph_forward.
 */
void lk_faults_plant(const char *node, int step, bool backward);

/** An operation to try with each of its calls failing. */
typedef struct lk_fault_case {
    const char *name;
    void (*begin)(void *self); /* the state before it; NULL: nothing to do */
    lk_status (*run)(void *self, lk_error *err);
    /* what must hold after a failure; NULL: nothing more than the loop checks */
    void (*failed)(void *self);
    void (*done)(void *self); /* and after success */
    void *self;
    const char *folder; /* no temporary may be left below it; NULL: none is written */
    long at_least;      /* calls the operation must have, so that the loop bites */
    long stride;        /* lk_faults_walk's */
    bool may_go_on;     /* a failed file need not fail the operation: it has another one */
} lk_fault_case;

/**
 * Run it with the first call failing, the second, ..., until none does; once as a single fault,
 * once with all later ones. A failure must be one: of memory LK_MEMORY with words, of files the
 * reason named, and nothing left behind.
 */
void lk_faults_try(const lk_fault_case *operation);
/** Fails if a temporary file lies below the folder. */
void lk_faults_no_temporaries(const char *folder);
/** The calls to fail: in the short form every `stride`-th (0 or 1: all), in the long form all of
 * this share. */
typedef struct lk_fault_walk {
    long first, stride;
} lk_fault_walk;
lk_fault_walk lk_faults_walk(long stride);
/** Count a fault that was tried elsewhere. */
void lk_faults_count(void);
/** For main's end: one line "faults: N injected, N survived". Returns `failed`, the tests that
 * did. */
int lk_faults_report(int failed);

#endif
