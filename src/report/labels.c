/* Which rows are seeds of one model, and what each model is called in the table. */
#include "report/keys.h"

#include <stdio.h>
#include <string.h>

/* The rows of one model, which differ only in the seed; or one row without scores. */
struct group {
    lk_result *first;
    int n_seeds;
    const char *label;
    bool is_double; /* another group has the same label */
};

/* `group_of` has the group of each row. */
struct groups {
    lk_results *results;
    struct group *v;
    size_t n, *group_of;
    const lk_result **alike; /* the first rows of groups with the same label */
};

/* ---- grouping ---- */

/* The row of group `g` with that seed; NULL: none. */
static lk_result *row_with_seed(const struct groups *groups, size_t g, size_t n_rows,
                                int64_t seed) {
    for (size_t i = 0; i < n_rows; i++) {
        lk_result *row = &groups->results->rows[i];
        if (groups->group_of[i] == g && row->seed == seed) return row;
    }
    return NULL;
}

enum joining { JOINS, IS_THERE, OTHER };

/* Whether a row belongs to group `g` of the `n_rows` rows before it. */
static enum joining join(const struct groups *groups, size_t g, size_t n_rows, lk_result *row) {
    const struct group *group = &groups->v[g];
    if (strcmp(group->first->label, row->label) != 0) return OTHER;
    if (row->state || group->first->state)
        return row->state && group->first->state && strcmp(group->first->path, row->path) == 0
                   ? IS_THERE
                   : OTHER;
    if (!lk_keys_agree(group->first, row)) return OTHER;
    lk_result *there = row_with_seed(groups, g, n_rows, row->seed);
    if (!there) return group->n_seeds < LK_LIST_MAX ? JOINS : OTHER;
    if (!lk_measured_agree(&there->measured, &row->measured)) return OTHER;
    if (!there->folder) there->folder = row->folder;
    return IS_THERE;
}

/* Put the rows into groups, and drop those that are there twice. */
static void form_groups(struct groups *groups) {
    lk_results *results = groups->results;
    size_t n_kept = 0;
    for (size_t i = 0; i < results->n_rows; i++) {
        lk_result *row = &results->rows[i];
        enum joining joining = OTHER;
        size_t g = 0;
        for (; g < groups->n; g++)
            if ((joining = join(groups, g, n_kept, row)) != OTHER) break;
        if (joining == IS_THERE) continue;
        results->rows[n_kept] = *row;
        if (joining == OTHER) {
            g = groups->n++;
            groups->v[g] = (struct group){ .first = &results->rows[n_kept] };
        }
        groups->v[g].n_seeds++;
        groups->group_of[n_kept++] = g;
    }
    results->n_rows = n_kept;
}

/* ---- labels ---- */

static size_t find_alike(const struct groups *groups, size_t g, size_t *which) {
    size_t n = 0;
    for (size_t i = 0; i < groups->n; i++) {
        if (strcmp(groups->v[i].first->label, groups->v[g].first->label) != 0) continue;
        if (i == g) *which = n;
        groups->alike[n++] = groups->v[i].first;
    }
    return n;
}

static lk_status keep(struct groups *groups, size_t g, lk_text *text, lk_error *err) {
    const char *label =
        text->failed ? NULL : lk_arena_text(&groups->results->arena, text->data ? text->data : "");
    size_t n_bytes = text->n;
    lk_text_deinit(text);
    if (!label) return lk_fail_memory(err, n_bytes, "labels");
    groups->v[g].label = label;
    return LK_OK;
}

/* How much of "ae-s2", the name of a run with seed 2, its other seeds have too: "ae". */
static size_t stem_bytes(const lk_result *row) {
    static const char *const ends[] = { "seed", "s" };
    char seed[32];
    size_t n = strlen(row->name);
    lk_format(seed, sizeof seed, "%lld", (long long)row->seed);
    if (n <= strlen(seed) || strcmp(row->name + n - strlen(seed), seed) != 0) return n;
    n -= strlen(seed);
    if (n > 1 && strchr("-_.", row->name[n - 1])) n--;
    for (size_t i = 0; i < LK_COUNT(ends); i++) {
        size_t at = n > strlen(ends[i]) ? n - strlen(ends[i]) : 0;
        if (at > 1 && memcmp(row->name + at, ends[i], n - at) == 0 &&
            strchr("-_.", row->name[at - 1]))
            return at - 1;
    }
    return n;
}

/* Several seeds have the name that is common to them. */
static void add_name(const struct groups *groups, size_t g, lk_text *out) {
    const lk_result *first = groups->v[g].first;
    size_t n = stem_bytes(first);
    for (size_t i = 0; i < groups->results->n_rows; i++) {
        const lk_result *row = &groups->results->rows[i];
        if (groups->group_of[i] == g &&
            (stem_bytes(row) != n || memcmp(row->name, first->name, n) != 0))
            n = 0;
    }
    if (groups->v[g].n_seeds < 2 || !n) n = strlen(first->name);
    lk_text_bytes(out, first->name, n);
}

