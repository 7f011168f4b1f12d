/* The lists of optimisers and schedules, and what all optimisers share: one step over the flat
   arrays, cut into pieces that do not depend on the number of threads. */
#include "optim/optim.h"
#include "optim/optimizer_list.h"

#include <math.h>

#define OPTIMIZER_ROW(name) &lk_optimizer_##name.choice,
#define SCHEDULE_ROW(name)  &lk_schedule_##name.choice,
const lk_choice *const lk_optimizers[] = { LK_OPTIMIZER_LIST(OPTIMIZER_ROW) NULL };
const lk_choice *const lk_schedules[] = { LK_SCHEDULE_LIST(SCHEDULE_ROW) NULL };

enum { PIECE = 1 << 15 };

static int n_pieces(size_t n) {
    return (int)((n + PIECE - 1) / PIECE);
}

static size_t piece_size(size_t n, int index) {
    size_t begin = (size_t)index * PIECE;
    return n - begin < PIECE ? n - begin : PIECE;
}

enum { NORM_PARTS = 64 }; /* at any number of threads: the order of the sum is fixed */

struct norm {
    const lk_kernels *kernels;
    const lk_real *gradient;
    size_t n;
    double sums[NORM_PARTS];
};

static void square_part(void *context, int index, int thread) {
    struct norm *norm = context;
    size_t begin = norm->n * (size_t)index / NORM_PARTS,
           end = norm->n * (size_t)(index + 1) / NORM_PARTS;
    (void)thread;
    norm->kernels->squares(end - begin, norm->gradient + begin, &norm->sums[index]);
}

double lk_gradient_norm(const lk_context *context, const lk_real *gradient, size_t n) {
    struct norm norm = { .kernels = context->kernels, .gradient = gradient, .n = n };
    double sum = 0;
    lk_threads_run(context->threads, NORM_PARTS, square_part, &norm);
    for (int i = 0; i < NORM_PARTS; i++) sum += norm.sums[i];
    return sqrt(sum);
}

struct step {
    const lk_context *context;
    const lk_chosen *optimizer;
    lk_training_state state;
    lk_step_options options;
    double gradient_scale;
};

static void step_piece(void *context, int index, int thread) {
    const struct step *step = context;
    const lk_training_state *s = &step->state;
    size_t at = (size_t)index * PIECE, n = piece_size(s->n, index);
    lk_update update = { .kernels = step->context->kernels,
                         .n = n,
                         .step = step->options.step,
                         .lr = step->options.lr,
                         .gradient_scale = step->gradient_scale,
                         .gradient = s->gradient + at,
                         .weight = s->weight + at };
    (void)thread;
    for (int i = 0; i < LK_MOMENTS_MAX; i++)
        update.moment[i] = s->moment[i] ? s->moment[i] + at : NULL;
    ((const lk_optimizer *)step->optimizer->choice)->update(&update, step->optimizer->options);
    if (!s->average) return;
    double decay = step->options.step == 1 ? 0 : step->options.average;
    step->context->kernels->average(n, LK_R(decay), s->weight + at, s->average + at);
}

void lk_optimizer_step(const lk_context *context, const lk_chosen *optimizer,
                       lk_training_state state, lk_step_options options, double norm) {
    double clip = options.clip_norm;
    struct step step = { context, optimizer, state, options,
                         clip > 0 && norm > clip ? clip / norm : 1 };
    lk_threads_run(context->threads, n_pieces(state.n), step_piece, &step);
}
