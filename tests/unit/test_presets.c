/* Presets follow the size of the pictures: the layers at 64 x 64, the number of stages, the sides
   that work, and networks of every preset that are built and take a step. */
#include "net/net.h"
#include "optim/optim.h"
#include "tiny.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static lk_config config_of(const lk_preset *preset, int width) {
    char text[256];
    snprintf(text, sizeof text,
             "{\"model\": {\"latent\": 4, \"architecture\": {\"preset\": \"%s\", \"width\": %d}}}",
             preset->name, width);
    return lk_test_config(text);
}

static lk_architecture layers_for(const lk_preset *preset, int width, int size, lk_shape code,
                                  lk_arena *arena) {
    lk_architecture architecture = { .width = width }, out = { 0 };
    lk_error err;
    snprintf(architecture.preset, sizeof architecture.preset, "%s", preset->name);
    lk_arena_init(arena);
    assert_ok(lk_architecture_fit(&architecture, size, code, arena, &out, &err), &err);
    return out;
}

static lk_architecture layers_of(const lk_preset *preset, int width, int size, lk_arena *arena) {
    return layers_for(preset, width, size, LK_SHAPE_1(4), arena);
}

/* Append every layer with its values: "conv 64 4 2 1 1 1 true; relu; ". */
static void add_layers(const lk_chosen_list *list, lk_text *out) {
    for (int i = 0; i < list->n; i++) {
        const lk_chosen *layer = &list->item[i].chosen;
        cJSON *object = cJSON_CreateObject();
        const cJSON *value;
        lk_error err;
        lk_text_add(out, "%s", layer->choice->name);
        if (layer->choice->options)
            assert_ok(lk_options_write(layer->choice->options, layer->options, object, &err), &err);
        cJSON_ArrayForEach(value, object) {
            char *text = cJSON_PrintUnformatted(value);
            lk_text_add(out, " %s", text);
            cJSON_free(text);
        }
        lk_text_add(out, "; ");
        cJSON_Delete(object);
    }
}

/* The numbers of the layers of one type: "32 64 128". */
static const char *channels_of(const lk_chosen_list *list, const char *type, lk_text *out) {
    out->n = 0;
    lk_text_add(out, "%s", "");
    for (int i = 0; i < list->n; i++) {
        const lk_chosen *layer = &list->item[i].chosen;
        if (strcmp(layer->choice->name, type) != 0) continue;
        const lk_option *option = lk_option_find(layer->choice->options, "out");
        long long n =
            *(const int64_t *)(const void *)((const char *)layer->options + option->offset);
        lk_text_add(out, "%s%lld", out->n ? " " : "", n);
    }
    return out->data;
}

/* ---- layers ---- */

static void at_64_every_preset_has_the_layers_it_always_had(void **state) {
    (void)state;
#define NORM                   "batch_norm 1e-05 0.1; relu; "
#define DOWN(out, kernel, pad) "conv " #out " " #kernel " 2 " #pad " 1 1 false; " NORM
#define UP(out, kernel, pad, more)                                                                 \
    "conv_transpose " #out " " #kernel " 2 " #pad " 1 1 false " #more "; " NORM
    static const struct {
        const char *name, *encoder, *decoder;
    } rows[] = {
        { "compact", DOWN(32, 4, 1) DOWN(64, 4, 1) DOWN(128, 4, 1) DOWN(256, 4, 1) "flatten; ",
          "linear 4096 true; reshape [256,4,4]; " NORM UP(128, 4, 1, 0) UP(64, 4, 1, 0)
              UP(32, 4, 1, 0) "conv_transpose 0 4 2 1 1 1 true 0; sigmoid; " },
        { "dcgan", DOWN(64, 4, 1) DOWN(128, 4, 1) DOWN(256, 4, 1) DOWN(512, 4, 1) "flatten; ",
          "linear 8192 true; reshape [512,4,4]; " NORM UP(256, 4, 1, 0) UP(128, 4, 1, 0)
              UP(64, 4, 1, 0) "conv_transpose 0 4 2 1 1 1 true 0; sigmoid; " },
        { "wae", DOWN(128, 5, 2) DOWN(256, 5, 2) DOWN(512, 5, 2) DOWN(1024, 5, 2) "flatten; ",
          "linear 65536 true; reshape [1024,8,8]; " NORM UP(512, 5, 2, 1) UP(256, 5, 2, 1)
              UP(128, 5, 2, 1) "conv_transpose 0 5 1 2 1 1 true 0; sigmoid; " },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_arena arena;
        lk_text encoder = { 0 }, decoder = { 0 };
        const lk_preset *preset = lk_preset_find(rows[i].name);
        assert_non_null(preset);
        lk_architecture got = layers_of(preset, 0, 64, &arena);
        add_layers(&got.encoder, &encoder), add_layers(&got.decoder, &decoder);
        assert_string_equal(encoder.data, rows[i].encoder);
        assert_string_equal(decoder.data, rows[i].decoder);
        lk_text_deinit(&encoder), lk_text_deinit(&decoder);
        lk_arena_deinit(&arena);
    }
}

