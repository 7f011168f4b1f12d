/* Presets of strided convolutions with batch norm and a rectifier, and transposed ones as the
   mirror image. */
#include "model/presets.h"

struct strided {
    int kernel, padding, output_padding;
    const char *rectifier;
    bool last_keeps_side; /* the decoder has one doubling less and ends in a layer of stride 1 */
};

static const struct strided *parameters_of(const lk_preset_plan *plan) {
    return plan->preset->parameters;
}

static void add_norm(const struct strided *s, lk_text *out) {
    lk_text_add(out, ",{\"type\":\"batch_norm\"},{\"type\":\"%s\"}", s->rectifier);
}

static void add_encoder(const lk_preset_plan *plan, lk_text *out) {
    const struct strided *s = parameters_of(plan);
    for (int i = 0; i < plan->stages; i++) {
        lk_text_add(out,
                    "%s{\"type\":\"conv\",\"out\":%d,\"kernel\":%d,\"stride\":2,\"padding\":%d,"
                    "\"bias\":false}",
                    i ? "," : "", lk_preset_channels(plan, i), s->kernel, s->padding);
        add_norm(s, out);
    }
}

static void add_doubling(const struct strided *s, int channels, lk_text *out) {
    lk_text_add(out,
                ",{\"type\":\"conv_transpose\",\"out\":%d,\"kernel\":%d,\"stride\":2,"
                "\"padding\":%d,\"output_padding\":%d,\"bias\":false}",
                channels, s->kernel, s->padding, s->output_padding);
    add_norm(s, out);
}

/* From the code to the maps of the last stage. */
static void add_first(const lk_preset_plan *plan, lk_text *out) {
    const struct strided *s = parameters_of(plan);
    int channels = lk_preset_channels(plan, plan->stages - 1);
    if (plan->maps)
        lk_text_add(out,
                    "{\"type\":\"conv\",\"out\":%d,\"kernel\":1,\"stride\":1,\"padding\":0,"
                    "\"bias\":false}",
                    channels);
    else
        lk_preset_add_maps(channels, plan->end * (s->last_keeps_side ? 2 : 1), out);
    add_norm(s, out);
    if (plan->maps && s->last_keeps_side) add_doubling(s, channels, out);
}

static void add_decoder(const lk_preset_plan *plan, lk_text *out) {
    const struct strided *s = parameters_of(plan);
    add_first(plan, out);
    for (int i = plan->stages - 2; i >= 0; i--) add_doubling(s, lk_preset_channels(plan, i), out);
    lk_text_add(out,
                ",{\"type\":\"conv_transpose\",\"out\":0,\"kernel\":%d,\"stride\":%d,"
                "\"padding\":%d}",
                s->kernel, s->last_keeps_side ? 1 : 2, s->padding);
}

static const struct strided four = { .kernel = 4, .padding = 1, .rectifier = "relu" };

const lk_preset lk_preset_compact = {
    .name = "compact",
    .summary = "4 x 4 convolutions of stride 2 with 32 to 256 channels, and the mirror image",
    .width = 32,
    .parameters = &four,
    .add_encoder = add_encoder,
    .add_decoder = add_decoder,
};

const lk_preset lk_preset_dcgan = {
    .name = "dcgan",
    .summary = "like compact, with twice the channels (after Radford, Metz, Chintala 2015)",
    .width = 64,
    .parameters = &four,
    .add_encoder = add_encoder,
    .add_decoder = add_decoder,
};

/* TensorFlow's padding SAME with stride 2 is padding 2 and output padding 1 here. */
static const struct strided five = {
    .kernel = 5, .padding = 2, .output_padding = 1, .rectifier = "relu", .last_keeps_side = true
};

const lk_preset lk_preset_wae = {
    .name = "wae",
    .summary = "5 x 5, 128 to 1024 channels: the CelebA network of Tolstikhin et al. 2017",
    .width = 128,
    .parameters = &five,
    .add_encoder = add_encoder,
    .add_decoder = add_decoder,
};

static const struct strided leaky = { .kernel = 4, .padding = 1, .rectifier = "leaky_relu" };

const lk_preset lk_preset_shallow = {
    .name = "shallow",
    .summary = "two stages of compact with leaky ReLU, then a wide linear layer; keeps details",
    .width = 32,
    .halvings = 2,
    .parameters = &leaky,
    .add_encoder = add_encoder,
    .add_decoder = add_decoder,
};
