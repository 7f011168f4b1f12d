/* metrics.jsonl and metrics.csv. */
#include "train/record.h"
#include "evaluate/codes.h"
#include "net/run_files.h"
#include "train/origin.h"

#include <cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void path_in(const lk_record *record, const char *name, char path[LK_PATH_MAX]) {
    lk_format(path, LK_PATH_MAX, "%s/%s", record->folder, name);
}

static lk_status write_failed(const lk_record *record, lk_error *err) {
    return lk_fail(err, LK_WRITE, "%s/" LK_RUN_LOG ": cannot write: %s", record->folder,
                   strerror(errno));
}

/* Calls `take` for each complete line of metrics.jsonl that is JSON. The last line may be cut
   off. */
typedef void take_line(void *self, const char *line, size_t n_bytes, const cJSON *object);

static lk_status each_line(const lk_record *record, take_line *take, void *self, lk_error *err) {
    char path[LK_PATH_MAX], *data = NULL;
    size_t n_bytes = 0;
    path_in(record, LK_RUN_LOG, path);
    if (!lk_file_may_exist(path)) return LK_OK;
    lk_status status = lk_file_read(path, (size_t)1 << 32, &data, &n_bytes, err);
    for (char *at = data, *end = data + n_bytes; !status && at < end;) {
        char *line_end = memchr(at, '\n', (size_t)(end - at));
        if (!line_end) break;
        lk_json json = { 0 };
        status = lk_json_parse(at, (size_t)(line_end - at), path, &json, err);
        if (!status) take(self, at, (size_t)(line_end - at) + 1, json.root);
        if (status == LK_USAGE) status = LK_OK;
        lk_json_deinit(&json);
        at = line_end + 1;
    }
    lk_free(data);
    return status;
}

static double number(const cJSON *object, const char *key) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(value) ? value->valuedouble : (double)NAN;
}

/* ---- cutting back ---- */

struct kept {
    lk_text text;
    lk_record_end end;
};

static bool is_type(const cJSON *line, const char *type) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, "type"));
    return text && strcmp(text, type) == 0;
}

static void keep_line(void *self, const char *line, size_t n_bytes, const cJSON *object) {
    struct kept *kept = self;
    double step = number(object, "step"),
           last = (double)(is_type(object, "epoch") ? kept->end.ended : kept->end.step);
    if (kept->end.extended && is_type(object, "extended")) last = (double)kept->end.step - 1;
    if (is_type(object, "init")) return;       /* the first line is made again */
    if (is_type(object, "early_stop")) return; /* said again if it ends here again */
    if (step <= last) lk_text_bytes(&kept->text, line, n_bytes);
}

static lk_status begin_with_origin(const lk_origin *origin, lk_text *out, lk_error *err) {
    lk_text text = { 0 };
    lk_status status = lk_origin_print(origin, &text, err);
    if (!status) lk_text_add(out, "{\"type\":\"init\",\"step\":0,%s\n", text.data + 1);
    lk_text_deinit(&text);
    return status;
}

static lk_status cut_back(const lk_record *record, lk_record_end end, lk_error *err) {
    struct kept kept = { .end = end };
    char path[LK_PATH_MAX];
    path_in(record, LK_RUN_LOG, path);
    lk_status status = *end.origin->path ? begin_with_origin(end.origin, &kept.text, err) : LK_OK;
    if (!status) status = each_line(record, keep_line, &kept, err);
    if (!status && kept.text.failed) status = lk_fail_memory(err, kept.text.n, path);
    if (!status)
        status = lk_file_write(path, kept.text.data ? kept.text.data : "", kept.text.n, err);
    lk_text_deinit(&kept.text);
    return status;
}

void lk_record_close(lk_record *record) {
    if (record->file) fclose(record->file);
    record->file = NULL;
}

lk_status lk_record_sync(lk_record *record, lk_error *err) {
    struct stat info;
    if (fstat(fileno(record->file), &info) == 0 && info.st_nlink == 0)
        return lk_fail(err, LK_WRITE,
                       "%s/" LK_RUN_LOG ": was removed or replaced while the run wrote it",
                       record->folder);
    return fflush(record->file) == 0 && fsync(fileno(record->file)) == 0
               ? LK_OK
               : write_failed(record, err);
}

/* ---- lines ---- */

static bool begin_line(cJSON *line, const char *type, int64_t step, int epoch, double lr) {
    return cJSON_AddStringToObject(line, "type", type) &&
           lk_json_add_number(line, "step", (double)step) &&
           lk_json_add_number(line, "epoch", epoch) && lk_json_add_number(line, "lr", lr);
}

