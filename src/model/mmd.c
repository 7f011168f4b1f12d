/* The autoencoder with a prior: an ae with an MMD term that pulls its codes towards the prior
   (WAE-MMD: Tolstikhin et al., "Wasserstein Auto-Encoders", 2017). */
#include "model/ae.h"
#include "model/model_list.h"

const lk_model_type lk_model_mmd = {
    .choice = { .name = "mmd",
                .summary = "autoencoder whose codes are pulled towards a prior by MMD (WAE-MMD)" },
    .regularizer = "mmd",
    .codes = lk_linear_code,
};
