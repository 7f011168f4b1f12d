/**
 * Faults: calls that allocate memory, or open, read and write files, fail on demand. The linker
 * does it: the programs of tests/fault are linked with --wrap for each of these calls
 * (tests/CMakeLists.txt), so the tested code needs no hook. Two libraries that allocate memory
 * themselves are reached by other means: cJSON_InitHooks, and the memory manager in libjpeg's
 * object.
 *
 * Not reached: what libc, OpenBLAS and the dynamic linker allocate themselves, stat, unlink,
 * mutexes.
 */
#ifndef LIKENESS_TEST_FAULTS_H
#define LIKENESS_TEST_FAULTS_H

#include "support.h"

/** From now on the n-th call fails; with `onwards` all later ones too, as on a full disk. With n =
 * 0 none fails, calls are only counted. */
void lk_faults_arm(long n, bool onwards);
/** Calls succeed again. Returns how many there have been. */
long lk_faults_disarm(void);
/** The first call that failed since lk_faults_arm ("write"), or NULL; `reason` gets the text of
 * strerror. */
const char *lk_faults_fired(const char **reason);
/** The number of names read in folders since lk_faults_arm. */
long lk_faults_names(void);
/** Until lk_faults_disarm every read and write is first interrupted by a signal, then done for only
 * up to 1000 bytes. */
void lk_faults_harass(void);

/**
 * In training step `step` (from 1) a value of the result of that node becomes NaN after its op;
 * with `backward` a value of the gradient of its first input. NULL: none. Done by wrapping
 * lk_graph_forward.
 */
void lk_faults_plant(const char *node, int step, bool backward);

/** An operation that is tried with each of its calls failing. */
typedef struct lk_fault_case {
    const char *name;
    void (*begin)(void *self); /* sets the state before it; NULL: nothing to do */
    lk_status (*run)(void *self, lk_error *err);
    /* checks the state after a failure; NULL: only the checks of the loop */
    void (*failed)(void *self);
    void (*done)(void *self); /* checks the state after success; may be NULL */
    void *self;
    const char *folder; /* no temporary file may remain in it; NULL: none is written */
    long at_least;      /* the operation must make at least this many calls */
    long stride;        /* see lk_faults_walk */
    bool may_go_on;     /* the operation may succeed although a file fails: it has another one */
} lk_fault_case;

/**
 * Run it with the first call failing, then the second, and so on until no call fails; once as a
 * single fault, once together with all later ones. If memory fails, the status must be LK_MEMORY;
 * if a file fails, the message must give the reason. No temporary file may remain.
 */
void lk_faults_try(const lk_fault_case *operation);
/** Fails if there is a temporary file in the folder or below it. */
void lk_faults_no_temporaries(const char *folder);
/** Which calls fail: in the short form every `stride`-th (0 or 1: all), in the long form all of
 * this share. */
typedef struct lk_fault_walk {
    long first, stride;
} lk_fault_walk;
lk_fault_walk lk_faults_walk(long stride);
/** Count a fault that was injected elsewhere. */
void lk_faults_count(void);
/** For the end of main: prints "faults: N injected, N survived". Returns `failed`, the number of
 * failed tests. */
int lk_faults_report(int failed);

#endif
