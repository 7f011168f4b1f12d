/* Reads experiments: a file that lists runs, and every config that it names. */
#include "base/file.h"

#include <likeness/experiment.h>

#include <cJSON.h>
#include <math.h>
#include <string.h>

enum { LK_RUNS_MAX = 256, LK_NAME_MAX = 100, LK_LABEL_MAX = 100 };

/* ---- the file's keys ---- */

struct head {
    char schema[LK_WORDS_MAX], name[LK_WORDS_MAX], note[LK_WORDS_MAX];
    lk_numbers seeds;
    const cJSON *runs;
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
    lk_experiment *experiment;
};

static lk_status wrong(const struct reader *r, const cJSON *object, const char *path,
                       const char *key, lk_error *err) {
    char full[128];
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    lk_format(full, sizeof full, "%s%s%s", path, *path ? "." : "", key);
    return lk_json_error_at(&r->json, value ? value : object, full, err);
}

/* Names become folders. */
static bool is_name(const char *name) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    return *name && *name != '.' && strlen(name) <= LK_NAME_MAX &&
           strspn(name, allowed) == strlen(name);
}

static lk_status check_name(const struct reader *r, const cJSON *object, const char *path,
                            const char *name, lk_error *err) {
    char quoted[128];
    if (is_name(name)) return LK_OK;
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
    if (*label && strlen(label) <= LK_LABEL_MAX && lk_text_is_line(label)) return LK_OK;
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
    if (*config) return LK_OK;
    lk_fail(err, LK_USAGE, "expected the path of a config, relative to this file, got \"\"");
    return wrong(r, object, path, "config", err);
}

/* Labels and names differ from those of earlier runs. */
static lk_status check_distinct(const struct reader *r, const cJSON *object, const char *path,
                                const lk_experiment_run *run, lk_error *err) {
    for (const lk_experiment_run *other = r->experiment->runs; other < run; other++) {
        bool label = strcmp(other->label, run->label) == 0,
             name = strcmp(other->name, run->name) == 0;
        if (!label && !name) continue;
        lk_fail(err, LK_USAGE, "runs[%d] also has \"%s\"%s", (int)(other - r->experiment->runs),
                label ? run->label : run->name, label ? "" : "; give one of them another \"name\"");
        return wrong(r, object, path, label ? "label" : "name", err);
    }
    return LK_OK;
}

/* The run's own name, or that of its config, even if changes to the config make that name say too
   little: the names of an experiment are its own. Without either it is "run". */
static void take_name(const struct run *given, lk_experiment_run *run) {
    const char *name =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(run->config.json.root, "name"));
    if (*given->name) name = given->name;
    lk_format(run->name, sizeof run->name, "%s", name && *name ? name : "run");
    memcpy(run->config.name, run->name, sizeof run->name);
}

/* Changes to a config: first the run's own, then those for all runs. */
struct changes {
    int n;
    const char *v[2 * LK_LIST_MAX];
    lk_arena arena;
};

static lk_status add_change(struct changes *changes, const char *set, lk_error *err) {
    if (strncmp(set, "seed=", 5) == 0)
        return lk_fail(
            err, LK_USAGE,
            "%s: runs take their seeds from the experiment: change its \"seeds\", or use "
            "--seeds N",
            set);
    if (changes->n == LK_COUNT(changes->v))
        return lk_fail(err, LK_USAGE, "expected at most %zu changes in all", LK_COUNT(changes->v));
    char *copy = lk_arena_text(&changes->arena, set);
    if (!copy) return lk_fail_memory(err, strlen(set), set);
    changes->v[changes->n++] = copy;
    return LK_OK;
}

/* {"a.b": 3} as "a.b=3". */
static lk_status add_own_changes(const struct reader *r, const cJSON *object, const char *path,
                                 struct changes *changes, lk_error *err) {
    if (object && !cJSON_IsObject(object))
        return lk_json_mismatch(&r->json, object, path, "an object", err);
    for (const cJSON *value = object ? object->child : NULL; value; value = value->next) {
        lk_text text = { 0 };
        lk_text_add(&text, "%s=", value->string);
        lk_status status = lk_json_print(value, false, &text, err);
        if (!status) status = add_change(changes, text.data, err);
        if (status == LK_USAGE) lk_json_error_at(&r->json, value, path, err);
        lk_text_deinit(&text);
        if (status) return status;
    }
    return LK_OK;
}

