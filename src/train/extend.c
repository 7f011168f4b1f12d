/* What may change when a run continues. Without a schedule that depends on the length, a run that
   is extended at the end of an epoch does what a run that was always longer does. */
#include "train/extend.h"

#include <string.h>

int64_t lk_extend_steps(const lk_config *config, int64_t steps_an_epoch) {
    return config->train.steps ? config->train.steps : config->train.epochs * steps_an_epoch;
}

double lk_extend_rate(const lk_config *config, lk_progress at) {
    const lk_config_optimizer *o = &config->optimizer;
    return o->lr * lk_schedule_factor(&o->schedule.chosen, at, o->schedule.warmup_steps);
}

/* ---- keys ---- */

static bool may_change(const char *path) {
    return lk_config_changes_no_number(path) || strcmp(path, "train.epochs") == 0 ||
           strcmp(path, "train.steps") == 0 || strcmp(path, "train.patience") == 0;
}

lk_status lk_extend_same_config(const char *path, const lk_config *then, const lk_config *now,
                                int size, lk_error *err) {
    lk_text difference = { 0 };
    lk_status status = lk_config_difference_except(then, now, size, may_change, &difference, err);
    if (!status && difference.n)
        status =
            lk_fail(err, LK_USAGE, "%s: the run was started with another config: %s (then and now)",
                    path, difference.data);
    lk_text_deinit(&difference);
    return status;
}

/* ---- patience ---- */

bool lk_extend_has_stalled(const lk_config *config, const lk_position *at, int64_t steps_an_epoch) {
    int64_t patience = config->train.patience;
    return patience > 0 && at->ended == at->step &&
           at->step - at->best_step >= patience * steps_an_epoch;
}

static int64_t patience_of(const lk_config *config) {
    return config->train.patience ? config->train.patience : INT64_MAX;
}

/* With less patience the run might have ended earlier. */
static lk_status check_patience(const char *path, const lk_config *then, const lk_config *now,
                                const lk_position *at, const lk_extension *e, lk_error *err) {
    long long before = then->train.patience, after = now->train.patience;
    if (patience_of(now) < patience_of(then))
        return lk_fail(err, LK_USAGE,
                       "%s: train.patience was %lld: expected %s%lld when the run continues, got "
                       "%lld",
                       path, before, before ? "0, or at least " : "", before, after);
    if (before == 0 || before != after || e->to <= e->from ||
        !lk_extend_has_stalled(then, at, e->steps_an_epoch))
        return LK_OK;
    return lk_fail(err, LK_USAGE,
                   "%s: the run ended early, after step %lld, because of train.patience %lld: it "
                   "continues only with a larger train.patience (or 0, no limit)",
                   path, (long long)e->done, before);
}

/* ---- length ---- */

static lk_status check_length(const char *path, const lk_extension *e, lk_error *err) {
    if (e->to >= e->done) return LK_OK;
    return lk_fail(err, LK_USAGE,
                   "%s: the run has done %lld steps (an epoch has %lld): expected at least as many "
                   "in all, got %lld; use more --epochs or --steps",
                   path, (long long)e->done, (long long)e->steps_an_epoch, (long long)e->to);
}

static const lk_schedule *schedule_of(const lk_config *config) {
    return (const lk_schedule *)config->optimizer.schedule.chosen.choice;
}

static lk_status check_schedule(const lk_checkpoint *c, const char *path, const lk_extension *e,
                                lk_error *err) {
    if (!e->follows_length || c->extend) return LK_OK;
    return lk_fail(err, LK_USAGE,
                   "%s: schedule \"%s\" depends on the length of the run, which had %lld steps and "
                   "now has %lld: the learning rate would go from %g at step %lld to %g at the "
                   "next; --extend continues with it",
                   path, schedule_of(c->config)->choice.name, (long long)e->from, (long long)e->to,
                   e->rate_done, (long long)e->done, e->rate_next);
}

lk_status lk_extend_check(const lk_checkpoint *c, const char *path, const lk_config *then,
                          const lk_position *at, lk_extension *out, lk_error *err) {
    lk_status status = lk_extend_same_config(path, then, c->config, c->net->images.size, err);
    if (status) return status;
    lk_extension e = { .done = at->step,
                       .steps_an_epoch = c->steps_an_epoch,
                       .from = lk_extend_steps(then, c->steps_an_epoch),
                       .to = lk_extend_steps(c->config, c->steps_an_epoch) };
    lk_progress last = { at->step ? at->step - 1 : 0, e.from, c->steps_an_epoch };
    e.rate_done = lk_extend_rate(then, last);
    e.rate_next = lk_extend_rate(c->config, (lk_progress){ at->step, e.to, c->steps_an_epoch });
    e.rate_end = lk_extend_rate(c->config, (lk_progress){ e.to - 1, e.to, c->steps_an_epoch });
    e.follows_length = e.from != e.to && e.done > 0 && schedule_of(c->config)->follows_length;
    if (at->step % c->steps_an_epoch != 0 && at->ended == at->step && at->step < e.to)
        e.inside_epoch = at->step;
    status = check_length(path, &e, err);
    if (!status) status = check_patience(path, then, c->config, at, &e, err);
    if (!status) status = check_schedule(c, path, &e, err);
    if (!status) *out = e;
    return status;
}

void lk_extend_say(const lk_log *log, const lk_extension *e) {
    if (e->from != e->to)
        lk_log_say(log, LK_INFO, "the run had %lld steps in all, now it has %lld",
                   (long long)e->from, (long long)e->to);
    if (e->follows_length && e->done < e->to)
        lk_log_say(log, LK_INFO,
                   "the learning rate was %g at step %lld, is %g at step %lld, and ends with %g at "
                   "step %lld",
                   e->rate_done, (long long)e->done, e->rate_next, (long long)e->done + 1,
                   e->rate_end, (long long)e->to);
    if (e->inside_epoch)
        lk_log_say(log, LK_WARNING,
                   "the run was validated at step %lld, inside an epoch, where a run of %lld steps "
                   "is not: its records, and perhaps its model, differ from those of a run that "
                   "was started with that many",
                   (long long)e->inside_epoch, (long long)e->to);
}
