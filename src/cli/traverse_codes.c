/* The codes of a traversal, and how much they change the picture. */
#include "cli/traverse.h"

#include <math.h>
#include <string.h>

double lk_traverse_step(const lk_traverse *w, int step) {
    return w->given->range * (2.0 * step / (double)(w->given->steps - 1) - 1);
}

double lk_traverse_value(const lk_traverse *w, int index, int step) {
    return lk_latents_at(&w->steps, index, lk_traverse_step(w, step));
}

void lk_traverse_set_code(const lk_traverse *w, int at, int start, int index, double value) {
    size_t n = (size_t)w->n_latents;
    lk_real *code = w->codes + (size_t)at * n;
    memcpy(code, w->starts + (size_t)start * n, n * sizeof *code);
    code[index] = LK_R(value);
}

void lk_traverse_decode(const lk_traverse *w, int n) {
    lk_net_map(w->decoder.net.model.latent, w->decoder.net.model.output, w->codes, n, w->pictures);
}

double lk_traverse_difference(const lk_real *a, const lk_real *b, size_t n) {
    double sum = 0;
    for (size_t k = 0; k < n; k++) sum += fabs((double)a[k] - (double)b[k]);
    return sum / (double)n;
}

/* Add how much n latents, from the first-th on, change the picture from its start on. */
static void add_changes(lk_traverse *w, int start, int first, int n) {
    size_t image = lk_cli_picture_values(w->shape);
    lk_traverse_latent *latents = w->latents + first;
    int last = (int)w->given->steps - 1;
    for (int i = 0; i < n; i++) {
        lk_traverse_set_code(w, 2 * i, start, latents[i].index,
                             lk_traverse_value(w, latents[i].index, 0));
        lk_traverse_set_code(w, 2 * i + 1, start, latents[i].index,
                             lk_traverse_value(w, latents[i].index, last));
    }
    lk_traverse_decode(w, 2 * n);
    for (int i = 0; i < n; i++) {
        const lk_real *low = w->pictures + (size_t)(2 * i) * image;
        latents[i].change += lk_traverse_difference(low, low + image, image) / w->n_starts;
    }
}

void lk_traverse_measure(lk_traverse *w) {
    int half = LK_EVALUATION_BATCH / 2, n = w->n_measured;
    for (int start = 0; start < w->n_starts; start++)
        for (int first = 0; first < n; first += half)
            add_changes(w, start, first, n - first < half ? n - first : half);
}
