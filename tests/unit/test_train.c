/* Training: it learns, its bytes depend on nothing they should not, and it goes on after any stop
   as if there had been none. */
#include "net/trained.h"
#include "optim/optim.h"
#include "pictures.h"
#include "runs.h"

#include <likeness/evaluate.h>
#include <likeness/loader.h>
#include <likeness/prepare.h>
#include <likeness/train.h>

#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static void one_batch_can_be_learned_by_heart(void **state) {
    (void)state;
    struct place p = place("overfit");
    lk_error err;
    lk_config config =
        lk_test_config("{\"model\": {\"latent\": 16, \"architecture\": {\"encoder\": [{\"type\": "
                       "\"conv\", \"out\": 16}, {\"type\": \"batch_norm\"},"
                       "{\"type\": \"relu\"}, {\"type\": \"conv\", \"out\": 32}, {\"type\": "
                       "\"flatten\"}], \"decoder\": [{\"type\": \"linear\", \"out\": "
                       "1024},"
                       "{\"type\": \"reshape\", \"shape\": [64, 4, 4]}, {\"type\": "
                       "\"batch_norm\"}, {\"type\": \"relu\"}, {\"type\": \"conv_transpose\","
                       "\"out\": 32}, {\"type\": \"relu\"}, {\"type\": \"conv_transpose\", "
                       "\"out\": 0}, {\"type\": \"sigmoid\"}]}}}");
    lk_net net;
    lk_pack *pack = NULL;
    lk_loader *loader = NULL;
    assert_ok(
        lk_net_init(&net, lk_test_context(), &config, (lk_image_shape){ 16, 3 }, 8, 4, true, &err),
        &err);
    assert_ok(lk_pack_open(p.pack, lk_test_context(), &pack, &err), &err);
    assert_ok(lk_loader_create(pack, &(lk_loader_options){ .batch_size = 8 }, &loader, &err), &err);
    lk_loader_fill(loader, lk_test_context(), 0, 0, net.model.images->value, NULL);
    lk_training_state training = { .n = net.params.n_trained,
                                   .weight = net.params.trained,
                                   .gradient = net.params.gradient };
    for (int i = 0; i < 2; i++) training.moment[i] = lk_alloc(training.n * sizeof(lk_real));
    double first = 0;
    for (int step = 1; step <= 400; step++) {
        lk_graph_forward(net.graph, LK_TRAIN, 8, 0);
        lk_graph_backward(net.graph);
        if (step == 1) first = (double)net.model.objective->value[0];
        lk_optimizer_step(lk_test_context(), &config.optimizer.chosen, training,
                          (lk_step_options){ .step = step, .lr = 0.01 }, 1);
    }
    double last = (double)net.model.objective->value[0];
    if (!(last < first / 40)) print_error("loss went from %g to %g\n", first, last);
    assert_true(last < first / 40);
    for (int i = 0; i < 2; i++) lk_free(training.moment[i]);
    lk_loader_destroy(loader);
    lk_pack_close(pack);
    lk_net_deinit(&net);
    lk_config_deinit(&config);
}

/* Nine steps: two epochs' ends. */
static void the_bytes_are_the_same_at_any_number_of_threads(void **state) {
    (void)state;
    for (const lk_choice *const *type = lk_models; *type; type++) {
        char name[64], set[64];
        struct place first = { .run = "" };
        snprintf(set, sizeof set, "model.type=%s", (*type)->name);
        for (int n = 1; n <= 8; n = n < 4 ? n + 1 : 2 * n) {
            lk_context context = *lk_test_context();
            lk_error err;
            assert_ok(lk_threads_create(n, &context.threads, &err), &err);
            snprintf(name, sizeof name, "threads_%s%d", (*type)->name, n);
            struct place p = place(name);
            assert_ok(
                train_sets(&context, &p,
                           (const char *[]){ set, "reconstruction.type=lwssim", "train.steps=9" },
                           3, false, NULL, &err),
                &err);
            if (n == 1) first = p;
            assert_same_run(&first, &p);
            lk_threads_destroy(context.threads);
        }
    }
}