/* Takes ownership of `line`. `whole` is false if memory ran out while it was made. */
static lk_status append(lk_record *record, cJSON *line, bool whole, lk_error *err) {
    lk_text text = { 0 };
    lk_status status = whole ? lk_json_print(line, false, &text, err)
                             : lk_json_no_memory(err, "a line of metrics.jsonl");
    cJSON_Delete(line);
    if (!status && (fprintf(record->file, "%s\n", text.data) < 0 || fflush(record->file) != 0))
        status = write_failed(record, err);
    lk_text_deinit(&text);
    return status;
}

/* `step`: of training, from 0, for weights that grow; -1: the whole weights. */
static bool add_terms(cJSON *object, const char *key, const lk_model *model,
                      const lk_term_values *terms, int64_t step) {
    cJSON *all = cJSON_AddObjectToObject(object, key);
    bool whole = all != NULL;
    for (int i = 0; i < model->n_terms + model->n_parts && whole; i++) {
        const lk_term *of = &model->terms[i];
        double share = of->anneal && step >= 0 ? lk_anneal_factor(of->anneal, step) : 1;
        cJSON *term = cJSON_AddObjectToObject(all, of->name);
        whole = lk_json_add_number(term, "value", terms->v[i]) &&
                lk_json_add_number(term, "weighted", of->weight * share * terms->v[i]);
    }
    return whole;
}

lk_status lk_record_step(lk_record *record, const lk_step_line *line, const lk_model *model,
                         lk_error *err) {
    cJSON *object = cJSON_CreateObject();
    lk_term_values terms;
    for (int i = 0; i < model->n_terms + model->n_parts; i++)
        terms.v[i] = (double)model->terms[i].value->value[0];
    bool whole = begin_line(object, "step", line->step, line->epoch, line->lr) &&
                 lk_json_add_number(object, "loss", line->loss) &&
                 add_terms(object, "terms", model, &terms, line->step - 1) &&
                 lk_json_add_number(object, "gradient_norm", line->gradient_norm) &&
                 lk_json_add_number(object, "images_per_second", line->images_per_second) &&
                 lk_json_add_number(object, "seconds", line->seconds);
    return append(record, object, whole, err);
}

lk_status lk_record_extended(lk_record *record, const lk_extension *extension, lk_error *err) {
    cJSON *object = cJSON_CreateObject();
    bool whole = cJSON_AddStringToObject(object, "type", "extended") &&
                 lk_json_add_number(object, "step", (double)extension->done) &&
                 lk_json_add_number(object, "from_steps", (double)extension->from) &&
                 lk_json_add_number(object, "to_steps", (double)extension->to);
    return append(record, object, whole, err);
}

lk_status lk_record_early_stop(lk_record *record, int64_t step, const lk_run_notes *notes,
                               lk_error *err) {
    cJSON *object = cJSON_CreateObject();
    bool whole = cJSON_AddStringToObject(object, "type", "early_stop") &&
                 lk_json_add_number(object, "step", (double)step) &&
                 lk_json_add_number(object, "epoch", notes->stopped_epoch) &&
                 lk_json_add_number(object, "best_epoch", notes->best_epoch) &&
                 cJSON_AddStringToObject(object, "reason", "train.patience");
    return append(record, object, whole, err);
}

lk_status lk_record_diverged(lk_record *record, int64_t step, const char *message, lk_error *err) {
    cJSON *object = cJSON_CreateObject();
    bool whole = cJSON_AddStringToObject(object, "type", "diverged") &&
                 lk_json_add_number(object, "step", (double)step) &&
                 cJSON_AddStringToObject(object, "message", message);
    return append(record, object, whole, err);
}

/* ---- metrics.csv ---- */

/* A column for each number of an epoch's line; "a.b" is the member b of the member a. */
#define COLUMN(name, path)                                                                         \
    { name, path, LK_METRIC_IN_CSV }
#define METRIC(name, key, title, digits, better, shown, words) { "val_" #key, "val_" #key, shown },
static const struct {
    const char *name, *path;
    unsigned shown;
} csv_columns[] = {
    COLUMN("epoch", "epoch"),
    COLUMN("step", "step"),
    COLUMN("lr", "lr"),
    COLUMN("train_loss", "train_loss"),
    COLUMN("val_loss", "val_loss"),
    LK_METRIC_LIST(METRIC) /* these in the order of the list */
    COLUMN("val_reconstruction", "val_terms.reconstruction.value"),
    COLUMN("val_kl", "val_terms.kl.value"),
    COLUMN("val_mmd", "val_terms.mmd.value"),
    COLUMN("val_active", "val_codes.active"),
    COLUMN("val_codes_mmd", "val_codes.mmd"),
    COLUMN("images_per_second", "images_per_second"),
    COLUMN("seconds", "seconds"),
};
#undef COLUMN
#undef METRIC

