/* Every key of a config, with default, range and help; the rows of "type" have their own. */
#include "config/sections.h"
#include "model/presets.h"
#include "optim/optim.h"

#include <likeness/loader.h>
#include <stdio.h>
#include <string.h>

#define WHOLE_MAX 9007199254740991.0 /* 2^53 - 1: whole numbers up to here survive JSON */
#define INSIDE(S, key_)                                                                            \
    { .key = #key_, .type = LK_JSON, .offset = offsetof(S, key_.json), .words = "an object" }

static const lk_option top_options[] = {
    LK_OPTION_STRING(lk_config, name, "",
                     "name of the run; empty: that of its folder. A --set that changes a number of "
                     "the run empties it"),
    LK_OPTION_INTEGER(lk_config, seed, 1, 0, WHOLE_MAX, "seed of all random numbers"),
    INSIDE(lk_config, model),
    INSIDE(lk_config, corruption),
    INSIDE(lk_config, reconstruction),
    INSIDE(lk_config, regularizer),
    INSIDE(lk_config, optimizer),
    INSIDE(lk_config, train),
    INSIDE(lk_config, features),
    { 0 },
};

static const lk_option model_options[] = {
    { .key = "latent",
      .type = LK_INTEGERS,
      .offset = offsetof(lk_config_model, latent),
      .text = "128",
      .min = 1,
      .max = 65536,
      .words = "a shape [C, H, W]",
      .help = "numbers in the code of an image; with a shape the code is a map, and the network "
              "is convolutional throughout" },
    { .key = "architecture",
      .type = LK_JSON,
      .offset = offsetof(lk_config_model, architecture_json),
      .words = "a preset's name, a file's name or an object" },
    LK_OPTION_WORD(lk_config_model, engine, "auto", LK_WORDS(LK_ENGINE_LIST),
                   "how convolutions are computed; auto takes the fastest for each; winograd fits "
                   "stride 1 and 2"),
    LK_OPTION_WORD(lk_config_model, initializer, "torch", LK_WORDS(LK_INITIALIZER_LIST),
                   "how weights start"),
    LK_OPTION_NUMBER(lk_config_model, initializer_std, 0.02, 1e-9, 1e3,
                     "standard deviation of initializer normal"),
    { 0 },
};

static const lk_option reconstruction_options[] = {
    LK_OPTION_NUMBER(lk_config_reconstruction, scale, 1, 1e-9, 1e9, "factor on the loss"),
    { 0 },
};

static const lk_option corruption_options[] = { { 0 } };

static const lk_option regularizer_options[] = { { 0 } };

static const lk_option features_options[] = { { 0 } };

static const lk_option optimizer_options[] = {
    LK_OPTION_NUMBER(lk_config_optimizer, lr, 1e-3, 0, 1e37, "step size"),
    LK_OPTION_NUMBER(lk_config_optimizer, clip_norm, 0, 0, 1e9,
                     "largest norm of the gradient; 0: no limit"),
    LK_OPTION_NUMBER(
        lk_config_optimizer, average, 0, 0, 0.9999999,
        "decay of the moving average of the weights, which is evaluated and exported; 0: none"),
    INSIDE(lk_config_optimizer, schedule),
    { 0 },
};

static const lk_option schedule_options[] = {
    LK_OPTION_INTEGER(lk_config_schedule, warmup_steps, 0, 0, WHOLE_MAX,
                      "steps over which lr grows from 0"),
    { 0 },
};

static const lk_option train_options[] = {
    LK_OPTION_INTEGER(lk_config_train, batch_size, 64, 1, 65536, "images per step"),
    LK_OPTION_INTEGER(lk_config_train, epochs, 20, 1, 1e6, "passes over the training images"),
    LK_OPTION_INTEGER(lk_config_train, steps, 0, 0, WHOLE_MAX,
                      "steps in total; 0: as many as the epochs have"),
    LK_OPTION_INTEGER(lk_config_train, patience, 0, 0, 1e6,
                      "epochs without a new lowest validation loss after which the run ends early; "
                      "0: it never does"),
    LK_OPTION_WORD(lk_config_train, precision, "float", LK_WORDS(LK_PRECISION_LIST),
                   "what the products of convolutions multiply in training; bf16 rounds their "
                   "factors to 8 bits, which is faster on processors with AVX512_BF16. All else is "
                   "float: weights, sums, linear layers, losses, and what validates or uses a "
                   "model"),
    LK_OPTION_BOOLEAN(lk_config_train, flip, true, "mirror each image with probability 1/2"),
    { .key = "augment",
      .type = LK_CHOICES,
      .offset = offsetof(lk_config_train, augment),
      .max = LK_AUGMENTATIONS_MAX,
      .text = "[]",
      .words = "augmentations",
      .help = "random changes of training images, one after another, new in each epoch; the "
              "changed image is also what its reconstruction is compared with",
      .items = &lk_augmentation_items },
    LK_OPTION_INTEGER(lk_config_train, shards, 0, 0, 64,
                      "parts of a batch, a power of two; their sums are added in a fixed order; 0: "
                      "up to 8 parts of at least 8 images"),
    LK_OPTION_INTEGER(lk_config_train, checkpoint_every_steps, 0, 0, WHOLE_MAX,
                      "steps between checkpoints; 0: one at the end of each epoch"),
    LK_OPTION_INTEGER(lk_config_train, log_every_steps, 50, 1, WHOLE_MAX,
                      "steps between lines of the log"),
    LK_OPTION_INTEGER(lk_config_train, grid_images, 8, 0, 64,
                      "validation images in the picture of each epoch"),
    { 0 },
};

static lk_status read_architecture(const lk_json *json, const struct cJSON *value, const char *path,
                                   lk_arena *arena, void *options, lk_error *err) {
    return lk_architecture_read(json, value, path, arena, options, err);
}

#define CHOICE(path_, help_, member, list_, type_, table)                                          \
    {                                                                                              \
        .path = path_, .help = help_, .list = list_, .type = type_, .options = table,              \
        .offset = offsetof(lk_config, member), .chosen = offsetof(lk_config, member.chosen)        \
    }

const lk_section lk_sections[] = {
    { .path = "", .help = "a training run", .options = top_options },
    CHOICE("model", "the network and the use of its code", model, lk_models, "ae", model_options),
    { .path = "model.architecture",
      .help = "the layers, as a preset, which follows the size of the pictures, or as lists",
      .type = LK_PRESET_DEFAULT,
      .options = lk_architecture_options,
      .offset = offsetof(lk_config, model.architecture),
      .words = LK_WORDS(LK_PRESET_LIST),
      .file = ".json",
      .read = read_architecture },
    CHOICE("corruption",
           "what the encoder gets instead of the picture in training; the loss compares with the "
           "clean one",
           corruption, lk_corruptions, "none", corruption_options),
    CHOICE("reconstruction", "how a reconstruction is compared with its original", reconstruction,
           lk_losses, "mse", reconstruction_options),
    CHOICE("regularizer", "what the codes should be like", regularizer, lk_regularizers, NULL,
           regularizer_options),
    CHOICE("optimizer", "how gradients change the weights", optimizer, lk_optimizers, "adam",
           optimizer_options),
    CHOICE("optimizer.schedule", "how lr changes from step to step", optimizer.schedule,
           lk_schedules, "constant", schedule_options),
    { .path = "train",
      .help = "how long and in what batches",
      .options = train_options,
      .offset = offsetof(lk_config, train) },
    { .path = "features",
      .help = "a network that is not trained, for the metrics frechet and lpips of the finished "
              "model",
      .list = lk_feature_networks,
      .type = "none",
      .options = features_options,
      .offset = offsetof(lk_config, features),
      .chosen = offsetof(lk_config, features.chosen),
      .is_extra = true },
    { 0 },
};

const lk_option lk_config_directives[] = {
    { .key = "$schema",
      .type = LK_STRING,
      .text = "",
      .help = "for editors; ignored by the program" },
    { .key = "extends",
      .type = LK_STRING,
      .text = "",
      .help = "the config that this one changes; relative to this file" },
    { 0 },
};

const char *lk_section_type(const lk_section *section, const lk_config *config) {
    const lk_model_type *model = (const lk_model_type *)config->model.chosen.choice;
    return section->type ? section->type : model ? model->regularizer : NULL;
}

const lk_section *lk_section_find(const char *path) {
    for (const lk_section *section = lk_sections; section->path; section++)
        if (strcmp(section->path, path) == 0) return section;
    return NULL;
}

const char *lk_config_path(const char *path, const char *key, char out[LK_CONFIG_PATH_MAX]) {
    snprintf(out, LK_CONFIG_PATH_MAX, "%s%s%s", path, path[0] ? "." : "", key);
    return out;
}

const lk_section *lk_section_inside(const lk_section *section, const lk_option *option) {
    char path[LK_CONFIG_PATH_MAX];
    return option->type == LK_JSON
               ? lk_section_find(lk_config_path(section->path, option->key, path))
               : NULL;
}
