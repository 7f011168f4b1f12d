/* Presets follow the size of the pictures: the layers at 64 x 64, the number of stages, the sides
   that work, and networks of every preset that are built and take a step. */
#include "net/net.h"
#include "optim/optim.h"
#include "tiny.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The shape of a code that the preset takes at a size that it takes. */
static lk_shape code_of(const lk_preset *preset, int size) {
    int side = size >> preset->halvings;
    return preset->only_maps ? (lk_shape){ 3, { 4, side, side } } : LK_SHAPE_1(4);
}

static lk_config config_with(const lk_preset *preset, int width, lk_shape code) {
    char text[256], latent[64];
    if (code.rank == 3)
        snprintf(latent, sizeof latent, "[%d, %d, %d]", code.d[0], code.d[1], code.d[2]);
    else
        snprintf(latent, sizeof latent, "%d", code.d[0]);
    snprintf(text, sizeof text,
             "{\"model\": {\"latent\": %s, \"architecture\": {\"preset\": \"%s\", "
             "\"width\": %d}}}",
             latent, preset->name, width);
    return lk_test_config(text);
}

static lk_config config_of(const lk_preset *preset, int width, int size) {
    return config_with(preset, width, code_of(preset, size));
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
    return layers_for(preset, width, size, code_of(preset, size), arena);
}

static const void *value_of(const lk_chosen *layer, const char *key) {
    return (const char *)layer->options + lk_option_find(layer->choice->options, key)->offset;
}

/* Append every layer with its values: "conv 64 4 2 1 1 1 true; relu; ". */
static void add_layers(const lk_chosen_list *list, lk_text *out) {
    for (int i = 0; i < list->n; i++) {
        const lk_chosen *layer = &list->item[i].chosen;
        if (strcmp(layer->choice->name, "residual") == 0) {
            lk_text_add(out, "residual of ");
            add_layers(value_of(layer, "layers"), out);
            lk_text_add(out, "end; ");
            continue;
        }
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
        long long n = *(const int64_t *)value_of(layer, "out");
        lk_text_add(out, "%s%lld", out->n ? " " : "", n);
    }
    return out->data;
}

/* ---- layers ---- */

static void at_64_every_preset_has_the_layers_it_always_had(void **state) {
    (void)state;
#define NORM                   "batch_norm 1e-05 0.1; relu; "
#define DOWN(out, kernel, pad) "conv " #out " " #kernel " 2 " #pad " 1 1 false; " NORM
#define LEAKY                  "batch_norm 1e-05 0.1; leaky_relu 0.2; "
#define UP(out, kernel, pad, more)                                                                 \
    "conv_transpose " #out " " #kernel " 2 " #pad " 1 1 false " #more "; " NORM
#define GROUPS(n)   "group_norm " #n " 1e-05 true; "
#define CONV(out)   "conv " #out " 3 1 1 1 1 true; "
#define HALF(out)   "conv " #out " 4 2 1 1 1 true; "
#define BLOCK(out)  "residual of " GROUPS(8) "silu; " CONV(out) GROUPS(8) "silu; " CONV(out) "end; "
#define DOUBLE(out) "upsample 2 \"nearest\"; " CONV(out)
#define MIDDLE(out) BLOCK(out) "residual of " GROUPS(8) "attention 1; end; " BLOCK(out)
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
        { "shallow",
          "conv 32 4 2 1 1 1 false; " LEAKY "conv 64 4 2 1 1 1 false; " LEAKY "flatten; ",
          "linear 16384 true; reshape [64,16,16]; " LEAKY
          "conv_transpose 32 4 2 1 1 1 false 0; " LEAKY
          "conv_transpose 0 4 2 1 1 1 true 0; sigmoid; " },
        { "resnet",
          HALF(32) BLOCK(32) HALF(64) BLOCK(64) HALF(128) BLOCK(128) HALF(256) BLOCK(256)
              GROUPS(8) "silu; flatten; ",
          "linear 4096 true; reshape [256,4,4]; " BLOCK(256) DOUBLE(128) BLOCK(128) DOUBLE(64)
              BLOCK(64) DOUBLE(32) BLOCK(32) GROUPS(8) "silu; " DOUBLE(0) "sigmoid; " },
        { "kl_f8",
          HALF(32) BLOCK(32) HALF(64) BLOCK(64) HALF(128) BLOCK(128) MIDDLE(128) GROUPS(8) "silu; ",
          CONV(128) MIDDLE(128) BLOCK(128) DOUBLE(64) BLOCK(64) DOUBLE(32) BLOCK(32)
              GROUPS(8) "silu; " DOUBLE(0) "sigmoid; " },
    };
    for (size_t i = 0; lk_presets[i]; i++) assert_true(i < LK_COUNT(rows));
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
        { "shallow",
          "conv 32 4 2 1 1 1 false; " LEAKY "conv 64 4 2 1 1 1 false; " LEAKY
          "conv 128 4 2 1 1 1 false; " LEAKY,
          "conv 128 1 1 0 1 1 false; " LEAKY "conv_transpose 64 4 2 1 1 1 false 0; " LEAKY
          "conv_transpose 32 4 2 1 1 1 false 0; " LEAKY
          "conv_transpose 0 4 2 1 1 1 true 0; sigmoid; " },
        { "wae", DOWN(128, 5, 2) DOWN(256, 5, 2) DOWN(512, 5, 2),
          "conv 512 1 1 0 1 1 false; " NORM UP(512, 5, 2, 1) UP(256, 5, 2, 1)
              UP(128, 5, 2, 1) "conv_transpose 0 5 1 2 1 1 true 0; sigmoid; " },
        { "resnet", HALF(32) BLOCK(32) HALF(64) BLOCK(64) HALF(128) BLOCK(128) GROUPS(8) "silu; ",
          CONV(128) BLOCK(128) DOUBLE(64) BLOCK(64) DOUBLE(32) BLOCK(32)
              GROUPS(8) "silu; " DOUBLE(0) "sigmoid; " },
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