static void presets_for_maps_end_at_their_side_and_have_no_linear_layer(void **state) {
    (void)state;
    static const struct {
        const char *name, *encoder, *decoder;
    } rows[] = {
        { "compact", DOWN(32, 4, 1) DOWN(64, 4, 1) DOWN(128, 4, 1),
          "conv 128 1 1 0 1 1 false; " NORM UP(64, 4, 1, 0)
              UP(32, 4, 1, 0) "conv_transpose 0 4 2 1 1 1 true 0; sigmoid; " },
        { "wae", DOWN(128, 5, 2) DOWN(256, 5, 2) DOWN(512, 5, 2),
          "conv 512 1 1 0 1 1 false; " NORM UP(512, 5, 2, 1) UP(256, 5, 2, 1)
              UP(128, 5, 2, 1) "conv_transpose 0 5 1 2 1 1 true 0; sigmoid; " },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_arena arena;
        lk_text encoder = { 0 }, decoder = { 0 };
        lk_architecture got =
            layers_for(lk_preset_find(rows[i].name), 0, 64, (lk_shape){ 3, { 4, 8, 8 } }, &arena);
        add_layers(&got.encoder, &encoder), add_layers(&got.decoder, &decoder);
        assert_string_equal(encoder.data, rows[i].encoder);
        assert_string_equal(decoder.data, rows[i].decoder);
        lk_text_deinit(&encoder), lk_text_deinit(&decoder);
        lk_arena_deinit(&arena);
    }
}

static void stages_follow_the_side_and_double_the_channels_up_to_eight_times(void **state) {
    (void)state;
    static const struct {
        int size, width, stages;
        const char *encoder, *decoder; /* in widths */
    } rows[] = {
        { 16, 1, 2, "1 2", "1 0" },
        { 32, 1, 3, "1 2 4", "2 1 0" },
        { 48, 3, 4, "3 6 12 24", "12 6 3 0" },
        { 64, 1, 4, "1 2 4 8", "4 2 1 0" },
        { 80, 1, 4, "1 2 4 8", "4 2 1 0" },
        { 96, 1, 5, "1 2 4 8 8", "8 4 2 1 0" },
        { 128, 5, 5, "5 10 20 40 40", "40 20 10 5 0" },
        { 256, 1, 6, "1 2 4 8 8 8", "8 8 4 2 1 0" },
    };
    for (const lk_preset *preset = lk_presets; preset->name; preset++)
        for (size_t i = 0; i < LK_COUNT(rows); i++) {
            lk_arena arena;
            lk_text text = { 0 };
            lk_architecture got = layers_of(preset, rows[i].width, rows[i].size, &arena);
            assert_string_equal(channels_of(&got.encoder, "conv", &text), rows[i].encoder);
            assert_string_equal(channels_of(&got.decoder, "conv_transpose", &text),
                                rows[i].decoder);
            assert_int_equal(got.encoder.n, 3 * rows[i].stages + 1);
            lk_text_deinit(&text);
            lk_arena_deinit(&arena);
        }
}

