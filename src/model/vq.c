/* The autoencoder with quantized codes: van den Oord, Vinyals, Kavukcuoglu, "Neural Discrete
   Representation Learning", 2017. Decoding begins at the nearest code of a codebook; the gradient
   passes straight through to the encoder, and a term keeps the encoder near its codes. */
#include "model/codebook.h"
#include "model/head.h"
#include "model/model_list.h"

struct options {
    int64_t codes;
    double commitment, decay, restart;
};

static lk_node *quantize(const struct options *o, lk_graph *graph, lk_node *x) {
    int n = (int)o->codes, length = x->shape.d[1];
    lk_init spread = { LK_INIT_UNIFORM, 1.0 / n }, zero = { LK_INIT_CONSTANT, 0 };
    lk_node *codes = lk_parameter(graph, "codebook.weight", LK_SHAPE_2(n, length),
                                  LK_PARAM_STATISTIC, spread),
            *count = lk_parameter(graph, "codebook.count", LK_SHAPE_1(n), LK_PARAM_STATISTIC, zero),
            *sum = lk_parameter(graph, "codebook.sum", LK_SHAPE_2(n, length), LK_PARAM_STATISTIC,
                                zero);
    return lk_name(lk_codebook(x, codes, count, sum,
                               (lk_codebook_options){ .decay = o->decay, .restart = o->restart }),
                   "codebook");
}

static lk_codes codes(const lk_model_plan *plan, const lk_layer_place *encoder, lk_node *features) {
    const struct options *o = plan->type.options;
    lk_node *x = lk_code_last_layer(plan, encoder, features);
    if (!x) return (lk_codes){ 0 };
    lk_node *given = quantize(o, encoder->graph, x);
    lk_codes codes = { .z = lk_straight_through(x, given) };
    if (plan->part != LK_MODEL_WHOLE || !plan->reconstruction.choice) return codes;
    codes.own[0] = (lk_own_term){ .name = "commitment",
                                  .value = lk_mean(lk_square(lk_sub(x, given))),
                                  .weight = o->commitment };
    codes.own[1] = (lk_own_term){ .name = "perplexity", .value = lk_codebook_perplexity(given) };
    codes.own[2] = (lk_own_term){ .name = "usage", .value = lk_codebook_usage(given) };
    return codes;
}

static const lk_option options[] = {
    LK_OPTION_INTEGER(struct options, codes, 512, 2, 65536, "codes in the codebook"),
    LK_OPTION_NUMBER(struct options, commitment, 0.25, 0, 1e9,
                     "factor on the mean squared distance of the encoder's vectors from their "
                     "codes"),
    LK_OPTION_NUMBER(struct options, decay, 0.99, 0, 0.999999,
                     "of the moving averages by which codes follow their vectors"),
    LK_OPTION_NUMBER(struct options, restart, 0.1, 0, 1,
                     "a code that is taken less often than this share of the mean becomes a vector "
                     "of the batch; 0: none does"),
    { 0 },
};

const lk_model_type lk_model_vq = {
    .choice = { .name = "vq",
                .summary = "autoencoder with a codebook: each vector of the code is the nearest of "
                           "a set (VQ-VAE); latent is best a shape, [C, H, W]",
                .options = options,
                .options_size = sizeof(struct options) },
    .regularizer = "none",
    .is_discrete = true,
    .codes = codes,
};
