/**
 * loss: reconstruction losses and regularisers. They are graph nodes with gradients. The figures
 * that reports show come from metric.h, which shares no code with the losses.
 */
#ifndef LIKENESS_LOSS_H
#define LIKENESS_LOSS_H

#include <likeness/ops.h>
#include <likeness/options.h>

LK_HEADER_BEGIN

/** A reconstruction loss: its choice (name, options) and how to build it. */
typedef struct lk_loss {
    lk_choice choice;
    /**
     * shape   x the originals, y the reconstructions, both (N, C, H, W), values in [0, 1] -> a
     *         single number, 0 where y = x
     * grad    to y only
     * errors  LK_USAGE by lk_refuse, where options and shape do not fit
     */
    lk_node *(*build)(lk_node *x, lk_node *y, const void *options);
    const lk_op *const *ops; /* ops that only this loss uses; ends in NULL; may be NULL */
    /* a file of weights, or a function of another program: its defaults alone are no loss */
    bool needs_more;
} lk_loss;

/** Every loss, as choices; each is an lk_loss. Ends in NULL. */
extern const lk_choice *const lk_losses[];

/** How a window weighs its pixels: 1/xi^2 each, or a separable Gaussian. Weights sum to 1. */
#define LK_WINDOW_LIST(X)                                                                          \
    X(uniform, LK_WINDOW_UNIFORM)                                                                  \
    X(gaussian, LK_WINDOW_GAUSSIAN)
typedef enum lk_window { LK_WINDOW_LIST(LK_WORDS_ENUM) } lk_window;

/**
 * Options of ssim and lwssim: every symbol of Lu, "The Level Weighted Structural Similarity Loss",
 * AAAI 2019.
 *
 * With l, c, s of eq. (1) to (3) at each position of window i (valid positions only, population
 * statistics), means over positions, channels and images, and I windows:
 *   ssim    1/I sum of lambda_i (1 - mean of l^alpha c^beta s^gamma)      eq. (4)
 *   lwssim  1/I sum of lambda_i (2 - mean of l^alpha + c^beta s^gamma)    eq. (5), (6)
 * With exponents 1, c s = (2 sxy + C2) / (vx + vy + C2). With others, 1e-8 is added to vx, vy and
 * sxy, because otherwise gradients of near-flat windows are not finite; a negative base keeps its
 * sign; below 1e-8 the slope of a root is that at 1e-8.
 */
typedef struct lk_structural_options {
    lk_numbers windows; /* xi_i: odd, from 3 to the image's side */
    lk_numbers weights; /* lambda_i, as many as windows; a single one stands for all */
    double alpha, beta, gamma;
    int window;    /* lk_window */
    double sigma;  /* of Gaussian windows; 0: 1.5 xi / 11 */
    double K1, K2; /* C1 = K1^2, C2 = K2^2, as pixels are in [0, 1] */
    int color;     /* lk_color: the channels (lk_recolor), whose losses are averaged */
} lk_structural_options;

/**
 * Options of ms_ssim (Wang, Simoncelli, Bovik 2003): 1 - mean over images and channels of the
 * product over scales of v^w, where v is the mean over positions of c s, at the last scale of l c
 * s; a negative v becomes 0, without a gradient. Each scale halves the one before by means of 2 x 2
 * pixels, so sides must stay whole numbers and not below the window. w: 0.0448 0.2856 0.3001 0.2363
 * 0.1333, scaled to sum to 1.
 */
typedef struct lk_ms_ssim_options {
    int64_t scales;      /* 1 to 5 */
    int64_t window_size; /* odd, >= 3 */
    int window;          /* lk_window */
    double sigma, K1, K2;
    int color; /* as in lk_structural_options */
} lk_ms_ssim_options;

/** The mean over all values of sqrt((x - y)^2 + eps^2) - eps (Charbonnier et al. 1994). */
typedef struct lk_charbonnier_options {
    double eps;
} lk_charbonnier_options;

/** The mean over all values of (x - y)^2 / 2 where |x - y| <= delta, else of delta (|x - y| - delta
 * / 2) (Huber 1964): PyTorch's huber_loss. */
typedef struct lk_huber_options {
    double delta;
} lk_huber_options;

/** The sum over levels of a Laplacian pyramid of the mean absolute error, what remains after them
 * included (Bojanowski et al. 2018, Lap1). */
typedef struct lk_laplacian_options {
    int64_t levels;
} lk_laplacian_options;

/** The mean over frequencies of w |F|^2, with F the orthonormal DFT of a channel of x - y and w =
 * |F|^alpha over its largest value, which has no gradient (Jiang et al. 2021). */
typedef struct lk_focal_frequency_options {
    double alpha;
} lk_focal_frequency_options;

/** The standard deviation over positions of the similarity of gradient magnitudes (Xue et al.
 * 2014). */
typedef struct lk_gmsd_options {
    double c;
    int color; /* as in lk_structural_options */
} lk_gmsd_options;

/**
 * Distances between what a network that is not trained makes of x and y (Johnson, Alahi, Fei-Fei
 * 2016; Zhang et al. 2018, LPIPS). The network is a list of layers, its weights a safetensors file.
 */
