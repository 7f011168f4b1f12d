/* How a geometry is cut into tiles and blocks. */
#include "tensor/conv/winograd/plan.h"
#include "tensor/conv/engine.h"

enum { CHANNELS = LK_WINOGRAD_CHANNELS };

int lk_winograd_taps(const lk_conv *v) {
    return lk_ceil_div(v->kernel, v->stride);
}

static lk_winograd plan(const lk_conv *v, int m) {
    int taps = lk_winograd_taps(v);
    return (lk_winograd){ .conv = v,
                          .m = m,
                          .taps = { taps, v->kernel / v->stride },
                          .side = m + taps - 1,
                          .rows = lk_ceil_div(v->p, m),
                          .columns = lk_ceil_div(v->q, m) };
}

static int points_of_map(const lk_winograd *w) {
    return lk_winograd_tiles(w) * lk_winograd_square(w);
}

/* The tiles that take fewer multiplications: a map of 6 x 6 is better cut into nine of 2 x 2 than
   into four of 4 x 4. */
lk_winograd lk_winograd_plan(const lk_conv *v) {
    lk_winograd two = plan(v, 2), four = plan(v, 4);
    return points_of_map(&two) < points_of_map(&four) ? two : four;
}

/* Whether tiles reach every pixel along one axis: the first pixel of each phase beyond their
   n_tiles m + taps - 1 lies outside the image. */
static bool axis_covered(const lk_winograd *w, int n_tiles, int size) {
    const lk_conv *v = w->conv;
    for (int a = 0; a < v->stride; a++)
        if (v->stride * (n_tiles * w->m + w->taps[a] - 1) + a - v->padding < size) return false;
    return true;
}

bool lk_winograd_covers(const lk_winograd *w) {
    return axis_covered(w, w->rows, w->conv->h) && axis_covered(w, w->columns, w->conv->w);
}

int lk_winograd_block_phases(const lk_conv *v) {
    int n = v->c == LK_GROUP ? 4 : v->c == 2 * LK_GROUP ? 2 : 1;
    return lk_min(n, lk_winograd_phases(v));
}

int lk_winograd_image_blocks(const lk_conv *v) {
    return lk_winograd_phases(v) / lk_winograd_block_phases(v) * lk_ceil_div(v->c, CHANNELS);
}

void lk_winograd_take_phase(lk_winograd_block *b, int index, int i) {
    const lk_conv *v = b->plan->conv;
    int in_phase = lk_ceil_div(v->c, CHANNELS),
        phase = index / in_phase * lk_winograd_block_phases(v) + i;
    b->a = phase / v->stride, b->b = phase % v->stride;
    b->c = index % in_phase * CHANNELS;
    b->n_c = lk_min(CHANNELS, v->c - b->c);
}
