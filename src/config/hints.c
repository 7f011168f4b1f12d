/* Hints for words of PyTorch-VAE, PyTorch Lightning, Hydra and others. */
#include "config/hints.h"
#include "base/json_errors.h"

#include <cjson/cJSON.h>
#include <string.h>
#include <strings.h>

/* The words in lower case. A hint in quotes is a key; others are sentences. */
static const struct hint {
    const char *words, *key, *sentence;
} hints[] = {
    { "learning_rate|learningrate|base_lr|init_lr|lr_init", "optimizer.lr", NULL },
    { "latent_dim|latent_size|latent_dims|z_dim|zdim|nz|code_size|code_dim|bottleneck|embedding_"
      "dim",
      "model.latent", NULL },
    { "loss|loss_fn|loss_type|criterion|recon_loss|recons_loss|reconstruction_loss",
      "reconstruction.type", NULL },
    { "loss_weight|recon_weight|recons_weight", "reconstruction.scale", NULL },
    { "max_epochs|num_epochs|n_epochs|nepochs|total_epochs", "train.epochs", NULL },
    { "max_steps|num_steps|n_steps|total_steps|iterations", "train.steps", NULL },
    { "batch|batchsize|train_batch_size|val_batch_size", "train.batch_size", NULL },
    { "kld_weight|kl_weight|kl_coef|mmd_weight|reg_weight|beta", "regularizer.weight", NULL },
    { "beta_warmup|kl_warmup|kl_warmup_steps|kl_anneal_steps|anneal_steps",
      "regularizer.warmup_steps", NULL },
    { "num_embeddings|n_embeddings|codebook_size|num_codes|n_codes", "model.codes", NULL },
    { "commitment_cost|commitment_weight|commitment_beta", "model.commitment", NULL },
    { "noise|noise_std|noise_factor|denoising|denoise", "corruption.type", NULL },
    { "early_stopping|early_stopping_patience", "train.patience", NULL },
    { "hidden_dims|hidden_dim|hidden_sizes|widths|n_filters|base_channels", "model.architecture",
      NULL },
    { "arch|backbone|network|net", "model.architecture", NULL },
    { "encoder|decoder", NULL, "the layers are in \"model.architecture\"" },
    { "model_type|model_name", "model.type", NULL },
    { "optim|optimiser", "optimizer.type", NULL },
    { "loss_params", NULL, "the loss is \"reconstruction\", with its own keys" },
    { "scheduler|lr_scheduler|lr_schedule|scheduler_gamma|sched", "optimizer.schedule", NULL },
    { "warmup|warmup_epochs|num_warmup_steps", "optimizer.schedule.warmup_steps", NULL },
    { "gradient_clip_val|grad_clip|clip_grad_norm|max_grad_norm", "optimizer.clip_norm", NULL },
    { "betas", NULL, "here they are \"optimizer.beta1\" and \"optimizer.beta2\"" },
    { "ema|ema_decay|use_ema", "optimizer.average", NULL },
    { "manual_seed|random_seed|seed_everything", "seed", NULL },
    { "random_flip|hflip|horizontal_flip", "train.flip", NULL },
    { "augmentation|augmentations|transform|transforms|color_jitter|random_crop|random_resized_"
      "crop",
      "train.augment", NULL },
    { "log_every_n_steps|log_interval|log_freq", "train.log_every_steps", NULL },
    { "gpu|gpus|device|devices|accelerator|num_gpus|cuda", NULL,
      "training runs on processors, so no device is chosen" },
    { "num_workers|workers|n_jobs|num_threads|threads", NULL, "use the option --threads" },
    { "in_channels|img_size|image_size|input_size|patch_size|channels", NULL,
      "the pack has it: likeness prepare --size" },
    { "data|data_path|data_dir|dataset|datamodule|data_params|root", NULL,
      "use the option --data" },
    { "save_dir|log_dir|logdir|output_dir|out_dir|out|checkpoint_dir|logging_params|hydra", NULL,
      "use the option --out" },
    { "exp_params|trainer_params|trainer", NULL, "its keys are in \"train\" and \"optimizer\"" },
    { "model_params", NULL, "its keys are in \"model\"" },
    { "defaults|base|_base_|inherit", "extends", NULL },
    { "_target_|class_path", "type", NULL },
};

