/** Evaluation: the scores of a trained model, of its codes, and of the baselines. */
#ifndef LIKENESS_EVALUATE_H
#define LIKENESS_EVALUATE_H

#include <likeness/metric.h>
#include <likeness/pack.h>
#include <likeness/stop.h>

/** What the codes of some images are like; NaN: not defined for this model. */
typedef struct lk_codes_summary {
    size_t n;
    /* active: the mean code's variance over images is above 0.01 (Burda, Grosse, Salakhutdinov
       2015) */
    int latents, active;
    double kl; /* of posteriors from N(0, I), sum over latents, mean over images */
    /* mean over images of each; belongs to whoever measured; NULL: no posterior, or gone */
    const double *kl_of_latent;
    /* codes that mmd compares: the first 2048 at most, fewer where latents are more than 4096 */
    size_t mmd_n;
    /* unbiased MMD^2 between codes, drawn from their posteriors where there are some, and fixed
       prior samples */
    double mmd;
    /* mean and standard deviation of the same for true prior samples in place of codes */
    double mmd_prior, mmd_prior_sd;
} lk_codes_summary;
typedef struct lk_evaluation {
    char data[17]; /* fingerprint of the pack */
    lk_metrics_summary model;
    lk_codes_summary codes;
    bool has_baselines;
    int n_components; /* of the PCA: as many as latents */
    /* of the training split's mean image and principal components */
    lk_metrics_summary mean_image, pca;
} lk_evaluation;

/**
 * Measure a trained model (a run's folder, a model file, a checkpoint) on one split of a pack; with
 * `baselines` also what the training split's mean image and principal components reach, clipped
 * like the model.
 * errors  LK_READ, LK_FORMAT (model, pack, or their images disagree), LK_MEMORY
 */
lk_status lk_evaluate(const lk_context *context, const char *model, const char *data,
                      lk_split split, bool baselines, lk_evaluation *out, lk_error *err);
/**
 * The same of a run's model on the test split, kept in the run's folder: test_scores.npy (float64,
 * shape (n, metrics in the order of LK_METRIC_LIST, 2): value and weight of every picture's
 * lk_score), then test.json. `fingerprint`: the pack's must be this one; NULL: any will do. `stop`
 * may be NULL. Errors: as above, LK_WRITE, LK_FAILED (another process trains or measures there), or
 * the answer of `stop`, and then nothing was written.
 */
lk_status lk_evaluate_run(const lk_context *context, const char *run, const char *data,
                          const char *fingerprint, const lk_stop *stop, lk_evaluation *out,
                          lk_error *err);
/** The baselines alone, with at most `n_latents` components. `model` of the result is empty. `stop`
 * and errors: as above. */
lk_status lk_evaluate_baselines(const lk_context *context, const char *data, lk_split split,
                                int n_latents, const lk_stop *stop, lk_evaluation *out,
                                lk_error *err);
/** The object of `eval --json` and test.json. The caller deletes it. Errors: LK_MEMORY. */
lk_status lk_evaluation_json(const lk_evaluation *evaluation, struct cJSON **json, lk_error *err);

#endif