/* Presets whose stages follow the size: layers of a stage of the encoder, those after the stages,
   and the type of the layers that double the side. */
static const struct {
    const char *name, *doubling;
    int of_stage, after;
} following[] = {
    { "compact", "conv_transpose", 3, 1 },
    { "dcgan", "conv_transpose", 3, 1 },
    { "wae", "conv_transpose", 3, 1 },
    { "resnet", "conv", 2, 3 },
};

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
    for (size_t p = 0; p < LK_COUNT(following); p++)
        for (size_t i = 0; i < LK_COUNT(rows); i++) {
            lk_arena arena;
            lk_text text = { 0 };
            lk_architecture got =
                layers_of(lk_preset_find(following[p].name), rows[i].width, rows[i].size, &arena);
            assert_string_equal(channels_of(&got.encoder, "conv", &text), rows[i].encoder);
            assert_string_equal(channels_of(&got.decoder, following[p].doubling, &text),
                                rows[i].decoder);
            assert_int_equal(got.encoder.n,
                             following[p].of_stage * rows[i].stages + following[p].after);
            lk_text_deinit(&text);
            lk_arena_deinit(&arena);
        }
}

static void groups_of_channels_divide_them_and_have_at_least_four(void **state) {
    (void)state;
    static const struct {
        int width;
        const char *groups; /* of the first stage, then of the second */
    } rows[] = {
        { 1, "1 1" },  { 4, "1 2" },  { 7, "1 2" },  { 8, "2 4" },  { 12, "3 6" }, { 20, "5 8" },
        { 24, "6 8" }, { 31, "1 2" }, { 32, "8 8" }, { 36, "6 8" }, { 48, "8 8" }, { 50, "5 5" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_arena arena;
        lk_text text = { 0 };
        lk_architecture got = layers_of(lk_preset_find("resnet"), rows[i].width, 16, &arena);
        for (int stage = 0; stage < 2; stage++) {
            const lk_chosen_list *block =
                value_of(&got.encoder.item[2 * stage + 1].chosen, "layers");
            int64_t n = *(const int64_t *)value_of(&block->item[0].chosen, "groups");
            lk_text_add(&text, "%s%d", stage ? " " : "", (int)n);
        }
        assert_string_equal(text.data, rows[i].groups);
        lk_text_deinit(&text);
        lk_arena_deinit(&arena);
    }
}

static void a_width_is_the_channels_of_the_first_stage_and_0_the_preset_s_own(void **state) {
    (void)state;
    for (const lk_preset *const *row = lk_presets, *preset; (preset = *row); row++) {
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
    for (const lk_preset *const *row = lk_presets, *preset; (preset = *row); row++)
        for (int size = 1; size <= 256; size++) {
            bool works = preset->halvings ? size % (1 << preset->halvings) == 0 : is_listed(size);
            lk_config config =
                config_with(preset, 1, works ? code_of(preset, size) : LK_SHAPE_1(4));
            lk_net net = { 0 };
            lk_error err = { "" };
            lk_status status =
                start(&net, &config, (lk_image_shape){ size, size % 3 ? 3 : 1 }, &err);
            if (status != (works ? LK_OK : LK_USAGE))
                fail_msg("%s at %d: %s", preset->name, size, err.text);
            if (status) assert_contains(err.text, "json:1: model.architecture: ");
            lk_net_deinit(&net);
            lk_config_deinit(&config);
        }
}

static void a_refusal_lists_two_sides_on_each_hand(void **state) {
    (void)state;
    static const struct {
        int size;
        const char *halves, *by_4, *by_8; /* NULL: that side works */
    } rows[] = {
        { 1, "12, 16 ... got 1 x 1", "by 4 ... 4, 8 ... got 1 x 1",
          "by 8 ... 8, 16 ... got 1 x 1" },
        { 13, "12, 16, 20 ... got 13 x 13", "by 4 ... 8, 12, 16, 20 ... got 13 x 13",
          "by 8 ... 8, 16, 24 ... got 13 x 13" },
        { 28, "20, 24, 32, 40 ... got 28 x 28", NULL, "by 8 ... 16, 24, 32, 40 ... got 28 x 28" },
        { 100, "80, 96, 128, 160 ... got 100 x 100", NULL, "88, 96, 104, 112 ... got 100 x 100" },
        { 250, "160, 192, 256, 320 ... got 250 x 250", "244, 248, 252, 256 ... got 250 x 250",
          "240, 248, 256, 264 ... got 250 x 250" },
        { 4095, "2560, 3072, 4096, 5120 ... got 4095 x 4095", "4088, 4092, 4096, 4100 ... got 4095",
          "4080, 4088, 4096, 4104 ... got 4095 x 4095" },
    };
    for (const lk_preset *const *row = lk_presets, *preset; (preset = *row); row++)
        for (size_t i = 0; i < LK_COUNT(rows); i++) {
            const char *part = preset->halvings == 3   ? rows[i].by_8
                               : preset->halvings == 2 ? rows[i].by_4
                                                       : rows[i].halves;
            if (!part) continue;
            lk_config config = config_with(preset, 1, LK_SHAPE_1(4));
            lk_net net = { 0 };
            lk_error err = { "" };
            lk_text text = { 0 };
            assert_int_equal(start(&net, &config, (lk_image_shape){ rows[i].size, 3 }, &err),
                             LK_USAGE);
            assert_contains(err.text, preset->name);
            assert_contains(err.text, part);
            assert_int_equal(lk_config_print(&config, rows[i].size, &text, &err), LK_USAGE);
            assert_contains(err.text, part);
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
    for (size_t p = 0; p < LK_COUNT(following); p++)
        for (size_t i = 0; i < LK_COUNT(rows); i++) {
            char text[256];
            lk_net net = { 0 };
            lk_error err = { "" };
            snprintf(text, sizeof text, "{\"model\": {\"latent\": %s, \"architecture\": \"%s\"}}",
                     rows[i].latent, following[p].name);
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
    for (size_t p = 0; p < LK_COUNT(following); p++)
        for (int side = 1; side <= 20; side *= 2) {
            char text[256];
            lk_net net = { 0 };
            lk_error err = { "" };
            snprintf(text, sizeof text,
                     "{\"model\": {\"type\": \"vae\", \"latent\": [3, %d, %d], "
                     "\"architecture\": {\"preset\": \"%s\", \"width\": 1}}}",
                     side, side, following[p].name);
            lk_config config = lk_test_config(text);
            assert_ok(start(&net, &config, (lk_image_shape){ 32, 3 }, &err), &err);
            assert_int_equal(lk_shape_row(net.model.latent->shape), 3 * side * side);
            lk_net_deinit(&net);
            lk_config_deinit(&config);
        }
}

static void kl_f8_takes_codes_of_an_eighth_of_the_side_only(void **state) {
    (void)state;
    static const struct {
        int size;
        const char *latent, *part;
    } rows[] = {
        { 64, "[3, 8, 8]", NULL },
        { 8, "[1, 1, 1]", NULL },
        { 40, "[4, 5, 5]", NULL },
        { 64, "128", "1: model.architecture: ... [C, 8, 8] ... 64 x 64 ... got 128" },
        { 128, "[4, 8, 8]", "1: model.latent: ... [C, 16, 16] ... got [4, 8, 8]" },
        { 64, "[4, 8, 4]", "1: model.latent: ... [C, 8, 8] ... got [4, 8, 4]" },
        { 64, "[4, 4, 8]", "1: model.latent: ... [C, 8, 8] ... got [4, 4, 8]" },
        { 100, "[4, 12, 12]", "1: model.latent: ... 88, 96, 104, 112 ... got 100 x 100" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char text[256];
        lk_net net = { 0 };
        lk_error err = { "" };
        snprintf(text, sizeof text,
                 "{\"model\": {\"type\": \"vae\", \"latent\": %s, \"architecture\": "
                 "{\"preset\": \"kl_f8\", \"width\": 2}}}",
                 rows[i].latent);
        lk_config config = lk_test_config(text);
        lk_status status = start(&net, &config, (lk_image_shape){ rows[i].size, 3 }, &err);
        if (rows[i].part) {
            assert_int_equal(status, LK_USAGE);
            assert_contains(err.text, rows[i].part);
        } else {
            assert_ok(status, &err);
        }
        lk_net_deinit(&net);
        lk_config_deinit(&config);
    }
}

/* The numbers are sums over the layers, made apart from the program. */
static void residual_presets_have_the_parameters_of_their_layers(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int width;
        size_t n;
    } rows[] = { { "resnet", 32, 5270883 }, { "resnet", 48, 11062739 }, { "kl_f8", 32, 2356455 } };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        const lk_preset *preset = lk_preset_find(rows[i].name);
        lk_shape code = preset->only_maps ? (lk_shape){ 3, { 4, 8, 8 } } : LK_SHAPE_1(128);
        lk_config config = config_with(preset, rows[i].width, code);
        lk_net net = { 0 };
        lk_error err;
        assert_ok(start(&net, &config, (lk_image_shape){ 64, 3 }, &err), &err);
        size_t n = 0;
        for (int k = 0; k < net.params.n; k++) n += lk_shape_size(net.params.list[k].shape);
        assert_int_equal(n, rows[i].n);
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
    for (const lk_preset *const *row = lk_presets, *preset; (preset = *row); row++)
        for (size_t i = 0; i < LK_COUNT(shapes); i++) {
            lk_config config = config_of(preset, 2, shapes[i].size);
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

static void a_saved_config_equals_its_preset_at_its_size(void **state) {
    (void)state;
    for (const lk_preset *const *row = lk_presets, *preset; (preset = *row); row++)
        for (int width = 0; width <= 4; width += 4) {
            lk_config config = config_of(preset, width, 96), then = saved(&config, 96);
            lk_text difference = { 0 };
            lk_error err;
            assert_int_equal(then.model.architecture.width, width);
            assert_ok(lk_config_difference(&then, &config, 96, &difference, &err), &err);
            assert_int_equal(difference.n, 0);
            lk_text_deinit(&difference);
            lk_config_deinit(&then), lk_config_deinit(&config);
        }
}

static void a_saved_config_differs_from_its_preset_at_another_size(void **state) {
    (void)state;
    for (size_t p = 0; p < LK_COUNT(following); p++)
        for (int width = 0; width <= 4; width += 4) {
            char part[128];
            lk_config config = config_of(lk_preset_find(following[p].name), width, 96),
                      then = saved(&config, 96);
            lk_text difference = { 0 };
            lk_error err;
            assert_ok(lk_config_difference(&then, &config, 32, &difference, &err), &err);
            snprintf(part, sizeof part, "model.architecture.encoder: %d items and %d items",
                     following[p].of_stage * 5 + following[p].after,
                     following[p].of_stage * 3 + following[p].after);
            assert_contains(difference.data, part);
            lk_text_deinit(&difference);
            lk_config_deinit(&then), lk_config_deinit(&config);
        }
}

static void layers_for_another_size_are_refused_with_the_preset_that_fits(void **state) {
    (void)state;
    static const struct {
        int then, now;
    } rows[] = { { 64, 128 }, { 64, 32 }, { 32, 64 }, { 256, 16 } };
    for (size_t p = 0; p < LK_COUNT(following); p++)
        for (size_t i = 0; i < LK_COUNT(rows); i++) {
            char part[256];
            const lk_preset *preset = lk_preset_find(following[p].name);
            lk_config config = config_of(preset, 2, rows[i].then),
                      then = saved(&config, rows[i].then);
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
        cmocka_unit_test(kl_f8_takes_codes_of_an_eighth_of_the_side_only),
        cmocka_unit_test(residual_presets_have_the_parameters_of_their_layers),
        cmocka_unit_test(groups_of_channels_divide_them_and_have_at_least_four),
        cmocka_unit_test(stages_follow_the_side_and_double_the_channels_up_to_eight_times),
        cmocka_unit_test(a_width_is_the_channels_of_the_first_stage_and_0_the_preset_s_own),
        cmocka_unit_test(every_side_is_built_or_refused_with_the_sides_nearby_that_work),
        cmocka_unit_test(a_refusal_lists_two_sides_on_each_hand),
        cmocka_unit_test(every_preset_takes_steps_that_lower_the_loss_at_several_sizes),
        cmocka_unit_test(a_saved_config_equals_its_preset_at_its_size),
        cmocka_unit_test(a_saved_config_differs_from_its_preset_at_another_size),
        cmocka_unit_test(layers_for_another_size_are_refused_with_the_preset_that_fits),
        cmocka_unit_test(layers_of_one_s_own_for_another_size_are_refused_with_the_default_preset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
