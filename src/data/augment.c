/*
 * Random changes of training pictures. Colours follow PyTorch's ColorJitter: values are scaled by a
 * factor that is uniform in [1 - amount, 1 + amount], around 0 (brightness), around the picture's
 * mean luma (contrast) or around each pixel's luma (saturation), and clipped to [0, 1].
 */
#include "data/augment.h"

#include <math.h>
#include <string.h>

#define ROW(name) &lk_augmentation_##name.choice,
const lk_choice *const lk_augmentations[] = { LK_AUGMENTATION_LIST(ROW) NULL };
#undef ROW
const lk_items lk_augmentation_items = { .list = lk_augmentations };

void lk_augment(const lk_chosen_list *list, lk_augmented picture, lk_rng *rng) {
    for (int i = 0; i < list->n; i++) {
        const lk_chosen *chosen = &list->item[i].chosen;
        ((const lk_augmentation *)chosen->choice)->apply(picture, rng, chosen->options);
    }
}

static size_t count(lk_augmented p) {
    return (size_t)p.size * (size_t)p.size * (size_t)p.channels;
}

static lk_real *pixel(lk_real *picture, lk_augmented p, int y, int x) {
    return picture + ((size_t)y * (size_t)p.size + (size_t)x) * (size_t)p.channels;
}

/* The spare picture becomes the picture. */
static void take_spare(lk_augmented p) {
    memcpy(p.picture, p.spare, count(p) * sizeof *p.picture);
}

/* Uniform in [low, high). */
static double between(lk_rng *rng, double low, double high) {
    return low + (high - low) * lk_rng_uniform(rng);
}

/* ---- places ---- */

/* Fills the spare picture: its pixel (y, x) is the picture's (from_y[y], from_x[x]). */
static void rearrange(lk_augmented p, int (*from_y)(int i, int by, int size), int by_y,
                      int (*from_x)(int i, int by, int size), int by_x) {
    for (int y = 0; y < p.size; y++)
        for (int x = 0; x < p.size; x++)
            memcpy(pixel(p.spare, p, y, x),
                   pixel(p.picture, p, from_y(y, by_y, p.size), from_x(x, by_x, p.size)),
                   (size_t)p.channels * sizeof *p.spare);
    take_spare(p);
}

/* `by` 1: from the other end. */
static int mirrored(int i, int by, int size) {
    return by ? size - 1 - i : i;
}

/* i - by, reflected at the edges, which are not repeated. */
static int moved(int i, int by, int size) {
    i -= by;
    if (size == 1) return 0;
    int at = (i < 0 ? -i : i) % (2 * (size - 1));
    return at < size ? at : 2 * (size - 1) - at;
}

#define AXIS_LIST(X)                                                                               \
    X(horizontal, HORIZONTAL)                                                                      \
    X(vertical, VERTICAL)
enum { AXIS_LIST(LK_WORDS_ENUM) };

struct flip {
    int direction;
    double probability;
};

static void flip(lk_augmented p, lk_rng *rng, const void *options) {
    const struct flip *o = options;
    bool vertical = o->direction == VERTICAL;
    if (lk_rng_uniform(rng) >= o->probability) return;
    rearrange(p, mirrored, vertical, mirrored, !vertical);
}

static const lk_option flip_options[] = {
    LK_OPTION_WORD(struct flip, direction, "horizontal", LK_WORDS(AXIS_LIST),
                   "left and right are swapped, or top and bottom"),
    LK_OPTION_NUMBER(struct flip, probability, 0.5, 0, 1, "how often"),
    { 0 },
};
const lk_augmentation lk_augmentation_flip = {
    .choice = { .name = "flip",
                .summary = "a mirror image",
                .options = flip_options,
                .options_size = sizeof(struct flip) },
    .apply = flip,
};

struct shift {
    int64_t pixels;
};

static void shift(lk_augmented p, lk_rng *rng, const void *options) {
    const uint32_t most = (uint32_t)((const struct shift *)options)->pixels;
    int down = (int)lk_rng_below(rng, 2 * most + 1) - (int)most;
    int right = (int)lk_rng_below(rng, 2 * most + 1) - (int)most;
    rearrange(p, moved, down, moved, right);
}

static const lk_option shift_options[] = {
    LK_OPTION_INTEGER(struct shift, pixels, 4, 1, 4096,
                      "the farthest, along each axis; what is missing is reflected at the edge"),
    { 0 },
};
const lk_augmentation lk_augmentation_shift = {
    .choice = { .name = "shift",
                .summary = "moved by whole pixels in any direction",
                .options = shift_options,
                .options_size = sizeof(struct shift) },
    .apply = shift,
};

struct crop {
    double smallest;
};

