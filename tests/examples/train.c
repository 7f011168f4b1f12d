/* The library in a C program of your own: draw faces, train a small autoencoder, measure it.
   usage: train CONFIG FOLDER; everything is written to FOLDER. */
#include <likeness/context.h>
#include <likeness/evaluate.h>
#include <likeness/prepare.h>
#include <likeness/train.h>

#include <stdio.h>

static void print_message(void *self, lk_level level, const char *text) {
    (void)self;
    fprintf(stderr, "%s%s\n", level == LK_WARNING ? "warning: " : "", text);
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
    const char *const sets[] = { "train.steps=10", "train.batch_size=12" };
    lk_config config = { 0 };
    lk_status status = lk_config_load(path, sets, 2, &config, err);
    if (status) return status;
    lk_train_options options = { .config = &config, .data = pack, .out = run, .force = true };
    status = lk_train_model(context, &options, err);
    lk_config_deinit(&config);
    return status;
}

static lk_status work(const lk_context *context, const char *config, const char *folder,
                      lk_error *err) {
    char pack[1000], run[1000];
    lk_evaluation result;
    snprintf(pack, sizeof pack, "%s/faces.lkd", folder);
    snprintf(run, sizeof run, "%s/run", folder);
    lk_status status = draw_faces(context, pack, err);
    if (!status) status = train(context, config, pack, run, err);
    if (!status) status = lk_evaluate_run(context, run, pack, NULL, NULL, NULL, &result, err);
    if (!status)
        printf("SSIM %.3f, MSE %.4f on %zu faces\n", result.model.value[LK_METRIC_SSIM],
               result.model.value[LK_METRIC_MSE], result.model.n);
    return status;
}

int main(int argc, char **argv) {
    lk_error err;
    lk_context context = { .log = { print_message, NULL } };
    if (argc != 3) {
        fprintf(stderr, "usage: %s CONFIG FOLDER\n", argv[0]);
        return 2;
    }
    lk_status status = lk_context_open(2, &context, &err);
    if (!status) status = work(&context, argv[1], argv[2], &err);
    lk_context_close(&context);
    if (status) fprintf(stderr, "%s\n", err.text);
    return lk_status_exit_code(status);
}
