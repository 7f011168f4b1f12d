/* A training run from beginning to end: open everything in order, train, close everything. */
#include "evaluate/feature_scores.h"
#include "net/run_files.h"
#include "tensor/gemm.h"
#include "train/extend.h"
#include "train/folder.h"
#include "train/loop.h"
#include "train/origin.h"
#include "train/preparation.h"
#include "train/ranks.h"

#include <likeness/train.h>

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

static lk_status open_data(lk_run *t, lk_error *err) {
    lk_status status = lk_pack_open(t->options->data, t->context, &t->pack, err);
    if (status) return status;
    const lk_config_train *c = &t->config->train;
    const lk_pack_meta *meta = lk_pack_describe(t->pack);
    status = lk_pack_check_same(t->options->data, meta->fingerprint, t->options->fingerprint, err);
    if (status) return status;
    if (meta->size < LK_METRIC_MIN_SIDE)
        return lk_fail(
            err, LK_FORMAT,
            "%s: expected pictures of at least %d x %d, the metrics' largest window, got %d x %d",
            t->options->data, LK_METRIC_MIN_SIDE, LK_METRIC_MIN_SIDE, meta->size, meta->size);
    t->data = lk_preparation_of_pack(meta);
    lk_loader_options options = { .split = LK_SPLIT_TRAIN,
                                  .batch_size = (int)c->batch_size,
                                  .seed = (uint64_t)t->config->seed,
                                  .shuffle = true,
                                  .flip = c->flip,
                                  .augment = &c->augment,
                                  .drop_last = true };
    status = lk_loader_create(t->pack, &options, &t->loader, err);
    if (status) {
        lk_error_prefix(err, "%s", t->options->data);
        return status;
    }
    t->steps_an_epoch = lk_loader_batches(t->loader);
    t->n_steps = lk_extend_steps(t->config, t->steps_an_epoch);
    if (t->n_steps / t->steps_an_epoch >= INT_MAX || t->n_steps > UINT32_MAX)
        return lk_fail(err, LK_USAGE, "train.steps: expected at most %lld, got %lld",
                       (long long)UINT32_MAX, (long long)t->n_steps);
    t->n_epochs = (int)((t->n_steps + t->steps_an_epoch - 1) / t->steps_an_epoch);
    return LK_OK;
}

static lk_status open_net(lk_run *t, lk_error *err) {
    const lk_pack_meta *meta = lk_pack_describe(t->pack);
    const lk_config_train *c = &t->config->train;
    lk_image_shape images = { meta->size, meta->channels };
    const int n_ranks = t->context->comm->n_ranks;
    lk_status status =
        lk_net_init(&t->net, t->context, t->config, images, (int)c->batch_size / n_ranks,
                    lk_ranks_shards(t->config) / n_ranks, true, err);
    if (!status) lk_graph_set_population(t->net.graph, lk_pack_count(t->pack, LK_SPLIT_TRAIN));
    if (status == LK_USAGE)
        lk_error_prefix(err, "on %s, pictures of %d x %d x %d", t->options->data, images.channels,
                        images.size, images.size);
    return status;
}

static lk_real *flat_array(lk_run *t) {
    return lk_pages_alloc(t->net.params.n_trained * sizeof(lk_real));
}

static lk_status open_state(lk_run *t, lk_error *err) {
    const lk_params *params = &t->net.params;
    const lk_optimizer *optimizer = (const lk_optimizer *)t->config->optimizer.chosen.choice;
    t->state = (lk_training_state){ .n = params->n_trained,
                                    .weight = params->trained,
                                    .gradient = params->gradient };
    bool fine = true;
    for (int i = 0; i < optimizer->n_moments; i++)
        fine = (t->state.moment[i] = flat_array(t)) && fine;
    if (t->config->optimizer.average > 0) fine = (t->state.average = flat_array(t)) && fine;
    return fine ? LK_OK
                : lk_fail_memory(err, params->n_trained * sizeof(lk_real),
                                 "the optimiser's moments");
}

