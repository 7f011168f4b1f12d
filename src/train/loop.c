/*
 * Training: steps, a validation at the end of each epoch, checkpoints, and the model at the end.
 * Step s uses batch s mod B of epoch s / B. Its order and flips are functions of the seed and the
 * epoch, so the arrays and the step number are all that a resumed run needs.
 */
#include "train/loop.h"
#include "evaluate/spread.h"
#include "net/run_files.h"
#include "net/trained.h"
#include "report/curves.h"
#include "train/extend.h"

#include <math.h>
#include <string.h>

static double now(const lk_run *t) {
    return lk_seconds() - t->begin_s;
}

static int epoch_of(const lk_run *t) {
    return (int)(t->position.step / t->steps_an_epoch);
}

/* ---- several processes ---- */

/* Rank 0 writes all files. Everything else is the same on all ranks: the losses, the gradient and
   the scores are those of the whole batch or split. */
static bool writes(const lk_run *t) {
    return t->context->comm->rank == 0;
}

/* `patient`: rank 0 may have done work of its own. */
static lk_status agree(const lk_run *t, bool patient, lk_status status, lk_error *err) {
    return lk_comm_agree(t->context->comm, patient, status, err);
}

static bool is_stop(lk_status status) {
    return status == LK_TERMINATED || status == LK_INTERRUPTED;
}

/* ---- one step ---- */

static void forward_backward(lk_run *t, bool detect) {
    int64_t step = t->position.step;
    lk_graph_detect(t->net.graph, detect);
    lk_loader_fill(t->loader, t->context, (uint32_t)epoch_of(t), (int)(step % t->steps_an_epoch),
                   t->net.model.images->value, NULL);
    lk_graph_forward(t->net.graph, LK_TRAIN, (int)t->config->train.batch_size, (uint32_t)step);
    lk_graph_backward(t->net.graph);
}

/* The checkpoint that a diverged run can continue from, for messages. */
static const char *last_good(const lk_run *t, char path[LK_PATH_MAX]) {
    static const char *const names[] = { LK_RUN_LAST, LK_RUN_PREVIOUS };
    for (size_t i = 0; i < LK_COUNT(names); i++) {
        lk_format(path, LK_PATH_MAX, "%s/%s", t->options->out, names[i]);
        if (lk_file_may_exist(path)) return path;
    }
    return "none yet";
}

/* The message for what detection found in this step. */
static lk_status diverged(const lk_run *t, lk_error *err) {
    bool backward = false;
    char path[LK_PATH_MAX], shape[64], where[512] = "the gradient's norm";
    const lk_node *bad = lk_graph_bad(t->net.graph, &backward);
    if (bad)
        lk_format(where, sizeof where, "%s of %s (%s), shape %s,",
                  backward ? "a gradient" : "the value", bad->name,
                  bad->op ? bad->op->name : "an input",
                  lk_shape_text(bad->shape, shape, sizeof shape));
    return lk_fail(
        err, LK_DIVERGED,
        "step %lld: %s is not finite; the step was not applied; last good checkpoint: %s",
        (long long)t->position.step + 1, where, last_good(t, path));
}

enum { FLAT_STEPS = 10 };

/* The numbers of a saturated network are finite and its gradient is zero: it would train to the end
   without learning anything. */
static void watch_gradient(lk_run *t, double norm) {
    t->flat_steps = norm == 0 ? t->flat_steps + 1 : 0;
    if (t->flat_steps != FLAT_STEPS || t->said_flat) return;
    t->said_flat = true;
    lk_log_say(&t->context->log, LK_WARNING,
               "the gradient has been exactly zero since step %lld: the network is saturated and "
               "no longer learns; start again (--force) with a lower optimizer.lr, with "
               "optimizer.clip_norm or with batch norm",
               (long long)t->position.step - FLAT_STEPS + 1);
}

static double learning_rate(const lk_run *t, int64_t steps_done) {
    return lk_extend_rate(t->config, (lk_progress){ steps_done, t->n_steps, t->steps_an_epoch });
}