typedef struct lk_perceptual_options {
    lk_chosen_list layers;
    char weights[LK_WORDS_MAX]; /* the file */
    char prefix[LK_WORDS_MAX];  /* its tensors are prefix.0.weight and so on */
    lk_numbers features;        /* layers to compare, in ascending order; -1: the last */
    lk_numbers mean, std;       /* of the pictures' channels: the network sees (x - mean) / std */
    /* divide the features of a position by their length, and add up over channels */
    bool normalize;
    char linear[LK_WORDS_MAX]; /* LPIPS: a channel's weights are linear0.model.1.weight and so on */
    char crc32c[LK_WORDS_MAX]; /* of the file, in hexadecimal */
} lk_perceptual_options;

/** What the config's section `features` chooses from: none, and perceptual with
 * lk_perceptual_options. Ends in NULL. */
extern const lk_choice *const lk_feature_networks[];

/** A weighted sum of losses, by default 0.84 ms_ssim + 0.16 l1 (Zhao, Gallo, Frosio, Kautz
 * 2017). */
enum { LK_SUM_TERMS_MAX = 8 };
typedef struct lk_sum_options {
    lk_chosen_list terms; /* each one of lk_losses, but not sum; lk_sum_scale is its factor */
} lk_sum_options;
/** The options of a chosen loss that is a sum; NULL: it is another one. */
const lk_sum_options *lk_sum_options_of(const lk_chosen *loss);
double lk_sum_scale(const lk_sum_options *sum, int i);
/** The i-th of the losses that the node `sum` adds, without its scale. */
lk_node *lk_sum_part(const lk_sum_options *options, lk_node *sum, int i);

/** The function of a loss: as lk_loss.build; `self` is what lk_custom_loss got. */
typedef lk_node *lk_custom_build(lk_node *x, lk_node *y, void *self);

/** A loss that a program brings along. */
typedef struct lk_custom_options {
    char name[LK_WORDS_MAX]; /* for people, and so that a run resumes with the same loss only */
    lk_custom_build *build;  /* NULL: there is none, and only evaluation works */
    void *self;
} lk_custom_options;
/**
 * Give the loss of a config, {"type": "custom", "name": "welsch"}, its function. Call it after each
 * load of the config, as files hold no functions:
 *   lk_custom_loss(&config.reconstruction.chosen, "welsch", build, self, err)
 * memory  `build` and `self` are borrowed for as long as the config is used
 * errors  LK_USAGE unless the config's loss is custom and has that name
 */
lk_status lk_custom_loss(const lk_chosen *loss, const char *name, lk_custom_build *build,
                         void *self, lk_error *err);

/** Mean squared error, and mean absolute error, over all values; the gradient of |0| is 0. */
lk_node *lk_mse(lk_node *x, lk_node *y);
lk_node *lk_l1(lk_node *x, lk_node *y);

/* ---- regularisers: what pulls codes towards a prior ------------------------------------------ */

/** A number that a model adds to the objective, or with weight 0 only logs. */
typedef struct lk_own_term {
    const char *name;
    lk_node *value; /* a single number; NULL: there is none */
    double weight;
} lk_own_term;
enum { LK_OWN_TERMS_MAX = 4 };

/** Codes of a batch. */
typedef struct lk_codes {
    lk_node *z; /* (N, Z), what is decoded */
    /* (N, Z), of the posterior that z is drawn from; NULL where codes are no distributions */
    lk_node *mu, *logvar;
    lk_own_term own[LK_OWN_TERMS_MAX]; /* in a whole model with an objective */
} lk_codes;

/** The options of every regulariser but none and sum start with these. */
typedef lk_anneal_options lk_regularizer_options;
#define LK_REGULARIZER_OPTIONS(weight_, help_)                                                     \
    LK_OPTION_NUMBER(lk_regularizer_options, weight, weight_, 0, 1e9, help_),                      \
        LK_OPTION_INTEGER(lk_regularizer_options, warmup_steps, 0, 0, 1e15,                        \
                          "steps over which the weight grows from 0; validation always uses the "  \
                          "whole weight"),                                                         \
        LK_OPTION_INTEGER(lk_regularizer_options, cycle_steps, 0, 0, 1e15,                         \
                          "steps after which the growth starts again; Fu et al. 2019 have cycles " \
                          "twice as long as the growth; 0: it grows once")
/** The check of a row with these options. */
lk_status lk_regularizer_check(void *options, const lk_json *json, const struct cJSON *object,
                               const char *path, lk_error *err);

/** A regulariser: its choice (name, options) and how to build it. */
typedef struct lk_regularizer {
    lk_choice choice;
    bool needs_posterior; /* of lk_codes */
    /* compares the codes of a batch with each other: its value depends on the number of codes */
    bool whole_batches;
    bool fits_prior; /* in place of a prior, a Gaussian is fitted to its codes after training */
    /** Variance of the prior N(0, sigma^2 I) that it pulls codes towards; NULL: no prior. */
    double (*prior_variance)(const void *options);
    /** shape -> a single number, unweighted; NULL (the function): no term. */
    lk_node *(*build)(const lk_codes *codes, const void *options);
    const lk_op *const *ops; /* as in lk_loss */
} lk_regularizer;