static lk_status open_gradient_sum(lk_run *t, lk_error *err) {
    lk_gradient_sum *sum = &t->gradient_sum;
    lk_status status = lk_gradient_sum_open(sum, t->net.graph, LK_SUM_FASTER, err);
    if (!status && sum->queue) lk_graph_time(t->net.graph, lk_gradient_sum_node, sum);
    return status;
}

static lk_status open_validator(lk_run *t, lk_error *err) {
    char place[LK_PATH_MAX];
    if (t->config->train.patience && !lk_pack_count(t->pack, LK_SPLIT_VAL))
        return lk_fail(err, LK_USAGE,
                       "%s: train.patience: expected 0, as %s has no validation split, got %lld",
                       lk_config_where(t->config, "train.patience", place, sizeof place),
                       t->options->data, (long long)t->config->train.patience);
    lk_validator_options options = { .config = t->config,
                                     .pack = t->pack,
                                     .net = &t->net,
                                     .average = t->state.average,
                                     .folder = t->options->out,
                                     .keeps_codes = t->options->tensorboard,
                                     .stop = &t->options->stop };
    return lk_validator_create(&options, &t->validator, err);
}

/* The metrics of features come last, so what does not fit is said first. */
static lk_status check_features(const lk_run *t, lk_error *err) {
    char where[LK_FEATURES_WHERE_MAX];
    const lk_feature_source source = lk_feature_source_of(t->config, where);
    return source.network ? lk_feature_meter_check(t->context, &source, t->net.images, err) : LK_OK;
}

/* The config with all defaults filled in. Every checkpoint holds it too. */
static lk_status write_config(lk_run *t, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_format(path, sizeof path, "%s/" LK_RUN_CONFIG, t->options->out);
    return lk_file_write(path, t->config_text.data, t->config_text.n, err);
}

static lk_status load_origin(lk_run *t, lk_error *err) {
    const lk_train_options *o = t->options;
    const lk_origin_request request = { o->init, .partial = o->init_partial,
                                        .may_be_partial = true };
    return o->init ? lk_origin_load(&t->net, &request, &t->origin, err) : LK_OK;
}

/* The weights are saved before anything says that the run exists, so it continues without the
   file. */
static lk_status start_from_file(lk_run *t, lk_error *err) {
    lk_status status = t->options->resume ? load_origin(t, err) : LK_OK;
    return status ? status
                  : lk_checkpoint_write_last(&t->checkpoint, t->options->out, &t->position, err);
}

static bool goes_on(const lk_run *t) {
    return !lk_train_is_done(t) || lk_train_epoch_ends(t);
}

/* A run that nothing is known of yet. */
static void begin(lk_run *t) {
    t->position.best = (double)INFINITY;
    t->position.first_loss = (double)NAN;
    t->checkpoint = (lk_checkpoint){ .config = t->config,
                                     .config_text = t->config_text.data,
                                     .net = &t->net,
                                     .state = &t->state,
                                     .data = &t->data,
                                     .steps_an_epoch = t->steps_an_epoch,
                                     .origin = &t->origin,
                                     .extend = t->options->extend };
}

static lk_status resume(lk_run *t, lk_error *err) {
    bool found = false;
    lk_extension *extension = &t->extension;
    lk_status status = t->options->resume
                           ? lk_checkpoint_resume(&t->checkpoint, t->options->out, &t->position,
                                                  extension, &found, err)
                           : LK_OK;
    if (!status && t->options->resume && !found)
        status = lk_folder_has_no_more(t->options->out, t->config, t->net.images.size, err);
    if (!status && t->options->init)
        status =
            found ? lk_origin_check(&t->origin, t->options->init, err) : start_from_file(t, err);
    t->saved_step = t->position.step;
    if (!status && found && goes_on(t)) status = lk_folder_drop_results(t->options->out, err);
    return status;
}

