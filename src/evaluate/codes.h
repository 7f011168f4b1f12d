/**
 * Statistics of the codes of a trained model: whether latents are used, and whether codes follow
 * the prior. Computed in double, separately from the terms used in training.
 */
#ifndef LIKENESS_EVALUATE_CODES_H
#define LIKENESS_EVALUATE_CODES_H

#include <likeness/config.h>
#include <likeness/evaluate.h>

typedef struct lk_code_meter lk_code_meter;

/** A meter for n_images codes of the config's model, in order. The prior samples are always the
 * same. Errors: LK_MEMORY. */
lk_status lk_code_meter_create(const lk_context *context, const lk_config *config, int n_images,
                               lk_code_meter **out, lk_error *err);
void lk_code_meter_destroy(lk_code_meter *meter);
/** Forget all codes so far. */
void lk_code_meter_clear(lk_code_meter *meter);
/** Add the first n codes of the model's last batch, after a forward pass in evaluation. */
void lk_code_meter_add(lk_code_meter *meter, const lk_model *model, int n);
/** The same from arrays (n, latents); logvar NULL: there are no posteriors. */
void lk_code_meter_add_codes(lk_code_meter *meter, const lk_real *mean, const lk_real *logvar,
                             int n);
/** Summarise all codes since the last clear. `kl_of_latent` belongs to the meter and is valid until
 * the next call. */
void lk_code_meter_summarise(lk_code_meter *meter, lk_codes_summary *out);

/** KL of a Gaussian from N(0, 1); `spread` is the logarithm of its variance. */
double lk_code_kl(double mean, double spread);

/** Add a member `key` to a JSON object, with `kl_of_latent` if not NULL. Errors: LK_MEMORY. */
lk_status lk_codes_json(const lk_codes_summary *codes, struct cJSON *object, const char *key,
                        lk_error *err);

#endif