static void a_width_is_the_channels_of_the_first_stage_and_0_the_preset_s_own(void **state) {
    (void)state;
    for (const lk_preset *preset = lk_presets; preset->name; preset++) {
        lk_arena arenas[2];
        lk_text texts[2] = { { 0 }, { 0 } };
        for (int i = 0; i < 2; i++) {
            lk_architecture got = layers_of(preset, i ? preset->width : 0, 128, &arenas[i]);
            add_layers(&got.encoder, &texts[i]), add_layers(&got.decoder, &texts[i]);
            lk_arena_deinit(&arenas[i]);
        }
        assert_string_equal(texts[0].data, texts[1].data);
        for (int i = 0; i < 2; i++) lk_text_deinit(&texts[i]);
    }
}

/* ---- sizes ---- */

static bool is_listed(int size) {
    static const int sizes[] = { 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256 };
    for (size_t i = 0; i < LK_COUNT(sizes); i++)
        if (sizes[i] == size) return true;
    return false;
}

/* Build the net for training; it starts with batches of 4. */
static lk_status start(lk_net *net, const lk_config *config, lk_image_shape images, lk_error *err) {
    return lk_net_init(net, lk_test_context_alone(), config, images, 4, 2, true, err);
}

static void every_side_is_built_or_refused_with_the_sides_nearby_that_work(void **state) {
    (void)state;
    for (const lk_preset *preset = lk_presets; preset->name; preset++) {
        lk_config config = config_of(preset, 1);
        for (int size = 1; size <= 256; size++) {
            lk_net net = { 0 };
            lk_error err = { "" };
            lk_status status =
                start(&net, &config, (lk_image_shape){ size, size % 3 ? 3 : 1 }, &err);
            if (status != (is_listed(size) ? LK_OK : LK_USAGE))
                fail_msg("%s at %d: %s", preset->name, size, err.text);
            if (status) assert_contains(err.text, "json:1: model.architecture: ");
            lk_net_deinit(&net);
        }
        lk_config_deinit(&config);
    }
}

static void a_refusal_lists_two_sides_on_each_hand(void **state) {
    (void)state;
    static const struct {
        int size;
        const char *part;
    } rows[] = {
        { 1, "12, 16 ... got 1 x 1" },
        { 13, "12, 16, 20 ... got 13 x 13" },
        { 28, "20, 24, 32, 40 ... got 28 x 28" },
        { 100, "80, 96, 128, 160 ... got 100 x 100" },
        { 250, "160, 192, 256, 320 ... got 250 x 250" },
        { 4095, "2560, 3072, 4096, 5120 ... got 4095 x 4095" },
    };
    for (const lk_preset *preset = lk_presets; preset->name; preset++)
        for (size_t i = 0; i < LK_COUNT(rows); i++) {
            lk_config config = config_of(preset, 1);
            lk_net net = { 0 };
            lk_error err = { "" };
            lk_text text = { 0 };
            assert_int_equal(start(&net, &config, (lk_image_shape){ rows[i].size, 3 }, &err),
                             LK_USAGE);
            assert_contains(err.text, preset->name);
            assert_contains(err.text, rows[i].part);
            assert_int_equal(lk_config_print(&config, rows[i].size, &text, &err), LK_USAGE);
            assert_contains(err.text, rows[i].part);
            lk_text_deinit(&text);
            lk_net_deinit(&net);
            lk_config_deinit(&config);
        }
}

