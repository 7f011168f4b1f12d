/** Ops of quantized codes (van den Oord, Vinyals, Kavukcuoglu, "Neural Discrete Representation
 * Learning", 2017). */
#ifndef LIKENESS_MODEL_CODEBOOK_H
#define LIKENESS_MODEL_CODEBOOK_H

#include <likeness/ops.h>

typedef struct lk_codebook_options {
    double decay;   /* of the moving averages */
    double restart; /* a code is dead below this share of the mean count; 0: none ever is */
} lk_codebook_options;

/**
 * Each vector's nearest code, the lower index where two are equally near. In training the codes
 * then follow their vectors by moving averages (appendix A.1):
 *
 *   count = decay count + (1 - decay) vectors of this batch,  sum likewise,  code = sum / count
 *
 * and a dead code becomes a vector of the batch, of all processes, which seed, step and the code's
 * index choose, with the mean count. Vectors of a code are added in the order of samples inside a
 * shard, then over the tree of shards. Evaluation changes nothing.
 *
 * shape   x (N, D) or (N, D, H, W), codes (K, D), count (K), sum (K, D)  ->  as x
 * grad    none: the result is taken as given
 * errors  LK_USAGE when shapes disagree
 */
lk_node *lk_codebook(lk_node *x, lk_node *codes, lk_node *count, lk_node *sum,
                     lk_codebook_options options);

/** The value of `given`, with the gradient passed on to x as if it were x. Both have one shape. */
lk_node *lk_straight_through(lk_node *x, lk_node *given);

/** Of the last batch of a lk_codebook: e to the entropy of how often codes were taken, and the
 * share of codes that were taken at all. A single number, without a gradient. */
lk_node *lk_codebook_perplexity(lk_node *codebook);
lk_node *lk_codebook_usage(lk_node *codebook);

#endif