/** Every regulariser, as choices; each is an lk_regularizer. Ends in NULL. */
extern const lk_choice *const lk_regularizers[];

/** The i-th of the regularizers that make up a chosen one, which for a sum are its terms and for
 * none there are none; NULL: there are no more. */
const lk_chosen *lk_regularizer_term(const lk_chosen *regularizer, int i);
/** sigma^2 of the prior that a chosen regulariser pulls codes towards; 0: no prior. */
double lk_prior_variance(const lk_chosen *regularizer);
/** The term of a chosen regularizer for which that holds, or NULL. */
const lk_regularizer *lk_regularizer_needs_posterior(const lk_chosen *regularizer);
const lk_regularizer *lk_regularizer_whole_batches(const lk_chosen *regularizer);
const lk_regularizer *lk_regularizer_fits_prior(const lk_chosen *regularizer);

/**
 * How alike two codes a and b of d numbers are, by r = |a - b|^2; C = 2 d sigma^2 s for each scale
 * s. At s = 1, C is the mean of r between prior samples.
 */
#define LK_MMD_KERNEL_LIST(X)                                                                      \
    X(imq, LK_MMD_IMQ) /* sum of C / (C + r) */                                                    \
    X(rbf, LK_MMD_RBF) /* sum of exp(-r / C) */
typedef enum lk_mmd_kernel { LK_MMD_KERNEL_LIST(LK_WORDS_ENUM) } lk_mmd_kernel;

typedef struct lk_mmd_options {
    lk_regularizer_options common;
    int kernel;            /* lk_mmd_kernel */
    lk_numbers scales;     /* s */
    double prior_variance; /* sigma^2 */
} lk_mmd_options;

/**
 * Kullback-Leibler divergence of posteriors from the prior N(0, I) (Kingma, Welling 2013, appendix
 * B).
 *
 * shape   mu, logvar (N, Z) -> a single number: 1/2 sum over latents of mu^2 + e^logvar - 1 -
 *         logvar, mean over the batch
 * grad    of both
 * range   finite where logvar was clamped to LK_LOGVAR_MIN and LK_LOGVAR_MAX
 * errors  LK_USAGE when shapes differ
 */
lk_node *lk_kl(lk_node *mu, lk_node *logvar);
/** The same, but each latent counts at least `free` nats: the sum over latents of max(free, mean
 * over the batch). Below it a latent has no gradient (Kingma et al. 2016, section 2.4). */
lk_node *lk_kl_free_bits(lk_node *mu, lk_node *logvar, double free);

/**
 * The divergence from N(0, I) in three parts (Chen et al., "Isolating Sources of Disentanglement in
 * Variational Autoencoders", 2018): alpha I(z; image) + beta TC(z) + gamma sum over latents of
 * KL(q(z_j) || p(z_j)). With all factors 1 its mean is about that of lk_kl.
 *
 * shape   z, mu, logvar (N, Z)  ->  a single number; z drawn from the posteriors
 * eval    z is drawn here, as the graph's z is the mean there
 * images  lk_graph_population, or the number of codes where it is not known
 * grad    of all three
 */
#define LK_TC_SAMPLING_LIST(X)                                                                     \
    X(weighted, LK_TC_WEIGHTED) /* each code stands for as many images as any other, eq. (S5) */   \
    X(stratified, LK_TC_STRATIFIED) /* an image's own posterior counts once, appendix C.2 */
typedef enum lk_tc_sampling { LK_TC_SAMPLING_LIST(LK_WORDS_ENUM) } lk_tc_sampling;
typedef struct lk_tc_options {
    lk_regularizer_options common;
    double alpha, beta, gamma;
    int sampling; /* lk_tc_sampling */
} lk_tc_options;
lk_node *lk_tc(lk_node *z, lk_node *mu, lk_node *logvar, const lk_tc_options *options);

/**
 * Squared maximum mean discrepancy between codes and as many samples p of the prior, the unbiased
 * estimate (Gretton et al. 2012, lemma 6; Tolstikhin et al. 2017, algorithm 2): its mean is 0 for
 * codes that follow the prior, and half of its values are negative.
 *
 * formula  1/(n(n-1)) sum over i != j of k(z_i, z_j) + k(p_i, p_j) - 2/n^2 sum over all i, j of
 *          k(z_i, p_j)
 * shape    z (N, Z)  ->  a single number; n: valid samples of all processes; 0 where n < 2
 * samples  determined by the graph's seed and step; evaluation has a stream of its own
 * grad     of z
 */
lk_node *lk_mmd(lk_node *z, const lk_mmd_options *options);

/** The options by which codes are measured: those of the regulariser if it is mmd, otherwise the
 * defaults with the variance of its prior. */
lk_mmd_options lk_mmd_options_for(const lk_chosen *regularizer);

/** k(a, b) from r = |a - b|^2 and unit = 2 d sigma^2, in double, with its derivative by r in
 * `slope`. */
double lk_mmd_kernel_at(const lk_mmd_options *options, double unit, double r, double *slope);

LK_HEADER_END

#endif
