/**
 * What the codes of a trained model are like: whether latents are in use, and whether codes follow
 * the prior. In double, apart from the terms that train.
 */
#ifndef LIKENESS_EVALUATE_CODES_H
#define LIKENESS_EVALUATE_CODES_H

#include <likeness/config.h>
#include <likeness/evaluate.h>

typedef struct lk_code_meter lk_code_meter;

/** For n_images codes of the config's model, in their order. The prior samples are always the same.
 * Errors: LK_MEMORY. */
lk_status lk_code_meter_create(const lk_context *context, const lk_config *config, int n_images,
                               lk_code_meter **out, lk_error *err);
void lk_code_meter_destroy(lk_code_meter *meter);
/** Forget the codes that came by. */
void lk_code_meter_clear(lk_code_meter *meter);
/** The first n codes of the model's last batch, after a forward in evaluation. */
void lk_code_meter_add(lk_code_meter *meter, const lk_model *model, int n);
/** Of all codes since the last clear. `kl_of_latent` is the meter's, until the next of these
 * calls. */
void lk_code_meter_summarise(lk_code_meter *meter, lk_codes_summary *out);

/** Codes first, first + 1, ... of the prior N(0, variance I): a function of the seed and their
 * numbers. shape out (n, Z) */
void lk_prior_sample(double variance, uint64_t seed, int first, int n, int z, lk_real *out);

/** As a member `key` of a JSON object, `kl_of_latent` too where it is there. Errors: LK_MEMORY. */
lk_status lk_codes_json(const lk_codes_summary *codes, struct cJSON *object, const char *key,
                        lk_error *err);

#endif
