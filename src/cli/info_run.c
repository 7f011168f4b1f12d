/*
 * likeness info of a run's folder: what was trained, how, on what, and what came of it. All of it
 * is read from the files of the run; what older versions did not write is "not recorded".
 */
#include "base/file.h"
#include "cli/info.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "cli/trained.h"
#include "experiment/row.h"
#include "net/run_files.h"
#include "report/report.h"
#include "train/record.h"
#include "train/session.h"

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char unknown[] = "not recorded";

struct run {
    const char *path;
    lk_config config;
    lk_results results;
    const lk_result *row; /* the only one */
    lk_history history;
    lk_trained trained;
    bool has_model; /* or a checkpoint */
    double best_epoch, best_loss;
};

static lk_status read_config(struct run *r, lk_error *err) {
    char path[LK_PATH_MAX];
    if (!lk_format(path, sizeof path, "%s/" LK_RUN_CONFIG, r->path))
        return lk_fail(err, LK_FORMAT, "%s: path is too long", r->path);
    lk_status status = lk_config_load(path, NULL, 0, &r->config, err);
    return status == LK_USAGE ? LK_FORMAT : status;
}

/* A run that has just begun has no model yet. */
static lk_status open_model(struct run *r, const lk_context *context, lk_error *err) {
    char path[LK_PATH_MAX];
    lk_error none;
    if (lk_run_find_model(r->path, path, &none)) return LK_OK;
    lk_status status = lk_trained_open(r->path, context, NULL, 0, &r->trained, err);
    r->has_model = !status;
    return status;
}

static lk_status read_all(struct run *r, const lk_context *context, lk_error *err) {
    lk_status status = read_config(r, err);
    if (!status) status = open_model(r, context, err);
    if (!status) status = lk_result_read_run(&r->results, r->path, err);
    if (!status) status = lk_session_read(r->path, &r->history, err);
    if (!status) status = lk_record_best(r->path, &r->best_epoch, &r->best_loss, err);
    if (!status) r->row = &r->results.rows[0];
    return status;
}

/* ---- text ---- */

/* "lwssim, windows [3,5,7,11], alpha 1": a section of the config, its type first. */
static void add_section(const cJSON *section, lk_text *out) {
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(section, "type"));
    const cJSON *member;
    lk_text_add(out, "%s", type ? type : "");
    cJSON_ArrayForEach(member, section) {
        const char *word = cJSON_GetStringValue(member);
        lk_text value = { 0 };
        lk_error err;
        if (strcmp(member->string, "type") == 0) continue;
        lk_text_add(out, ", %s ", member->string);
        if (cJSON_IsObject(member) && cJSON_GetArraySize(member) <= 2) {
            add_section(member, out);
            continue;
        }
        if (!word && lk_json_print(member, false, &value, &err) == LK_OK) word = value.data;
        if (word) lk_text_name(out, word);
        out->failed = out->failed || value.failed;
        lk_text_deinit(&value);
    }
}

static const cJSON *section_of(const struct run *r, const char *key) {
    return cJSON_GetObjectItemCaseSensitive(r->config.json.root, key);
}

static void add_model(const struct run *r, lk_text *out) {
    const lk_config *config = &r->config;
    char number[32], code[64];
    lk_text_add(out, "  model\t%s, latent %s", config->model.chosen.choice->name,
                lk_info_code(config, code, sizeof code));
    if (!r->has_model) {
        lk_text_add(out, "\n");
        return;
    }
    lk_image_shape images = r->trained.net.images;
    lk_text_add(out, ", %s parameters, pictures of %d x %d x %d\n",
                lk_cli_count((int64_t)lk_params_count(&r->trained.net.params), number),
                images.channels, images.size, images.size);
}

static void add_loss(const struct run *r, lk_text *out) {
    lk_text_add(out, "  loss\t");
    add_section(section_of(r, "reconstruction"), out);
    if (strcmp(r->config.regularizer.chosen.choice->name, "none") != 0) {
        lk_text_add(out, "\n  regularizer\t");
        add_section(section_of(r, "regularizer"), out);
    }
    if (strcmp(r->config.corruption.chosen.choice->name, "none") != 0) {
        lk_text_add(out, "\n  corruption\t");
        add_section(section_of(r, "corruption"), out);
    }
    lk_text_add(out, "\n  optimizer\t");
    add_section(section_of(r, "optimizer"), out);
    lk_text_add(out, "\n");
}

