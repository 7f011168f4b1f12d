/* Seeds of one model as one curve: the mean of their values, and their range. */
#include "report/curves.h"

#include <math.h>
#include <string.h>

static bool is_of(const lk_curves_group *group, const lk_curves_run *run) {
    return strcmp(group->label, run->label) == 0;
}

static void set_mean(const lk_curves *curves, lk_curves_group *g, int column) {
    for (int i = 0; i < g->n; i++) {
        double sum = 0;
        int n = 0;
        g->low[column][i] = g->high[column][i] = (double)NAN;
        for (size_t r = 0; r < curves->n_runs; r++) {
            const lk_curves_run *run = &curves->runs[r];
            if (!is_of(g, run) || i >= run->n || !isfinite(run->v[column][i])) continue;
            sum += run->v[column][i];
            n++;
            g->low[column][i] = fmin(g->low[column][i], run->v[column][i]); /* NaN: the other */
            g->high[column][i] = fmax(g->high[column][i], run->v[column][i]);
        }
        g->mean[column][i] = n ? sum / n : (double)NAN;
    }
}

/* Its length, and its best epoch. */
static void measure(const lk_curves *curves, lk_curves_group *g) {
    double best = 0, at = 0;
    int n_best = 0;
    for (size_t r = 0; r < curves->n_runs; r++) {
        const lk_curves_run *run = &curves->runs[r];
        if (!is_of(g, run)) continue;
        g->n_seeds++;
        if (run->n > g->n) {
            g->n = run->n;
            g->epoch = run->v[LK_CURVE_EPOCH];
        }
        if (run->best < 0) continue;
        best += run->v[LK_CURVE_VAL][run->best];
        at += run->v[LK_CURVE_EPOCH][run->best];
        n_best++;
    }
    g->best = n_best ? best / n_best : (double)NAN;
    g->best_epoch = n_best ? at / n_best : (double)NAN;
}

static lk_status fill(const lk_curves *curves, lk_arena *arena, lk_curves_group *g, lk_error *err) {
    measure(curves, g);
    for (int c = 0; c < LK_N_CURVES; c++) {
        size_t bytes = (size_t)g->n * sizeof(double);
        g->mean[c] = lk_arena_alloc(arena, bytes);
        g->low[c] = lk_arena_alloc(arena, bytes);
        g->high[c] = lk_arena_alloc(arena, bytes);
        if (!g->mean[c] || !g->low[c] || !g->high[c]) return lk_fail_memory(err, bytes, "curves");
        set_mean(curves, g, c);
    }
    return LK_OK;
}

lk_status lk_curves_form_groups(const lk_curves *curves, lk_arena *arena, lk_curves_group **groups,
                                int *n_groups, lk_error *err) {
    size_t bytes = curves->n_runs * sizeof **groups;
    lk_status status = LK_OK;
    *groups = lk_arena_alloc(arena, bytes);
    *n_groups = 0;
    if (!*groups) return lk_fail_memory(err, bytes, "curves");
    for (size_t r = 0; r < curves->n_runs && !status; r++) {
        bool known = false;
        for (int g = 0; g < *n_groups; g++) known = known || is_of(&(*groups)[g], &curves->runs[r]);
        if (known) continue;
        lk_curves_group *group = &(*groups)[(*n_groups)++];
        *group = (lk_curves_group){ .label = curves->runs[r].label };
        status = fill(curves, arena, group, err);
    }
    return status;
}