/* The value at a place between pixels, whose centres are at whole numbers. */
static void sample(lk_augmented p, double y, double x, lk_real *out) {
    int top = (int)y, left = (int)x, bottom = top + 1 < p.size ? top + 1 : top,
        right = left + 1 < p.size ? left + 1 : left;
    lk_real down = LK_R(y - top), across = LK_R(x - left);
    const lk_real *a = pixel(p.picture, p, top, left), *b = pixel(p.picture, p, top, right),
                  *c = pixel(p.picture, p, bottom, left), *d = pixel(p.picture, p, bottom, right);
    for (int k = 0; k < p.channels; k++) {
        lk_real above = a[k] + across * (b[k] - a[k]), below = c[k] + across * (d[k] - c[k]);
        out[k] = above + down * (below - above);
    }
}

/* Where the centre of pixel i of the result is, in a square from `first` whose side is `scale` of
   the picture's; kept within the picture. */
static double place(int i, double first, double scale, int size) {
    return fmin(fmax(first + (i + 0.5) * scale - 0.5, 0), size - 1);
}

static void crop(lk_augmented p, lk_rng *rng, const void *options) {
    double scale = between(rng, ((const struct crop *)options)->smallest, 1);
    double top = between(rng, 0, (1 - scale) * p.size),
           left = between(rng, 0, (1 - scale) * p.size);
    for (int y = 0; y < p.size; y++)
        for (int x = 0; x < p.size; x++)
            sample(p, place(y, top, scale, p.size), place(x, left, scale, p.size),
                   pixel(p.spare, p, y, x));
    take_spare(p);
}

static const lk_option crop_options[] = {
    LK_OPTION_NUMBER(struct crop, smallest, 0.8, 0.1, 1,
                     "the side of the smallest square, as a share of the picture's"),
    { 0 },
};
const lk_augmentation lk_augmentation_crop = {
    .choice = { .name = "crop",
                .summary = "a square of random size at a random place, enlarged (bilinear)",
                .options = crop_options,
                .options_size = sizeof(struct crop) },
    .apply = crop,
};

/* ---- colours ---- */

struct jitter {
    double amount;
};

#define JITTER_OPTIONS(help_)                                                                      \
    {                                                                                              \
        LK_OPTION_NUMBER(struct jitter, amount, 0.2, 0, 1, help_), {                               \
            0                                                                                      \
        }                                                                                          \
    }

static double luma(lk_augmented p, const lk_real *at) {
    return p.channels == 1 ? (double)at[0]
                           : 0.299 * (double)at[0] + 0.587 * (double)at[1] + 0.114 * (double)at[2];
}

static double factor(lk_rng *rng, const void *options) {
    const double amount = ((const struct jitter *)options)->amount;
    return between(rng, 1 - amount, 1 + amount);
}

/* centre + factor (value - centre), within [0, 1] */
static lk_real stretched(lk_real value, double centre, double by) {
    return LK_R(fmin(fmax(centre + by * ((double)value - centre), 0), 1));
}

static void stretch_around(lk_augmented p, double centre, double by) {
    for (size_t i = 0; i < count(p); i++) p.picture[i] = stretched(p.picture[i], centre, by);
}

static void brightness(lk_augmented p, lk_rng *rng, const void *options) {
    stretch_around(p, 0, factor(rng, options));
}

static const lk_option brightness_options[] =
    JITTER_OPTIONS("values are scaled by a factor of 1 - amount to 1 + amount");
const lk_augmentation lk_augmentation_brightness = {
    .choice = { .name = "brightness",
                .summary = "darker or brighter",
                .options = brightness_options,
                .options_size = sizeof(struct jitter) },
    .apply = brightness,
};

static void contrast(lk_augmented p, lk_rng *rng, const void *options) {
    const size_t n = count(p), channels = (size_t)p.channels;
    double sum = 0;
    for (size_t i = 0; i < n; i += channels) sum += luma(p, p.picture + i);
    stretch_around(p, sum * p.channels / (double)n, factor(rng, options));
}

static const lk_option contrast_options[] = JITTER_OPTIONS(
    "distances to the picture's mean luma are scaled by a factor of 1 - amount to 1 + amount");
const lk_augmentation lk_augmentation_contrast = {
    .choice = { .name = "contrast",
                .summary = "less or more contrast",
                .options = contrast_options,
                .options_size = sizeof(struct jitter) },
    .apply = contrast,
};

static void saturation(lk_augmented p, lk_rng *rng, const void *options) {
    const size_t n = count(p), channels = (size_t)p.channels;
    const double by = factor(rng, options);
    for (size_t i = 0; i < n; i += channels) {
        const double grey = luma(p, p.picture + i);
        for (size_t k = i; k < i + channels; k++) p.picture[k] = stretched(p.picture[k], grey, by);
    }
}

static const lk_option saturation_options[] = JITTER_OPTIONS(
    "distances to the pixel's luma are scaled by a factor of 1 - amount to 1 + amount; grey "
    "pictures stay as they are");
const lk_augmentation lk_augmentation_saturation = {
    .choice = { .name = "saturation",
                .summary = "paler or stronger colours",
                .options = saturation_options,
                .options_size = sizeof(struct jitter) },
    .apply = saturation,
};
