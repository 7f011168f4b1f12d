/** The operations a graph is built from. */
#ifndef LIKENESS_OPS_H
#define LIKENESS_OPS_H

#include <likeness/graph.h>

LK_HEADER_BEGIN

/** Every op; ends in NULL. The ops of losses and regularisers are in their rows. */
extern const lk_op *const lk_ops[];

/**
 * Convolution (cross-correlation, as in PyTorch). A kernel of dilation d has its taps d pixels
 * apart, so that it reaches over r = d (k - 1) + 1 pixels. With g groups, the i-th g-th of the
 * result's channels sees the i-th g-th of the input's only.
 *
 * shape   x (N, C, H, W), w (O, C / g, k, k), b (O) or NULL -> (N, O, P, Q), P = floor((H + 2
 *         padding - r) / stride) + 1
 * grad    of x, w, b; that of w and b summed over the tree of shards
 * memory  the result belongs to the graph
 * errors  LK_USAGE when channels disagree or the kernel is larger than the padded image; NULL if an
 *         input is NULL
 */
typedef struct lk_conv_options {
    int stride, padding, output_padding; /* output_padding: transposed only */
    int groups, dilation;                /* 0: 1 */
} lk_conv_options;
lk_node *lk_conv2d(lk_node *x, lk_node *w, lk_node *b, lk_conv_options options);

/**
 * Transposed convolution: the adjoint of lk_conv2d.
 *
 * shape   x (N, C, H, W), w (C, O / g, k, k), b (O) or NULL -> (N, O, P, Q), P = (H - 1) stride - 2
 *         padding + r + output_padding
 * grad, memory, errors  as lk_conv2d; output_padding must be below the stride or the dilation
 */
lk_node *lk_conv_transpose2d(lk_node *x, lk_node *w, lk_node *b, lk_conv_options options);

/** y = x w^T + b.  shape  x (N, I), w (O, I), b (O) or NULL -> (N, O). The rest as lk_conv2d. */
lk_node *lk_linear(lk_node *x, lk_node *w, lk_node *b);

/**
 * Batch normalisation over N, H, W for each channel (Ioffe, Szegedy 2015); PyTorch's convention.
 *
 * shape   x (N, C, H, W) or (N, C); gamma, beta, running mean and variance (C)  ->  as x
 * train   by the batch's mean and population variance; running = (1 - momentum) running + momentum
 *         batch, its variance unbiased
 * eval    by the running statistics
 * relu    with `rectify`, lk_leaky_relu with that slope (0: lk_relu) is applied to the result, in
 *         the same passes over memory
 * grad    of x, gamma, beta, in training
 */
typedef struct lk_batch_norm_options {
    double eps, momentum;
    bool rectify;
    double slope;
} lk_batch_norm_options;
lk_node *lk_batch_norm(lk_node *x, lk_node *gamma, lk_node *beta, lk_node *running_mean,
                       lk_node *running_var, lk_batch_norm_options options);

/**
 * Group normalisation: each of `groups` groups of channels of each sample by its mean and
 * population variance (Wu, He 2018); PyTorch's convention. As many groups as channels: instance
 * normalisation.
 *
 * shape   x (N, C, H, W) or (N, C); gamma, beta (C), or both NULL: 1 and 0  ->  as x
 * relu    with `rectify`, as lk_batch_norm
 * grad    of x, gamma, beta; those of gamma and beta summed over the tree of shards
 * errors  LK_USAGE when `groups` does not divide C, or where a group has only one value
 */
typedef struct lk_group_norm_options {
    int groups;
    double eps;
    bool rectify;
    double slope;
} lk_group_norm_options;
lk_node *lk_group_norm(lk_node *x, lk_node *gamma, lk_node *beta, lk_group_norm_options options);

/**
 * weight x + bias with one of both for each value of a sample.
 *
 * shape   x (N, C, H, W) or (N, C); weight, bias (C, H, W) or (C), stored as written  ->  as x
 * grad    of all; those of weight and bias summed over the tree of shards
 */
