/* Reads experiments: a file that lists runs, and every config that it names. */
#include "base/file.h"
#include "base/json_errors.h"
#include "experiment/changes.h"
#include "experiment/names.h"

#include <likeness/experiment.h>

#include <cJSON.h>
#include <math.h>
#include <string.h>

enum { LK_RUNS_MAX = 256, LK_LABEL_MAX = 100 };

/* ---- the file's keys ---- */

struct head {
    char schema[LK_WORDS_MAX], name[LK_WORDS_MAX], note[LK_WORDS_MAX];
    lk_numbers seeds;
    const cJSON *grid, *runs;
};
static const lk_option head_options[] = {
    { .key = "$schema",
      .type = LK_STRING,
      .offset = offsetof(struct head, schema),
      .text = "",
      .help = "for editors" },
    LK_OPTION_STRING(struct head, name, "", "name of the experiment"),
    LK_OPTION_STRING(struct head, note, "", "a sentence for below the table"),
    LK_OPTION_INTEGERS(struct head, seeds, "[1]", 0, 1e9,
                       "each run is done with each of these seeds"),
    { .key = "grid",
      .type = LK_JSON,
      .offset = offsetof(struct head, grid),
      .words = "an object",
      .help = "lists of values for keys of the configs; each run is done with every combination" },
    { .key = "runs",
      .type = LK_JSON,
      .offset = offsetof(struct head, runs),
      .words = "a list of runs",
      .help = "the rows of the table" },
    { 0 },
};

struct run {
    char config[LK_WORDS_MAX], label[LK_WORDS_MAX], name[LK_WORDS_MAX];
    const cJSON *paper, *set;
};
static const lk_option run_options[] = {
    LK_OPTION_STRING(struct run, config, "", "the config, a path relative to this file"),
    LK_OPTION_STRING(struct run, label, "", "the row's name in the table"),
    LK_OPTION_STRING(struct run, name, "", "name of the run's folders; none: the config's name"),
    { .key = "paper",
      .type = LK_JSON,
      .offset = offsetof(struct run, paper),
      .words = "an object",
      .help = "the paper's figures" },
    { .key = "set",
      .type = LK_JSON,
      .offset = offsetof(struct run, set),
      .words = "an object",
      .help = "changes to the config" },
    { 0 },
};

struct paper {
    double ssim, mse;
};
static const lk_option paper_options[] = {
    LK_OPTION_NUMBER(struct paper, ssim, (double)NAN, -1, 1, "SSIM"),
    LK_OPTION_NUMBER(struct paper, mse, (double)NAN, 0, 1, "MSE"),
    { 0 },
};

/* ---- reading ---- */

/* The file, and the experiment that it is read into. */
struct reader {
    const char *path; /* "": of a stream */
    lk_json json;
    const char *const *sets; /* for all runs */
    int n_sets;
    lk_grid grid;
    bool no_points; /* the grid was refused: what its runs would be is not known */
    lk_experiment *experiment;
    lk_errors *of_configs; /* each is said once, at the first run that has it */
};

static lk_status wrong(const struct reader *r, const cJSON *object, const char *path,
                       const char *key, lk_error *err) {
    char full[128];
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    lk_format(full, sizeof full, "%s%s%s", path, *path ? "." : "", key);
    return lk_json_error_at(&r->json, value ? value : object, full, err);
}

/* Whether there is no value to check. */
static bool is_refused(const struct reader *r, const cJSON *object, const char *key) {
    return lk_json_is_refused(&r->json, cJSON_GetObjectItemCaseSensitive(object, key));
}

static lk_status check_name(const struct reader *r, const cJSON *object, const char *path,
                            const char *name, lk_error *err) {
    char quoted[128];
    if (is_refused(r, object, "name") || lk_experiment_is_name(name)) return LK_OK;
    lk_fail(err, LK_USAGE,
            "expected a name for folders, at most %d letters, digits, _ . -, and no dot at the "
            "start, got %s",
            LK_NAME_MAX, lk_text_quoted(name, quoted, sizeof quoted));
    return wrong(r, object, path, "name", err);
}

/* Labels become cells of tables. */
static lk_status check_label(const struct reader *r, const cJSON *object, const char *path,
                             const char *label, lk_error *err) {
    char quoted[2 * LK_LABEL_MAX];
    bool valid = *label && strlen(label) <= LK_LABEL_MAX && lk_text_is_line(label);
    if (valid || is_refused(r, object, "label")) return LK_OK;
    lk_fail(err, LK_USAGE, "expected 1 to %d bytes without line ends or tabs, got %s", LK_LABEL_MAX,
            lk_text_quoted(label, quoted, sizeof quoted));
    return wrong(r, object, path, "label", err);
}

