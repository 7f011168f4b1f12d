/* The autoencoder with a prior: an ae whose codes an MMD term pulls towards it. Tolstikhin et al.,
   "Wasserstein Auto-Encoders", 2017: WAE-MMD. */
#include "model/ae.h"
#include "model/model_list.h"

const lk_model_type lk_model_mmd = {
    .choice = { .name = "mmd",
                .summary = "autoencoder whose codes are pulled towards a prior by MMD (WAE-MMD)" },
    .regularizer = "mmd",
    .codes = lk_linear_code,
};
