/** The last layer of an encoder: from features to numbers of the code. */
#ifndef LIKENESS_MODEL_HEAD_H
#define LIKENESS_MODEL_HEAD_H

#include <likeness/model.h>

/**
 * A linear layer, or for codes that are maps (C, H, W) a 1 x 1 convolution, with parameters
 * `prefix`.weight and `prefix`.bias.
 *
 * shape   features (N, F) or (N, K, H, W)  ->  (N, Z) or (N, C, H, W)
 * errors  LK_USAGE where the features do not have the side of the code; NULL if they are NULL
 */
lk_node *lk_code_head(const lk_model_plan *plan, const lk_layer_place *encoder, lk_node *features,
                      const char *prefix);
/** The same, named as the layer after the encoder's last one: encoder.N. */
lk_node *lk_code_last_layer(const lk_model_plan *plan, const lk_layer_place *encoder,
                            lk_node *features);

#endif
