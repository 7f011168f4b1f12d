/**
 * A network that is not trained, whose features are compared: by the loss `perceptual`, and by the
 * scores of feature_scores.h. It is a list of layers with weights from a safetensors file; batch
 * norm goes by its running statistics.
 */
#ifndef LIKENESS_NET_FEATURES_H
#define LIKENESS_NET_FEATURES_H

#include "io/safetensors.h"

#include <likeness/loss.h>

/** The keys of lk_perceptual_options. */
extern const lk_option lk_feature_options[];
/** The check of a row with these options. It also notes the checksum of the file, so that the
 * record of a run knows which one it was. */
lk_status lk_features_check(void *options, const lk_json *json, const struct cJSON *object,
                            const char *path, lk_error *err);

/** Where graphs get the weights from while they are built. */
typedef struct lk_feature_weights {
    const lk_perceptual_options *options;
    lk_safetensors *file;
} lk_feature_weights;

/** Open the file of weights. The caller calls lk_features_close, and only after a success. Errors:
 * LK_USAGE (no file is named, or it has not the checksum of the options), LK_READ, LK_FORMAT. */
lk_status lk_features_open(const lk_perceptual_options *options, lk_feature_weights *weights,
                           lk_error *err);
void lk_features_close(lk_feature_weights *weights);
/** From now on, until lk_graph_freeze(graph, NULL, NULL), the parameters of the graph are constants
 * with values of that file. */
void lk_features_freeze(lk_graph *graph, lk_feature_weights *weights);

/** What the network makes of the pictures x (N, C, H, W) at each feature. On errors, which the
 * graph keeps, some features stay as they were. The graph is frozen. */
void lk_features_extract(const lk_perceptual_options *options, lk_node *x,
                         lk_node *features[LK_LIST_MAX]);
/** LPIPS' weights of the channels of the i-th feature: (1, C, 1, 1). NULL on errors. The graph is
 * frozen. */
lk_node *lk_features_linear(const lk_perceptual_options *options, int i, const lk_node *feature);

#endif