static bool is_in_csv(size_t column) {
    return csv_columns[column].shown & LK_METRIC_IN_CSV;
}

static double number_at(const cJSON *object, const char *path) {
    char key[64];
    for (size_t n = strcspn(path, "."); path[n]; path += n + 1, n = strcspn(path, ".")) {
        lk_format(key, sizeof key, "%.*s", (int)n, path);
        object = cJSON_GetObjectItemCaseSensitive(object, key);
    }
    return number(object, path);
}

/* Terms without a column above, which are parts of sums and new terms, get columns of their own
   before this one. */
static const char first_after_parts[] = "val_active";

struct csv {
    lk_text text; /* the rows */
    bool late;    /* the parts were found after the first row */
    int n_parts;
    char part[LK_TERMS_MAX][64]; /* "reconstruction_0_l1" */
};

static bool has_column(const char *term) {
    char path[128];
    lk_format(path, sizeof path, "val_terms.%s.value", term);
    for (size_t i = 0; i < LK_COUNT(csv_columns); i++)
        if (strcmp(csv_columns[i].path, path) == 0) return true;
    return false;
}

/* Find the names of the parts in the first line that has some. */
static void find_parts(struct csv *csv, const cJSON *object) {
    const cJSON *terms = cJSON_GetObjectItemCaseSensitive(object, "val_terms"), *term;
    if (csv->n_parts) return;
    cJSON_ArrayForEach(term, terms) {
        if (csv->n_parts < LK_TERMS_MAX && term->string && !has_column(term->string) &&
            !strpbrk(term->string, ",\"\r\n") &&
            lk_format(csv->part[csv->n_parts], sizeof csv->part[0], "%s", term->string))
            csv->n_parts++;
    }
    csv->late = csv->n_parts && csv->text.n;
}

static void add_cell(lk_text *text, bool first, double value) {
    char cell[LK_NUMBER_TEXT_MAX];
    lk_text_add(text, "%s%s", first ? "" : ",", isnan(value) ? "" : lk_number_text(value, cell));
}

static void add_part_heads(const struct csv *csv, lk_text *heads) {
    for (int i = 0; i < csv->n_parts; i++)
        lk_text_add(heads, ",val_%s,val_%s_weighted", csv->part[i], csv->part[i]);
}

static void add_part_cells(struct csv *csv, const cJSON *object) {
    const cJSON *terms = cJSON_GetObjectItemCaseSensitive(object, "val_terms");
    for (int i = 0; i < csv->n_parts; i++) {
        const cJSON *part = cJSON_GetObjectItemCaseSensitive(terms, csv->part[i]);
        add_cell(&csv->text, false, number(part, "value"));
        add_cell(&csv->text, false, number(part, "weighted"));
    }
}

static bool is_after_parts(size_t column) {
    return strcmp(csv_columns[column].name, first_after_parts) == 0;
}

static void add_row(void *self, const char *line, size_t n_bytes, const cJSON *object) {
    struct csv *csv = self;
    (void)line, (void)n_bytes;
    if (!is_type(object, "epoch")) return;
    find_parts(csv, object);
    for (size_t i = 0; i < LK_COUNT(csv_columns); i++) {
        if (is_after_parts(i)) add_part_cells(csv, object);
        if (is_in_csv(i)) add_cell(&csv->text, !i, number_at(object, csv_columns[i].path));
    }
    lk_text_add(&csv->text, "\n");
}

static void add_heads(const struct csv *csv, lk_text *heads) {
    for (size_t i = 0; i < LK_COUNT(csv_columns); i++) {
        if (is_after_parts(i)) add_part_heads(csv, heads);
        if (is_in_csv(i)) lk_text_add(heads, "%s%s", i ? "," : "", csv_columns[i].name);
    }
    lk_text_add(heads, "\n");
}

static lk_status write_csv(const lk_record *record, lk_error *err) {
    struct csv csv = { .n_parts = 0 };
    lk_text text = { 0 };
    char path[LK_PATH_MAX];
    lk_status status = each_line(record, add_row, &csv, err);
    if (!status && csv.late) {
        lk_text_deinit(&csv.text);
        status = each_line(record, add_row, &csv, err);
    }
    add_heads(&csv, &text);
    if (csv.text.n) lk_text_bytes(&text, csv.text.data, csv.text.n);
    path_in(record, LK_RUN_EPOCHS, path);
    if (!status && (csv.text.failed || text.failed)) status = lk_fail_memory(err, text.n, path);
    if (!status) status = lk_file_write(path, text.data, text.n, err);
    lk_text_deinit(&csv.text);
    lk_text_deinit(&text);
    return status;
}

