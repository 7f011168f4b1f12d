/*
 * Presets of residual blocks with group norm and SiLU in front of 3 x 3 convolutions (He, Zhang,
 * Ren, Sun: "Identity mappings in deep residual networks", 2016).
 *
 *   encoder  for each stage a 4 x 4 convolution of stride 2 and a block; norm
 *   decoder  a block; for each stage but the first, nearest upsampling, a 3 x 3 convolution and a
 *            block; norm, upsampling and a 3 x 3 convolution into the picture
 *
 * Nothing is computed at the side of the pictures but the last convolution: blocks there would cost
 * more than all others together.
 */
#include "model/presets.h"

struct residual {
    bool attends; /* the encoder ends, and the decoder begins, in a block, attention and a block */
};

enum { GROUPS_MAX = 8, CHANNELS_OF_GROUP = 4 };

#define CONV(kernel, stride)                                                                       \
    "{\"type\":\"conv\",\"out\":%d,\"kernel\":" #kernel ",\"stride\":" #stride ",\"padding\":1}"
#define NORM             "{\"type\":\"group_norm\",\"groups\":%d}"
#define SILU             "{\"type\":\"silu\"}"
#define UPSAMPLE         "{\"type\":\"upsample\"}"
#define ATTENTION        "{\"type\":\"attention\"}"
#define RESIDUAL(layers) "{\"type\":\"residual\",\"layers\":[" layers "]}"
#define HALF_BLOCK       NORM "," SILU "," CONV(3, 1)

/* As many groups as divide the channels, up to 8, of at least 4 channels each: a group of one would
   lose the mean of its channel. */
static int groups_of(int channels) {
    int n = 1;
    for (int i = 2; i <= GROUPS_MAX && i * CHANNELS_OF_GROUP <= channels; i++)
        if (channels % i == 0) n = i;
    return n;
}

static void add_block(int channels, lk_text *out) {
    int groups = groups_of(channels);
    lk_text_add(out, "," RESIDUAL(HALF_BLOCK "," HALF_BLOCK), groups, channels, groups, channels);
}

static void add_middle(const lk_preset_plan *plan, int channels, lk_text *out) {
    if (!((const struct residual *)plan->preset->parameters)->attends) return;
    add_block(channels, out);
    lk_text_add(out, "," RESIDUAL(NORM "," ATTENTION), groups_of(channels));
    add_block(channels, out);
}

static void add_encoder(const lk_preset_plan *plan, lk_text *out) {
    int channels = 0;
    for (int i = 0; i < plan->stages; i++) {
        channels = lk_preset_channels(plan, i);
        lk_text_add(out, "%s" CONV(4, 2), i ? "," : "", channels);
        add_block(channels, out);
    }
    add_middle(plan, channels, out);
    lk_text_add(out, "," NORM "," SILU, groups_of(channels));
}

static void add_decoder(const lk_preset_plan *plan, lk_text *out) {
    int channels = lk_preset_channels(plan, plan->stages - 1);
    if (plan->maps)
        lk_text_add(out, CONV(3, 1), channels);
    else
        lk_preset_add_maps(channels, plan->end, out);
    add_middle(plan, channels, out);
    add_block(channels, out);
    for (int i = plan->stages - 2; i >= 0; i--) {
        channels = lk_preset_channels(plan, i);
        lk_text_add(out, "," UPSAMPLE "," CONV(3, 1), channels);
        add_block(channels, out);
    }
    lk_text_add(out, "," NORM "," SILU "," UPSAMPLE "," CONV(3, 1), groups_of(channels), 0);
}

static const struct residual plain = { 0 };

const lk_preset lk_preset_resnet = {
    .name = "resnet",
    .summary = "residual blocks with group norm and SiLU, 32 to 256 channels, and the mirror image",
    .width = 32,
    .parameters = &plain,
    .add_encoder = add_encoder,
    .add_decoder = add_decoder,
};

static const struct residual attending = { .attends = true };

const lk_preset lk_preset_kl_f8 = {
    .name = "kl_f8",
    .summary = "residual blocks and attention; codes are maps of an eighth of the side (after "
               "Rombach et al. 2022)",
    .width = 32,
    .halvings = 3,
    .only_maps = true,
    .parameters = &attending,
    .add_encoder = add_encoder,
    .add_decoder = add_decoder,
};
