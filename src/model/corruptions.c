/*
 * Corruptions of the pictures that the encoder gets: denoising autoencoders (Vincent, Larochelle,
 * Bengio, Manzagol, "Extracting and Composing Robust Features with Denoising Autoencoders", 2008).
 * What becomes of a picture is determined by its random numbers alone.
 */
#include "model/corruptions.h"
#include "base/rng.h"

#include <math.h>

const lk_corruption lk_corruption_none = {
    .choice = { .name = "none", .summary = "the encoder gets the pictures as they are" },
};

/* ---- gaussian ---- */

struct gaussian {
    double sigma;
};

static void add_noise(const void *options, lk_rng *rng, lk_picture_shape shape, lk_real *x) {
    double sigma = ((const struct gaussian *)options)->sigma;
    size_t n = (size_t)shape.size * (size_t)shape.size * (size_t)shape.channels;
    for (size_t i = 0; i < n; i++) x[i] += LK_R(sigma * lk_rng_normal(rng));
}

static const lk_option gaussian_options[] = {
    LK_OPTION_NUMBER(struct gaussian, sigma, 0.1, 0, 100,
                     "standard deviation of the noise; pixels are from 0 to 1"),
    { 0 },
};
const lk_corruption lk_corruption_gaussian = {
    .choice = { .name = "gaussian",
                .summary = "normal noise is added to every value",
                .options = gaussian_options,
                .options_size = sizeof(struct gaussian) },
    .corrupt = add_noise,
};

/* ---- mask ---- */

struct mask {
    int64_t patch;
    double share, value;
};

static void fill_patch(const struct mask *o, lk_picture_shape shape, int row, int column,
                       lk_real *x) {
    int patch = (int)o->patch, c = shape.channels, size = shape.size;
    for (int y = row * patch; y < (row + 1) * patch && y < size; y++)
        for (int i = column * patch * c; i < (column + 1) * patch * c && i < size * c; i++)
            x[y * size * c + i] = LK_R(o->value);
}

/* Masks that share of the patches exactly; all choices are equally likely (Knuth, volume 2,
   algorithm S). */
static void mask_patches(const void *options, lk_rng *rng, lk_picture_shape shape, lk_real *x) {
    const struct mask *o = options;
    int side = (int)((shape.size + o->patch - 1) / o->patch), n = side * side,
        n_left = (int)floor(o->share * n + 0.5);
    for (int i = 0; i < n; i++) {
        if (lk_rng_uniform(rng) * (n - i) >= n_left) continue;
        fill_patch(o, shape, i / side, i % side, x);
        n_left--;
    }
}

static const lk_option mask_options[] = {
    LK_OPTION_INTEGER(struct mask, patch, 8, 1, 8192,
                      "side of a patch in pixels; patches at the edge may be cut"),
    LK_OPTION_NUMBER(struct mask, share, 0.5, 0, 1, "share of the patches that are masked"),
    LK_OPTION_NUMBER(struct mask, value, 0, 0, 1, "what their pixels become"),
    { 0 },
};
const lk_corruption lk_corruption_mask = {
    .choice = { .name = "mask",
                .summary = "some of the square patches of a grid are masked",
                .options = mask_options,
                .options_size = sizeof(struct mask) },
    .corrupt = mask_patches,
};

/* ---- salt_pepper ---- */

struct salt_pepper {
    double share;
};

static void strew(const void *options, lk_rng *rng, lk_picture_shape shape, lk_real *x) {
    double share = ((const struct salt_pepper *)options)->share;
    for (int i = 0; i < shape.size * shape.size; i++) {
        double u = lk_rng_uniform(rng);
        for (int c = 0; u < share && c < shape.channels; c++)
            x[i * shape.channels + c] = LK_R(u < share / 2 ? 0 : 1);
    }
}

static const lk_option salt_pepper_options[] = {
    LK_OPTION_NUMBER(struct salt_pepper, share, 0.1, 0, 1, "share of the pixels that are replaced"),
    { 0 },
};
const lk_corruption lk_corruption_salt_pepper = {
    .choice = { .name = "salt_pepper",
                .summary = "some pixels become black or white",
                .options = salt_pepper_options,
                .options_size = sizeof(struct salt_pepper) },
    .corrupt = strew,
};

#define ROW(name) &lk_corruption_##name.choice,
const lk_choice *const lk_corruptions[] = { LK_CORRUPTION_LIST(ROW) NULL };
