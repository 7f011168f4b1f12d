/** For tests of training with the library: runs in their own folders that are stopped, resumed and
 * compared. */
#ifndef LIKENESS_TEST_RUNS_H
#define LIKENESS_TEST_RUNS_H

#include "base/file.h"
#include "tiny.h"

enum { FACES = 110 }; /* 56 for training: 7 steps per epoch; 27 for validation: 4 batches */

struct place {
    char folder[LK_PATH_MAX], pack[LK_PATH_MAX], run[LK_PATH_MAX + 8];
};
/** A fresh folder with a pack of FACES. */
struct place place(const char *name);

/** Stops a run after `after` steps, or at the n-th call of its stop function, n = `question`: it is
 * called after each step and after each batch of validation. */
struct stop {
    int64_t after;
    int question;
    int asked; /* calls so far */
};
extern int64_t steps_seen; /* of the last run */
/** Asks a struct stop, or NULL, which never stops. */
lk_status lk_test_stop(void *self);

lk_status train_config(const lk_context *context, const struct place *p, const lk_config *config,
                       bool resume, struct stop *stop, lk_error *err);
/** The same with the text of a config. */
lk_status train(const lk_context *context, const struct place *p, const char *config_text,
                bool resume, struct stop *stop, lk_error *err);
/** The same with the tiny config and some of its values changed, or one. */
lk_status train_sets(const lk_context *context, const struct place *p, const char *const *sets,
                     int n_sets, bool resume, struct stop *stop, lk_error *err);
lk_status train_set(const lk_context *context, const struct place *p, const char *set, bool resume,
                    struct stop *stop, lk_error *err);

void assert_same_file(const struct place *a, const struct place *b, const char *name);
/** Compares metrics.jsonl and metrics.csv without times and rates. */
void assert_same_records(const struct place *a, const struct place *b);
/** Compares the model, the last and the best checkpoint, and the records. */
void assert_same_run(const struct place *a, const struct place *b);

#endif
