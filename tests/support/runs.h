/** For tests of training by the library: runs in folders of their own, stopped and resumed, and
 * compared. */
#ifndef LIKENESS_TEST_RUNS_H
#define LIKENESS_TEST_RUNS_H

#include "base/file.h"
#include "tiny.h"

enum { FACES = 110 }; /* 56 to train on: 7 steps an epoch; 27 to validate on: 4 batches */

struct place {
    char folder[LK_PATH_MAX], pack[LK_PATH_MAX], run[LK_PATH_MAX + 8];
};
/** A fresh folder with a pack of FACES. */
struct place place(const char *name);

/** Stops a run after so many steps, or at so manieth a question, whether it be asked after a step
 * or a batch of validation. */
struct stop {
    int64_t after;
    int question;
    int asked; /* counts */
};
extern int64_t steps_seen; /* of the run that trained last */

lk_status train_config(const lk_context *context, const struct place *p, const lk_config *config,
                       bool resume, struct stop *stop, lk_error *err);
/** The same from a config's text. */
lk_status train(const lk_context *context, const struct place *p, const char *config_text,
                bool resume, struct stop *stop, lk_error *err);
/** The tiny config with some things changed, or one. */
lk_status train_sets(const lk_context *context, const struct place *p, const char *const *sets,
                     int n_sets, bool resume, struct stop *stop, lk_error *err);
lk_status train_set(const lk_context *context, const struct place *p, const char *set, bool resume,
                    struct stop *stop, lk_error *err);

void assert_same_file(const struct place *a, const struct place *b, const char *name);
/** Lines of metrics.jsonl and metrics.csv without times and rates. */
void assert_same_records(const struct place *a, const struct place *b);
/** The model, the last and the best checkpoint, the records. */
void assert_same_run(const struct place *a, const struct place *b);

#endif
