/** How layers make their parameters. */
#ifndef LIKENESS_NN_PARAMETERS_H
#define LIKENESS_NN_PARAMETERS_H

#include <likeness/nn.h>

enum { LK_PREFIX_MAX = 128 }; /* bytes of a layer's place, such as encoder.3.0 */

/** How many inputs reach one output: as PyTorch counts them, and in fact. The two differ for
 * transposed convolutions. */
typedef struct lk_fan_in {
    double torch, true_one;
} lk_fan_in;

lk_node *lk_weight(const lk_layer_place *place, const char *name, lk_shape shape, lk_fan_in fan_in);
/** NULL when `has_bias` is false. */
lk_node *lk_bias(const lk_layer_place *place, bool has_bias, int n, lk_fan_in fan_in);
/** A parameter whose values all start at `value`, and a vector of that kind. */
lk_node *lk_filled(const lk_layer_place *place, const char *name, lk_shape shape,
                   lk_param_kind kind, double value);
lk_node *lk_vector(const lk_layer_place *place, const char *name, int n, lk_param_kind kind,
                   double value);

#endif
