/* likeness eval: measures a trained model on a split of a pack. */
#include "cli/eval.h"
#include "cli/command.h"
#include "cli/eval_features.h"
#include "cli/eval_samples.h"
#include "cli/extremes.h"
#include "cli/flags.h"
#include "cli/markdown.h"
#include "cli/output.h"
#include "cli/trained.h"
#include "evaluate/scores.h"
#include "report/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- printing ---- */

/* The metrics of pairs, and those of features that were measured. */
static lk_metric_list columns_of(const lk_evaluation *e) {
    lk_metric_list columns = { 0 };
    for (int m = 0; m < LK_N_ALL_METRICS; m++)
        if (m < LK_N_METRICS || !isnan(e->model.value[m])) columns.v[columns.n++] = (lk_metric)m;
    return columns;
}

static void add_heads(lk_text *out, const lk_metric_list *columns) {
    lk_text_add(out, "| model | n |");
    for (int i = 0; i < columns->n; i++)
        lk_text_add(out, " %s |", lk_metric_describe(columns->v[i])->title);
    lk_text_add(out, "\n|---|---|");
    for (int i = 0; i < columns->n; i++) lk_text_add(out, "---|");
    lk_text_add(out, "\n");
}

static void add_row(lk_text *out, const char *name, const lk_metric_list *columns,
                    const lk_metrics_summary *s) {
    lk_text_add(out, "| ");
    lk_report_md_cell(name, out);
    lk_text_add(out, " | %zu |", s->n);
    for (int i = 0; i < columns->n; i++) {
        const lk_metric m = columns->v[i];
        lk_text_add(out, " ");
        lk_metric_text(out, s->value[m], s->se[m], lk_metric_describe(m)->digits, false);
        lk_text_add(out, " |");
    }
    lk_text_add(out, "\n");
}

/* Below the table: whether latents are used, and whether codes follow the prior. */
static void add_codes(const lk_codes_summary *c, lk_text *out) {
    lk_text_add(out, "\ncodes: %d of %d latents active", c->active, c->latents);
    if (!isnan(c->kl)) lk_text_add(out, ", KL %.3f", c->kl);
    if (!isnan(c->mmd))
        lk_text_add(out, ", MMD² to the prior %.5f over %zu codes (true prior samples: 0 ± %.5f)",
                    c->mmd, c->mmd_n, c->mmd_prior_sd);
    lk_text_add(out, "\n");
}

/* Which network the metrics of features come from. */
static void add_network(const lk_feature_network *network, lk_text *out) {
    if (*network->id)
        lk_text_add(out, "\nfeatures: network %s (weights with the CRC-32C %s), %d values\n",
                    network->id, network->crc32c, network->n_values);
}

static lk_status print_table(const lk_evaluation *e, lk_error *err) {
    const lk_metric_list columns = columns_of(e);
    lk_text out = { 0 };
    char pca[64];
    add_heads(&out, &columns);
    add_row(&out, e->name, &columns, &e->model);
    if (e->corrupted) add_row(&out, "corrupted pictures", &columns, &e->spoilt);
    if (e->has_baselines) {
        snprintf(pca, sizeof pca, "PCA, %d components", e->n_components);
        add_row(&out, "mean image", &columns, &e->mean_image);
        add_row(&out, pca, &columns, &e->pca);
    }
    add_codes(&e->codes, &out);
    add_network(&e->features, &out);
    return lk_cli_put_markdown(&out, err);
}

lk_status lk_evaluation_print(const lk_evaluation *e, bool json, lk_error *err) {
    if (!json) return print_table(e, err);
    cJSON *object = NULL;
    lk_status status = lk_evaluation_json(e, &object, err);
    return status ? status : lk_cli_put_json(object, true, err);
}

/* ---- the command ---- */

struct options {
    char data[LK_WORDS_MAX], features[LK_WORDS_MAX], scores[LK_WORDS_MAX], out[LK_WORDS_MAX];
    int split;
    int64_t worst, samples, seed, rank_timeout;
    bool baselines, corrupted, fit, json;
};

