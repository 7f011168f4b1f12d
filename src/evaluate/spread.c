/* Where the codes of training pictures lie: sums in the order of the pictures, in double. */
#include "evaluate/spread.h"

#include <likeness/image.h>
#include <math.h>

/* What is summed for each latent: differences from the first code, and their squares. */
struct sums {
    const lk_model *encoder;
    lk_code_spread *spread;
    int n; /* codes so far */
    double *first;
};

static void add_code(struct sums *s, const lk_real *mean, const lk_real *logvar) {
    lk_code_spread *to = s->spread;
    for (int k = 0; k < to->latents; k++) {
        double code = (double)mean[k], spread = logvar ? (double)logvar[k] : 0;
        if (s->n == 0) s->first[k] = code;
        to->mean[k] += code - s->first[k];
        to->sd[k] += (code - s->first[k]) * (code - s->first[k]);
        if (logvar) to->kl[k] += (code * code + expm1(spread) - spread) / 2;
    }
    s->n++;
}

/* The batch is filled up with the last picture. */
lk_status lk_spread_encode(const lk_model *encoder, const lk_pack *pack, int of, int first, int n,
                           lk_error *err) {
    lk_graph *graph = encoder->images->graph;
    size_t size = lk_shape_row(encoder->images->shape);
    int n_all = lk_pack_count(pack, LK_SPLIT_TRAIN);
    for (int i = 0; i < lk_graph_batch(graph); i++) {
        int64_t at = first + (i < n ? i : n - 1);
        const uint8_t *from = lk_pack_pixels(pack, LK_SPLIT_TRAIN, (int)(at * n_all / of));
        lk_reals_from_bytes(from, size, encoder->images->value + (size_t)i * size);
    }
    lk_graph_forward(graph, LK_EVAL, n, 0);
    return lk_graph_status(graph, err);
}

static lk_status add_batch(struct sums *s, const lk_pack *pack, int first, int n, lk_error *err) {
    const lk_model *encoder = s->encoder;
    size_t latents = (size_t)s->spread->latents;
    lk_status status = lk_spread_encode(encoder, pack, s->spread->n, first, n, err);
    for (size_t i = 0; i < (size_t)n; i++)
        add_code(s, encoder->latent->value + i * latents,
                 encoder->logvar ? encoder->logvar->value + i * latents : NULL);
    return status;
}

/* From sums to moments. Returns whether all are finite. */
static bool finish(struct sums *s) {
    lk_code_spread *of = s->spread;
    bool finite = true;
    for (int k = 0; k < of->latents; k++) {
        double mean = of->mean[k] / of->n, variance = of->sd[k] / of->n - mean * mean;
        of->mean[k] = s->first[k] + mean;
        of->sd[k] = sqrt(fmax(variance, 0));
        if (of->kl) of->kl[k] /= of->n;
        finite = finite && isfinite(of->mean[k]) && isfinite(of->sd[k]) &&
                 (!of->kl || isfinite(of->kl[k]));
    }
    return finite;
}

lk_status lk_code_spread_measure(const lk_model *encoder, const lk_pack *pack, const lk_stop *stop,
                                 lk_code_spread *spread, lk_error *err) {
    int n_all = lk_pack_count(pack, LK_SPLIT_TRAIN),
        n = n_all < LK_SPREAD_PICTURES ? n_all : LK_SPREAD_PICTURES,
        batch = lk_graph_batch(encoder->images->graph), latents = encoder->latent->shape.d[1];
    struct sums sums = { .encoder = encoder, .spread = spread };
    lk_status status = lk_code_spread_init(spread, n, latents, encoder->logvar != NULL, err);
    if (status) return status;
    sums.first = lk_alloc((size_t)latents * sizeof *sums.first);
    if (!sums.first)
        status = lk_fail_memory(err, (size_t)latents * sizeof *sums.first, "statistics of codes");
    for (int first = 0; first < n && !status; first += batch) {
        status = add_batch(&sums, pack, first, n - first < batch ? n - first : batch, err);
        if (!status) status = lk_stop_ask(stop, err);
    }
    if (!status && n && !finish(&sums)) spread->n = 0;
    lk_free(sums.first);
    return status;
}
