/* Whole models of every type: their objective, codes and layers, and their gradient against
   differences, over four shards and without relu, whose kinks the differences would cross. */
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

/* Set to these, the code is a map. */
#define MAPS                                                                                       \
    "model.latent=[2,2,2]", "model.initializer=he",                                                \
        "model.architecture.encoder=[{\"type\": \"conv\", \"out\": 4}, {\"type\": \"tanh\"},"      \
        "{\"type\": \"conv\", \"out\": 3}, {\"type\": \"tanh\"}]",                                 \
        "model.architecture.decoder=[{\"type\": \"conv_transpose\", \"out\": 4}, {\"type\": "      \
        "\"tanh\"}, {\"type\": \"conv_transpose\", \"out\": 0}, {\"type\": \"sigmoid\"}]"

/* The objective is the sum of its terms, weighted as in the config. */
static void check_terms(const lk_net *net, const lk_config *config) {
    const lk_model *model = &net->model;
    const lk_chosen *one;
    double expected = config->reconstruction.scale * (double)model->terms[0].value->value[0];
    int n = 0;
    for (; (one = lk_regularizer_term(&config->regularizer.chosen, n)); n++) {
        const lk_regularizer *regularizer = (const lk_regularizer *)one->choice;
        expected += REGULARIZER_WEIGHT * (double)model->terms[n + 1].value->value[0];
        assert_int_equal(model->terms[n + 1].whole_batches, regularizer->whole_batches);
    }
    assert_int_equal(model->n_terms, 1 + n);
    assert_near((double)model->objective->value[0], expected, 1e-6 * expected);
}

static void open_net_of(const char *const *sets, int n_sets, int channels, lk_config *config,
                        lk_net *net) {
    lk_error err;
    assert_ok(lk_config_parse_text(smooth, strlen(smooth), "smooth", sets, n_sets, config, &err),
              &err);
    assert_ok(lk_net_init(net, lk_test_context_alone(), config, (lk_image_shape){ 8, channels }, 8,
                          4, true, &err),
              &err);
    lk_rng rng = lk_rng_at(5, LK_STREAM_TEST, 0, 0);
    lk_node *images = net->model.images;
    for (size_t i = 0; i < lk_shape_size(images->shape); i++)
        images->value[i] = LK_R(lk_rng_uniform(&rng));
}

static void open_net(const char *const *sets, int n_sets, lk_config *config, lk_net *net) {
    open_net_of(sets, n_sets, 3, config, net);
}

/* Set to these, the layers are those of residual networks, and pictures and features have noise. */
#define RESIDUAL(layers) "{\"type\": \"residual\", \"layers\": [" layers "]}"
#define GROUPS           "{\"type\": \"group_norm\", \"groups\": 2}"
#define HALF(out)                                                                                  \
    GROUPS ", {\"type\": \"silu\"}, {\"type\": \"conv\", \"out\": " #out                           \
           ", \"kernel\": 3, \"stride\": 1}"
#define DEEP                                                                                       \
    "model.latent=[2,4,4]", "corruption=gaussian",                                                 \
        "model.architecture.encoder=[{\"type\": \"conv\", \"out\": 4}, " RESIDUAL(                 \
            HALF(4) ", {\"type\": \"dropout\", \"p\": 0.2}, " HALF(                                \
                6)) ", " RESIDUAL(GROUPS ", {\"type\": \"attention\", \"heads\": 2}") "]",         \
        "model.architecture.decoder=[{\"type\": \"conv\", \"out\": 4, \"kernel\": 3, "             \
        "\"stride\": 1}, " RESIDUAL(HALF(4)) ", {\"type\": \"upsample\"}, " HALF(                  \
            0) ", {\"type\": \"sigmoid\"}]"

static void check_sets(const char *const *sets, int n_sets, const char *model) {
    lk_config config;
    lk_net net;
    open_net(sets, n_sets, &config, &net);
    double error = lk_test_gradient(net.graph, net.model.objective, model);
    /* in float, rounding hides differences through so many layers */
    if (sizeof(lk_real) == 8) assert_near(error, 0, GRADIENT_TOLERANCE);
    check_terms(&net, &config);
    lk_net_deinit(&net);
    lk_config_deinit(&config);
}