enum { CLOSEST = 16 }; /* samples in a picture without --worst */

static const lk_option options[] = {
    LK_OPTION_NAMED(struct options, data, "FILE.lkd", "the pack to measure on" LK_HELP_RUN_DATA),
    LK_OPTION_WORD(struct options, split, "test", LK_WORDS(LK_SPLIT_LIST), "which split of it"),
    LK_OPTION_BOOLEAN(
        struct options, baselines, false,
        "also the training split's mean image, and PCA with as many components as latents"),
    LK_OPTION_BOOLEAN(struct options, corrupted, false,
                      "corrupt the pictures as in training, and compare what the model makes of "
                      "them with the clean ones; also the scores of the corrupted pictures"),
    LK_OPTION_NAMED(struct options, features, "FILE.json",
                    "measure frechet, and with linear weights lpips, in the features of the "
                    "network that the file describes; none: not at all; default: as the model's "
                    "config says"),
    LK_OPTION_OUTPUT(struct options, scores, "FILE.csv",
                     "CSV file to write: index, name and every metric of each picture"),
    LK_OPTION_INTEGER(struct options, worst, 0, 0, LK_EXTREMES_MAX,
                      "show this many pictures with the lowest ssim, and as many with the highest; "
                      "with --samples the samples nearest to training pictures (then by default "
                      "16)"),
    LK_OPTION_OUTPUT(
        struct options, out, "FILE.png|svg|pdf",
        "figure to write for --worst: originals above their reconstructions, the worst "
        "first, then the best; or for --samples: samples above the training pictures "
        "that are nearest; default with --worst: worst.png or closest.png, or if that "
        "exists worst_2.png and so on"),
    LK_OPTION_INTEGER(struct options, samples, 0, 0, 100000,
                      "also measure this many samples of the model's prior"),
    LK_OPTION_BOOLEAN(struct options, fit, false,
                      "draw the codes of the samples from a Gaussian fitted to those of the "
                      "training pictures, as sample --fit does"),
    LK_OPTION_INTEGER(struct options, seed, 1, 0, 9007199254740991.0,
                      "seed of the samples, as of the command sample"),
    LK_OPTION_BOOLEAN(struct options, json, false, "one JSON object"),
    LK_OPTION_RANK_TIMEOUT(struct options),
    { 0 },
};

static bool shows_extremes(const struct options *o) {
    return o->worst && !o->samples;
}

/* What needs the names or pixels of single pictures. */
static lk_status write_files(const lk_cli *cli, lk_trained *trained, const lk_pack *pack,
                             const lk_score *scores, lk_extremes *extremes, lk_error *err) {
    const struct options *o = cli->options;
    lk_split split = (lk_split)o->split;
    lk_status status = LK_OK;
    if (*o->scores) status = lk_scores_write_csv(o->scores, pack, split, scores, err);
    if (status || !shows_extremes(o)) return status;
    status = lk_extremes_find(pack, split, scores, (int)o->worst, extremes, err);
    return status ? status : lk_extremes_draw(extremes, cli, trained, pack, o->out, err);
}

/* What is measured beyond the scores. */
struct more {
    lk_eval_features features;
    lk_score *scores; /* of every picture; NULL: not needed */
    lk_extremes extremes;
    lk_eval_samples samples;
};

static lk_status print_text(const struct options *o, const lk_evaluation *evaluation,
                            const struct more *more, lk_error *err) {
    lk_status status = lk_evaluation_print(evaluation, false, err);
    if (!status && shows_extremes(o)) status = lk_extremes_print(&more->extremes, o->out, err);
    if (!status && o->samples) status = lk_eval_samples_print(&more->samples, err);
    return status;
}

