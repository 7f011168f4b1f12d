/** How a command steps through the latents of a model. Private to the program. */
#ifndef LIKENESS_CLI_LATENTS_H
#define LIKENESS_CLI_LATENTS_H

#include "cli/command.h"
#include "net/trained.h"

#include <likeness/pack.h>

/** What a step is measured in. */
typedef enum lk_latent_unit {
    LK_UNIT_CODES, /* standard deviations of the codes of training pictures, from their mean */
    LK_UNIT_PRIOR, /* standard deviations of the prior */
    LK_UNIT_PLAIN  /* plain numbers */
} lk_latent_unit;
/** "codes", "prior", "plain". */
const char *lk_latent_unit_name(lk_latent_unit unit);

typedef struct lk_latents {
    lk_latent_unit unit;
    lk_code_spread spread; /* n = 0 unless unit is LK_UNIT_CODES */
    double sigma;          /* of the prior; 0: there is none */
} lk_latents;

/**
 * Take what the model file stores about its codes, or measure the training pictures of a pack
 * (`data`; "": if there is no prior, the one that the run was trained on), or say that neither is
 * there. `model` is the command's RUN, and `decoder` its open decoder. The caller ends it with
 * lk_latents_deinit, also after an error.
 * errors  LK_FORMAT (the file, the pack), those of lk_trained_open_part
 */
lk_status lk_latents_open(const lk_cli *cli, const char *model, const lk_trained *decoder,
                          const char *data, lk_latents *latents, lk_error *err);
void lk_latents_deinit(lk_latents *latents);
/** Where latent `index` is `step` units from its centre. */
double lk_latents_at(const lk_latents *latents, int index, double step);

#endif