static void a_side_of_maps_that_no_stage_reaches_is_refused_with_those_that_do(void **state) {
    (void)state;
    static const struct {
        int size;
        const char *latent, *part;
    } rows[] = {
        { 64, "[4, 5, 5]", "model.latent: ... 32, 16, 8, 4, 2, 1 ... got (4, 5, 5)" },
        { 64, "[4, 8, 4]", "model.latent: ... 32, 16, 8, 4, 2, 1 ... got (4, 8, 4)" },
        { 64, "[4, 64, 64]", "32, 16, 8, 4, 2, 1 ... got (4, 64, 64)" },
        { 48, "[4, 4, 4]", "24, 12, 6, 3 ... got (4, 4, 4)" },
        { 9, "[4, 3, 3]", "an even side ... got 9 x 9" },
    };
    for (const lk_preset *preset = lk_presets; preset->name; preset++)
        for (size_t i = 0; i < LK_COUNT(rows); i++) {
            char text[256];
            lk_net net = { 0 };
            lk_error err = { "" };
            snprintf(text, sizeof text, "{\"model\": {\"latent\": %s, \"architecture\": \"%s\"}}",
                     rows[i].latent, preset->name);
            lk_config config = lk_test_config(text);
            assert_int_equal(start(&net, &config, (lk_image_shape){ rows[i].size, 3 }, &err),
                             LK_USAGE);
            assert_contains(err.text, rows[i].part);
            lk_net_deinit(&net);
            lk_config_deinit(&config);
        }
}

static void every_preset_is_built_for_maps_of_every_side_that_halves(void **state) {
    (void)state;
    for (const lk_preset *preset = lk_presets; preset->name; preset++)
        for (int side = 1; side <= 20; side *= 2) {
            char text[256];
            lk_net net = { 0 };
            lk_error err = { "" };
            snprintf(text, sizeof text,
                     "{\"model\": {\"type\": \"vae\", \"latent\": [3, %d, %d], "
                     "\"architecture\": {\"preset\": \"%s\", \"width\": 1}}}",
                     side, side, preset->name);
            lk_config config = lk_test_config(text);
            assert_ok(start(&net, &config, (lk_image_shape){ 32, 3 }, &err), &err);
            assert_int_equal(lk_shape_row(net.model.latent->shape), 3 * side * side);
            lk_net_deinit(&net);
            lk_config_deinit(&config);
        }
}

/* ---- training ---- */

static void fill(lk_node *images) {
    size_t n = lk_shape_size(images->shape);
    for (size_t i = 0; i < n; i++) images->value[i] = LK_R(0.5 + 0.5 * sin((double)i * 0.7));
}

static double step(lk_net *net, const lk_config *config, int64_t number) {
    lk_training_state state = { .n = net->params.n_trained,
                                .weight = net->params.trained,
                                .gradient = net->params.gradient };
    lk_chosen sgd = { lk_choice_find(lk_optimizers, "sgd"), NULL };
    lk_real *moment = lk_alloc(state.n * sizeof *moment);
    (void)config;
    void *options = lk_alloc(sgd.choice->options_size);
    lk_options_default(sgd.choice->options, options);
    sgd.options = options;
    state.moment[0] = moment;
    lk_graph_forward(net->graph, LK_TRAIN, lk_graph_batch(net->graph), (uint32_t)number);
    lk_graph_backward(net->graph);
    double loss = (double)net->model.objective->value[0];
    lk_optimizer_step(net->context, &sgd, state, (lk_step_options){ .step = number, .lr = 0.1 }, 0);
    lk_free(options);
    lk_free(moment);
    return loss;
}

static void every_preset_takes_steps_that_lower_the_loss_at_several_sizes(void **state) {
    (void)state;
    static const lk_image_shape shapes[] = {
        { 16, 3 }, { 32, 1 }, { 40, 3 }, { 48, 1 }, { 96, 3 }
    };
    for (const lk_preset *preset = lk_presets; preset->name; preset++)
        for (size_t i = 0; i < LK_COUNT(shapes); i++) {
            lk_config config = config_of(preset, 2);
            lk_net net = { 0 };
            lk_error err;
            double loss[3];
            assert_ok(start(&net, &config, shapes[i], &err), &err);
            assert_int_equal(net.model.output->shape.d[1], shapes[i].channels);
            fill(net.model.images);
            for (int k = 0; k < 3; k++) loss[k] = step(&net, &config, k + 1);
            if (!(loss[2] < loss[0]) || !(loss[0] < 1))
                fail_msg("%s at %d: losses %g, %g, %g", preset->name, shapes[i].size, loss[0],
                         loss[1], loss[2]);
            lk_net_deinit(&net);
            lk_config_deinit(&config);
        }
}