static bool has_word(const char *words, const char *word) {
    for (size_t n; *words; words += n + (words[n] == '|')) {
        n = strcspn(words, "|");
        if (strlen(word) == n && strncasecmp(words, word, n) == 0) return true;
    }
    return false;
}

static const struct hint *find_hint(const char *key) {
    for (size_t i = 0; i < LK_COUNT(hints); i++)
        if (has_word(hints[i].words, key)) return &hints[i];
    return NULL;
}

/* Whether objects of that section have that key, whatever their type. */
static bool has_key(const lk_section *section, const char *key) {
    bool found = lk_option_find(section->options, key) || (section->list && !strcmp(key, "type"));
    for (const lk_choice *const *row = section->list; row && *row && !found; row++)
        found = lk_option_find((*row)->options, key) != NULL;
    return found;
}

/* Whether `ours` is a key of this section that the reader suggests, as it is almost the same. */
static bool is_near(const lk_section *section, const char *key, const char *ours) {
    const char *dot = strrchr(ours, '.'), *const words[] = { dot ? dot + 1 : ours, NULL };
    size_t n = dot ? (size_t)(dot - ours) : 0;
    return strlen(section->path) == n && memcmp(section->path, ours, n) == 0 &&
           lk_text_nearest(key, words);
}

/* The places of a key in a config, other than `section`: those of the table first, then every
   section that has the key. */
struct places {
    char v[8][LK_CONFIG_PATH_MAX];
    size_t n;
};

static void add_place(struct places *places, const char *path) {
    for (size_t i = 0; i < places->n; i++)
        if (strcmp(places->v[i], path) == 0) return;
    if (places->n < LK_COUNT(places->v))
        lk_format(places->v[places->n++], LK_CONFIG_PATH_MAX, "%s", path);
}

static void find_places(const lk_section *section, const char *key, struct places *places) {
    const struct hint *hint = find_hint(key);
    char path[LK_CONFIG_PATH_MAX];
    if (hint && hint->key) add_place(places, hint->key);
    if (strcmp(key, "type") == 0) return;
    for (const lk_section *other = lk_sections; other->path; other++) {
        if (other == section || !has_key(other, key)) continue;
        add_place(places, lk_config_path(other->path, key, path));
    }
}

static bool say(const lk_section *section, const char *key, lk_error *err) {
    char quoted[80], words[LK_ERROR_BYTES] = "";
    const struct hint *hint = find_hint(key);
    struct places places = { .n = 0 };
    find_places(section, key, &places);
    for (size_t i = 0, n = 0; i < places.n; i++) {
        if (is_near(section, key, places.v[i])) return false;
        lk_format(words + n, sizeof words - n, "%s\"%s\"", i ? " or " : "", places.v[i]);
        n = strlen(words);
    }
    lk_text_quoted(key, quoted, sizeof quoted);
    if (places.n)
        lk_fail(err, LK_USAGE, "unknown key %s; here it is %s", quoted, words);
    else if (hint)
        lk_fail(err, LK_USAGE, "unknown key %s; %s", quoted, hint->sentence);
    return places.n || hint;
}

bool lk_config_place(const char *key, char out[LK_CONFIG_PATH_MAX]) {
    struct places places = { .n = 0 };
    find_places(NULL, key, &places);
    if (places.n) lk_format(out, LK_CONFIG_PATH_MAX, "%s", places.v[0]);
    return places.n > 0;
}

lk_status lk_config_check_hints(const lk_json *json, const lk_section *section, const cJSON *object,
                                lk_error *err) {
    lk_status status = LK_OK;
    if (!cJSON_IsObject(object)) return LK_OK;
    for (const cJSON *value = object->child; value && lk_json_goes_on(json, status);
         value = value->next)
        if (!has_key(section, value->string) && say(section, value->string, err))
            status = lk_json_error_at(json, value, section->path, err);
    return status;
}