static void check(const char *model, const char *regularizer) {
    const char *const sets[] = { model, regularizer, "reconstruction.scale=3", MAPS };
    check_sets(sets, 3, model);
    check_sets(sets, LK_COUNT(sets), model);
}

#define SUM(type)                                                                                  \
    ", \"terms\": [{\"type\": \"" type "\", \"weight\": 0.1}, {\"type\": \"mmd\", \"weight\": "    \
    "0.1}]"

/* More options to check, because the defaults do not cover everything. */
static const struct {
    const char *regularizer, *options;
} more[] = {
    { "mmd", ", \"kernel\": \"rbf\"" },
    { "kl", ", \"free_bits\": 0.001" },
    { "tc", ", \"sampling\": \"stratified\", \"alpha\": 2, \"gamma\": 3" },
};

static void check_with(const lk_model_type *model, const lk_regularizer *regularizer,
                       const char *options) {
    char set[64], object[256];
    snprintf(set, sizeof set, "model.type=%s", model->choice.name);
    snprintf(object, sizeof object, "regularizer={\"type\": \"%s\"%s%s}", regularizer->choice.name,
             regularizer->build ? ", \"weight\": 0.1" : "", options);
    check(set, object);
}

static void the_gradient_of_every_whole_model_equals_differences(void **state) {
    (void)state;
    for (const lk_choice *const *type = lk_models; *type; type++) {
        const lk_model_type *model = (const lk_model_type *)*type;
        if (model->is_discrete) continue; /* no slope of its steps; see unit/test_codebook.c */
        for (const lk_choice *const *row = lk_regularizers; *row; row++) {
            const lk_regularizer *regularizer = (const lk_regularizer *)*row;
            if (regularizer->needs_posterior && !model->has_posterior) continue;
            if (strcmp((*row)->name, "sum") == 0) {
                check_with(model, regularizer, model->has_posterior ? SUM("kl") : SUM("l1"));
                continue;
            }
            check_with(model, regularizer, "");
            for (size_t i = 0; i < LK_COUNT(more); i++)
                if (strcmp(more[i].regularizer, (*row)->name) == 0)
                    check_with(model, regularizer, more[i].options);
        }
    }
}

static void so_does_that_of_residual_blocks_attention_and_noise(void **state) {
    (void)state;
    const char *const sets[] = { "model.type=vae",
                                 "regularizer={\"type\": \"kl\", \"weight\": 0.1}",
                                 "reconstruction.scale=3", DEEP };
    check_sets(sets, LK_COUNT(sets), "residual vae");
}

static bool codes_differ(const lk_net *net, lk_mode mode) {
    enum { VALUES = 8 * 5 };
    lk_real first[VALUES];
    const lk_node *codes = net->model.latent;
    assert_int_equal(lk_shape_size(codes->shape), VALUES);
    lk_graph_forward(net->graph, mode, 8, 0);
    memcpy(first, codes->value, sizeof first);
    lk_graph_forward(net->graph, mode, 8, 1);
    return memcmp(first, codes->value, sizeof first) != 0;
}

static void codes_of_a_posterior_are_drawn_again_at_each_step_of_training(void **state) {
    (void)state;
    for (const lk_choice *const *type = lk_models; *type; type++) {
        const lk_model_type *model = (const lk_model_type *)*type;
        char set[64];
        const char *const sets[] = { set };
        lk_config config;
        lk_net net;
        snprintf(set, sizeof set, "model.type=%s", (*type)->name);
        open_net(sets, 1, &config, &net);
        assert_int_equal(net.model.logvar != NULL, model->has_posterior);
        /* a codebook learns from step to step */
        assert_int_equal(codes_differ(&net, LK_TRAIN), model->has_posterior || model->is_discrete);
        assert_false(codes_differ(&net, LK_EVAL));
        lk_net_deinit(&net);
        lk_config_deinit(&config);
    }
}

/* The layers that turn features into codes, which models add to those of the config. A new model
   fails until it has a row here. */
