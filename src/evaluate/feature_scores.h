/**
 * The metrics frechet and lpips: how far the features of reconstructions, in a network that is not
 * trained, are from those of the originals. Computed in double, separately from the loss
 * `perceptual`.
 *
 * frechet  lk_frechet of the last feature, averaged over positions if it is a map
 * sample_frechet  the same distance from the originals to samples, where there are some
 * lpips    Zhang et al. 2018, eq. (1): the sum over features of the mean over positions of the sum
 *          over channels of w (a / |a| - b / |b|)^2; only with linear weights w
 *
 * Pictures are clipped to [0, 1], as for the other metrics. The results have the same bits at any
 * number of threads.
 */
#ifndef LIKENESS_EVALUATE_FEATURE_SCORES_H
#define LIKENESS_EVALUATE_FEATURE_SCORES_H

#include "base/file.h"

#include <likeness/config.h>
#include <likeness/evaluate.h>
#include <likeness/image.h>

enum { LK_FEATURES_WHERE_MAX = LK_PATH_MAX + 64 };
/** The network of a config, if it has one. `where` is filled for messages. */
lk_feature_source lk_feature_source_of(const lk_config *config, char where[LK_FEATURES_WHERE_MAX]);
/** The checksum of all that the metrics depend on: the options, but not the path of the weights.
 * Errors: LK_MEMORY. */
lk_status lk_feature_network_id(const lk_perceptual_options *network, char id[9], lk_error *err);

typedef struct lk_feature_meter lk_feature_meter;

/**
 * memory  `context` and `source` are borrowed until lk_feature_meter_destroy
 * errors  "<where>: ...": LK_USAGE, LK_FORMAT, LK_READ: the weights are missing or do not fit;
 *         LK_MEMORY
 */
lk_status lk_feature_meter_create(const lk_context *context, const lk_feature_source *source,
                                  lk_image_shape images, lk_feature_meter **meter, lk_error *err);
void lk_feature_meter_destroy(lk_feature_meter *meter);
/** Whether that would work, but for memory for values. Errors: as above. */
lk_status lk_feature_meter_check(const lk_context *context, const lk_feature_source *source,
                                 lk_image_shape images, lk_error *err);

/** Pictures, (n, H, W, C) each. The two sets may differ in number: then only frechet says
 * something. */
typedef struct lk_feature_sets {
    const lk_real *originals, *reconstructions;
    int n_originals, n_reconstructions;
} lk_feature_sets;
void lk_feature_meter_add(lk_feature_meter *meter, const lk_feature_sets *sets);
/** Add n samples, (n, H, W, C), which sample_frechet compares with the originals. */
void lk_feature_meter_add_samples(lk_feature_meter *meter, const lk_real *samples, int n);

/** Fill the metrics of features in a summary. Errors: those of the graph, LK_MEMORY. */
lk_status lk_feature_meter_summarise(lk_feature_meter *meter, lk_metrics_summary *summary,
                                     lk_error *err);
/** What it measures with. Errors: LK_MEMORY. */
lk_status lk_feature_meter_describe(const lk_feature_meter *meter, lk_feature_network *network,
                                    lk_error *err);

/** Add a member "features" to a JSON object. Errors: LK_MEMORY. */
lk_status lk_feature_network_json(const lk_feature_network *network, struct cJSON *object,
                                  lk_error *err);

#endif