static lk_status step(lk_run *t, lk_error *err) {
    double lr = learning_rate(t, t->position.step), begin = now(t);
    lk_gradient_sum_begin(&t->gradient_sum, t->position.step + 1);
    forward_backward(t, t->options->detect);
    lk_status status = lk_graph_status(t->net.graph, err);
    if (!status) status = lk_gradient_sum_finish(&t->gradient_sum, err);
    if (status) return status;
    double loss = (double)t->net.model.objective->value[0],
           norm = lk_gradient_norm(t->context, t->state.gradient, t->state.n);
    bool finite = isfinite(loss) && isfinite(norm);
    /* repeat the step, without sums over processes, and check the results of each op, to name the
       first bad one */
    if (!finite && !t->options->detect) {
        lk_graph_time(t->net.graph, NULL, NULL);
        forward_backward(t, true);
    }
    if (!finite || lk_graph_bad(t->net.graph, NULL)) return diverged(t, err);
    const lk_config_optimizer *o = &t->config->optimizer;
    lk_step_options options = {
        .step = t->position.step + 1, .lr = lr, .clip_norm = o->clip_norm, .average = o->average
    };
    lk_optimizer_step(t->context, &o->chosen, t->state, options, norm);
    int epoch = epoch_of(t) + 1;
    t->position.step++;
    if (t->position.step == 1) t->position.first_loss = loss;
    t->position.epoch_loss += loss;
    t->last_loss = loss;
    t->steps_now++;
    watch_gradient(t, norm);
    double seconds = now(t) - begin; /* a mean of times: one fast step hardly changes it */
    t->step_s = t->steps_now > 1 ? 0.9 * t->step_s + 0.1 * seconds : seconds;
    t->rate = (double)t->config->train.batch_size / t->step_s;
    if (t->position.step % t->config->train.log_every_steps != 0 || !writes(t)) return LK_OK;
    lk_step_line line = { t->position.step, epoch, lr, loss, norm, t->rate, now(t) };
    return lk_record_step(&t->record, &line, &t->net.model, err);
}

/* ---- ends of epochs ---- */

/* The name of the first parameter of `kind` with a value that is not finite; NULL: there is none.
   `values` may be NULL. */
static const char *bad_parameter(const lk_params *params, lk_param_kind kind,
                                 const lk_real *values) {
    for (int i = 0; values && i < params->n; i++) {
        const lk_param *param = &params->list[i];
        for (size_t k = 0, n = lk_shape_size(param->shape); param->kind == kind && k < n; k++)
            if (!isfinite(values[param->offset + k])) return param->name;
    }
    return NULL;
}

/* The loss of a step says nothing about the weights that this step wrote, so they are checked
   before they are saved. */
static lk_status check_finite(const lk_run *t, lk_error *err) {
    const lk_training_state *s = &t->state;
    const struct {
        const char *words;
        lk_param_kind kind;
        const lk_real *values;
    } rows[] = { { "the weights", LK_PARAM_TRAINED, s->weight },
                 { "the statistics", LK_PARAM_STATISTIC, t->net.params.statistics },
                 { "the averaged weights", LK_PARAM_TRAINED, s->average },
                 { "the optimiser's moments", LK_PARAM_TRAINED, s->moment[0] },
                 { "the optimiser's moments", LK_PARAM_TRAINED, s->moment[1] } };
    _Static_assert(LK_MOMENTS_MAX == 2, "every moment has a row");
    char path[LK_PATH_MAX];
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        const char *bad = bad_parameter(&t->net.params, rows[i].kind, rows[i].values);
        if (bad)
            return lk_fail(
                err, LK_DIVERGED,
                "step %lld: %s of %s are not finite; not saved; last good checkpoint: %s",
                (long long)t->position.step, rows[i].words, bad, last_good(t, path));
    }
    return LK_OK;
}

static lk_status check_pack(lk_run *t, lk_error *err) {
    return lk_pack_check_untouched(t->pack, t->options->data, t->context, err);
}

static lk_status save(lk_run *t, lk_error *err) {
    lk_status status = check_pack(t, err);
    if (!status && writes(t)) status = lk_record_sync(&t->record, err);
    if (!status && writes(t))
        status = lk_checkpoint_write_last(&t->checkpoint, t->options->out, &t->position, err);
    if (!status) t->saved_step = t->position.step;
    return status;
}

