/* The plain autoencoder: z = W features + b. */
#include "model/ae.h"
#include "model/head.h"
#include "model/model_list.h"

lk_codes lk_linear_code(const lk_model_plan *plan, const lk_layer_place *encoder,
                        lk_node *features) {
    return (lk_codes){ .z = lk_code_last_layer(plan, encoder, features) };
}

const lk_model_type lk_model_ae = {
    .choice = { .name = "ae", .summary = "autoencoder: z = E(x), y = D(z)" },
    .regularizer = "none",
    .codes = lk_linear_code,
};
