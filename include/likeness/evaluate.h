/** Evaluation: the scores of a trained model, of its codes, and of the baselines. */
#ifndef LIKENESS_EVALUATE_H
#define LIKENESS_EVALUATE_H

#include <likeness/comm.h>
#include <likeness/loss.h>
#include <likeness/metric.h>
#include <likeness/pack.h>
#include <likeness/stop.h>

LK_HEADER_BEGIN

/** Statistics of the codes of some images; NaN: not defined for this model. */
typedef struct lk_codes_summary {
    size_t n;
    /* active: latents whose mean code has a variance over images above 0.01 (Burda, Grosse,
       Salakhutdinov 2015) */
    int latents, active;
    double kl; /* of the posteriors from N(0, I), summed over latents, mean over images */
    /* the same for each latent; belongs to the meter; NULL: no posterior, or the meter is gone */
    const double *kl_of_latent;
    /* codes that mmd compares: the first 2048 at most, fewer with more than 4096 latents */
    size_t mmd_n;
    /* unbiased MMD^2 between codes and fixed samples of the prior; codes are drawn from their
       posteriors if the model has any */
    double mmd;
    /* mean and standard deviation of the same if codes were true samples of the prior */
    double mmd_prior, mmd_prior_sd;
} lk_codes_summary;

/** A network for the metrics of features (LK_FEATURE_METRIC_LIST), and what messages about it begin
 * with: "config.json:12: features". Borrowed. */
typedef struct lk_feature_source {
    const lk_perceptual_options *network; /* NULL: there is none */
    const char *where;
} lk_feature_source;

/** Which network metrics of features come from: those of different networks do not compare. */
typedef struct lk_feature_network {
    char id[9];     /* CRC-32C of its options but for the path of the weights; "": there is none */
    char crc32c[9]; /* of the file of weights */
    int n_values;   /* features of a picture that frechet compares */
} lk_feature_network;

struct lk_trained;

typedef struct lk_evaluation {
    char name[LK_WORDS_MAX]; /* of the model: that of its config, or else of its folder */
    char data[17];           /* fingerprint of the pack */
    /* that of the pack the model was trained on; "": the model file does not say */
    char trained_on[17];
    lk_metrics_summary model;
    lk_codes_summary codes;
    lk_feature_network features; /* of the metrics of features in all summaries */
    bool corrupted;              /* the encoder got corrupted pictures */
    lk_metrics_summary spoilt;   /* those pictures themselves; only then */
    bool has_baselines;
    int n_components;                   /* of the PCA; as many as there are latents */
    lk_metrics_summary mean_image, pca; /* both fitted to the training split */
} lk_evaluation;

typedef struct lk_evaluate_options {
    lk_split split;
    bool corrupted; /* corrupt the pictures as in training, and compare with the clean ones */
    bool baselines; /* also the training split's mean image and principal components */
    /* gets the scores of every picture, shape (n, LK_N_METRICS), which the caller frees with
       lk_free; NULL: not needed */
    lk_score **scores;
    lk_feature_source features;
    const char *fingerprint; /* of the expected pack; NULL: any */
    const lk_stop *stop;     /* NULL: never */
    /* the processes that divide the pictures, whose contexts and models are each of one process;
       the baselines and the metrics of features come from rank 0, and only it has all results;
       NULL: this process alone */
    lk_comm *comm;
} lk_evaluate_options;

enum { LK_ORIGIN_PATH_MAX = 4096 };
/** The file that a run took its first weights from. */
typedef struct lk_origin {
    char path[LK_ORIGIN_PATH_MAX]; /* absolute; "": the run started at random */
    char fingerprint[17];          /* of the bytes of the file */
} lk_origin;
/** What test.json says of a run besides its scores. */
typedef struct lk_run_notes {
    lk_origin origin;
    /* step after which the run got another length, so that its config alone does not repeat it;
       0: there is none */
    int64_t extended;
    int stopped_epoch, best_epoch; /* train.patience ended the run early, after this epoch; 0: no */
} lk_run_notes;

/**
 * Measure a trained model (a run's folder, a model file, a checkpoint) on one split of a pack.
 * Baselines are clipped like the model.
 * errors  LK_READ, LK_FORMAT (model, pack, or their images disagree), LK_USAGE (`corrupted`,
 *         and the model has no corruption), LK_MEMORY, or the answer of `stop`
 */
lk_status lk_evaluate(const lk_context *context, const char *model, const char *data,
                      const lk_evaluate_options *options, lk_evaluation *out, lk_error *err);
/** The same with a model that is open as a whole (trained.h). */
lk_status lk_evaluate_trained(const lk_context *context, struct lk_trained *trained,
                              const char *data, const lk_evaluate_options *options,
                              lk_evaluation *out, lk_error *err);
/**
 * Measure a run's model.safetensors on the test split, and write the results into the run's folder:
 * test_scores.npy (float64, shape (n, metrics in the order of LK_METRIC_LIST, 2): value and weight
 * of every picture's lk_score), then test.json. `fingerprint`: that of the expected pack; NULL:
 * any. `notes` and `stop` may be NULL. Metrics of features are measured with the network of the
 * run's config, if it has one.
 * errors  as above, LK_WRITE, LK_FAILED (another process trains or measures there), or the answer
 *         of `stop`; then nothing was written
 */
lk_status lk_evaluate_run(const lk_context *context, const char *run, const char *data,
                          const char *fingerprint, const lk_run_notes *notes, const lk_stop *stop,
                          lk_evaluation *out, lk_error *err);
/** Measure the baselines alone, with at most `n_latents` components. `model` of the result stays
 * empty. `features` may be NULL. `stop` and errors: as above. */
lk_status lk_evaluate_baselines(const lk_context *context, const char *data, lk_split split,
                                int n_latents, const lk_feature_source *features,
                                const lk_stop *stop, lk_evaluation *out, lk_error *err);
/** The JSON object of `eval --json` and test.json. The caller deletes it. Errors: LK_MEMORY. */
lk_status lk_evaluation_json(const lk_evaluation *evaluation, struct cJSON **json, lk_error *err);

LK_HEADER_END

#endif