static lk_status save_best(lk_run *t, double loss, lk_error *err) {
    char path[LK_PATH_MAX];
    if (!(loss < t->position.best)) return LK_OK;
    t->position.best = loss;
    t->position.best_step = t->position.step;
    lk_format(path, sizeof path, "%s/" LK_RUN_BEST, t->options->out);
    lk_status status = check_pack(t, err);
    if (!status && writes(t)) status = lk_checkpoint_write(&t->checkpoint, path, &t->position, err);
    return status;
}

/* Steps of the epoch that ends now. The last epoch of a run may be short, and so may be the rest of
   an epoch in which the run once ended. */
static int64_t steps_of_epoch(const lk_run *t) {
    return t->position.step - t->position.ended;
}

/* Numbers may grow beyond all sense and stay finite, as the KL of a VAE whose steps are too long.
   The first step's loss is that of a network that knows nothing; one below 1 counts as 1. */
static double loss_limit(const lk_run *t) {
    double first = fabs(t->position.first_loss);
    return isnan(first) ? (double)INFINITY : 1e6 * (first > 1 ? first : 1);
}

/* `loss`: of the validation, or of the epoch where there is none. */
static lk_status check_loss(const lk_run *t, double loss, lk_error *err) {
    const char *name = t->validator ? "validation" : "mean";
    char path[LK_PATH_MAX];
    if (!isfinite(loss))
        return lk_fail(err, LK_DIVERGED,
                       "step %lld: the %s loss is not finite; not saved; last good checkpoint: %s",
                       (long long)t->position.step, name, last_good(t, path));
    if (loss <= loss_limit(t)) return LK_OK;
    return lk_fail(err, LK_DIVERGED,
                   "step %lld: expected a %s loss of at most %g, a million times that of the first "
                   "step or of 1, got %g: the run has diverged; not saved; last good checkpoint: "
                   "%s",
                   (long long)t->position.step, name, loss_limit(t), loss, last_good(t, path));
}

static int epoch_with(const lk_run *t, int64_t step) {
    return (int)((step - 1) / t->steps_an_epoch) + 1;
}

static lk_status end_epoch(lk_run *t, lk_error *err) {
    int epoch = epoch_with(t, t->position.step);
    lk_validation validation = { 0 };
    lk_status status = t->validator ? lk_validate(t->validator, epoch, &validation, err) : LK_OK;
    if (status) return status;
    double mean_loss = t->position.epoch_loss / (double)steps_of_epoch(t);
    status = check_loss(t, t->validator ? validation.loss : mean_loss, err);
    if (status) return status;
    lk_epoch_line line = { .step = t->position.step,
                           .epoch = epoch,
                           .lr = learning_rate(t, t->position.step - 1),
                           .train_loss = mean_loss,
                           .val_loss = validation.loss,
                           /* unknown before the first step */
                           .images_per_second = t->steps_now ? t->rate : (double)NAN,
                           .seconds = now(t),
                           .val = t->validator ? &validation.metrics : NULL,
                           .val_terms = validation.terms,
                           .val_codes = validation.codes };
    t->position.epoch_loss = 0;
    t->position.ended = t->position.step;
    if (writes(t)) status = lk_record_epoch(&t->record, &line, &t->net.model, err);
    if (!status) lk_board_epoch(&t->board, &line, &t->net, t->validator ? &validation : NULL);
    if (!status && t->validator) status = save_best(t, validation.loss, err);
    if (!status && t->validator)
        lk_log_say(&t->context->log, LK_INFO,
                   "epoch %d/%d  train loss %.5f  val loss %.5f  ssim %.4f  mse %.5f", epoch,
                   t->n_epochs, line.train_loss, line.val_loss,
                   validation.metrics.value[LK_METRIC_SSIM],
                   validation.metrics.value[LK_METRIC_MSE]);
    if (!status && !t->validator)
        lk_log_say(&t->context->log, LK_INFO, "epoch %d/%d  train loss %.5f", epoch, t->n_epochs,
                   line.train_loss);
    return status;
}

/* ---- the whole run ---- */