/* Of as many channels as fill vectors, which the fast kernels take, and of fewer. */
static void
residual_presets_have_the_same_bytes_at_any_number_of_threads_and_after_stops(void **state) {
    (void)state;
    static const struct {
        const char *architecture, *latent;
    } rows[] = {
        { "{\"preset\": \"resnet\", \"width\": 16}", "5" },
        { "{\"preset\": \"resnet\", \"width\": 6}", "[2, 4, 4]" },
        { "{\"preset\": \"kl_f8\", \"width\": 16}", "[2, 2, 2]" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char sets[2][128], name[64];
        const char *const all[] = { sets[0], sets[1], "model.type=vae", "train.steps=9" };
        struct place first = { .run = "" };
        snprintf(sets[0], sizeof sets[0], "model.architecture=%s", rows[i].architecture);
        snprintf(sets[1], sizeof sets[1], "model.latent=%s", rows[i].latent);
        for (int n = 1; n <= 8; n = n < 3 ? n + 1 : n + 5) {
            lk_context context = *lk_test_context();
            lk_error err;
            assert_ok(lk_threads_create(n, &context.threads, &err), &err);
            snprintf(name, sizeof name, "residual%d_%d", (int)i, n);
            struct place p = place(name);
            if (n > 1)
                assert_int_equal(train_sets(&context, &p, all, LK_COUNT(all), false,
                                            &(struct stop){ .after = n }, &err),
                                 LK_TERMINATED);
            assert_ok(train_sets(&context, &p, all, LK_COUNT(all), n > 1, NULL, &err), &err);
            if (n == 1) first = p;
            assert_same_run(&first, &p);
            lk_threads_destroy(context.threads);
        }
    }
}

/* Some draw noise or prior samples at each step: at another number of threads, and stopped and
   resumed at some steps. */
static void every_model_ends_with_the_same_bytes_after_stops_too(void **state) {
    (void)state;
    for (const lk_choice *const *type = lk_models; *type; type++) {
        char names[3][64], set[64];
        lk_error err;
        snprintf(set, sizeof set, "model.type=%s", (*type)->name);
        for (int k = 0; k < 3; k++) snprintf(names[k], sizeof names[k], "%s%d", (*type)->name, k);
        struct place whole = place(names[0]), three = place(names[1]), parts = place(names[2]);
        lk_context context = *lk_test_context();
        assert_ok(train_set(lk_test_context(), &whole, set, false, NULL, &err), &err);
        assert_ok(lk_threads_create(3, &context.threads, &err), &err);
        assert_ok(train_set(&context, &three, set, false, NULL, &err), &err);
        lk_threads_destroy(context.threads);
        static const int64_t stops[] = { 2, 7, 8, 15 };
        for (size_t k = 0; k < LK_COUNT(stops); k++)
            assert_int_equal(train_set(lk_test_context(), &parts, set, true,
                                       &(struct stop){ .after = stops[k] }, &err),
                             LK_TERMINATED);
        assert_ok(train_set(lk_test_context(), &parts, set, true, NULL, &err), &err);
        const struct place *others[] = { &three, &parts };
        for (size_t k = 0; k < LK_COUNT(others); k++) assert_same_run(&whole, others[k]);
    }
}

/* Stopped after every step in turn, and resumed each time; with a schedule, an average,
   clipping. */
static void a_run_stopped_anywhere_and_resumed_ends_with_the_same_bytes(void **state) {
    (void)state;
    const char *config =
        TINY_CONFIG(", \"optimizer\": {\"lr\": 0.01, \"clip_norm\": 0.5, \"average\": 0.9, "
                    "\"schedule\": {\"type\": \"cosine\", \"warmup_steps\": 3}}");
    struct place whole = place("whole"), parts = place("parts");
    lk_error err;
    assert_ok(train(lk_test_context(), &whole, config, false, NULL, &err), &err);
    int64_t n_steps = steps_seen;
    assert_true(n_steps > 10);
    for (int64_t stop = 1; stop <= n_steps; stop++) {
        assert_int_equal(
            train(lk_test_context(), &parts, config, true, &(struct stop){ .after = stop }, &err),
            LK_TERMINATED);
        assert_contains(err.text, "--resume");
    }
    assert_ok(train(lk_test_context(), &parts, config, true, NULL, &err), &err);
    assert_same_run(&whole, &parts);
    /* a finished run stays as it is */
    assert_ok(train(lk_test_context(), &parts, config, true, NULL, &err), &err);
    assert_same_file(&whole, &parts, "model.safetensors");
    assert_same_records(&whole, &parts);
}

/* Killed between any two saves: the lines are further on than the checkpoint, and at an epoch's
   last step its end may be written already. */
static void lines_beyond_the_checkpoint_are_written_once(void **state) {
    (void)state;
    struct place whole = place("once"), p = place("twice");
    lk_error err;
    char out[256];
    assert_ok(train(lk_test_context(), &whole, TINY_CONFIG(""), false, NULL, &err), &err);
    for (int64_t stop = 5; stop <= 10; stop++) {
        assert_int_equal(train(lk_test_context(), &p, TINY_CONFIG(""), true,
                               &(struct stop){ .after = stop }, &err),
                         LK_TERMINATED);
        assert_int_equal(lk_test_run(out, sizeof out,
                                     "cd '%s' && rm -rf saved && cp -r checkpoints saved", p.run),
                         0);
        assert_ok(train(lk_test_context(), &p, TINY_CONFIG(""), true, NULL, &err), &err);
        assert_int_equal(lk_test_run(out, sizeof out,
                                     "cd '%s' && rm -r checkpoints && mv saved checkpoints", p.run),
                         0);
    }
    assert_ok(train(lk_test_context(), &p, TINY_CONFIG(""), true, NULL, &err), &err);
    assert_same_file(&whole, &p, "model.safetensors");
    assert_same_records(&whole, &p);
}

static void a_damaged_last_checkpoint_falls_back_to_the_previous_one(void **state) {
    (void)state;
    struct place whole = place("valid"), p = place("damaged");
    lk_error err;
    char out[256];
    assert_ok(train(lk_test_context(), &whole, TINY_CONFIG(""), false, NULL, &err), &err);
    assert_int_equal(
        train(lk_test_context(), &p, TINY_CONFIG(""), false, &(struct stop){ .after = 10 }, &err),
        LK_TERMINATED);
    assert_int_equal(
        lk_test_run(
            out, sizeof out,
            "printf X | dd of='%s/checkpoints/last.safetensors' bs=1 seek=9000 conv=notrunc 2>&1",
            p.run),
        0);
    assert_ok(train(lk_test_context(), &p, TINY_CONFIG(""), true, NULL, &err), &err);
    assert_same_file(&whole, &p, "model.safetensors");
    assert_same_records(&whole, &p);
    assert_int_equal(
        lk_test_run(out, sizeof out,
                    "cd '%s/checkpoints' && for f in last previous; do : > $f.safetensors; done",
                    p.run),
        0);
    assert_int_equal(train(lk_test_context(), &p, TINY_CONFIG(""), true, NULL, &err), LK_FORMAT);
    assert_contains(err.text, "previous.safetensors");
}

static void resuming_with_another_config_or_pack_names_the_difference(void **state) {
    (void)state;
    struct place p = place("other");
    lk_error err;
    assert_int_equal(
        train(lk_test_context(), &p, TINY_CONFIG(""), false, &(struct stop){ .after = 4 }, &err),
        LK_TERMINATED);
    assert_int_equal(train(lk_test_context(), &p, TINY_CONFIG(", \"optimizer\": {\"lr\": 0.5}"),
                           true, NULL, &err),
                     LK_USAGE);
    assert_contains(err.text, "optimizer.lr: 0.001 and 0.5");
    lk_test_pack(p.folder, FACES + 20);
    assert_int_equal(train(lk_test_context(), &p, TINY_CONFIG(""), true, NULL, &err), LK_USAGE);
    assert_contains(err.text, "another pack: fingerprint");
}

static void a_run_that_is_there_is_not_overwritten(void **state) {
    (void)state;
    struct place p = place("there");
    lk_error err;
    assert_int_equal(
        train(lk_test_context(), &p, TINY_CONFIG(""), false, &(struct stop){ .after = 4 }, &err),
        LK_TERMINATED);
    assert_int_equal(train(lk_test_context(), &p, TINY_CONFIG(""), false, NULL, &err), LK_USAGE);
    assert_contains(err.text, "--resume");
}

static void a_folder_belongs_to_one_process(void **state) {
    (void)state;
    struct place p = place("locked");
    lk_error err;
    assert_ok(lk_folder_create(p.run, &err), &err);
    /* another opening in this process is as good as another process */
    int lock = open(lk_test_path(p.run, ".lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(lock >= 0);
    assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(train(lk_test_context(), &p, TINY_CONFIG(""), false, NULL, &err), LK_FAILED);
    assert_contains(err.text, "another process trains or measures there");
    close(lock);
    assert_ok(train(lk_test_context(), &p, TINY_CONFIG(""), false, NULL, &err), &err);
}

/* The decay makes weights 1e20 times as large at each step, also where saturated pixels give no
   gradient: floats and doubles overflow. */
static void divergence_names_step_and_node_and_keeps_the_last_good_checkpoint(void **state) {
    (void)state;
    struct place p = place("diverged");
    lk_error err;
    lk_config config = lk_test_config(
        "{\"model\": {\"latent\": 4, \"architecture\": {\"encoder\": [{\"type\": \"conv\", "
        "\"out\": 4}, {\"type\": \"flatten\"}],"
        "\"decoder\": [{\"type\": \"linear\", \"out\": 256}, {\"type\": \"reshape\", \"shape\": "
        "[4, 8, 8]}, {\"type\": \"conv_transpose\", "
        "\"out\": 0},"
        "{\"type\": \"sigmoid\"}]}}, \"optimizer\": {\"type\": \"sgd\", \"lr\": 1e20, "
        "\"weight_decay\": 1},"
        "\"train\": {\"batch_size\": 8, \"epochs\": 5, \"checkpoint_every_steps\": 1}}");
    lk_train_options options = { .config = &config, .data = p.pack, .out = p.run };
    assert_int_equal(lk_train_model(lk_test_context(), &options, &err), LK_DIVERGED);
    const bool wide = sizeof(lk_real) == 8;
    assert_contains(err.text, wide ? "step 5: the value of decoder.2 (conv_transpose2d)"
                                   : "step 2: the value of latent (linear)");
    assert_contains(err.text, " is not finite; the step was not applied; last good checkpoint: ");
    assert_contains(err.text, "checkpoints/last.safetensors");
    lk_config_deinit(&config);
    lk_safetensors *file = NULL;
    char path[2 * LK_PATH_MAX];
    snprintf(path, sizeof path, "%s/checkpoints/last.safetensors", p.run);
    assert_ok(lk_safetensors_open(path, &file, &err), &err);
    lk_safetensors_close(file);
}

/* The validation mse of the epoch with the lowest validation loss, from metrics.csv. */
static double lowest_loss_mse(const struct place *p) {
    char path[2 * LK_PATH_MAX], line[1024];
    double lowest = 1e9, mse = -1, loss, ssim, row_mse;
    snprintf(path, sizeof path, "%s/metrics.csv", p->run);
    FILE *csv = fopen(path, "r");
    assert_non_null(csv);
    assert_non_null(fgets(line, sizeof line, csv));
    while (fgets(line, sizeof line, csv)) {
        assert_int_equal(sscanf(line, "%*d,%*d,%*[^,],%*[^,],%lf,%lf,%lf", &loss, &ssim, &row_mse),
                         3);
        if (loss < lowest) lowest = loss, mse = row_mse;
    }
    fclose(csv);
    return mse;
}

static void the_model_alone_is_enough_to_evaluate_and_equals_the_recorded_validation(void **state) {
    (void)state;
    struct place p = place("alone");
    lk_error err;
    lk_evaluation evaluation;
    char path[2 * LK_PATH_MAX];
    assert_ok(train(lk_test_context(), &p, TINY_CONFIG(", \"seed\": 3"), false, NULL, &err), &err);
    snprintf(path, sizeof path, "%s/model.safetensors", p.run);
    const lk_evaluate_options options = { .split = LK_SPLIT_VAL, .baselines = true };
    assert_ok(lk_evaluate(lk_test_context(), path, p.pack, &options, &evaluation, &err), &err);
    double mse = lowest_loss_mse(&p);
    assert_near(evaluation.model.value[LK_METRIC_MSE] / mse, 1, 1e-5);
    assert_true(evaluation.mean_image.value[LK_METRIC_MSE] > evaluation.pca.value[LK_METRIC_MSE]);
    assert_int_equal(evaluation.n_components, 6);
}

static void a_model_says_how_its_training_pictures_were_made(void **state) {
    (void)state;
    struct place p = place("made");
    char picture[LK_PATH_MAX + 32], path[LK_PATH_MAX + 32];
    lk_error err;
    lk_pack *pack = NULL;
    lk_trained trained;
    lk_prepare_options options = lk_prepare_defaults();
    lk_prepare_report report;
    for (int i = 0; i < 8; i++) {
        snprintf(picture, sizeof picture, "%s/in/%d.png", p.folder, i);
        lk_test_put_picture(picture, 40, 30, i);
    }
    snprintf(picture, sizeof picture, "%s/in", p.folder);
    options.source = "folder", options.path = picture, options.size = 16, options.crop = 20;
    options.filter = LK_FILTER_BOX, options.val = options.test = 0, options.background[1] = 200;
    assert_ok(lk_prepare(&options, lk_test_context(), p.pack, &report, &err), &err);
    assert_ok(train_set(lk_test_context(), &p, "train.steps=1", false, NULL, &err), &err);
    assert_ok(lk_pack_open(p.pack, lk_test_context(), &pack, &err), &err);
    static const char *const names[] = { "model", "checkpoints/last" };
    for (size_t i = 0; i < LK_COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s.safetensors", p.run, names[i]);
        assert_ok(lk_trained_open(path, lk_test_context(), NULL, 0, &trained, &err), &err);
        assert_string_equal(trained.data.source, "folder");
        assert_int_equal(trained.data.crop, 20);
        assert_int_equal(trained.data.filter, LK_FILTER_BOX);
        assert_string_equal(trained.data.background, "#00c800");
        assert_string_equal(trained.data.fingerprint, lk_pack_describe(pack)->fingerprint);
        lk_trained_close(&trained);
    }
    lk_pack_close(pack);
}

static void a_pack_without_training_images_is_refused(void **state) {
    (void)state;
    struct place p = place("no_train");
    lk_error err;
    lk_prepare_options options = lk_prepare_defaults();
    lk_prepare_report report;
    options.source = "synthetic", options.count = 20, options.size = 16, options.test = 1,
    options.val = 0;
    assert_ok(lk_prepare(&options, lk_test_context(), p.pack, &report, &err), &err);
    assert_int_equal(train(lk_test_context(), &p, TINY_CONFIG(""), false, NULL, &err), LK_FORMAT);
    assert_contains(err.text, p.pack);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_batch_can_be_learned_by_heart),
        cmocka_unit_test(the_bytes_are_the_same_at_any_number_of_threads),
        cmocka_unit_test(
            residual_presets_have_the_same_bytes_at_any_number_of_threads_and_after_stops),
        cmocka_unit_test(every_model_ends_with_the_same_bytes_after_stops_too),
        cmocka_unit_test(a_run_stopped_anywhere_and_resumed_ends_with_the_same_bytes),
        cmocka_unit_test(lines_beyond_the_checkpoint_are_written_once),
        cmocka_unit_test(a_damaged_last_checkpoint_falls_back_to_the_previous_one),
        cmocka_unit_test(resuming_with_another_config_or_pack_names_the_difference),
        cmocka_unit_test(a_run_that_is_there_is_not_overwritten),
        cmocka_unit_test(a_folder_belongs_to_one_process),
        cmocka_unit_test(divergence_names_step_and_node_and_keeps_the_last_good_checkpoint),
        cmocka_unit_test(the_model_alone_is_enough_to_evaluate_and_equals_the_recorded_validation),
        cmocka_unit_test(a_model_says_how_its_training_pictures_were_made),
        cmocka_unit_test(a_pack_without_training_images_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
