/* The line that shows how a training run goes. */
#include "cli/progress.h"
#include "cli/terminal.h"

#include <math.h>
#include <string.h>

enum { PART_MAX = 64, BAR_MIN = 10, BAR_MAX = 40, GAP = 2 };

/* The parts of the line in their order. */
enum { EPOCH, STEP, LOSS, PENALTY, BEST, SPEED, TIME, N_PARTS };

/* What is left out first where there is too little room. */
static const int dispensable[] = { STEP, SPEED, BEST, PENALTY, LOSS };

static void write_parts(const lk_train_progress *p, const char *regularizer,
                        char parts[N_PARTS][PART_MAX]) {
    char passed[32], left[32];
    lk_format(parts[EPOCH], PART_MAX, "epoch %d/%d", p->epoch, p->n_epochs);
    lk_format(parts[STEP], PART_MAX, "step %lld/%lld", (long long)p->step, (long long)p->n_steps);
    lk_format(parts[LOSS], PART_MAX, "loss %.5f", p->loss);
    if (regularizer && isfinite(p->penalty))
        lk_format(parts[PENALTY], PART_MAX, "%s %.4g", regularizer, p->penalty);
    if (p->best_epoch) lk_format(parts[BEST], PART_MAX, "best epoch %d", p->best_epoch);
    lk_format(parts[SPEED], PART_MAX, "%.0f images/s", p->images_per_second);
    lk_format(parts[TIME], PART_MAX, "%s passed, %s left", lk_terminal_duration(p->seconds, passed),
              lk_terminal_duration(p->seconds_left, left));
}

static int width_of_parts(char parts[N_PARTS][PART_MAX]) {
    int width = 0;
    for (int i = 0; i < N_PARTS; i++)
        if (parts[i][0]) width += (width ? GAP : 0) + (int)strlen(parts[i]);
    return width;
}

void lk_progress_bar(double done, int room, lk_text *out) {
    int n = room - GAP - 2;
    if (n < BAR_MIN || !(done >= 0)) return;
    if (n > BAR_MAX) n = BAR_MAX;
    int full = (int)(done * n + 1e-9);
    lk_text_add(out, "[");
    for (int i = 0; i < n; i++) lk_text_add(out, i < full ? "#" : ".");
    lk_text_add(out, "]%*s", GAP, "");
}

void lk_progress_line(const lk_train_progress *progress, const char *regularizer, int width,
                      lk_text *out) {
    char parts[N_PARTS][PART_MAX] = { "" };
    bool first = true;
    write_parts(progress, regularizer, parts);
    for (size_t i = 0; i < LK_COUNT(dispensable) && width_of_parts(parts) > width; i++)
        parts[dispensable[i]][0] = 0;
    lk_progress_bar((double)progress->step / (double)progress->n_steps,
                    width - width_of_parts(parts), out);
    for (int i = 0; i < N_PARTS; i++) {
        if (!parts[i][0]) continue;
        lk_text_add(out, "%*s%s", first ? 0 : GAP, "", parts[i]);
        first = false;
    }
}
