/*
 * likeness info of a run's folder: what was trained, how, on what, and what came of it. All of it
 * is read from the files of the run; what older versions did not write is "not recorded".
 */
#include "cli/info.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "cli/trained.h"
#include "cli/wrap.h"
#include "experiment/run_parts.h"
#include "net/run_files.h"

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char unknown[] = "not recorded";

/* ---- text ---- */

static void add_members(const cJSON *object, lk_text *out);

/* "cosine (warmup_steps 10)" for an object, "mse (scale 1) + ssim (scale 2)" for a list of them. */
static void add_value(const cJSON *value, lk_text *out) {
    const char *word = cJSON_GetStringValue(value);
    lk_text text = { 0 };
    lk_error err;
    if (cJSON_IsObject(value)) {
        const cJSON *type = cJSON_GetObjectItemCaseSensitive(value, "type");
        bool more = cJSON_GetArraySize(value) > (type ? 1 : 0);
        if (type) add_value(type, out);
        lk_text_add(out, "%s", !more ? "" : type ? " (" : "(");
        add_members(value, out);
        lk_text_add(out, "%s", more ? ")" : "");
        return;
    }
    if (cJSON_IsArray(value) && cJSON_IsObject(value->child)) {
        for (const cJSON *item = value->child; item; item = item->next) {
            lk_text_add(out, "%s", item == value->child ? "" : " + ");
            add_value(item, out);
        }
        return;
    }
    if (!word && lk_json_print(value, false, &text, &err) == LK_OK) word = text.data;
    if (word) lk_text_name(out, word);
    out->failed = out->failed || text.failed;
    lk_text_deinit(&text);
}

/* "windows [3,5,7,11], alpha 1": all but the type. */
static void add_members(const cJSON *object, lk_text *out) {
    const char *between = "";
    const cJSON *member;
    cJSON_ArrayForEach(member, object) {
        if (strcmp(member->string, "type") == 0) continue;
        lk_text_add(out, "%s%s ", between, member->string);
        add_value(member, out);
        between = ", ";
    }
}

/* "lwssim, windows [3,5,7,11], alpha 1": a section of the config, its type first. */
static void add_section(const cJSON *section, lk_text *out) {
    add_value(cJSON_GetObjectItemCaseSensitive(section, "type"), out);
    if (cJSON_GetArraySize(section) > 1) lk_text_add(out, ", ");
    add_members(section, out);
}

static const cJSON *section_of(const lk_run_parts *r, const char *key) {
    return cJSON_GetObjectItemCaseSensitive(r->config.json.root, key);
}

static void add_model(const lk_run_parts *r, lk_text *out) {
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
                lk_count_text((int64_t)lk_params_count(&r->trained.net.params), number),
                images.channels, images.size, images.size);
}