lk_node *lk_sample_affine(lk_node *x, lk_node *weight, lk_node *bias);

/** max(x, 0); the gradient at 0 is 0. This and the next ops take any shape. */
lk_node *lk_relu(lk_node *x);
/** x where positive, else slope x. */
lk_node *lk_leaky_relu(lk_node *x, double slope);
lk_node *lk_sigmoid(lk_node *x);
lk_node *lk_tanh(lk_node *x);
/** x sigmoid(x) (Elfwing, Uchibe, Doya 2018). */
lk_node *lk_silu(lk_node *x);
/** x times the normal distribution below x (Hendrycks, Gimpel 2016), or its approximation by a
 * tanh. */
lk_node *lk_gelu(lk_node *x, bool approximate);
/** x where positive, else alpha (e^x - 1); alpha >= 0 (Clevert, Unterthiner, Hochreiter 2016). */
lk_node *lk_elu(lk_node *x, double alpha);
/** log(1 + e^(beta x)) / beta, or x where beta x is above the threshold, as in PyTorch. */
lk_node *lk_softplus(lk_node *x, double beta, double threshold);
/**
 * x where positive, else slope x (He, Zhang, Ren, Sun 2015); the gradient at 0 is the slope's.
 *
 * shape   x (N, C, H, W) or (N, C), slope (C) or (1)  ->  as x
 * grad    of both; that of the slope summed over the tree of shards
 * errors  LK_USAGE when the slopes are neither 1 nor C
 */
lk_node *lk_prelu(lk_node *x, lk_node *slope);
lk_node *lk_square(lk_node *x);
lk_node *lk_abs(lk_node *x);
/** In float it saturates near e^-87 and e^88. */
lk_node *lk_exp(lk_node *x);
/** a x + b, element by element. */
lk_node *lk_affine(lk_node *x, double a, double b);
/**
 * x times a weight that in training, in steps from 0 on, grows from 0 over `warmup_steps`, and with
 * `cycle_steps` does so again in each cycle (Fu et al. 2019); in evaluation the whole weight.
 */
typedef struct lk_anneal_options {
    double weight;
    int64_t warmup_steps, cycle_steps; /* 0: none */
} lk_anneal_options;
lk_node *lk_anneal(lk_node *x, lk_anneal_options options);
/** The share of the weight in a step of training. */
double lk_anneal_factor(const lk_anneal_options *options, int64_t step);
/** x within [low, high]; the gradient is 0 outside. */
lk_node *lk_clamp(lk_node *x, double low, double high);
/** Element by element; both shapes must be equal. */
lk_node *lk_add(lk_node *x, lk_node *z);
lk_node *lk_sub(lk_node *x, lk_node *z);
lk_node *lk_mul(lk_node *x, lk_node *z);
/** The same numbers in the order C, H, W under another shape; the first dimension stays. flatten:
 * (N, C H W). */
lk_node *lk_reshape(lk_node *x, lk_shape shape);
lk_node *lk_flatten(lk_node *x);
/**
 * The channels of pictures that a loss compares: ITU-R BT.601, full range, as in JPEG.
 *
 * formula  Y = 0.299 R + 0.587 G + 0.114 B, Cb = (B - Y) / 1.772 + 1/2, Cr = (R - Y) / 1.402 + 1/2
 * shape    x (N, 3, H, W) -> (N, 1, H, W) for luma, (N, 3, H, W) for ycbcr; x itself for rgb, and
 *          for luma of (N, 1, H, W), which is luma already
 * grad     of x
 * errors   LK_USAGE for other channels than 3
 */
lk_node *lk_recolor(lk_node *x, lk_color color);