/* The note becomes a line below the table. */
static lk_status check_note(const struct reader *r, const char *note, lk_error *err) {
    if (lk_text_is_line(note)) return LK_OK;
    lk_fail(err, LK_USAGE,
            "expected one line, got a control character, such as a tab or a line end");
    return wrong(r, r->json.root, "", "note", err);
}

static lk_status check_config(const struct reader *r, const cJSON *object, const char *path,
                              const char *config, lk_error *err) {
    if (*config || is_refused(r, object, "config")) return LK_OK;
    lk_fail(err, LK_USAGE, "expected the path of a config, relative to this file, got \"\"");
    return wrong(r, object, path, "config", err);
}

/* Labels and names differ from those of earlier runs. A run with an error has none. */
static lk_status check_distinct(const struct reader *r, const cJSON *object, const char *path,
                                const lk_experiment_run *run, lk_error *err) {
    for (const lk_experiment_run *other = r->experiment->runs; other < run; other++) {
        bool label = strcmp(other->label, run->label) == 0,
             name = strcmp(other->name, run->name) == 0;
        if (!*other->name || (!label && !name)) continue;
        lk_fail(err, LK_USAGE, "runs[%d] also has \"%s\"%s",
                (int)(other - r->experiment->runs) / r->grid.n_points,
                label ? run->label : run->name, label ? "" : "; give one of them another \"name\"");
        return wrong(r, object, path, label ? "label" : "name", err);
    }
    return LK_OK;
}

/* The run's own name, or that of its config, even if changes to the config make that name say too
   little: the names of an experiment are its own. Without either it is "run". */
static const char *name_of(const struct run *given, const lk_config *config) {
    const char *name =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(config->json.root, "name"));
    if (*given->name) return given->name;
    return name && *name ? name : "run";
}

static lk_status add_change(const struct reader *r, lk_changes *changes, const char *set,
                            lk_error *err) {
    if (strncmp(set, "seed=", 5) == 0)
        return lk_fail(
            err, LK_USAGE,
            "%s: runs take their seeds from the experiment: change its \"seeds\", or use "
            "--seeds N",
            set);
    return lk_changes_add(changes, &r->grid, set, err);
}

/* {"a.b": 3} as "a.b=3". */
static lk_status add_own_changes(const struct reader *r, const cJSON *object, const char *path,
                                 lk_changes *changes, lk_error *err) {
    if (object && !cJSON_IsObject(object))
        return lk_json_mismatch(&r->json, object, path, "an object", err);
    lk_status status = LK_OK;
    for (const cJSON *value = object ? object->child : NULL;
         value && lk_json_goes_on(&r->json, status); value = value->next) {
        lk_text text = { 0 };
        lk_text_add(&text, "%s=", value->string);
        lk_status added = lk_json_print(value, false, &text, err);
        if (!added) added = add_change(r, changes, text.data, err);
        if (added == LK_USAGE) lk_json_error_at(&r->json, value, path, err);
        lk_text_deinit(&text);
        status = lk_status_after(status, added);
    }
    return status;
}

/* Collect the message of a step that failed, which says by itself where it belongs. */
static lk_status collect(const struct reader *r, lk_status status, const lk_error *err) {
    return status == LK_USAGE ? lk_json_refuse(&r->json, err) : status;
}

/* The changes of a run: its own, those of all runs, those of the point. */
static lk_status add_changes(const struct reader *r, const cJSON *set, const char *path, int point,
                             lk_changes *changes, lk_error *err) {
    char member[128];
    lk_format(member, sizeof member, "%s.set", path);
    lk_status status = add_own_changes(r, set, member, changes, err);
    for (int i = 0; i < r->n_sets && lk_json_goes_on(&r->json, status); i++)
        status = lk_status_after(status, collect(r, add_change(r, changes, r->sets[i], err), err));
    if (!lk_json_goes_on(&r->json, status)) return status;
    lk_status added = lk_changes_add_point(changes, &r->grid, point, err);
    return lk_status_after(status, collect(r, added, err));
}

