/* Reads metrics.jsonl: every number of every line. */
#include "html/run_series.h"
#include "base/file.h"
#include "net/run_files.h"

#include <likeness/memory.h>

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    lk_series_list *list;
    lk_error *err;
    bool of_steps;
    double x;
};

static lk_series *find(const lk_series_list *list, const char *path, bool of_steps) {
    for (int i = 0; i < list->n; i++)
        if (list->v[i].of_steps == of_steps && strcmp(list->v[i].path, path) == 0)
            return &list->v[i];
    return NULL;
}

const lk_series *lk_series_find(const lk_series_list *list, const char *path, bool of_steps) {
    return find(list, path, of_steps);
}

static lk_series *add_series(struct reading *r, const char *path) {
    lk_series_list *list = r->list;
    size_t n = (size_t)list->n;
    lk_series *grown = lk_realloc(list->v, n * sizeof *grown, (n + 1) * sizeof *grown);
    if (!grown) return NULL;
    list->v = grown;
    list->v[n] = (lk_series){ .of_steps = r->of_steps };
    lk_format(list->v[n].path, sizeof list->v[n].path, "%s", path);
    list->n++;
    return &list->v[n];
}

static bool grow(lk_series *s) {
    size_t before = (size_t)s->capacity * sizeof(double), capacity = s->capacity ? 2 * before : 512;
    double *x = lk_realloc(s->x, before, capacity);
    if (x) s->x = x;
    double *y = lk_realloc(s->y, before, capacity);
    if (y) s->y = y;
    if (x && y) s->capacity = (int)(capacity / sizeof(double));
    return x && y;
}

static lk_status add_number(struct reading *r, const char *path, double value) {
    lk_series *s = find(r->list, path, r->of_steps);
    if (!s) s = add_series(r, path);
    if (!s || (s->n == s->capacity && !grow(s)))
        return lk_fail_memory(r->err, sizeof *s, "the curves of a run");
    s->x[s->n] = r->x;
    s->y[s->n++] = value;
    return LK_OK;
}

static lk_status add_members(struct reading *r, const char *above, const cJSON *object) {
    lk_status status = LK_OK;
    for (const cJSON *member = object->child; member && !status; member = member->next) {
        char path[sizeof(lk_series){ 0 }.path];
        if (!member->string ||
            !lk_format(path, sizeof path, "%s%s%s", above, *above ? "." : "", member->string))
            continue;
        if (cJSON_IsObject(member))
            status = add_members(r, path, member);
        else if (cJSON_IsNumber(member))
            status = add_number(r, path, member->valuedouble);
    }
    return status;
}

/* x of a step is its number until the length of an epoch is known. */
static lk_status add_line(struct reading *r, const char *line) {
    cJSON *json = cJSON_Parse(line);
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "type"));
    const cJSON *step = cJSON_GetObjectItemCaseSensitive(json, "step"),
                *epoch = cJSON_GetObjectItemCaseSensitive(json, "epoch");
    bool known = type && cJSON_IsNumber(step) && cJSON_IsNumber(epoch);
    r->of_steps = known && strcmp(type, "step") == 0;
    if (known) r->x = r->of_steps ? step->valuedouble : epoch->valuedouble;
    lk_status status =
        known && (r->of_steps || strcmp(type, "epoch") == 0) ? add_members(r, "", json) : LK_OK;
    cJSON_Delete(json);
    return status;
}

/* An epoch is as long as the first one was; the last one may end early. */
static void scale_steps(lk_series_list *list) {
    const lk_series *steps = lk_series_find(list, "step", false);
    double length = steps && steps->n && steps->x[0] > 0 ? steps->y[0] / steps->x[0] : 0;
    for (int i = 0; i < list->n; i++)
        for (int k = 0; k < list->v[i].n && list->v[i].of_steps; k++)
            list->v[i].x[k] = length > 0 ? list->v[i].x[k] / length : (double)NAN;
}

lk_status lk_series_read(const char *folder, lk_series_list *list, lk_error *err) {
    char path[LK_PATH_MAX], *line = NULL;
    size_t room = 0;
    struct reading r = { .list = list, .err = err };
    lk_status status = LK_OK;
    *list = (lk_series_list){ 0 };
    FILE *file = lk_format(path, sizeof path, "%s/" LK_RUN_LOG, folder) ? fopen(path, "r") : NULL;
    while (file && !status && getline(&line, &room, file) > 0) status = add_line(&r, line);
    free(line); /* getline's */
    if (file) fclose(file);
    scale_steps(list);
    return status;
}

void lk_series_deinit(lk_series_list *list) {
    for (int i = 0; i < list->n; i++) {
        lk_free(list->v[i].x);
        lk_free(list->v[i].y);
    }
    lk_free(list->v);
    *list = (lk_series_list){ 0 };
}