static const struct {
    const char *model, *layers[2];
} heads[] = {
    { "ae", { "encoder.6" } },
    { "vae", { "encoder.mu", "encoder.logvar" } },
    { "mmd", { "encoder.6" } },
    { "vq", { "encoder.6" } },
};

static void check_parameter(const lk_net *net, const char *layer, const char *name,
                            lk_shape shape) {
    char full[64];
    snprintf(full, sizeof full, "%s.%s", layer, name);
    const lk_param *param = lk_params_find(&net->params, full);
    if (!param) print_error("there is no parameter %s\n", full);
    assert_non_null(param);
    assert_true(lk_shape_equal(param->shape, shape));
}

/* Returns whether the row belongs to the model. */
static bool check_heads(size_t row, const char *model) {
    char set[64];
    const char *const sets[] = { set };
    lk_config config;
    lk_net net;
    if (strcmp(heads[row].model, model) != 0) return false;
    snprintf(set, sizeof set, "model.type=%s", model);
    open_net(sets, 1, &config, &net);
    for (int i = 0; i < 2 && heads[row].layers[i]; i++) {
        check_parameter(&net, heads[row].layers[i], "weight", LK_SHAPE_2(5, 24));
        check_parameter(&net, heads[row].layers[i], "bias", LK_SHAPE_1(5));
    }
    lk_net_deinit(&net);
    lk_config_deinit(&config);
    return true;
}

static void every_model_has_its_own_layers_after_the_encoder(void **state) {
    (void)state;
    for (const lk_choice *const *type = lk_models; *type; type++) {
        int n = 0;
        for (size_t i = 0; i < LK_COUNT(heads); i++) n += check_heads(i, (*type)->name);
        if (n != 1) print_error("the model %s is not in this test\n", (*type)->name);
        assert_int_equal(n, 1);
    }
}

static void features_that_are_maps_are_flattened(void **state) {
    (void)state;
    const char *const sets[] = { "model.architecture.encoder=[{\"type\": \"conv\", \"out\": 3}]" };
    lk_config config;
    lk_net net;
    open_net(sets, 1, &config, &net);
    check_parameter(&net, "encoder.1", "weight", LK_SHAPE_2(5, 3 * 4 * 4));
    lk_net_deinit(&net);
    lk_config_deinit(&config);
}

static void a_code_with_a_shape_is_made_by_a_1_x_1_convolution(void **state) {
    (void)state;
    for (size_t row = 0; row < LK_COUNT(heads); row++) {
        char set[64];
        const char *const sets[] = { set, MAPS };
        lk_config config;
        lk_net net;
        snprintf(set, sizeof set, "model.type=%s", heads[row].model);
        open_net(sets, LK_COUNT(sets), &config, &net);
        for (int i = 0; i < 2 && heads[row].layers[i]; i++) {
            const char *layer =
                strcmp(heads[row].layers[i], "encoder.6") == 0 ? "encoder.4" : heads[row].layers[i];
            check_parameter(&net, layer, "weight", LK_SHAPE_4(2, 3, 1, 1));
            check_parameter(&net, layer, "bias", LK_SHAPE_1(2));
        }
        assert_true(lk_shape_equal(net.model.latent->shape, LK_SHAPE_2(8, 8)));
        lk_net_deinit(&net);
        lk_config_deinit(&config);
    }
}

static void a_code_of_another_width_than_the_maps_is_refused(void **state) {
    (void)state;
    const char *const sets[] = { MAPS, "model.latent=[2,2,4]" };
    lk_config config;
    lk_net net = { 0 };
    lk_error err = { "" };
    assert_ok(
        lk_config_parse_text(smooth, strlen(smooth), "smooth", sets, LK_COUNT(sets), &config, &err),
        &err);
    assert_int_equal(lk_net_init(&net, lk_test_context_alone(), &config, (lk_image_shape){ 8, 3 },
                                 8, 4, true, &err),
                     LK_USAGE);
    assert_contains(err.text, "the encoder's result: expected maps of 2 x 4");
    lk_net_deinit(&net);
    lk_config_deinit(&config);
}

