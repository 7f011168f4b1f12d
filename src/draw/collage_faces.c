/* Originals above reconstructions: what is added to the pictures, names, scores and errors. */
#include "draw/collage.h"

#include <likeness/memory.h>

#include <math.h>

enum { ERROR_TIMES = 4, CAPTION = 16 };

/* Everything that a strip borrows. */
struct parts {
    const lk_collage_faces *faces;
    int n_rows;
    size_t size; /* values of a row */
    const lk_real **rows;
    const char **labels, **captions;
    char (*words)[CAPTION];
    lk_real *error;
    lk_arena arena;
};

static lk_status reserve(struct parts *p, const char *path, lk_error *err) {
    const lk_collage_faces *f = p->faces;
    size_t n = (size_t)f->n, side = (size_t)f->shape.size, n_rows = (size_t)p->n_rows;
    p->size = n * side * side * (size_t)f->shape.channels;
    p->rows = lk_arena_alloc(&p->arena, n_rows * sizeof *p->rows);
    p->labels = lk_arena_alloc(&p->arena, n_rows * sizeof *p->labels);
    p->captions = lk_arena_alloc(&p->arena, n_rows * n * sizeof *p->captions);
    p->words = lk_arena_alloc(&p->arena, (size_t)f->n_models * n * CAPTION);
    p->error = lk_arena_alloc(&p->arena, f->n_models == 1 ? p->size * sizeof(lk_real) : 1);
    return p->rows && p->labels && p->captions && p->words && p->error
               ? LK_OK
               : lk_fail_memory(err, p->size * sizeof(lk_real), path);
}

static void add_row(struct parts *p, int row, const lk_real *pictures, const char *label) {
    p->rows[row] = pictures;
    p->labels[row] = label;
}

static int add_model(struct parts *p, int row, int model) {
    const lk_collage_faces *f = p->faces;
    add_row(p, row, f->made + (size_t)model * p->size, f->labels[model]);
    for (int i = 0; i < f->n && f->ssim; i++) {
        int at = model * f->n + i;
        if (!isfinite(f->ssim[at])) continue;
        lk_format(p->words[at], CAPTION, "%.3f", f->ssim[at]);
        p->captions[row * f->n + i] = p->words[at];
    }
    return row + 1;
}

static int add_error(struct parts *p, int row) {
    for (size_t i = 0; i < p->size; i++) {
        double error =
            ERROR_TIMES * fabs((double)p->faces->made[i] - (double)p->faces->originals[i]);
        p->error[i] = LK_R(error < 1 ? error : 1);
    }
    add_row(p, row, p->error, "|error| \xC3\x97 4");
    return row + 1;
}

lk_status lk_collage_faces_write(const char *path, const lk_collage_faces *faces,
                                 const lk_origin_notes *origin, lk_error *err) {
    struct parts p = { .faces = faces,
                       .n_rows = 1 + faces->n_models + (faces->n_models == 1) + faces->n_samples };
    int row = 1;
    lk_arena_init(&p.arena);
    lk_status status = reserve(&p, path, err);
    if (status) goto done;
    add_row(&p, 0, faces->originals, "original");
    for (int model = 0; model < faces->n_models; model++) row = add_model(&p, row, model);
    if (faces->n_models == 1) row = add_error(&p, row);
    for (int i = 0; i < faces->n_samples; i++)
        add_row(&p, row++, faces->samples + (size_t)i * p.size, "sample");
    const lk_collage_strip strip = { .shape = faces->shape,
                                     .n = faces->n,
                                     .n_rows = p.n_rows,
                                     .rows = p.rows,
                                     .labels = p.labels,
                                     .captions = p.captions,
                                     .title = faces->title,
                                     .subtitle = faces->subtitle };
    status = lk_collage_strip_write(path, &strip, origin, err);
done:
    lk_arena_deinit(&p.arena);
    return status;
}