/* ---- written out ---- */

/* The resolved config of a size, read back. */
static lk_config saved(const lk_config *config, int size) {
    lk_text text = { 0 };
    lk_error err;
    assert_ok(lk_config_print(config, size, &text, &err), &err);
    lk_config result = lk_test_config(text.data);
    lk_text_deinit(&text);
    return result;
}

static void a_saved_config_equals_its_preset_at_its_size_only(void **state) {
    (void)state;
    for (const lk_preset *preset = lk_presets; preset->name; preset++)
        for (int width = 0; width <= 4; width += 4) {
            lk_config config = config_of(preset, width), then = saved(&config, 96);
            lk_text difference = { 0 };
            lk_error err;
            assert_int_equal(then.model.architecture.width, width);
            assert_ok(lk_config_difference(&then, &config, 96, &difference, &err), &err);
            assert_int_equal(difference.n, 0);
            assert_ok(lk_config_difference(&then, &config, 32, &difference, &err), &err);
            assert_contains(difference.data, "model.architecture.encoder: 16 items and 10 items");
            lk_text_deinit(&difference);
            lk_config_deinit(&then), lk_config_deinit(&config);
        }
}

static void layers_for_another_size_are_refused_with_the_preset_that_fits(void **state) {
    (void)state;
    static const struct {
        int then, now;
    } rows[] = { { 64, 128 }, { 64, 32 }, { 32, 64 }, { 256, 16 } };
    for (const lk_preset *preset = lk_presets; preset->name; preset++)
        for (size_t i = 0; i < LK_COUNT(rows); i++) {
            char part[256];
            lk_config config = config_of(preset, 2), then = saved(&config, rows[i].then);
            lk_net net = { 0 };
            lk_error err = { "" };
            assert_int_equal(start(&net, &then, (lk_image_shape){ rows[i].now, 3 }, &err),
                             LK_USAGE);
            snprintf(part, sizeof part,
                     "model.architecture. ... %d x %d ... --set 'model.architecture={\"preset\": "
                     "\"%s\", \"width\": 2}'",
                     rows[i].now, rows[i].now, preset->name);
            assert_contains(err.text, part);
            lk_net_deinit(&net);
            lk_config_deinit(&then), lk_config_deinit(&config);
        }
}

static void layers_of_one_s_own_for_another_size_are_refused_with_the_default_preset(void **state) {
    (void)state;
    lk_config config = lk_test_config(TINY_CONFIG(""));
    lk_net net = { 0 };
    lk_error err = { "" };
    assert_int_equal(start(&net, &config, (lk_image_shape){ 32, 3 }, &err), LK_USAGE);
    assert_contains(err.text, "(4, 3, 32, 32) ... (4, 3, 16, 16) ... "
                              "--set model.architecture=" LK_PRESET_DEFAULT);
    lk_net_deinit(&net);
    lk_config_deinit(&config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_64_every_preset_has_the_layers_it_always_had),
        cmocka_unit_test(presets_for_maps_end_at_their_side_and_have_no_linear_layer),
        cmocka_unit_test(a_side_of_maps_that_no_stage_reaches_is_refused_with_those_that_do),
        cmocka_unit_test(every_preset_is_built_for_maps_of_every_side_that_halves),
        cmocka_unit_test(stages_follow_the_side_and_double_the_channels_up_to_eight_times),
        cmocka_unit_test(a_width_is_the_channels_of_the_first_stage_and_0_the_preset_s_own),
        cmocka_unit_test(every_side_is_built_or_refused_with_the_sides_nearby_that_work),
        cmocka_unit_test(a_refusal_lists_two_sides_on_each_hand),
        cmocka_unit_test(every_preset_takes_steps_that_lower_the_loss_at_several_sizes),
        cmocka_unit_test(a_saved_config_equals_its_preset_at_its_size_only),
        cmocka_unit_test(layers_for_another_size_are_refused_with_the_preset_that_fits),
        cmocka_unit_test(layers_of_one_s_own_for_another_size_are_refused_with_the_default_preset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