/* What the regularizer adds to the objective of a step, as a share of its whole weight. */
static double share_at(lk_net *net, uint32_t step) {
    const lk_model *model = &net->model;
    lk_graph_forward(net->graph, LK_TRAIN, 8, step);
    return ((double)model->objective->value[0] - (double)model->terms[0].value->value[0]) /
           (REGULARIZER_WEIGHT * (double)model->terms[1].value->value[0]);
}

static void the_weight_of_a_regularizer_grows_in_its_warm_up(void **state) {
    (void)state;
    const char *const sets[] = { "model.type=vae",
                                 "regularizer={\"type\": \"kl\", \"weight\": 0.1, "
                                 "\"warmup_steps\": 100}" };
    lk_config config;
    lk_net net;
    open_net(sets, LK_COUNT(sets), &config, &net);
    assert_near(share_at(&net, 0), 0, 0.03);
    assert_near(share_at(&net, 50), 0.5, 0.03);
    assert_near(share_at(&net, 200), 1, 1e-4);
    lk_net_deinit(&net);
    lk_config_deinit(&config);
}

static void a_decoder_s_last_maps_are_the_images_channels(void **state) {
    (void)state;
    for (int channels = 1; channels <= 3; channels += 2) {
        lk_config config;
        lk_net net;
        open_net_of(NULL, 0, channels, &config, &net);
        check_parameter(&net, "decoder.6", "weight", LK_SHAPE_4(4, channels, 4, 4));
        lk_net_deinit(&net);
        lk_config_deinit(&config);
    }
}

/* Biases start at 0 with every initializer but PyTorch's. */
static void the_config_s_initializer_is_that_of_every_layer(void **state) {
    (void)state;
    static const char *const words[] = { "torch", "normal", "he" };
    for (size_t i = 0; i < LK_COUNT(words); i++) {
        char set[64];
        const char *const sets[] = { set };
        lk_config config;
        lk_net net;
        snprintf(set, sizeof set, "model.initializer=%s", words[i]);
        open_net(sets, 1, &config, &net);
        static const char *const names[] = { "encoder.3.bias", "encoder.6.bias", "decoder.0.bias" };
        for (size_t k = 0; k < LK_COUNT(names); k++) {
            const lk_param *bias = lk_params_find(&net.params, names[k]);
            assert_non_null(bias);
            assert_int_equal(net.params.trained[bias->offset] != 0, i == 0);
        }
        lk_net_deinit(&net);
        lk_config_deinit(&config);
    }
}

static void the_architecture_is_compact_where_none_is_named(void **state) {
    (void)state;
    lk_arena arena;
    lk_json json = { 0 };
    lk_error err;
    lk_architecture none, compact;
    lk_arena_init(&arena);
    assert_ok(lk_json_parse("\"compact\"", 9, "name", &json, &err), &err);
    assert_ok(lk_architecture_read(&json, NULL, "", &arena, &none, &err), &err);
    assert_ok(lk_architecture_read(&json, json.root, "", &arena, &compact, &err), &err);
    assert_string_equal(none.preset, "compact");
    assert_string_equal(compact.preset, "compact");
    lk_json_deinit(&json);
    lk_arena_deinit(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gradient_of_every_whole_model_equals_differences),
        cmocka_unit_test(so_does_that_of_residual_blocks_attention_and_noise),
        cmocka_unit_test(codes_of_a_posterior_are_drawn_again_at_each_step_of_training),
        cmocka_unit_test(every_model_has_its_own_layers_after_the_encoder),
        cmocka_unit_test(features_that_are_maps_are_flattened),
        cmocka_unit_test(a_code_with_a_shape_is_made_by_a_1_x_1_convolution),
        cmocka_unit_test(a_code_of_another_width_than_the_maps_is_refused),
        cmocka_unit_test(the_weight_of_a_regularizer_grows_in_its_warm_up),
        cmocka_unit_test(a_decoder_s_last_maps_are_the_images_channels),
        cmocka_unit_test(the_config_s_initializer_is_that_of_every_layer),
        cmocka_unit_test(the_architecture_is_compact_where_none_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
