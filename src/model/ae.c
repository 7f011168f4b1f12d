/* The plain autoencoder: z = W features + b. */
#include "model/ae.h"
#include "model/model_list.h"

lk_codes lk_linear_code(const lk_model_plan *plan, const lk_layer_place *encoder,
                        lk_node *features) {
    char prefix[64]; /* the number after the encoder's last layer, as in a PyTorch Sequential */
    lk_format(prefix, sizeof prefix, "%s.%d", encoder->prefix, plan->architecture.encoder.n);
    lk_layer_place head = *encoder;
    head.prefix = prefix;
    return (lk_codes){ .z = lk_name(lk_linear_layer(&head, features, plan->latent, true), "%s",
                                    prefix) };
}

const lk_model_type lk_model_ae = {
    .choice = { .name = "ae", .summary = "autoencoder: z = E(x), y = D(z)" },
    .regularizer = "none",
    .codes = lk_linear_code,
};