static lk_status open_record(lk_run *t, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_format(path, sizeof path, "%s/" LK_RUN_LOG, t->options->out);
    if (t->position.step && !lk_file_may_exist(path))
        lk_log_say(&t->context->log, LK_WARNING, "%s is gone: a new one starts after step %lld",
                   path, (long long)t->position.step);
    bool extended = t->extension.follows_length || t->extension.inside_epoch;
    lk_record_end end = { t->position.step, t->position.ended, &t->origin, extended };
    lk_status status = lk_record_open(&t->record, t->options->out, end, err);
    if (!status && extended) status = lk_record_extended(&t->record, &t->extension, err);
    if (!status) status = lk_record_sync(&t->record, err);
    return status;
}

/* A run that has nothing left to do has no further session. */
static lk_status begin_session(lk_run *t, lk_error *err) {
    const lk_session_facts facts = { .folder = t->options->out,
                                     .data = t->options->data,
                                     .fingerprint = t->data.fingerprint,
                                     .command = t->options->command,
                                     .step = t->position.step };
    return lk_train_is_done(t) ? LK_OK : lk_session_begin(&t->session, t->context, &facts, err);
}

/* What was written of an epoch counts once its checkpoint is saved. */
static void open_board(lk_run *t) {
    int64_t first = t->position.step + (t->position.ended == t->position.step);
    if (t->options->tensorboard && goes_on(t))
        lk_board_open(&t->board, &t->context->log, t->options->out, first, t->config_text.data);
}

/* All but the folder: a run that does not fit leaves none behind. All processes must have the
   same. */
static lk_status open_parts(lk_run *t, lk_error *err) {
    lk_status status = lk_ranks_check(t->context->comm, t->config, err);
    if (status) return status;
    status = open_data(t, err);
    if (!status) status = open_net(t, err);
    if (!status) status = lk_config_print(t->config, t->net.images.size, &t->config_text, err);
    if (!status) status = open_state(t, err);
    if (!status) status = open_gradient_sum(t, err);
    if (!status) status = open_validator(t, err);
    if (!status) status = check_features(t, err);
    if (!status && !t->options->resume && t->context->comm->rank == 0) status = load_origin(t, err);
    status = lk_comm_agree(t->context->comm, false, status, err);
    return status ? status : lk_ranks_compare(t, err);
}

/* Rank 0 alone has the folder. */
static lk_status open_folder(lk_run *t, lk_error *err) {
    const lk_folder_request folder = { .out = t->options->out,
                                       .may_resume = true,
                                       .resume = t->options->resume,
                                       .force = t->options->force };
    lk_status status = lk_folder_open(&folder, &t->context->log, &t->lock, err);
    if (!status) status = resume(t, err);
    if (!status) status = write_config(t, err);
    if (!status) status = begin_session(t, err);
    if (!status) status = open_record(t, err);
    if (!status && t->options->resume)
        status = lk_checkpoint_adopt(&t->checkpoint, t->options->out, &t->position, err);
    if (!status) open_board(t);
    return status;
}

static lk_status open_run(lk_run *t, lk_error *err) {
    lk_comm *comm = t->context->comm;
    lk_status status = open_parts(t, err);
    if (status) return status;
    begin(t);
    if (comm->rank == 0) status = open_folder(t, err);
    status = lk_comm_agree(comm, true, status, err);
    return status ? status : lk_ranks_share(t, err);
}

/* "2.4 M", "56.1 k", "640". */
static void add_count(double n, lk_text *out) {
    const char *unit = n >= 1e6 ? " M" : n >= 1e3 ? " k" : "";
    double value = n >= 1e6 ? n / 1e6 : n >= 1e3 ? n / 1e3 : n;
    lk_text_add(out, "%.*f%s", *unit ? 1 : 0, value, unit);
}