static void add_loss(const lk_run_parts *r, lk_text *out) {
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

static const char *fingerprint_of(const lk_run_parts *r) {
    return *r->history.fingerprint                        ? r->history.fingerprint
           : r->has_model && *r->trained.data.fingerprint ? r->trained.data.fingerprint
                                                          : r->row->data;
}

static void add_data(const lk_run_parts *r, lk_text *out) {
    const char *fingerprint = fingerprint_of(r);
    lk_text_add(out, "  data\t");
    if (*r->history.data) lk_text_name(out, r->history.data);
    lk_text_add(out, "%s%s", *r->history.data ? ", " : "", *fingerprint ? "fingerprint " : unknown);
    lk_text_name(out, fingerprint);
    lk_text_add(out, "\n");
    if (!*r->ends.init) return;
    lk_text_add(out, lk_run_parts_imported(r) ? "  imported from\t" : "  started from\t");
    lk_text_name(out, r->ends.init);
    lk_text_add(out, lk_run_parts_imported(r) ? "\n" : ", with --init\n");
}

static void add_training(const lk_run_parts *r, lk_text *out) {
    const lk_result *row = r->row;
    char steps[32];
    lk_text_add(out, "  training\t");
    if (lk_run_parts_imported(r)) {
        lk_text_add(out, "elsewhere\n");
        return;
    }
    if (row->state)
        lk_text_add(out, "%s", row->state);
    else
        lk_text_add(out, "%g epoch%s, %s steps", row->epochs, row->epochs == 1 ? "" : "s",
                    lk_count_text(row->steps, steps));
    lk_text_add(out, ", batches of %lld, seed %lld", (long long)r->config.train.batch_size,
                (long long)r->config.seed);
    if (r->ends.early_epoch)
        lk_text_add(out, "; stopped early at epoch %d, as train.patience is %lld",
                    r->ends.early_epoch, (long long)r->config.train.patience);
    lk_text_add(out, "\n");
    lk_text_add(out, "  chosen epoch\t");
    if (isnan(r->best_epoch))
        lk_text_add(out, "%s\n", unknown);
    else if (isnan(r->best_loss))
        lk_text_add(out, "%g, the last: nothing was validated\n", r->best_epoch);
    else
        lk_text_add(out, "%g, with the lowest validation loss, %.5f\n", r->best_epoch,
                    r->best_loss);
}

static void add_scores(const lk_run_parts *r, lk_text *out) {
    const lk_measured *measured = &r->measured;
    char n[32];
    if (!measured->n) {
        lk_text_add(out, "  scores\t%s\n", r->damage.n ? "not known" : "none yet");
        return;
    }
    for (int m = 0; m < LK_N_PICTURE_METRICS; m++) {
        const lk_metric_row *metric = lk_metric_describe((lk_metric)m);
        if (m >= LK_N_METRICS && isnan(measured->value[m])) continue;
        lk_text_add(out, "  %s\t", metric->title);
        lk_metric_text(out, measured->value[m], measured->se[m], metric->digits, false);
        if (m == 0) lk_text_add(out, ", on %s test pictures", lk_count_text(measured->n, n));
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

/* "2026-11-30T06:52:30Z, 1:20: likeness train ..." */
static void add_session(const cJSON *session, lk_text *out) {
    const char *started =
                   cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(session, "started")),
               *command =
                   cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(session, "command"));
    const cJSON *seconds = cJSON_GetObjectItemCaseSensitive(session, "seconds");
    char duration[32];
    lk_text_name(out, started ? started : "start not recorded");
    if (cJSON_IsNumber(seconds))
        lk_text_add(out, ", %s: ", lk_terminal_duration(seconds->valuedouble, duration));
    else
        lk_text_add(out, ", killed or still running: ");
    add_command(command ? command : "command not recorded", out);
}

/* Of many sessions the first and the last few. */
static void add_sessions(const lk_history *h, lk_text *out) {
    enum { LAST = 3 };
    const cJSON *sessions = cJSON_GetObjectItemCaseSensitive(h->record, "sessions"), *one;
    int i = 0;
    cJSON_ArrayForEach(one, sessions) {
        i++;
        if (i > 1 && i <= h->n_sessions - LAST) continue;
        lk_text_add(out, "  session %d\t", i);
        add_session(one, out);
        lk_text_add(out, "\n");
    }
}

static void add_duration(const lk_history *h, lk_text *out) {
    char duration[32], bytes[32];
    if (!h->n_sessions)
        lk_text_add(out, "%s", unknown);
    else if (h->n_sessions == h->n_open)
        lk_text_add(out, "not known: the run was killed, or is still running");
    else
        lk_text_add(out, "%s", lk_terminal_duration(h->seconds, duration));
    if (h->n_sessions > 1) lk_text_add(out, ", in %d sessions", h->n_sessions);
    if (h->n_open && h->n_open < h->n_sessions)
        lk_text_add(out, "; the time of %d is missing: killed, or still running", h->n_open);
    if (h->peak_bytes > 0)
        lk_text_add(out, "; at most %s of memory", lk_cli_bytes(h->peak_bytes, bytes));
}

static void add_history(const lk_run_parts *r, lk_text *out) {
    const lk_history *h = &r->history;
    lk_text_add(out, "  started\t");
    lk_text_name(out, *h->started ? h->started : unknown);
    lk_text_add(out, "\n  duration\t");
    add_duration(h, out);
    lk_text_add(out, "\n");
    if (h->n_sessions > 1) {
        add_sessions(h, out);
        return;
    }
    lk_text_add(out, "  command\t");
    add_command(h->command ? h->command : unknown, out);
    lk_text_add(out, "\n");
}

static void add_damage(const lk_run_parts *r, lk_text *out) {
    for (const char *line = r->damage.data; line && *line; line += strcspn(line, "\n") + 1)
        lk_text_add(out, "  damaged\t%.*s\n", (int)strcspn(line, "\n"), line);
}

static lk_status put_text(const lk_run_parts *r, lk_error *err) {
    lk_text lines = { 0 }, out = { 0 };
    char name[LK_WORDS_MAX], quoted[2 * LK_WORDS_MAX];
    lk_run_name(r->config.name, r->path, name);
    lk_text_name(&out, r->path);
    lk_text_add(&out, ": a run, %s\n", lk_text_quoted(name, quoted, sizeof quoted));
    add_damage(r, &lines);
    add_model(r, &lines);
    add_loss(r, &lines);
    add_data(r, &lines);
    add_training(r, &lines);
    add_scores(r, &lines);
    add_history(r, &lines);
    lk_cli_align(&lines, "ll", &out);
    lk_text_deinit(&lines);
    return lk_cli_put_lines(&out, err);
}

/* ---- JSON ---- */

/* As null where it is not known. */
static bool put_string(cJSON *object, const char *key, const char *text) {
    return text && *text ? cJSON_AddStringToObject(object, key, text) != NULL
                         : cJSON_AddNullToObject(object, key) != NULL;
}

static bool put_config(cJSON *json, const lk_run_parts *r) {
    static const char *const keys[] = { "reconstruction", "regularizer", "optimizer", "train" };
    bool whole = true;
    for (size_t i = 0; i < LK_COUNT(keys) && whole; i++)
        whole = lk_json_add(json, keys[i], cJSON_Duplicate(section_of(r, keys[i]), true));
    return whole && lk_json_add_number(json, "seed", (double)r->config.seed);
}

static bool put_model(cJSON *json, const lk_run_parts *r) {
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

static bool put_progress(cJSON *json, const lk_run_parts *r) {
    const lk_result *row = r->row;
    cJSON *chosen = NULL;
    return put_string(json, "state", row->state) &&
           lk_json_add_number(json, "epochs", row->state ? (double)NAN : row->epochs) &&
           lk_json_add_number(json, "steps", row->state ? (double)NAN : (double)row->steps) &&
           (chosen = cJSON_AddObjectToObject(json, "chosen")) &&
           lk_json_add_number(chosen, "epoch", r->best_epoch) &&
           lk_json_add_number(chosen, "val_loss", r->best_loss);
}

static bool put_scores(cJSON *json, const lk_run_parts *r) {
    const lk_measured *measured = &r->measured;
    if (!measured->n) return cJSON_AddNullToObject(json, "scores");
    cJSON *scores = cJSON_AddObjectToObject(json, "scores");
    bool whole = lk_json_add_number(scores, "n", (double)measured->n);
    for (int m = 0; m < LK_N_PICTURE_METRICS && whole; m++) {
        char se[64];
        if (m >= LK_N_METRICS && isnan(measured->value[m])) continue;
        lk_format(se, sizeof se, "%s_se", lk_metric_key((lk_metric)m));
        whole = lk_json_add_number(scores, lk_metric_key((lk_metric)m), measured->value[m]) &&
                lk_json_add_number(scores, se, measured->se[m]);
    }
    return whole;
}

static bool put_history(cJSON *json, const lk_run_parts *r) {
    const lk_history *h = &r->history;
    cJSON *data = cJSON_AddObjectToObject(json, "data"),
          *sessions = cJSON_GetObjectItemCaseSensitive(h->record, "sessions");
    return put_string(json, "init", r->ends.init) &&
           lk_json_add_number(json, "stopped_early_epoch",
                              r->ends.early_epoch ? r->ends.early_epoch : (double)NAN) &&
           put_string(data, "path", h->data) &&
           put_string(data, "fingerprint", fingerprint_of(r)) &&
           put_string(json, "started", h->started) &&
           lk_json_add_number(json, "seconds",
                              h->n_sessions > h->n_open ? h->seconds : (double)NAN) &&
           lk_json_add_number(json, "peak_bytes",
                              h->peak_bytes > 0 ? h->peak_bytes : (double)NAN) &&
           put_string(json, "command", h->command) &&
           lk_json_add(json, "sessions",
                       sessions ? cJSON_Duplicate(sessions, true) : cJSON_CreateArray());
}

static bool put_damage(cJSON *json, const lk_run_parts *r) {
    cJSON *damaged = r->damage.n ? cJSON_AddArrayToObject(json, "damaged") : NULL;
    bool whole = damaged || !r->damage.n;
    for (const char *at = r->damage.data; whole && at && *at; at += strcspn(at, "\n") + 1) {
        char line[LK_LINE_MAX];
        lk_format(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
        whole = cJSON_AddItemToArray(damaged, cJSON_CreateString(line));
    }
    return whole;
}

static lk_status put_json(const lk_run_parts *r, lk_error *err) {
    char name[LK_WORDS_MAX];
    cJSON *json = cJSON_CreateObject();
    bool whole =
        cJSON_AddStringToObject(json, "kind", "run") &&
        cJSON_AddStringToObject(json, "path", r->path) &&
        cJSON_AddStringToObject(json, "name", lk_run_name(r->config.name, r->path, name)) &&
        put_model(json, r) && put_config(json, r) && put_progress(json, r) && put_scores(json, r) &&
        put_history(json, r) && put_damage(json, r);
    return lk_cli_put_json(json, whole, err);
}

lk_status lk_info_run(lk_cli *cli, const char *path, lk_error *err) {
    const lk_info_options *given = cli->options;
    lk_run_parts *r = lk_alloc(sizeof *r);
    if (!r) return lk_fail_memory(err, sizeof *r, path);
    lk_status status = lk_run_parts_read(r, path, &cli->context, err);
    if (!status) status = given->json ? put_json(r, err) : put_text(r, err);
    lk_run_parts_deinit(r);
    lk_free(r);
    return status;
}
