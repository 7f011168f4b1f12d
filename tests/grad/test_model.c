/* The gradient of whole models of every type by differences, over four shards; without relu, whose
   kinks a difference would cross. */
#include "base/rng.h"
#include "gradient.h"
#include "net/net.h"
#include "tiny.h"

#include <stdio.h>
#include <string.h>

#define REGULARIZER_WEIGHT 0.1

static const char smooth[] = "{ \"model\": { \"latent\": 5, \"architecture\": {"
                             "\"encoder\": [ {\"type\": \"conv\", \"out\": 4, \"bias\": false}, "
                             "{\"type\": \"batch_norm\"}, {\"type\": \"tanh\"},"
                             "{\"type\": \"conv\", \"out\": 6, \"kernel\": 3}, {\"type\": "
                             "\"sigmoid\"}, {\"type\": \"flatten\"} ],"
                             "\"decoder\": [ {\"type\": \"linear\", \"out\": 24}, {\"type\": "
                             "\"reshape\", \"shape\": [6, 2, 2]}, {\"type\": \"batch_norm\"},"
                             "{\"type\": \"tanh\"}, {\"type\": \"conv_transpose\", \"out\": 4, "
                             "\"bias\": false}, {\"type\": \"batch_norm\"}, {\"type\": "
                             "\"conv_transpose\", \"out\": "
                             "0},"
                             "{\"type\": \"sigmoid\"} ] } } }";

/* The objective is what the config makes of its terms. */
static void check_terms(const lk_net *net, const lk_config *config) {
    const lk_model *model = &net->model;
    const lk_regularizer *regularizer = (const lk_regularizer *)config->regularizer.chosen.choice;
    double wanted = config->reconstruction.scale * (double)model->terms[0].value->value[0];
    if (regularizer->build) wanted += REGULARIZER_WEIGHT * (double)model->terms[1].value->value[0];
    assert_int_equal(model->n_terms, regularizer->build ? 2 : 1);
    assert_near((double)model->objective->value[0], wanted, 1e-6 * wanted);
}

static void check(const char *model, const char *regularizer) {
    lk_config config;
    const char *const sets[] = { model, regularizer, "reconstruction.scale=3" };
    lk_net net;
    lk_error err;
    assert_ok(lk_config_parse_text(smooth, strlen(smooth), "smooth", sets, 3, &config, &err), &err);
    assert_ok(lk_net_init(&net, lk_test_context_alone(), &config, (lk_image_shape){ 8, 3 }, 8, 4,
                          true, &err),
              &err);
    lk_rng rng = lk_rng_at(5, LK_STREAM_TEST, 0, 0);
    lk_node *images = net.model.images;
    for (size_t i = 0; i < lk_shape_size(images->shape); i++)
        images->value[i] = LK_R(lk_rng_uniform(&rng));
    double error = lk_test_gradient(net.graph, net.model.objective, model);
    /* in float, differences through so many layers drown */
    if (sizeof(lk_real) == 8) assert_near(error, 0, GRADIENT_TOLERANCE);
    check_terms(&net, &config);
    lk_net_deinit(&net);
    lk_config_deinit(&config);
}

/* Its own options where the defaults do not show everything. */
static const struct {
    const char *regularizer, *options;
} more[] = {
    { "mmd", ", \"kernel\": \"rbf\"" },
};

static void check_with(const lk_model_type *model, const lk_regularizer *regularizer,
                       const char *options) {
    char set[64], object[128];
    snprintf(set, sizeof set, "model.type=%s", model->choice.name);
    snprintf(object, sizeof object, "regularizer={\"type\": \"%s\"%s%s}", regularizer->choice.name,
             regularizer->build ? ", \"weight\": 0.1" : "", options);
    check(set, object);
}

static void every_whole_model_has_the_gradient_that_differences_give(void **state) {
    (void)state;
    for (const lk_choice *const *type = lk_models; *type; type++) {
        const lk_model_type *model = (const lk_model_type *)*type;
        for (const lk_choice *const *row = lk_regularizers; *row; row++) {
            const lk_regularizer *regularizer = (const lk_regularizer *)*row;
            if (regularizer->needs_posterior && !model->has_posterior) continue;
            check_with(model, regularizer, "");
            for (size_t i = 0; i < LK_COUNT(more); i++)
                if (strcmp(more[i].regularizer, (*row)->name) == 0)
                    check_with(model, regularizer, more[i].options);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(
        every_whole_model_has_the_gradient_that_differences_give) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