static lk_status print_json(const struct options *o, const lk_trained *trained,
                            const lk_evaluation *evaluation, const struct more *more,
                            lk_error *err) {
    cJSON *json = NULL;
    lk_status status = lk_evaluation_json(evaluation, &json, err);
    if (!status && o->samples)
        status = lk_samples_json(&more->samples.measured, more->samples.pack, json, err);
    if (status) {
        cJSON_Delete(json);
        return status;
    }
    /* that of a finished run is its test.json */
    bool whole =
        (!trained->unfinished.is || lk_cli_add_model(json, trained->path, &trained->unfinished)) &&
        (!*o->scores || cJSON_AddStringToObject(json, "scores", o->scores));
    if (*o->out) whole = whole && cJSON_AddStringToObject(json, "out", o->out);
    if (shows_extremes(o)) whole = whole && lk_extremes_json(&more->extremes, json);
    return lk_cli_put_json(json, whole, err);
}

static lk_status check_options(const lk_cli *cli, lk_error *err) {
    const struct options *o = cli->options;
    if (o->samples && o->split == LK_SPLIT_TRAIN)
        return lk_fail(err, LK_USAGE,
                       "--samples: expected --split val or test, whose pictures are new to the "
                       "model, got train");
    if (!o->samples && lk_cli_given(cli, "seed"))
        return lk_fail(err, LK_USAGE, "--seed: expected --samples N with it");
    if (!o->samples && o->fit) return lk_fail(err, LK_USAGE, "--fit: expected --samples N with it");
    if (o->corrupted && shows_extremes(o))
        return lk_fail(err, LK_USAGE, "--worst shows clean pictures: expected no --corrupted");
    if (*o->out && !o->worst && !o->samples)
        return lk_fail(err, LK_USAGE, "--out: expected --worst N or --samples N with it");
    return LK_OK;
}

static lk_status measure_samples(const lk_cli *cli, const lk_trained *model, const char *data,
                                 struct more *more, lk_error *err) {
    lk_eval_samples *samples = &more->samples;
    const struct options *o = cli->options;
    const lk_samples_options plan = { .n = (int)o->samples,
                                      .seed = (uint64_t)o->seed,
                                      .split = (lk_split)o->split,
                                      .n_closest = o->worst ? (int)o->worst : CLOSEST,
                                      .features = more->features.source };
    lk_status status = lk_eval_samples_open(cli, model, data, &plan, o->fit, samples, err);
    if (!status && *o->out) status = lk_eval_samples_draw(samples, cli, o->out, err);
    return status;
}

/* With the pack of rank 0. */
static lk_status check_pack(lk_comm *comm, const lk_pack *pack, const char *path, lk_error *err) {
    char first[LK_WORDS_MAX] = "";
    const char *own = lk_pack_describe(pack)->fingerprint;
    lk_format(first, sizeof first, "%s", own);
    lk_status status = lk_comm_share(comm, first, sizeof first, err);
    return status ? status
                  : lk_comm_agree(comm, false, lk_pack_check_same(path, own, first, err), err);
}

/* The pictures are divided; rank 0 does everything else, while the others wait. */
static lk_status measure_pack(lk_cli *cli, lk_trained *trained, lk_comm *comm, const char *data,
                              const lk_pack *pack, struct more *more, lk_error *err) {
    const struct options *o = cli->options;
    lk_evaluation evaluation;
    bool of_pictures = *o->scores || shows_extremes(o), first = comm->rank == 0;
    const lk_evaluate_options plan = { .split = (lk_split)o->split,
                                       .baselines = o->baselines,
                                       .corrupted = o->corrupted,
                                       .features = more->features.source,
                                       .fingerprint = lk_pack_describe(pack)->fingerprint,
                                       .scores = of_pictures ? &more->scores : NULL,
                                       .comm = comm };
    lk_status status = check_pack(comm, pack, data, err);
    if (status) return status;
    if (o->samples && first) status = measure_samples(cli, trained, data, more, err);
    status = lk_comm_agree(comm, true, status, err);
    if (!status)
        status = lk_evaluate_trained(&cli->context, trained, data, &plan, &evaluation, err);
    if (!status && of_pictures && first)
        status = write_files(cli, trained, pack, more->scores, &more->extremes, err);
    if (!status && first)
        status = o->json ? print_json(o, trained, &evaluation, more, err)
                         : print_text(o, &evaluation, more, err);
    return status;
}