static const char *fingerprint_of(const struct run *r) {
    return *r->history.fingerprint                        ? r->history.fingerprint
           : r->has_model && *r->trained.data.fingerprint ? r->trained.data.fingerprint
                                                          : r->row->data;
}

static void add_data(const struct run *r, lk_text *out) {
    const char *fingerprint = fingerprint_of(r);
    lk_text_add(out, "  data\t");
    if (*r->history.data) lk_text_name(out, r->history.data);
    lk_text_add(out, "%s%s", *r->history.data ? ", " : "", *fingerprint ? "fingerprint " : unknown);
    lk_text_name(out, fingerprint);
    lk_text_add(out, "\n");
}

static void add_training(const struct run *r, lk_text *out) {
    const lk_result *row = r->row;
    char steps[32];
    lk_text_add(out, "  training\t");
    if (row->state)
        lk_text_add(out, "%s", row->state);
    else
        lk_text_add(out, "%g epoch%s, %s steps", row->epochs, row->epochs == 1 ? "" : "s",
                    lk_cli_count(row->steps, steps));
    lk_text_add(out, ", batches of %lld, seed %lld\n", (long long)r->config.train.batch_size,
                (long long)r->config.seed);
    lk_text_add(out, "  chosen epoch\t");
    if (isnan(r->best_epoch))
        lk_text_add(out, "%s\n", unknown);
    else if (isnan(r->best_loss))
        lk_text_add(out, "%g, the last: nothing was validated\n", r->best_epoch);
    else
        lk_text_add(out, "%g, with the lowest validation loss, %.5f\n", r->best_epoch,
                    r->best_loss);
}

static void add_scores(const struct run *r, lk_text *out) {
    const lk_measured *measured = &r->row->measured;
    char n[32];
    if (r->row->state) {
        lk_text_add(out, "  scores\tnone yet\n");
        return;
    }
    for (int m = 0; m < LK_N_METRICS; m++) {
        const lk_metric_row *metric = lk_metric_describe((lk_metric)m);
        lk_text_add(out, "  %s\t", metric->title);
        lk_metric_text(out, measured->value[m], measured->se[m], metric->digits, false);
        if (m == 0) lk_text_add(out, ", on %s test pictures", lk_cli_count(measured->n, n));
        lk_text_add(out, "\n");
    }
}

/* As lk_text_name, but a backslash stays one, so that the command can be copied. */
static void add_command(const char *command, lk_text *out) {
    char piece[8];
    for (size_t left = strlen(command), n; left; command += n, left -= n) {
        n = lk_text_name_piece(command, left, piece);
        lk_text_add(out, "%s", *command == '\\' ? "\\" : piece);
    }
}

static void add_history(const struct run *r, lk_text *out) {
    const lk_history *h = &r->history;
    char duration[32];
    lk_text_add(out, "  started\t");
    lk_text_name(out, *h->started ? h->started : unknown);
    lk_text_add(out, "\n  duration\t");
    if (h->n_sessions > h->n_open)
        lk_text_add(out, "%s", lk_terminal_duration(h->seconds, duration));
    else
        lk_text_add(out, "%s", unknown);
    if (h->n_sessions > 1) lk_text_add(out, ", in %d sessions", h->n_sessions);
    if (h->n_open)
        lk_text_add(out, ", without %d that %s", h->n_open,
                    h->n_open == 1 ? "was killed or still runs" : "were killed or still run");
    lk_text_add(out, "\n  command\t");
    add_command(h->command ? h->command : unknown, out);
    lk_text_add(out, "\n");
}

static lk_status put_text(const struct run *r, lk_error *err) {
    lk_text lines = { 0 }, out = { 0 };
    char name[LK_WORDS_MAX], quoted[2 * LK_WORDS_MAX];
    lk_run_name(r->config.name, r->path, name);
    lk_text_name(&out, r->path);
    lk_text_add(&out, ": a run, %s\n", lk_text_quoted(name, quoted, sizeof quoted));
    add_model(r, &lines);
    add_loss(r, &lines);
    add_data(r, &lines);
    add_training(r, &lines);
    add_scores(r, &lines);
    add_history(r, &lines);
    lk_cli_align(&lines, "ll", &out);
    lk_text_deinit(&lines);
    return lk_cli_put(&out, err);
}

/* ---- JSON ---- */

/* As null where it is not known. */
static bool put_string(cJSON *object, const char *key, const char *text) {
    return text && *text ? cJSON_AddStringToObject(object, key, text) != NULL
                         : cJSON_AddNullToObject(object, key) != NULL;
}