/* The number in the column of that name. */
static bool number_of_column(const char *heads, const char *line, const char *name, double *out) {
    for (;; heads++, line++) {
        size_t n_head = strcspn(heads, ",\n"), n_cell = strcspn(line, ",\n");
        if (n_head == strlen(name) && memcmp(heads, name, n_head) == 0) {
            char *end = NULL;
            *out = strtod(line, &end);
            return n_cell > 0 && end == line + n_cell;
        }
        heads += n_head;
        line += n_cell;
        if (*heads != ',' || *line != ',') return false;
    }
}

/* A run that was imported has no epochs. */
static bool has_only_heads(const char *csv) {
    return !strchr(csv, '\n') && strncmp(csv, "epoch,step,", 11) == 0;
}

lk_status lk_record_length(const char *folder, double *epochs, double *steps, lk_error *err) {
    char path[LK_PATH_MAX], *csv = NULL;
    size_t n_bytes = 0;
    if (!lk_format(path, sizeof path, "%s/" LK_RUN_EPOCHS, folder))
        return lk_fail(err, LK_FORMAT, "%s: path is too long", folder);
    lk_status status = lk_file_read(path, (size_t)1 << 28, &csv, &n_bytes, err);
    if (status) return status;
    while (n_bytes && csv[n_bytes - 1] == '\n') csv[--n_bytes] = 0;
    const char *last = strrchr(csv, '\n');
    *epochs = *steps = 0;
    if (has_only_heads(csv)) goto done;
    if (!last || !number_of_column(csv, last + 1, "epoch", epochs) ||
        !number_of_column(csv, last + 1, "step", steps) || !(*epochs >= 1) || !(*steps >= 1))
        status = lk_fail(err, LK_FORMAT,
                         "%s: expected columns epoch and step, with numbers from 1 on in the last "
                         "line",
                         path);
done:
    lk_free(csv);
    return status;
}

static void take_best(const char *csv, double *epoch, double *val_loss) {
    for (const char *line = csv; (line = strchr(line, '\n')) && *++line;) {
        double at, loss;
        if (!number_of_column(csv, line, "epoch", &at)) continue;
        if (!number_of_column(csv, line, "val_loss", &loss)) loss = (double)NAN;
        if (!isnan(*val_loss) && !(loss < *val_loss)) continue;
        *epoch = at;
        *val_loss = loss;
    }
}

lk_status lk_record_best(const char *folder, double *epoch, double *val_loss, lk_error *err) {
    char path[LK_PATH_MAX], *csv = NULL;
    size_t n_bytes = 0;
    *epoch = *val_loss = (double)NAN;
    if (!lk_format(path, sizeof path, "%s/" LK_RUN_EPOCHS, folder) || !lk_file_may_exist(path))
        return LK_OK;
    lk_status status = lk_file_read(path, (size_t)1 << 28, &csv, &n_bytes, err);
    if (status) return status;
    take_best(csv, epoch, val_loss);
    lk_free(csv);
    return LK_OK;
}

lk_status lk_record_open(lk_record *record, const char *folder, lk_record_end end, lk_error *err) {
    *record = (lk_record){ 0 };
    lk_format(record->folder, sizeof record->folder, "%s", folder);
    lk_status status = cut_back(record, end, err);
    if (status) return status;
    char path[LK_PATH_MAX];
    path_in(record, LK_RUN_LOG, path);
    record->file = fopen(path, "ae");
    return record->file ? write_csv(record, err) : write_failed(record, err);
}

static bool add_validation(cJSON *object, const lk_epoch_line *line, const lk_model *model) {
    bool whole = lk_json_add_number(object, "val_loss", line->val_loss);
    for (int i = 0; i < LK_N_METRICS && whole; i++) {
        char key[64];
        lk_format(key, sizeof key, "val_%s", lk_metric_key((lk_metric)i));
        whole = lk_json_add_number(object, key, line->val->value[i]);
    }
    return whole && add_terms(object, "val_terms", model, &line->val_terms, -1) &&
           lk_codes_json(&line->val_codes, object, "val_codes", NULL) == LK_OK;
}

lk_status lk_record_epoch(lk_record *record, const lk_epoch_line *line, const lk_model *model,
                          lk_error *err) {
    cJSON *object = cJSON_CreateObject();
    bool whole = begin_line(object, "epoch", line->step, line->epoch, line->lr) &&
                 lk_json_add_number(object, "train_loss", line->train_loss) &&
                 (!line->val || add_validation(object, line, model)) &&
                 lk_json_add_number(object, "images_per_second", line->images_per_second) &&
                 lk_json_add_number(object, "seconds", line->seconds);
    lk_status status = append(record, object, whole, err);
    return status ? status : write_csv(record, err);
}