/* "lwssim 3, 5, 7, 11": the loss, and its windows if it has some. */
static void add_loss(const lk_config *config, lk_text *out) {
    const lk_chosen *loss = &config->reconstruction.chosen;
    const lk_option *windows = lk_option_find(loss->choice->options, "windows");
    lk_text_add(out, "%s", loss->choice->name);
    if (!windows || windows->type != LK_INTEGERS) return;
    const lk_numbers *sides =
        (const lk_numbers *)(const void *)((const char *)loss->options + windows->offset);
    for (int i = 0; i < sides->n; i++) lk_text_add(out, "%s%.0f", i ? ", " : " ", sides->v[i]);
}

/* The run in one line: "VAE, 2.4 M parameters, lwssim 7, 11, 15; 1,800 pictures; 56 epochs x 28
   steps". */
static void say_run(const lk_run *t) {
    lk_text line = { 0 };
    for (const char *c = t->config->model.chosen.choice->name; *c; c++)
        lk_text_add(&line, "%c", toupper((unsigned char)*c));
    lk_text_add(&line, ", ");
    add_count((double)t->net.params.n_trained, &line);
    lk_text_add(&line, " parameters, ");
    add_loss(t->config, &line);
    char pictures[32], steps[32], an_epoch[32];
    lk_count_text(t->steps_an_epoch, an_epoch);
    lk_text_add(&line, "; %s pictures; ",
                lk_count_text(lk_pack_count(t->pack, LK_SPLIT_TRAIN), pictures));
    if (t->n_steps % t->steps_an_epoch == 0)
        lk_text_add(&line, "%d epoch%s x %s step%s", t->n_epochs, t->n_epochs == 1 ? "" : "s",
                    an_epoch, t->steps_an_epoch == 1 ? "" : "s");
    else
        lk_text_add(&line, "%s step%s, %s an epoch", lk_count_text(t->n_steps, steps),
                    t->n_steps == 1 ? "" : "s", an_epoch);
    if (!line.failed) lk_log_say(&t->context->log, LK_INFO, "%s", line.data);
    lk_text_deinit(&line);
}

static void say_remarks(const lk_run *t) {
    if (t->config->optimizer.lr == 0)
        lk_log_say(&t->context->log, LK_WARNING,
                   "optimizer.lr is 0: the weights stay as they are at the start");
}

static void close_run(lk_run *t) {
    size_t bytes = t->net.params.n_trained * sizeof(lk_real);
    lk_record_close(&t->record);
    lk_board_close(&t->board);
    lk_session_deinit(&t->session);
    lk_gradient_sum_close(&t->gradient_sum);
    lk_validator_destroy(t->validator);
    for (int i = 0; i < LK_MOMENTS_MAX; i++) lk_pages_free(t->state.moment[i], bytes);
    lk_pages_free(t->state.average, bytes);
    lk_net_deinit(&t->net);
    lk_loader_destroy(t->loader);
    lk_pack_close(t->pack);
    lk_text_deinit(&t->config_text);
    lk_folder_unlock(&t->lock);
}

/* What ended the run counts before what the record says of it. */
static lk_status train_and_note(lk_run *t, lk_error *err) {
    lk_error ignored;
    lk_status status = lk_train_run(t, err);
    lk_status noted = lk_session_end(&t->session, t->position.step, status ? &ignored : err);
    return status ? status : noted;
}

lk_status lk_train_model(const lk_context *context, const lk_train_options *options,
                         lk_error *err) {
    lk_run t = { .context = context,
                 .options = options,
                 .config = options->config,
                 .lock = LK_LOCK_NONE,
                 .begin_s = lk_seconds() };
    lk_status status = open_run(&t, err);
    if (!status) say_run(&t);
    if (!status) say_remarks(&t);
    if (!status) status = train_and_note(&t, err);
    close_run(&t);
    return status;
}

lk_status lk_train_check(const lk_context *context, const lk_config *config, const char *data,
                         lk_error *err) {
    const lk_train_options options = { .config = config, .data = data, .out = "" };
    lk_run t = { .context = context, .options = &options, .config = config, .lock = LK_LOCK_NONE };
    lk_status status = open_parts(&t, err);
    close_run(&t);
    return status;
}
