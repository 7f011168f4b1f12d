/* Train with a loss of your own: draw faces, train a small autoencoder, measure it.
   usage: train CONFIG FOLDER; everything is written to FOLDER. */
#include <likeness/evaluate.h>
#include <likeness/prepare.h>
#include <likeness/train.h>

#include <stdio.h>

/* Welsch's loss, the mean of 1 - exp(-(x - y)^2 / (2 sigma^2)): large errors count little. */
static lk_node *welsch(lk_node *x, lk_node *y, void *sigma) {
    double s = *(double *)sigma;
    lk_node *exponent = lk_affine(lk_square(lk_sub(x, y)), -1 / (2 * s * s), 0);
    return lk_affine(lk_mean(lk_exp(exponent)), -1, 1);
}

static lk_status draw_faces(const lk_context *context, const char *pack, lk_error *err) {
    lk_prepare_options options = lk_prepare_defaults();
    lk_prepare_report report;
    options.source = "synthetic";
    options.count = 60;
    options.val = options.test = 0.2;
    return lk_prepare(&options, context, pack, &report, err);
}

static lk_status train(const lk_context *context, const char *path, const char *pack,
                       const char *run, lk_error *err) {
    static const char *const sets[] = {
        "train.steps=10", "train.batch_size=12",
        "reconstruction={\"type\": \"custom\", \"name\": \"welsch\"}"
    };
    double sigma = 0.2;
    lk_config config = { 0 };
    lk_status status = lk_config_load(path, sets, 3, &config, err);
    if (status) return status;
    lk_train_options options = { .config = &config, .data = pack, .out = run, .force = true };
    status = lk_custom_loss(&config.reconstruction.chosen, "welsch", welsch, &sigma, err);
    if (!status) status = lk_train_model(context, &options, err);
    lk_config_deinit(&config);
    return status;
}

int main(int argc, char **argv) {
    char pack[1000], run[1000];
    lk_error err = { "usage: train CONFIG FOLDER" };
    lk_context context = { 0 };
    lk_evaluation result;
    lk_status status = argc == 3 ? lk_context_open(2, &context, &err) : LK_USAGE;
    snprintf(pack, sizeof pack, "%s/faces.lkd", status ? "" : argv[2]);
    snprintf(run, sizeof run, "%s/run", status ? "" : argv[2]);
    if (!status) status = draw_faces(&context, pack, &err);
    if (!status) status = train(&context, argv[1], pack, run, &err);
    if (!status) status = lk_evaluate_run(&context, run, pack, NULL, NULL, NULL, &result, &err);
    if (!status)
        printf("SSIM %.3f, MSE %.4f on %zu faces\n", result.model.value[LK_METRIC_SSIM],
               result.model.value[LK_METRIC_MSE], result.model.n);
    if (status) fprintf(stderr, "%s\n", err.text);
    lk_context_close(&context);
    return lk_status_exit_code(status);
}
