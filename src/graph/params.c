/* Parameters in flat arrays. */
#include "graph/params.h"
#include "base/rng.h"

#include <string.h>

enum {
    GAP = 16,
    PIECE = 8192 /* values one thread starts at a time, unless a single row has more */
};

void lk_params_init(lk_params *params) {
    *params = (lk_params){ 0 };
    lk_arena_init(&params->arena);
}

void lk_params_deinit(lk_params *params) {
    lk_pages_free(params->trained, params->n_trained * sizeof(lk_real));
    lk_pages_free(params->gradient, params->n_trained * sizeof(lk_real));
    lk_free(params->statistics);
    lk_free(params->list);
    lk_arena_deinit(&params->arena);
    *params = (lk_params){ 0 };
}

const lk_param *lk_params_find(const lk_params *params, const char *name) {
    for (int i = 0; i < params->n; i++)
        if (strcmp(params->list[i].name, name) == 0) return &params->list[i];
    return NULL;
}

lk_real *lk_param_value(const lk_params *params, const lk_param *param) {
    return (param->kind == LK_PARAM_TRAINED ? params->trained : params->statistics) + param->offset;
}

size_t lk_params_count(const lk_params *params) {
    size_t n = 0;
    for (int i = 0; i < params->n; i++)
        if (params->list[i].kind == LK_PARAM_TRAINED) n += lk_shape_size(params->list[i].shape);
    return n;
}

lk_status lk_params_allocate(lk_params *params, lk_error *err) {
    if (params->trained) return LK_OK;
    size_t bytes = params->n_trained * sizeof(lk_real);
    params->trained = lk_pages_alloc(bytes);
    params->gradient = lk_pages_alloc(bytes);
    params->statistics = lk_alloc(params->n_statistics * sizeof(lk_real));
    if (params->trained && params->gradient && params->statistics) return LK_OK;
    lk_pages_free(params->trained, bytes);
    lk_pages_free(params->gradient, bytes);
    lk_free(params->statistics);
    params->trained = params->gradient = params->statistics = NULL;
    return lk_fail_memory(err, 2 * bytes, "the parameters");
}

/* ---- starting them ---- */

/* A parameter is cut into pieces of whole rows, each drawn from its own place in the parameter's
   sequence. */
struct start {
    const lk_param *param;
    lk_rng rng;          /* at the parameter's first value */
    lk_real *value;      /* of the whole parameter */
    lk_real *as_written; /* room for a piece for each thread */
    size_t piece_max;
    int rows; /* in a piece */
};

static int rows_in_piece(lk_shape shape) {
    size_t rows = PIECE / lk_shape_row(shape);
    return rows ? (int)rows : 1;
}

static void draw_uniform(lk_rng *rng, double half_width, size_t n, lk_real *out) {
    double unit[256];
    for (size_t done = 0; done < n; done += LK_COUNT(unit)) {
        size_t m = n - done < LK_COUNT(unit) ? n - done : LK_COUNT(unit);
        lk_rng_uniforms(rng, m, unit);
        for (size_t i = 0; i < m; i++) out[done + i] = LK_R(half_width * (2 * unit[i] - 1));
    }
}

/* The values `from` to `from` + n of a parameter, in the order as written. */
static void draw(lk_init init, lk_rng rng, size_t from, size_t n, lk_real *out) {
    switch (init.kind) {
    case LK_INIT_UNIFORM:
        lk_rng_skip(&rng, 2 * (uint64_t)from);
        draw_uniform(&rng, init.a, n, out);
        return;
    case LK_INIT_NORMAL:
        lk_rng_skip(&rng, 4 * (uint64_t)from);
        for (size_t i = 0; i < n; i++) out[i] = LK_R(init.a * lk_rng_normal(&rng));
        return;
    case LK_INIT_CONSTANT:
        break;
    }
    for (size_t i = 0; i < n; i++) out[i] = LK_R(init.a);
}

/* Drawn in the order as written, so that a start does not depend on how values are stored. */
static void start_piece(void *context, int index, int thread) {
    const struct start *s = context;
    lk_shape piece = s->param->shape;
    int first = index * s->rows;
    size_t from = (size_t)first * lk_shape_row(piece);
    lk_real *as_written = s->as_written + (size_t)thread * s->piece_max;
    if (piece.rank) piece.d[0] = piece.d[0] - first < s->rows ? piece.d[0] - first : s->rows;
    draw(s->param->init, s->rng, from, lk_shape_size(piece), as_written);
    lk_to_channels_last(piece, as_written, s->value + from);
}

lk_status lk_params_start(lk_params *params, lk_threads *threads, uint64_t seed, lk_error *err) {
    lk_status status = lk_params_allocate(params, err);
    if (status) return status;
    struct start s = { .piece_max = PIECE };
    for (int i = 0; i < params->n; i++) {
        size_t row = lk_shape_row(params->list[i].shape);
        s.piece_max = row > s.piece_max ? row : s.piece_max;
    }
    size_t bytes = (size_t)lk_threads_count(threads) * s.piece_max * sizeof *s.as_written;
    s.as_written = lk_alloc(bytes);
    if (!s.as_written) return lk_fail_memory(err, bytes, "starting the parameters");
    for (int i = 0; i < params->n; i++) {
        s.param = &params->list[i];
        s.rng = lk_rng_at(seed, LK_STREAM_INIT, 0, (uint32_t)i);
        s.value = lk_param_value(params, s.param);
        s.rows = rows_in_piece(s.param->shape);
        int n_rows = s.param->shape.rank ? s.param->shape.d[0] : 1;
        lk_threads_run(threads, (n_rows + s.rows - 1) / s.rows, start_piece, &s);
    }
    lk_free(s.as_written);
    return LK_OK;
}

static bool reserve(lk_params *params) {
    if (params->n < params->capacity) return true;
    int capacity = params->capacity ? 2 * params->capacity : 32;
    lk_param *list =
        lk_realloc(params->list, (size_t)params->n * sizeof *list, (size_t)capacity * sizeof *list);
    if (!list) return false;
    params->list = list;
    params->capacity = capacity;
    return true;
}

int lk_params_add(lk_params *params, const char *name, lk_shape shape, lk_param_kind kind,
                  lk_init init) {
    char *copy = lk_arena_text(&params->arena, name);
    if (!copy || !reserve(params)) return -1;
    size_t *n = kind == LK_PARAM_TRAINED ? &params->n_trained : &params->n_statistics;
    params->list[params->n] =
        (lk_param){ .name = copy, .shape = shape, .kind = kind, .init = init, .offset = *n };
    *n += (lk_shape_size(shape) + GAP - 1) / GAP * GAP;
    return params->n++;
}