static lk_status load_config(const struct reader *r, const struct run *given, const cJSON *object,
                             const char *path, int point, lk_config *config, lk_error *err) {
    char file[LK_PATH_MAX];
    lk_changes changes;
    const char *slash = given->config[0] == '/' ? NULL : strrchr(r->path, '/');
    lk_changes_init(&changes);
    lk_status status = add_changes(r, given->set, path, point, &changes, err), loaded = LK_OK;
    if (!lk_format(file, sizeof file, "%.*s%s", slash ? (int)(slash + 1 - r->path) : 0, r->path,
                   given->config)) {
        loaded = lk_fail(err, LK_USAGE, "%s: path is too long", given->config);
        collect(r, loaded, err);
    } else if (lk_json_goes_on(&r->json, status)) {
        loaded = lk_config_load(file, changes.v, changes.n, config, err);
        if (loaded == LK_USAGE && err) lk_errors_add_new(r->of_configs, err);
        if (loaded == LK_USAGE) wrong(r, object, path, "config", err);
    }
    status = lk_status_after(status, loaded);
    lk_changes_deinit(&changes);
    return status;
}

static bool has_label(const struct reader *r, const struct run *given, const cJSON *object) {
    return *given->label && !is_refused(r, object, "label");
}

static lk_status add_run(const struct reader *r, const struct run *given, const cJSON *object,
                         const char *path, int point, lk_experiment_run *run, lk_error *err) {
    lk_status status = load_config(r, given, object, path, point, &run->config, err);
    if (status || !has_label(r, given, object) || is_refused(r, object, "name")) return status;
    const char *name = name_of(given, &run->config);
    status = check_name(r, object, path, name, err);
    if (!status) status = lk_experiment_name_run(name, given->label, &r->grid, point, run, err);
    if (!status) status = check_distinct(r, object, path, run, err);
    return status;
}

/* `run` is the first of as many as the grid has points. */
static lk_status add_runs(const struct reader *r, const struct run *given, const cJSON *object,
                          const char *path, lk_experiment_run *run, lk_error *err) {
    lk_status status = LK_OK;
    if (r->no_points || !*given->config) return LK_OK;
    for (int i = 0; i < r->grid.n_points && lk_json_goes_on(&r->json, status); i++)
        status = lk_status_after(status, add_run(r, given, object, path, i, &run[i], err));
    return status;
}

static lk_status read_paper(const struct reader *r, const cJSON *object, const char *path,
                            lk_experiment_run *run, lk_error *err) {
    struct paper paper = { 0 };
    char member[128];
    lk_format(member, sizeof member, "%s.paper", path);
    lk_status status = lk_options_read(paper_options, &r->json, object, member, NULL, &paper, err);
    for (int i = 0; i < r->grid.n_points; i++) {
        run[i].paper_ssim = paper.ssim;
        run[i].paper_mse = paper.mse;
    }
    return status;
}

static lk_status read_run(const struct reader *r, const cJSON *object, const char *path,
                          lk_experiment_run *run, lk_error *err) {
    struct run *given = lk_alloc(sizeof *given);
    if (!given) return lk_fail_memory(err, sizeof *given, "an experiment");
    const lk_json *json = &r->json;
    lk_status status = lk_options_read(run_options, json, object, path, NULL, given, err);
    if (!cJSON_IsObject(object) || !lk_json_goes_on(json, status)) goto done;
    status = lk_status_after(status, read_paper(r, given->paper, path, run, err));
    status = lk_status_after(status, check_label(r, object, path, given->label, err));
    status = lk_status_after(status, check_config(r, object, path, given->config, err));
    status = lk_status_after(status, add_runs(r, given, object, path, run, err));
done:
    lk_free(given);
    return status;
}

static lk_status read_runs(struct reader *r, const cJSON *runs, lk_error *err) {
    lk_experiment *e = r->experiment;
    int n = cJSON_IsArray(runs) ? cJSON_GetArraySize(runs) : 0;
    if (n < 1 || n > LK_RUNS_MAX) {
        lk_fail(err, LK_USAGE, "expected a list of 1 to %d runs", LK_RUNS_MAX);
        return wrong(r, r->json.root, "", "runs", err);
    }
    if (n * r->grid.n_points > LK_RUNS_MAX) {
        lk_fail(err, LK_USAGE, "expected at most %d runs, got %d with %d combinations of values",
                LK_RUNS_MAX, n, r->grid.n_points);
        return wrong(r, r->json.root, "", "grid", err);
    }
    size_t bytes = (size_t)(n * r->grid.n_points) * sizeof *e->runs;
    e->runs = lk_alloc(bytes);
    if (!e->runs) return lk_fail_memory(err, bytes, "an experiment");
    lk_status status = LK_OK;
    for (const cJSON *object = runs->child; object && lk_json_goes_on(&r->json, status);
         object = object->next) {
        char path[64];
        lk_experiment_run *run = &e->runs[e->n_runs];
        lk_format(path, sizeof path, "runs[%d]", e->n_runs / r->grid.n_points);
        e->n_runs += r->grid.n_points;
        status = lk_status_after(status, read_run(r, object, path, run, err));
    }
    return status;
}

