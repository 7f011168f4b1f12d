/* likeness eval: the figures of a trained model on a split of a pack. */
#include "cli/command.h"
#include "cli/evaluation.h"

#include <string.h>

struct options {
    char data[LK_WORDS_MAX];
    int split;
    bool baselines, json;
};

static const lk_option options[] = {
    LK_OPTION_STRING(struct options, data, "", "the pack to measure on"),
    LK_OPTION_WORD(struct options, split, "test", LK_WORDS(LK_SPLIT_LIST), "which split of it"),
    LK_OPTION_BOOLEAN(
        struct options, baselines, false,
        "also the training split's mean image, and PCA with as many components as latents"),
    LK_OPTION_BOOLEAN(struct options, json, false, "one JSON object"),
    { 0 },
};

/* The last word of the path: the folder's or file's name. */
static const char *name_of(const char *path, char out[LK_WORDS_MAX]) {
    lk_format(out, LK_WORDS_MAX, "%s", path);
    size_t n = strlen(out);
    while (n > 1 && out[n - 1] == '/') out[--n] = 0;
    const char *slash = strrchr(out, '/');
    return slash && slash[1] ? slash + 1 : out;
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *o = cli->options;
    lk_evaluation evaluation;
    char name[LK_WORDS_MAX];
    lk_status status = lk_evaluate(&cli->context, cli->arguments[0], o->data, (lk_split)o->split,
                                   o->baselines, &evaluation, err);
    return status
               ? status
               : lk_evaluation_print(&evaluation, name_of(cli->arguments[0], name), o->json, err);
}

const lk_command lk_command_eval = {
    .name = "eval",
    .summary = "Measure a trained model",
    .usage = "RUN_OR_CHECKPOINT --data F.lkd [--split test] [--baselines] [--json]",
    .details = "RUN stands for RUN/model.safetensors. Figures are means over pictures, ± one "
               "standard error over pictures.\n"
               "ssim: 11 x 11 Gaussian of sigma 1.5, valid positions, population statistics, range "
               "1 (scikit-image with\n"
               "gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1).",
    .options = options,
    .options_size = sizeof(struct options),
    .required = "data",
    .min_arguments = 1,
    .max_arguments = 1,
    .computes = true,
    .run = run,
};