static lk_status load_config(const struct reader *r, const struct run *given, const cJSON *object,
                             const char *path, lk_config *config, lk_error *err) {
    char file[LK_PATH_MAX], member[128];
    struct changes changes = { 0 };
    const char *slash = given->config[0] == '/' ? NULL : strrchr(r->path, '/');
    lk_arena_init(&changes.arena);
    lk_format(member, sizeof member, "%s.set", path);
    lk_status status = add_own_changes(r, given->set, member, &changes, err);
    for (int i = 0; i < r->n_sets && !status; i++) status = add_change(&changes, r->sets[i], err);
    if (!status && !lk_format(file, sizeof file, "%.*s%s", slash ? (int)(slash + 1 - r->path) : 0,
                              r->path, given->config))
        status = lk_fail(err, LK_USAGE, "%s: path is too long", given->config);
    if (!status) {
        status = lk_config_load(file, changes.v, changes.n, config, err);
        if (status == LK_USAGE) wrong(r, object, path, "config", err);
    }
    lk_arena_deinit(&changes.arena);
    return status;
}

static lk_status read_run(const struct reader *r, const cJSON *object, const char *path,
                          lk_experiment_run *run, lk_error *err) {
    struct run *given = lk_alloc(sizeof *given);
    struct paper paper = { 0 };
    char member[128];
    if (!given) return lk_fail_memory(err, sizeof *given, "an experiment");
    lk_format(member, sizeof member, "%s.paper", path);
    lk_status status = lk_options_read(run_options, &r->json, object, path, NULL, given, err);
    if (!status)
        status = lk_options_read(paper_options, &r->json, given->paper, member, NULL, &paper, err);
    if (!status) status = check_label(r, object, path, given->label, err);
    if (!status) status = check_config(r, object, path, given->config, err);
    if (!status) status = load_config(r, given, object, path, &run->config, err);
    if (!status) {
        take_name(given, run);
        memcpy(run->label, given->label, sizeof run->label);
        run->paper_ssim = paper.ssim;
        run->paper_mse = paper.mse;
        status = check_name(r, object, path, run->name, err);
    }
    if (!status) status = check_distinct(r, object, path, run, err);
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
    e->runs = lk_alloc((size_t)n * sizeof *e->runs);
    if (!e->runs) return lk_fail_memory(err, (size_t)n * sizeof *e->runs, "an experiment");
    for (const cJSON *object = runs->child; object; object = object->next) {
        char path[64];
        lk_format(path, sizeof path, "runs[%d]", e->n_runs);
        lk_status status = read_run(r, object, path, &e->runs[e->n_runs++], err);
        if (status) return status;
    }
    return LK_OK;
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

static lk_status read_head(struct reader *r, lk_error *err) {
    struct head *head = lk_alloc(sizeof *head);
    if (!head) return lk_fail_memory(err, sizeof *head, "an experiment");
    lk_status status = lk_options_read(head_options, &r->json, r->json.root, "", NULL, head, err);
    if (!status) status = check_name(r, r->json.root, "", head->name, err);
    if (!status) {
        memcpy(r->experiment->name, head->name, sizeof head->name);
        memcpy(r->experiment->note, head->note, sizeof head->note);
        status = check_note(r, head->note, err);
    }
    if (!status) status = read_seeds(r, &head->seeds, err);
    if (!status) status = read_runs(r, head->runs, err);
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
    struct reader reader = { .path = lk_file_is_stream(path) ? "" : path,
                             .json = *json,
                             .sets = sets,
                             .n_sets = n_sets,
                             .experiment = &result };
    *json = (lk_json){ 0 };
    lk_status status = read_head(&reader, err);
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
    *experiment = (lk_experiment){ 0 };
}
