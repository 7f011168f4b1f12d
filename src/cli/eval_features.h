/** The network of the metrics of features, for the command eval. */
#ifndef LIKENESS_CLI_EVAL_FEATURES_H
#define LIKENESS_CLI_EVAL_FEATURES_H

#include "evaluate/feature_scores.h"
#include "net/trained.h"

/** Zeroed is empty. */
typedef struct lk_eval_features {
    lk_feature_source source;
    char where[LK_FEATURES_WHERE_MAX];
    lk_json json;
    lk_arena arena;
} lk_eval_features;

/**
 * Read the network that `path` holds: an object as the section `features` of a config has it. The
 * path "" stands for the model's own, "none" for none. The caller ends it with
 * lk_eval_features_close, also after an error.
 * errors  LK_READ, LK_USAGE: "file:line: path: expected X, got Y"; LK_MEMORY
 */
lk_status lk_eval_features_open(const char *path, const lk_trained *model,
                                lk_eval_features *features, lk_error *err);
void lk_eval_features_close(lk_eval_features *features);

#endif
