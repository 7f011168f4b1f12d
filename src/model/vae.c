/* The variational autoencoder: Kingma, Welling, "Auto-Encoding Variational Bayes", 2013. In
   training codes are drawn; in evaluation they are the means. */
#include "model/head.h"
#include "model/model_list.h"

#include <likeness/model.h>
#include <likeness/ops.h>

static lk_codes codes(const lk_model_plan *plan, const lk_layer_place *encoder, lk_node *features) {
    lk_node *mu = lk_code_head(plan, encoder, features, "encoder.mu");
    lk_node *logvar = lk_clamp(lk_code_head(plan, encoder, features, "encoder.logvar"),
                               LK_LOGVAR_MIN, LK_LOGVAR_MAX);
    if (plan->code.rank == 3) mu = lk_flatten(mu), logvar = lk_flatten(logvar);
    return (lk_codes){ .z = lk_reparameterize(mu, logvar),
                       .mu = mu,
                       .logvar = lk_name(logvar, "logvar") };
}

const lk_model_type lk_model_vae = {
    .choice = { .name = "vae",
                .summary = "variational autoencoder: z = mu + exp(logvar / 2) noise, z = mu in "
                           "evaluation" },
    .regularizer = "kl",
    .has_posterior = true,
    .codes = codes,
};