static lk_status stop(lk_run *t, lk_status asked, lk_error *err) {
    lk_status status = t->saved_step == t->position.step ? LK_OK : check_finite(t, err);
    if (!status && t->saved_step != t->position.step) status = save(t, err);
    status = agree(t, true, status, err);
    if (status) return status;
    return lk_fail(
        err, asked,
        "stopped after step %lld of %lld, saved; the same command with --resume continues",
        (long long)t->position.step, (long long)t->n_steps);
}

static int best_epoch(const lk_run *t) {
    return t->position.best_step ? epoch_with(t, t->position.best_step) : 0;
}

/* The value of the regularizer in the last batch; of a sum, its terms with their weights. */
static double penalty(const lk_run *t) {
    const lk_chosen *regularizer = &t->config->regularizer.chosen;
    double sum = 0;
    int n = 0;
    for (int i = 0; i < t->net.model.n_terms; i++) {
        const lk_term *term = &t->net.model.terms[i];
        if (!term->anneal) continue;
        bool alone = lk_regularizer_term(regularizer, 0) == regularizer;
        sum += (alone ? 1 : term->weight) * (double)term->value->value[0];
        n++;
    }
    return n ? sum : (double)NAN;
}

static void report(const lk_run *t) {
    if (!t->options->progress) return;
    /* as long a step as all of this process took, with their validations */
    double left =
        (now(t) - t->start_s) / (double)t->steps_now * (double)(t->n_steps - t->position.step);
    lk_train_progress progress = { .step = t->position.step,
                                   .n_steps = t->n_steps,
                                   .epoch = epoch_with(t, t->position.step),
                                   .n_epochs = t->n_epochs,
                                   .loss = t->last_loss,
                                   .images_per_second = t->rate,
                                   .seconds_left = left,
                                   .seconds = now(t),
                                   .best_epoch = best_epoch(t),
                                   .penalty = penalty(t) };
    t->options->progress(t->options->self, &progress);
}

bool lk_train_epoch_ends(const lk_run *t) {
    bool last = t->position.step % t->steps_an_epoch == 0 || t->position.step == t->n_steps;
    return last && t->position.ended != t->position.step;
}

bool lk_train_is_done(const lk_run *t) {
    return t->position.step == t->n_steps ||
           lk_extend_has_stalled(t->config, &t->position, t->steps_an_epoch);
}

/* What is due after the steps done so far. A stop during the validation saves the step only: the
   resumed run processes the end of the epoch. */
static lk_status follow_up(lk_run *t, lk_error *err) {
    bool ends = lk_train_epoch_ends(t);
    int64_t every = t->config->train.checkpoint_every_steps;
    bool saves = ends || (every && t->position.step % every == 0);
    lk_status status = saves ? check_finite(t, err) : LK_OK;
    if (!status && ends) status = end_epoch(t, err);
    if (is_stop(status)) return stop(t, status, err);
    if (!status && saves) status = save(t, err);
    if (!status && !lk_train_is_done(t)) status = lk_stop_ask(&t->options->stop, err);
    status = agree(t, saves, status, err);
    return is_stop(status) ? stop(t, status, err) : status;
}

/* The record says what became of a run that diverged, for tables. If it cannot, the run's own error
   counts. */
static lk_status note(lk_run *t, lk_status status, int64_t step, const lk_error *reason) {
    lk_error ignored;
    if (status == LK_DIVERGED && writes(t))
        lk_record_diverged(&t->record, step, reason->text, &ignored);
    return status;
}

static lk_status run_steps(lk_run *t, lk_error *err) {
    lk_status status = lk_train_epoch_ends(t) ? follow_up(t, err) : LK_OK;
    while (!status && !lk_train_is_done(t)) {
        status = agree(t, false, step(t, err), err);
        if (status) return note(t, status, t->position.step + 1, err);
        report(t);
        status = follow_up(t, err);
    }
    return note(t, status, t->position.step, err);
}

/* Where the codes of the training pictures lie, for the model's weights. */
static lk_status measure_codes(lk_run *t, const lk_real *weights, lk_code_spread *codes,
                               lk_error *err) {
    const lk_params *params = &t->net.params;
    lk_model encoder;
    if (weights != params->trained)
        memcpy(params->trained, weights, params->n_trained * sizeof *weights);
    lk_status status = lk_net_part(&t->net, t->config, LK_MODEL_ENCODER, &encoder, err);
    if (status) return status;
    status = lk_code_spread_measure(&encoder, t->pack, &t->options->stop, codes, err);
    lk_graph_destroy(encoder.latent->graph);
    return status;
}