static lk_status measure(lk_cli *cli, lk_trained *trained, lk_comm *comm, struct more *more,
                         lk_error *err) {
    const struct options *o = cli->options;
    char data[LK_PATH_MAX];
    lk_pack *pack = NULL;
    lk_status status = lk_eval_features_open(o->features, trained, &more->features, err);
    if (!status) status = lk_cli_open_pack(cli, cli->arguments[0], o->data, data, &pack, err);
    status = lk_comm_agree(comm, false, status, err);
    if (!status) status = measure_pack(cli, trained, comm, data, pack, more, err);
    lk_pack_close(pack);
    return status;
}

static lk_status run_alone(lk_cli *cli, lk_comm *comm, lk_error *err) {
    const struct options *o = cli->options;
    struct more more = { .scores = NULL };
    lk_trained trained;
    lk_status status = check_options(cli, err);
    if (!status) status = lk_trained_open(cli->arguments[0], &cli->context, NULL, 0, &trained, err);
    bool opened = !status;
    status = lk_comm_agree(comm, false, status, err);
    if (!opened) return status;
    if (o->worst) lk_cli_default_out(cli, o->samples ? "closest.png" : "worst.png");
    if (!status) status = measure(cli, &trained, comm, &more, err);
    lk_eval_features_close(&more.features);
    lk_eval_samples_close(&more.samples);
    lk_extremes_deinit(&more.extremes);
    lk_free(more.scores);
    lk_trained_close(&trained);
    return status;
}

/* Each process has a model of its own, which works as if the process was alone. */
static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *o = cli->options;
    lk_comm *comm = cli->context.comm, alone = lk_comm_single();
    comm->limit_s = (double)o->rank_timeout;
    if (comm->rank > 0) cli->context.log = (lk_log){ NULL, NULL };
    cli->context.comm = &alone;
    lk_status status = run_alone(cli, comm, err);
    cli->context.comm = comm;
    return lk_comm_agree(comm, true, status, err);
}

const lk_command lk_command_eval = {
    .name = "eval",
    .summary = "Measure a trained model",
    .example = "likeness eval runs/vae --baselines",
    .usage = "RUN [--data FILE.lkd] [options]",
    .details = LK_HELP_RUN
    " Values are means over pictures, ± one standard error over pictures.\n"
    "ssim: 11 x 11 Gaussian of sigma 1.5, valid positions, population statistics, range "
    "1 (scikit-image with "
    "gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1).\n"
    "A latent is active if its code differs from picture to picture: if the variance of the mean "
    "codes is above 0.01.\n"
    "--features FILE.json has an object as the section features of a config (likeness help "
    "features): layers, weights and so on. frechet is the Frechet distance between the features of "
    "the pictures and those of their reconstructions (Heusel et al. 2017): of the last feature, "
    "averaged over positions. lpips is the loss perceptual with normalize and linear. Both compare "
    "only with figures from the same network, on as many pictures.\n"
    "--samples measures pictures that the decoder makes of codes of the prior, next to "
    "real ones (at most 2,000 of the split): mean gradient magnitude and CIELAB chroma "
    "over those of the real pictures, and the distance to the nearest training picture, "
    "the root of the mean squared difference on [0, 1]. Samples that are closer to a "
    "training picture than 99 of 100 real pictures are counted. As blurred pictures are "
    "close to many, a copy must also be as much closer to the nearest than to the second "
    "nearest as only 1 of 100 real pictures is.\n"
    "\"mpirun -n P likeness eval ...\" divides the pictures among P processes, a power of two, and "
    "prints the same digits.",
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 1,
    .max_arguments = 1,
    .computes = true,
    .by_ranks = true,
    .run = run,
};
