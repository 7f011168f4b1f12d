/**
 * run.json: what a run was made of, and when. Nothing of it enters the model.
 *
 *   data, fingerprint   the pack: its full path, and what it holds
 *   sessions            a list of the processes that trained, or the one that imported: started
 *                       (UTC), seconds (null: it was killed, or still runs), peak_bytes (the
 *                       most memory that the process had, with all it did; null: as seconds, or
 *                       the system does not say), first_step and last_step (done before and
 *                       after; null: as seconds), command, folder (where it ran), host, threads,
 *                       version, blas, kernels; ranks, if several processes trained together
 *
 * A path or command that is not UTF-8 is left out.
 */
#ifndef LIKENESS_TRAIN_SESSION_H
#define LIKENESS_TRAIN_SESSION_H

#include "base/file.h"

#include <likeness/context.h>
#include <likeness/options.h>

struct cJSON;

/** The entry of a process that trains. */
typedef struct lk_session {
    struct cJSON *record, *now; /* all of run.json; its last session. NULL: not begun */
    double begin_s;
    char path[LK_PATH_MAX];
} lk_session;

typedef struct lk_session_facts {
    const char *folder, *data, *fingerprint, *command; /* folder: of the run; others may be NULL */
    int64_t step;
} lk_session_facts;

/** Add a session to the run.json of a folder; one that is damaged is replaced, with a warning.
 * Errors: LK_WRITE, LK_MEMORY. The caller ends it with lk_session_deinit. */
lk_status lk_session_begin(lk_session *session, const lk_context *context,
                           const lk_session_facts *facts, lk_error *err);
/** Store how long it took, the memory it needed and the steps done, if it has begun. Errors: as
 * above. */
lk_status lk_session_end(lk_session *session, int64_t step, lk_error *err);
void lk_session_deinit(lk_session *session);

/** What a run.json tells. Texts are "" where it does not. */
typedef struct lk_history {
    char data[LK_PATH_MAX], fingerprint[LK_WORDS_MAX];
    char started[LK_WORDS_MAX]; /* the first session, "2026-11-30T06:52:30Z" */
    int n_sessions, n_open;     /* n_open: without an end */
    double seconds;             /* of all that ended */
    double peak_bytes;          /* of the session with the most memory; 0: unknown */
    struct cJSON *record;       /* NULL: there is no run.json */
    const char *command;        /* of the first session; in `record` */
} lk_history;

/** Read the run.json of a folder, which may have none, as the folders of older versions. The caller
 * ends it with lk_session_history_deinit. Errors: LK_FORMAT, LK_READ, LK_MEMORY. */
lk_status lk_session_read(const char *folder, lk_history *history, lk_error *err);
void lk_session_history_deinit(lk_history *history);

#endif
