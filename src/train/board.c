/* What a run writes for TensorBoard. */
#include "train/board.h"
#include "io/events.h"
#include "net/run_files.h"

#include <stdlib.h>
#include <string.h>

/* ---- the file ---- */

static void give_up(lk_board *b, const lk_error *reason) {
    lk_log_say(b->log, LK_WARNING, "no more events are written for TensorBoard: %s", reason->text);
    lk_file_discard(&b->file);
    b->is_open = false;
}

/* Above all numbers in the folder. */
static lk_status new_name(const char *folder, char path[LK_PATH_MAX], lk_error *err) {
    const size_t n = strlen(LK_BOARD_EVENTS);
    unsigned long number = 0;
    DIR *stream = opendir(folder);
    for (const char *name; stream && (name = lk_folder_next(stream));) {
        unsigned long other =
            strncmp(name, LK_BOARD_EVENTS, n) == 0 ? strtoul(name + n, NULL, 10) : 0;
        number = other > number ? other : number;
    }
    if (stream) closedir(stream);
    if (lk_format(path, LK_PATH_MAX, "%s/" LK_BOARD_EVENTS "%04lu", folder, number + 1))
        return LK_OK;
    return lk_fail(err, LK_WRITE, "%.200s...: path is too long", folder);
}

/* Markdown shows lines that begin with four spaces as they are. */
static void add_config(lk_event *event, const char *config) {
    lk_text text = { 0 };
    for (const char *line = config; *line;) {
        size_t n = strcspn(line, "\n");
        lk_text_add(&text, "    %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
    event->failed = event->failed || text.failed;
    if (!event->failed) lk_event_text(event, "config", text.n ? text.data : "");
    lk_text_deinit(&text);
}

void lk_board_open(lk_board *b, const lk_log *log, const char *run, int64_t step,
                   const char *config) {
    char folder[LK_PATH_MAX], path[LK_PATH_MAX];
    lk_error problem;
    lk_event event;
    *b = (lk_board){ .is_open = true, .log = log, .run = run, .file = { .fd = -1 } };
    lk_event_init(&event, step);
    add_config(&event, config);
    lk_format(folder, sizeof folder, "%s/" LK_RUN_BOARD, run);
    lk_status status = lk_folder_create(folder, &problem);
    if (!status) status = new_name(folder, path, &problem);
    if (!status) status = lk_events_create(path, step, &b->file, &problem);
    if (!status) status = lk_event_append(&event, &b->file, &problem);
    lk_event_deinit(&event);
    if (status) give_up(b, &problem);
}

void lk_board_close(lk_board *b) {
    lk_error problem;
    if (b->is_open && lk_file_close(&b->file, &problem)) give_up(b, &problem);
    b->is_open = false;
}

/* ---- an epoch ---- */

static void add_number(lk_event *event, const char *group, const char *name, double value) {
    char tag[128];
    lk_format(tag, sizeof tag, "%s/%s", group, name);
    lk_event_number(event, tag, value);
}

static void add_training(lk_event *event, const lk_epoch_line *line) {
    lk_event_number(event, "loss/train", line->train_loss);
    lk_event_number(event, "training/epoch", line->epoch);
    lk_event_number(event, "training/learning_rate", line->lr);
    lk_event_number(event, "training/images_per_second", line->images_per_second);
}

static void add_validation(lk_event *event, const lk_model *model, const lk_validation *of) {
    lk_event_number(event, "loss/validation", of->loss);
    for (int i = 0; i < model->n_terms + model->n_parts; i++)
        add_number(event, "terms", model->terms[i].name, of->terms.v[i]);
    for (int i = 0; i < LK_N_METRICS; i++)
        add_number(event, "scores", lk_metric_key((lk_metric)i), of->metrics.value[i]);
    lk_event_number(event, "codes/active", of->codes.active);
    lk_event_number(event, "codes/kl", of->codes.kl);
    lk_event_number(event, "codes/mmd", of->codes.mmd);
    lk_event_histogram(event, "codes/values", of->code_values, of->n_code_values);
}

/* Every k-th tensor where there are more than fit. */
static void add_parameters(lk_event *event, const lk_params *params) {
    int every = params->n / LK_BOARD_TENSORS + 1;
    for (int i = 0; i < params->n; i += every) {
        const lk_param *param = &params->list[i];
        char tag[256];
        lk_format(tag, sizeof tag, "parameters/%s", param->name);
        lk_event_histogram(event, tag, lk_param_value(params, param), lk_shape_size(param->shape));
    }
}

static lk_status add_picture(lk_event *event, const char *run, int epoch, lk_error *err) {
    char path[LK_PATH_MAX], *png = NULL;
    size_t n_bytes = 0;
    lk_validate_picture(run, epoch, path);
    lk_status status = lk_file_read(path, (size_t)1 << 28, &png, &n_bytes, err);
    if (!status) lk_event_png(event, "pictures/validation", png, n_bytes);
    lk_free(png);
    return status;
}

void lk_board_epoch(lk_board *b, const lk_epoch_line *line, const lk_net *net,
                    const lk_validation *validation) {
    lk_error problem;
    lk_event event;
    lk_status status = LK_OK;
    if (!b->is_open) return;
    lk_event_init(&event, line->step);
    add_training(&event, line);
    if (validation) add_validation(&event, &net->model, validation);
    add_parameters(&event, &net->params);
    if (validation && validation->has_picture)
        status = add_picture(&event, b->run, line->epoch, &problem);
    if (!status) status = lk_event_append(&event, &b->file, &problem);
    lk_event_deinit(&event);
    if (status) give_up(b, &problem);
}