/**
 * The largest value, or the mean, of each window of kernel x kernel pixels, as in PyTorch. Padding
 * counts as smaller than any value in the maximum and as 0 in the mean.
 *
 * shape   x (N, C, H, W) -> (N, C, P, Q), P = floor((H + 2 padding - kernel) / stride) + 1
 * grad    of x; that of the maximum goes to the first of equal values
 * errors  LK_USAGE when the padding is above half the kernel, or the kernel larger than the padded
 *         map
 */
enum { LK_POOL_KERNEL_MAX = 64 };
typedef struct lk_pool_options {
    int kernel, stride, padding; /* stride 0: as the kernel */
    bool count_include_pad;      /* the mean counts padding as pixels */
} lk_pool_options;
lk_node *lk_max_pool2d(lk_node *x, lk_pool_options options);
lk_node *lk_avg_pool2d(lk_node *x, lk_pool_options options);

/**
 * Maps `scale` times as high and wide, as in PyTorch with align_corners false.
 *
 * shape   x (N, C, H, W) -> (N, C, scale H, scale W)
 * grad    of x
 */
#define LK_UPSAMPLE_LIST(X)                                                                        \
    X(nearest, LK_UPSAMPLE_NEAREST)                                                                \
    X(bilinear, LK_UPSAMPLE_BILINEAR)
typedef enum lk_upsample_mode { LK_UPSAMPLE_LIST(LK_WORDS_ENUM) } lk_upsample_mode;
typedef struct lk_upsample_options {
    int scale;
    lk_upsample_mode mode;
} lk_upsample_options;
lk_node *lk_upsample(lk_node *x, lk_upsample_options options);

/**
 * Channels become pixels, in PyTorch's order (Shi et al. 2016).
 *
 * shape   x (N, C factor^2, H, W) -> (N, C, factor H, factor W)
 * grad    of x
 * errors  LK_USAGE when factor^2 does not divide the channels
 */
enum { LK_SHUFFLE_MAX = 64 };
lk_node *lk_pixel_shuffle(lk_node *x, int factor);

/** The mean of all values of all valid samples, a single number; summed over the tree of shards. */
lk_node *lk_mean(lk_node *x);

/**
 * Dropout: 0 with probability p, else x / (1 - p), for each value by itself (Srivastava et al.
 * 2014).
 *
 * shape   x (N, ...)  ->  as x
 * train   the noise is determined by the graph's seed and step, the sample's index in the batch and
 *         the dropout's place among those of the graph
 * eval    x
 * grad    of x, the noise held fixed
 */
lk_node *lk_dropout(lk_node *x, double p); /* p below 1 */

/**
 * Self-attention over the positions of each sample, by itself for each head (Vaswani et al. 2017):
 * softmax(q k^T / sqrt(d)) v. Head i has channels [i d, (i + 1) d) of each of q, k and v.
 *
 * shape   x (N, 3 E, H, W), the channels of q, then of k, then of v  ->  (N, E, H, W);
 *         d = E / heads
 * grad    of x
 * memory  grows with N H W, not with N (H W)^2: the softmax is computed again in the backward pass
 * errors  LK_USAGE when heads do not divide E
 */
typedef struct lk_attention_options {
    int heads;
} lk_attention_options;
lk_node *lk_attention(lk_node *x, int heads);

/** Bounds of a logvar: e^x and its sums over latents and batch stay finite in float. */
#define LK_LOGVAR_MIN (-30.0)
#define LK_LOGVAR_MAX 20.0
/**
 * Draw a code from a Gaussian posterior (Kingma, Welling 2013, section 2.4).
 *
 * shape   mu, logvar (N, Z)  ->  (N, Z)
 * train   z = mu + exp(logvar / 2) eps; eps is normal and determined by the graph's seed and step
 *         and the sample's index in the batch
 * eval    z = mu
 * grad    of both, eps held fixed
 * range   finite where logvar was clamped to LK_LOGVAR_MIN and LK_LOGVAR_MAX
 * errors  LK_USAGE when shapes differ
 */
lk_node *lk_reparameterize(lk_node *mu, lk_node *logvar);

LK_HEADER_END

#endif