static bool put_config(cJSON *json, const struct run *r) {
    static const char *const keys[] = { "reconstruction", "regularizer", "optimizer", "train" };
    bool whole = true;
    for (size_t i = 0; i < LK_COUNT(keys) && whole; i++)
        whole = lk_json_add(json, keys[i], cJSON_Duplicate(section_of(r, keys[i]), true));
    return whole && lk_json_add_number(json, "seed", (double)r->config.seed);
}

static bool put_model(cJSON *json, const struct run *r) {
    cJSON *images = NULL;
    bool whole = cJSON_AddStringToObject(json, "model", r->config.model.chosen.choice->name) &&
                 lk_info_add_code(json, &r->config);
    if (!r->has_model) return whole;
    return whole && (images = cJSON_AddObjectToObject(json, "images")) &&
           lk_json_add_number(images, "size", r->trained.net.images.size) &&
           lk_json_add_number(images, "channels", r->trained.net.images.channels) &&
           lk_json_add_number(json, "parameters",
                              (double)lk_params_count(&r->trained.net.params)) &&
           cJSON_AddStringToObject(json, "file", r->trained.path);
}

static bool put_progress(cJSON *json, const struct run *r) {
    const lk_result *row = r->row;
    cJSON *chosen = NULL;
    return put_string(json, "state", row->state) &&
           lk_json_add_number(json, "epochs", row->state ? (double)NAN : row->epochs) &&
           lk_json_add_number(json, "steps", row->state ? (double)NAN : (double)row->steps) &&
           (chosen = cJSON_AddObjectToObject(json, "chosen")) &&
           lk_json_add_number(chosen, "epoch", r->best_epoch) &&
           lk_json_add_number(chosen, "val_loss", r->best_loss);
}

static bool put_scores(cJSON *json, const struct run *r) {
    const lk_measured *measured = &r->row->measured;
    if (r->row->state) return cJSON_AddNullToObject(json, "scores");
    cJSON *scores = cJSON_AddObjectToObject(json, "scores");
    bool whole = lk_json_add_number(scores, "n", (double)measured->n);
    for (int m = 0; m < LK_N_METRICS && whole; m++) {
        char se[64];
        lk_format(se, sizeof se, "%s_se", lk_metric_key((lk_metric)m));
        whole = lk_json_add_number(scores, lk_metric_key((lk_metric)m), measured->value[m]) &&
                lk_json_add_number(scores, se, measured->se[m]);
    }
    return whole;
}

static bool put_history(cJSON *json, const struct run *r) {
    const lk_history *h = &r->history;
    cJSON *data = cJSON_AddObjectToObject(json, "data"),
          *sessions = cJSON_GetObjectItemCaseSensitive(h->record, "sessions");
    return put_string(data, "path", h->data) &&
           put_string(data, "fingerprint", fingerprint_of(r)) &&
           put_string(json, "started", h->started) &&
           lk_json_add_number(json, "seconds",
                              h->n_sessions > h->n_open ? h->seconds : (double)NAN) &&
           put_string(json, "command", h->command) &&
           lk_json_add(json, "sessions",
                       sessions ? cJSON_Duplicate(sessions, true) : cJSON_CreateArray());
}

static lk_status put_json(const struct run *r, lk_error *err) {
    char name[LK_WORDS_MAX];
    cJSON *json = cJSON_CreateObject();
    bool whole =
        cJSON_AddStringToObject(json, "kind", "run") &&
        cJSON_AddStringToObject(json, "path", r->path) &&
        cJSON_AddStringToObject(json, "name", lk_run_name(r->config.name, r->path, name)) &&
        put_model(json, r) && put_config(json, r) && put_progress(json, r) && put_scores(json, r) &&
        put_history(json, r);
    return lk_cli_put_json(json, whole, err);
}

lk_status lk_info_run(lk_cli *cli, const char *path, lk_error *err) {
    const lk_info_options *given = cli->options;
    struct run *r = lk_alloc(sizeof *r);
    if (!r) return lk_fail_memory(err, sizeof *r, path);
    r->path = path;
    lk_results_init(&r->results);
    lk_status status = read_all(r, &cli->context, err);
    if (!status) status = given->json ? put_json(r, err) : put_text(r, err);
    lk_results_deinit(&r->results);
    lk_session_history_deinit(&r->history);
    if (r->has_model) lk_trained_close(&r->trained);
    lk_config_deinit(&r->config);
    lk_free(r);
    return status;
}