static lk_status read_seeds(const struct reader *r, const lk_numbers *seeds, lk_error *err) {
    lk_experiment *e = r->experiment;
    bool distinct = true;
    for (e->n_seeds = 0; e->n_seeds < seeds->n; e->n_seeds++) {
        e->seeds[e->n_seeds] = (int64_t)seeds->v[e->n_seeds];
        for (int i = 0; i < e->n_seeds; i++)
            distinct = distinct && e->seeds[i] != e->seeds[e->n_seeds];
    }
    if (distinct) return LK_OK;
    lk_fail(err, LK_USAGE, "expected different seeds, got one twice");
    return wrong(r, r->json.root, "", "seeds", err);
}

/* Seeds are in "seeds" or in the grid, not in both. */
static lk_status read_grid(struct reader *r, struct head *head, lk_error *err) {
    lk_status status = lk_grid_read(&r->json, head->grid, "grid", &r->grid, err);
    r->no_points = status != LK_OK;
    if (status || !r->grid.seeds.n) return status;
    if (cJSON_GetObjectItemCaseSensitive(r->json.root, "seeds")) {
        lk_fail(err, LK_USAGE, "expected seeds here or in the grid, got both");
        return wrong(r, r->json.root, "", "seeds", err);
    }
    head->seeds = r->grid.seeds;
    return LK_OK;
}

static lk_status read_head(struct reader *r, lk_error *err) {
    struct head *head = lk_alloc(sizeof *head);
    if (!head) return lk_fail_memory(err, sizeof *head, "an experiment");
    const lk_json *json = &r->json;
    lk_status status = lk_options_read(head_options, json, json->root, "", NULL, head, err);
    if (!cJSON_IsObject(json->root) || !lk_json_goes_on(json, status)) goto done;
    memcpy(r->experiment->name, head->name, sizeof head->name);
    memcpy(r->experiment->note, head->note, sizeof head->note);
    status = lk_status_after(status, check_name(r, json->root, "", head->name, err));
    status = lk_status_after(status, check_note(r, head->note, err));
    status = lk_status_after(status, read_grid(r, head, err));
    if (!lk_json_goes_on(json, status)) goto done;
    status = lk_status_after(status, read_seeds(r, &head->seeds, err));
    status = lk_status_after(status, read_runs(r, head->runs, err));
done:
    lk_free(head);
    return status;
}

lk_status lk_experiment_load(const char *path, const char *const *sets, int n_sets,
                             lk_experiment *experiment, lk_error *err) {
    lk_json json = { 0 };
    lk_status status = lk_json_read_input(path, &json, err);
    if (status) return status == LK_READ ? LK_USAGE : status;
    return lk_experiment_load_json(&json, path, sets, n_sets, experiment, err);
}

lk_status lk_experiment_load_json(lk_json *json, const char *path, const char *const *sets,
                                  int n_sets, lk_experiment *experiment, lk_error *err) {
    lk_experiment result = { 0 };
    lk_errors errors = { 0 }, of_configs = { 0 };
    struct reader reader = { .path = lk_file_is_stream(path) ? "" : path,
                             .json = *json,
                             .sets = sets,
                             .n_sets = n_sets,
                             .experiment = &result,
                             .of_configs = &of_configs };
    *json = (lk_json){ 0 };
    reader.json.errors = &errors;
    lk_status status = lk_errors_end(&errors, read_head(&reader, err), err);
    lk_grid_deinit(&reader.grid);
    lk_json_deinit(&reader.json);
    if (status)
        lk_experiment_deinit(&result);
    else
        *experiment = result;
    return status;
}

void lk_experiment_deinit(lk_experiment *experiment) {
    for (int i = 0; i < experiment->n_runs; i++) lk_config_deinit(&experiment->runs[i].config);
    lk_free(experiment->runs);
    if (experiment->is_sweep) lk_config_deinit(&experiment->base);
    *experiment = (lk_experiment){ 0 };
}
