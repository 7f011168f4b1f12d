/* Layers that change the size of maps and have no parameters. */
#include "nn/layer_list.h"

#include <likeness/nn.h>
#include <likeness/ops.h>

/* ---- max_pool, avg_pool ---- */

struct pool {
    int64_t kernel, stride, padding;
    bool count_include_pad;
};

static lk_pool_options pool_of(const void *options) {
    const struct pool *o = options;
    return (lk_pool_options){ .kernel = (int)o->kernel,
                              .stride = (int)o->stride,
                              .padding = (int)o->padding,
                              .count_include_pad = o->count_include_pad };
}

static lk_node *build_max_pool(const lk_layer_place *place, lk_node *x, const void *options) {
    (void)place;
    return lk_max_pool2d(x, pool_of(options));
}

static lk_node *build_avg_pool(const lk_layer_place *place, lk_node *x, const void *options) {
    (void)place;
    return lk_avg_pool2d(x, pool_of(options));
}

#define POOL_OPTIONS                                                                               \
    LK_OPTION_INTEGER(struct pool, kernel, 2, 1, LK_POOL_KERNEL_MAX,                               \
                      "height and width of a window"),                                             \
        LK_OPTION_INTEGER(struct pool, stride, 0, 0, 64,                                           \
                          "step between windows; 0: as long as the kernel"),                       \
        LK_OPTION_INTEGER(struct pool, padding, 0, 0, LK_POOL_KERNEL_MAX / 2,                      \
                          "pixels added on each side; at most half the kernel")

static const lk_option max_pool_options[] = { POOL_OPTIONS, { 0 } };

const lk_layer lk_layer_max_pool = {
    .choice = { .name = "max_pool",
                .summary = "largest value of each window",
                .options = max_pool_options,
                .options_size = sizeof(struct pool) },
    .build = build_max_pool,
};

static const lk_option avg_pool_options[] = {
    POOL_OPTIONS,
    LK_OPTION_BOOLEAN(struct pool, count_include_pad, true,
                      "the padding's zeros count in the mean"),
    { 0 },
};

const lk_layer lk_layer_avg_pool = {
    .choice = { .name = "avg_pool",
                .summary = "mean of each window",
                .options = avg_pool_options,
                .options_size = sizeof(struct pool) },
    .build = build_avg_pool,
};

/* ---- upsample ---- */

struct upsample {
    int64_t scale;
    int mode;
};

static lk_node *build_upsample(const lk_layer_place *place, lk_node *x, const void *options) {
    const struct upsample *o = options;
    (void)place;
    return lk_upsample(
        x, (lk_upsample_options){ .scale = (int)o->scale, .mode = (lk_upsample_mode)o->mode });
}

static const lk_option upsample_options[] = {
    LK_OPTION_INTEGER(struct upsample, scale, 2, 1, 64,
                      "how many times as high and wide the maps become"),
    LK_OPTION_WORD(struct upsample, mode, "nearest", LK_WORDS(LK_UPSAMPLE_LIST),
                   "repeat pixels, or interpolate between them (align_corners false)"),
    { 0 },
};

const lk_layer lk_layer_upsample = {
    .choice = { .name = "upsample",
                .summary = "larger maps, by repeating or interpolating pixels",
                .options = upsample_options,
                .options_size = sizeof(struct upsample) },
    .build = build_upsample,
};

/* ---- pixel_shuffle ---- */

struct pixel_shuffle {
    int64_t factor;
};

static lk_node *build_pixel_shuffle(const lk_layer_place *place, lk_node *x, const void *options) {
    (void)place;
    return lk_pixel_shuffle(x, (int)((const struct pixel_shuffle *)options)->factor);
}

static const lk_option pixel_shuffle_options[] = {
    LK_OPTION_INTEGER(struct pixel_shuffle, factor, 2, 1, LK_SHUFFLE_MAX,
                      "how many times as high and wide the maps become; its square divides the "
                      "channels"),
    { 0 },
};

const lk_layer lk_layer_pixel_shuffle = {
    .choice = { .name = "pixel_shuffle",
                .summary = "channels become pixels (sub-pixel convolution after a conv)",
                .options = pixel_shuffle_options,
                .options_size = sizeof(struct pixel_shuffle) },
    .build = build_pixel_shuffle,
};
