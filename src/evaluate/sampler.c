/* Samples of a model for its scores. */
#include "evaluate/sampler.h"

#include <likeness/loss.h>

bool lk_sampler_fits(const lk_config *config) {
    const lk_chosen *regularizer = &config->regularizer.chosen;
    return !((const lk_model_type *)config->model.chosen.choice)->is_discrete &&
           (lk_prior_variance(regularizer) > 0 || lk_regularizer_fits_prior(regularizer));
}

lk_status lk_sampler_open(const lk_trained *model, const lk_context *context, const lk_pack *pack,
                          const lk_stop *stop, lk_sampler *s, lk_error *err) {
    *s = (lk_sampler){ .prior.variance = lk_prior_variance(&model->config.regularizer.chosen) };
    lk_status status = LK_OK;
    if (s->prior.variance == 0)
        status = lk_prior_fit(context, &model->net.model, pack, stop, &s->prior, err);
    if (!status) status = lk_trained_open_other(model, context, LK_MODEL_DECODER, &s->decoder, err);
    if (status) return status;
    size_t bytes = lk_shape_size(s->decoder.net.model.latent->shape) * sizeof *s->codes;
    s->codes = lk_alloc(bytes);
    return s->codes ? LK_OK : lk_fail_memory(err, bytes, "codes");
}

void lk_sampler_close(lk_sampler *s) {
    lk_free(s->codes);
    lk_prior_deinit(&s->prior);
    lk_trained_close(&s->decoder);
    *s = (lk_sampler){ 0 };
}

lk_status lk_sampler_draw(const lk_sampler *s, int first, int n, lk_real *out, lk_error *err) {
    const lk_model *model = &s->decoder.net.model;
    lk_prior_sample(&s->prior, LK_SAMPLER_SEED, first, n, model->latent->shape.d[1], s->codes);
    lk_net_map(model->latent, model->output, s->codes, n, out);
    return lk_graph_status(s->decoder.net.graph, err);
}
