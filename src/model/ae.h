/** The code of deterministic models: z = W features + b. */
#ifndef LIKENESS_MODEL_AE_H
#define LIKENESS_MODEL_AE_H

#include <likeness/model.h>

lk_codes lk_linear_code(const lk_model_plan *plan, const lk_layer_place *encoder,
                        lk_node *features);

#endif