static lk_status name(struct groups *groups, size_t g, bool all, lk_error *err) {
    const lk_result *first = groups->v[g].first;
    lk_text text = { 0 }, keys = { 0 };
    size_t which = 0, n = find_alike(groups, g, &which);
    lk_keys_label(groups->alike, n, which, all, &keys);
    if (*first->label)
        lk_text_add(&text, "%s", first->label);
    else if (!keys.n)
        add_name(groups, g, &text);
    if (keys.n) lk_text_add(&text, "%s%s", text.n ? ", " : "", keys.data);
    text.failed = text.failed || keys.failed;
    lk_text_deinit(&keys);
    return keep(groups, g, &text, err);
}

static bool find_doubles(struct groups *groups) {
    bool found = false;
    for (size_t i = 0; i < groups->n; i++) groups->v[i].is_double = false;
    for (size_t i = 0; i < groups->n; i++)
        for (size_t k = i + 1; k < groups->n; k++) {
            if (strcmp(groups->v[i].label, groups->v[k].label) != 0) continue;
            groups->v[i].is_double = groups->v[k].is_double = found = true;
        }
    return found;
}

/* What the keys cannot tell apart: a run without scores by its seed, all others by their path. */
static lk_status tell_apart(struct groups *groups, bool by_seed, lk_error *err) {
    lk_status status = LK_OK;
    for (size_t g = 0; g < groups->n && !status; g++) {
        const lk_result *first = groups->v[g].first;
        lk_text text = { 0 };
        if (!groups->v[g].is_double || (by_seed && !first->state)) continue;
        if (by_seed)
            lk_text_add(&text, "%s, seed %lld", groups->v[g].label, (long long)first->seed);
        else
            lk_text_add(&text, "%s (%s)", groups->v[g].label, first->path);
        status = keep(groups, g, &text, err);
    }
    return status;
}

static lk_status name_groups(struct groups *groups, lk_error *err) {
    lk_status status = LK_OK;
    for (size_t g = 0; g < groups->n && !status; g++) status = name(groups, g, false, err);
    if (!status && find_doubles(groups))
        for (size_t g = 0; g < groups->n && !status; g++)
            if (groups->v[g].is_double) status = name(groups, g, true, err);
    if (!status && find_doubles(groups)) status = tell_apart(groups, true, err);
    if (!status && find_doubles(groups)) status = tell_apart(groups, false, err);
    return status;
}

/* ---- folders ---- */

/* Whether the label leaves open which run given as a folder it is. */
static bool hides_run(const struct groups *groups, size_t g) {
    const lk_result *first = groups->v[g].first;
    size_t which = 0;
    if (first->source || !first->run) return false;
    return *first->label ? find_alike(groups, g, &which) > 1
                         : strcmp(groups->v[g].label, first->name) != 0;
}

/* The table names the folders of all runs or of none. */
static void show_runs(const struct groups *groups) {
    for (size_t g = 0; g < groups->n && !groups->results->shows_runs; g++)
        groups->results->shows_runs = hides_run(groups, g);
}

/* ---- evidence ---- */

/* The new label of the rows of that source and label; NULL: there is none, or more than one. */
static const char *new_label(const struct groups *groups, int source, const char *label) {
    const char *found = NULL;
    for (size_t i = 0; i < groups->results->n_rows; i++) {
        const lk_result *row = &groups->results->rows[i];
        const char *now = groups->v[groups->group_of[i]].label;
        if (row->state || row->source != source || strcmp(row->label, label) != 0) continue;
        if (found && strcmp(found, now) != 0) return NULL;
        found = now;
    }
    return found;
}

/* Evidence whose rows are no longer one model is dropped; that of the same models is joined. */
static lk_status move_evidence(const struct groups *groups, lk_error *err) {
    lk_results *results = groups->results;
    size_t n = results->n_evidence;
    lk_evidence *before = results->evidence;
    lk_status status = LK_OK;
    results->evidence = NULL;
    results->n_evidence = 0;
    for (size_t i = 0; i < n && !status; i++) {
        lk_evidence evidence = before[i];
        if (evidence.source) {
            evidence.left = new_label(groups, evidence.source, evidence.left);
            evidence.right = new_label(groups, evidence.source, evidence.right);
            evidence.source = 0;
        }
        if (evidence.left && evidence.right)
            status = lk_results_add_evidence(results, &evidence, err);
    }
    lk_free(before);
    return status;
}

/* ---- all ---- */

lk_status lk_results_label(lk_results *results, lk_error *err) {
    size_t n = results->n_rows ? results->n_rows : 1;
    struct groups groups = { .results = results,
                             .v = lk_alloc(lk_size_mul(n, sizeof *groups.v)),
                             .group_of = lk_alloc(lk_size_mul(n, sizeof *groups.group_of)),
                             .alike = lk_alloc(lk_size_mul(n, sizeof *groups.alike)) };
    lk_status status = LK_OK;
    if (!groups.v || !groups.group_of || !groups.alike)
        status = lk_fail_memory(err, lk_size_mul(n, sizeof *groups.v), "labels");
    if (!status) {
        form_groups(&groups);
        status = name_groups(&groups, err);
    }
    if (!status) show_runs(&groups);
    if (!status) status = move_evidence(&groups, err);
    for (size_t i = 0; i < results->n_rows && !status; i++)
        results->rows[i].label = groups.v[groups.group_of[i]].label;
    lk_free(groups.v);
    lk_free(groups.group_of);
    lk_free(groups.alike);
    return status;
}