/* The model has the weights of best.safetensors, or of the last step if nothing was validated. */
static lk_status write_model(lk_run *t, lk_error *err) {
    char best[LK_PATH_MAX], path[LK_PATH_MAX];
    lk_code_spread codes = { 0 };
    lk_format(best, sizeof best, "%s/" LK_RUN_BEST, t->options->out);
    lk_format(path, sizeof path, "%s/" LK_RUN_MODEL, t->options->out);
    lk_real *weights = t->state.average ? t->state.average : t->state.weight;
    lk_status status = isfinite(t->position.best)
                           ? lk_checkpoint_weights(&t->checkpoint, best, weights, err)
                           : LK_OK;
    if (status)
        lk_error_prefix(err, "all steps are done, but the best weights cannot be read (those of "
                             "the last step are in last.safetensors)");
    if (!status) status = measure_codes(t, weights, &codes, err);
    if (!status) status = lk_model_write(path, &t->net, t->config, &t->data, &codes, weights, err);
    lk_code_spread_deinit(&codes);
    return status;
}

static lk_status finish(lk_run *t, lk_error *err) {
    lk_comm *comm = t->context->comm;
    lk_status status = LK_OK;
    if (writes(t)) {
        lk_comm_alone(comm, true);
        status = write_model(t, err);
        lk_comm_alone(comm, false);
    }
    status = agree(t, true, status, err);
    return is_stop(status) ? stop(t, status, err) : status;
}

/* The model does not depend on them: what goes wrong is only said. */
static void draw_curves(const lk_run *t) {
    char csv[LK_PATH_MAX], path[LK_PATH_MAX], name[LK_WORDS_MAX], seed[32];
    lk_error problem;
    lk_curves curves;
    lk_curves_init(&curves);
    lk_validate_title(t->config, name);
    lk_format(csv, sizeof csv, "%s/" LK_RUN_EPOCHS, t->options->out);
    lk_format(path, sizeof path, "%s/" LK_RUN_CURVES, t->options->out);
    lk_format(seed, sizeof seed, "%lld", (long long)t->config->seed);
    const lk_origin_notes origin = { .model = name, .seed = seed, .data = t->data.fingerprint };
    lk_status status = lk_curves_add(&curves, csv, name, &problem);
    if (!status) status = lk_curves_write(&curves, path, &origin, &problem);
    if (status) lk_log_say(&t->context->log, LK_WARNING, "no curves: %s", problem.text);
    lk_curves_deinit(&curves);
}

/* Say and record that train.patience has ended the run. */
static lk_status end_early(lk_run *t, lk_run_notes *notes, lk_error *err) {
    notes->stopped_epoch = epoch_with(t, t->position.step);
    notes->best_epoch = epoch_with(t, t->position.best_step);
    lk_log_say(&t->context->log, LK_INFO,
               "stopped early after epoch %d: the lowest validation loss is that of epoch %d, and "
               "train.patience is %lld",
               notes->stopped_epoch, notes->best_epoch, (long long)t->config->train.patience);
    if (!writes(t)) return LK_OK;
    lk_status status = lk_record_early_stop(&t->record, t->position.step, notes, err);
    return status ? status : lk_record_sync(&t->record, err);
}

lk_status lk_train_run(lk_run *t, lk_error *err) {
    t->start_s = now(t);
    lk_status status = run_steps(t, err);
    lk_run_notes notes = { .origin = t->origin, .extended = t->position.extended };
    if (!status && t->position.step < t->n_steps)
        status = agree(t, true, end_early(t, &notes, err), err);
    if (t->options->notes) *t->options->notes = notes;
    if (!status) status = finish(t, err);
    if (!status && writes(t)) draw_curves(t);
    if (!status && t->options->summary)
        *t->options->summary =
            (lk_train_summary){ now(t), t->position.step - t->steps_now, t->position.step,
                                best_epoch(t), t->position.best };
    return status;
}
