/* Numbers that are not finite, planted at nodes and steps or caused by steps that are too long; and
   steps that no longer change anything. */
#include "base/file.h"
#include "faults.h"
#include "net/net.h"
#include "tiny.h"

#include <likeness/train.h>

#include <stdio.h>
#include <string.h>

enum { FACES = 24, LAST = 6 }; /* 12 for training: 3 steps of 4 per epoch */

static char folder[LK_PATH_MAX], pack[LK_PATH_MAX], said[8192];
static int n_warnings;
static int64_t steps_seen;

static void shell(const char *words) {
    char out[4096];
    if (lk_test_run(out, sizeof out, "cd '%s' && %s", folder, words) != 0)
        fail_msg("%s: %s", words, out);
}

static void hear(void *self, lk_level level, const char *text) {
    (void)self;
    if (level != LK_WARNING) return;
    n_warnings++;
    snprintf(said, sizeof said, "%s", text);
}

static void count_step(void *self, const lk_train_progress *progress) {
    (void)self;
    steps_seen = progress->step;
}

static lk_status stop_after(void *self) {
    return self && steps_seen == *(const int *)self ? LK_TERMINATED : LK_OK;
}

struct run {
    const char *name, *config;
    const char *sets[8];
    int n_sets, stop; /* stop: after that step; 0: at the end */
    bool resume, detect;
};

static lk_status train(struct run run, lk_error *err) {
    char out[LK_PATH_MAX + 64];
    lk_config config;
    lk_context context = *lk_test_context_alone();
    const char *text = run.config ? run.config : TINY_CONFIG("");
    const char *sets[16] = { "train.batch_size=4", "train.shards=2", "train.steps=6",
                             "train.checkpoint_every_steps=1" };
    memcpy(sets + 4, run.sets, sizeof run.sets);
    snprintf(out, sizeof out, "%s/%s", folder, run.name);
    assert_ok(lk_config_parse_text(text, strlen(text), "tiny", sets, 4 + run.n_sets, &config, err),
              err);
    context.log = (lk_log){ hear, NULL };
    n_warnings = 0;
    lk_train_options options = { .config = &config,
                                 .data = pack,
                                 .out = out,
                                 .resume = run.resume,
                                 .detect = run.detect,
                                 .stop = { stop_after, run.stop ? &run.stop : NULL },
                                 .progress = count_step };
    lk_status status = lk_train_model(&context, &options, err);
    lk_config_deinit(&config);
    return status;
}

/* ---- planted ---- */

/* The step before must not end an epoch: `before` would be stopped within its validation. */
static void check_planted(const char *node, const char *op, int step, bool backward, bool detect) {
    lk_error err;
    char expected[256];
    shell("rm -rf before bad");
    assert_int_equal(train((struct run){ .name = "before", .stop = step - 1 }, &err),
                     LK_TERMINATED);
    lk_faults_plant(node, step, backward);
    lk_status status = train((struct run){ .name = "bad", .detect = detect }, &err);
    lk_faults_plant(NULL, 1, false);
    if (status != LK_DIVERGED)
        fail_msg("%s at step %d: expected divergence, got %s", node, step, lk_status_words(status));
    snprintf(expected, sizeof expected, "step %d: %s of %s (%s), shape (4, ", step,
             backward ? "a gradient" : "the value", node, op);
    assert_contains(err.text, expected);
    assert_contains(err.text, " is not finite; the step was not applied; last good checkpoint: ");
    assert_contains(err.text, "bad/checkpoints/last.safetensors");
    shell("cmp before/checkpoints/last.safetensors bad/checkpoints/last.safetensors && ! ls "
          "bad/model.safetensors 2>/dev/null");
    assert_ok(train((struct run){ .name = "bad", .resume = true }, &err), &err);
    shell("cmp whole/model.safetensors bad/model.safetensors");
    lk_faults_count();
}

static void a_planted_nan_names_node_and_step_and_changes_no_file(void **state) {
    (void)state;
    lk_error err;
    assert_ok(train((struct run){ .name = "whole" }, &err), &err);
    check_planted("latent", "linear", 3, false, false);
    check_planted("decoder.0", "linear", 5, true, false);
    check_planted("encoder.0", "conv2d", LAST, false, false);
    check_planted("encoder.0", "conv2d", 2, false, true);
    check_planted("decoder.0", "linear", 3, false, true);
    check_planted("latent", "linear", LAST, true, true);
}

static void detection_changes_nothing_where_all_is_well(void **state) {
    (void)state;
    lk_error err;
    assert_ok(train((struct run){ .name = "detected", .detect = true }, &err), &err);
    shell("cmp whole/model.safetensors detected/model.safetensors");
}

/* ---- steps too long ---- */

static const char bare_config[] =
    "{\"model\": {\"latent\": 4, \"architecture\": {\"encoder\": [{\"type\": \"conv\", \"out\": "
    "4}, {\"type\": \"flatten\"}],"
    "\"decoder\": [{\"type\": \"linear\", \"out\": 256}, {\"type\": \"reshape\", \"shape\": [4, 8, "
    "8]},"
    "{\"type\": \"conv_transpose\", \"out\": 0}, {\"type\": \"sigmoid\"}]}}}";

static void
sgd_with_steps_of_1e30_names_the_first_bad_node_and_keeps_the_last_good_checkpoint(void **state) {
    (void)state;
    if (sizeof(lk_real) == 8) skip(); /* doubles overflow later */
    lk_error err;
    struct run run = { .name = "long",
                       .config = bare_config,
                       .sets = { "optimizer.type=sgd", "optimizer.lr=1e30" },
                       .n_sets = 2 };
    assert_int_equal(train(run, &err), LK_DIVERGED);
    assert_contains(err.text, "step 2: the value of latent (linear), shape (4, 4), is not finite; "
                              "the step was not applied");
    assert_contains(err.text, "last good checkpoint: ");
    assert_contains(err.text, "long/checkpoints/last.safetensors");
    run.stop = 1, run.name = "one";
    assert_int_equal(train(run, &err), LK_TERMINATED);
    shell("cmp one/checkpoints/last.safetensors long/checkpoints/last.safetensors && ! ls "
          "long/model.safetensors 2>/dev/null");
}

/* A value that the step itself made is found before it is saved, and the parameter is named. */
static void weights_that_overflow_are_named_and_not_saved(void **state) {
    (void)state;
    if (sizeof(lk_real) == 8) skip();
    lk_error err;
    struct run run = { .name = "wild",
                       .sets = { "optimizer.type=sgd", "optimizer.lr=1e37",
                                 "reconstruction.scale=1e9" },
                       .n_sets = 3 };
    assert_int_equal(train(run, &err), LK_DIVERGED);
    assert_contains(err.text, "step 1: the weights of ");
    assert_contains(err.text, "finite; not saved; last good checkpoint: none yet");
}

/* ---- steps that do nothing ---- */

static void a_gradient_of_zero_is_warned_of_once_after_ten_steps(void **state) {
    (void)state;
    lk_error err;
    struct run run = { .name = "flat",
                       .sets = { "optimizer.lr=1000", "train.steps=40" },
                       .n_sets = 2 };
    assert_ok(train(run, &err), &err);
    assert_int_equal(n_warnings, 1);
    assert_contains(said, "the gradient has been exactly zero since step ");
    assert_contains(said, "a lower optimizer.lr");
    struct run calm = { .name = "calm", .sets = { "train.steps=40" }, .n_sets = 1 };
    assert_ok(train(calm, &err), &err);
    assert_int_equal(n_warnings, 0);
}

static int begin(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", lk_test_folder("fault_divergence"));
    snprintf(pack, sizeof pack, "%s", lk_test_pack(folder, FACES));
    return 0;
}

/* Its numbers stay finite, and would at the end give a model that knows nothing. */
static void a_vae_whose_kl_explodes_is_said_to_have_diverged(void **state) {
    (void)state;
    lk_error err, again;
    struct run run = { .name = "exploded",
                       .sets = { "model.type=vae", "optimizer.lr=1000" },
                       .n_sets = 2 };
    assert_int_equal(train(run, &err), LK_DIVERGED);
    assert_contains(err.text, "step 3: expected a validation loss of at most ... : the run has "
                              "diverged; not saved; last good checkpoint: ");
    assert_contains(err.text, "exploded/checkpoints/last.safetensors");
    shell("! ls exploded/model.safetensors exploded/checkpoints/best.safetensors 2>/dev/null");
    /* the first step's loss is also known after a stop */
    run.name = "stopped", run.stop = 2;
    assert_int_equal(train(run, &again), LK_TERMINATED);
    run.stop = 0, run.resume = true;
    assert_int_equal(train(run, &again), LK_DIVERGED);
    const char *words = strstr(err.text, "step 3: "), *other = strstr(again.text, "step 3: ");
    assert_non_null(words);
    assert_non_null(other);
    assert_memory_equal(words, other, strcspn(words, ":") + 80);
    /* a first loss near 0 says nothing about what a loss may be */
    struct run small = { .name = "small",
                         .sets = { "model.type=vae", "optimizer.lr=0.5",
                                   "reconstruction.scale=1e-9" },
                         .n_sets = 3 };
    assert_ok(train(small, &err), &err);
    run.sets[1] = "optimizer.lr=0.001", run.name = "usual", run.resume = false;
    assert_ok(train(run, &err), &err);
}

static void a_learning_rate_of_zero_is_remarked_on(void **state) {
    (void)state;
    lk_error err;
    struct run run = { .name = "still", .sets = { "optimizer.lr=0" }, .n_sets = 1 };
    assert_ok(train(run, &err), &err);
    assert_int_equal(n_warnings, 1);
    assert_contains(said, "optimizer.lr is 0");
}

/* The mean of one value is the value itself. */
static void batch_norm_of_one_value_per_channel_is_refused(void **state) {
    (void)state;
    static const char flat[] =
        "{\"model\": {\"latent\": 4, \"architecture\": {\"encoder\": [{\"type\": \"flatten\"}, "
        "{\"type\": \"linear\", \"out\": 8}, {\"type\": \"batch_norm\"}], \"decoder\": "
        "[{\"type\": \"linear\", \"out\": 256}, {\"type\": \"reshape\", \"shape\": [4, 8, 8]}, "
        "{\"type\": \"conv_transpose\", \"out\": 0}, {\"type\": \"sigmoid\"}]}}}";
    lk_error err;
    struct run run = { .name = "channels",
                       .config = flat,
                       .sets = { "train.batch_size=1", "train.shards=1" },
                       .n_sets = 2 };
    assert_int_equal(train(run, &err), LK_USAGE);
    assert_contains(err.text, "model.architecture.encoder[2]");
    assert_contains(err.text, "at least 2 values ... got 1 ... train.batch_size 2");
    /* a trained one normalises by its statistics, so one picture is enough */
    lk_config config = lk_test_config(flat);
    lk_net net;
    assert_ok(
        lk_net_init(&net, lk_test_context(), &config, (lk_image_shape){ 16, 3 }, 1, 1, false, &err),
        &err);
    lk_net_deinit(&net);
    lk_config_deinit(&config);
    run.sets[0] = "train.batch_size=2";
    assert_ok(train(run, &err), &err);
    /* a place of a picture is a value too */
    run.sets[0] = "train.batch_size=1", run.config = NULL, run.name = "places";
    assert_ok(train(run, &err), &err);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_planted_nan_names_node_and_step_and_changes_no_file),
        cmocka_unit_test(detection_changes_nothing_where_all_is_well),
        cmocka_unit_test(
            sgd_with_steps_of_1e30_names_the_first_bad_node_and_keeps_the_last_good_checkpoint),
        cmocka_unit_test(weights_that_overflow_are_named_and_not_saved),
        cmocka_unit_test(a_gradient_of_zero_is_warned_of_once_after_ten_steps),
        cmocka_unit_test(a_vae_whose_kl_explodes_is_said_to_have_diverged),
        cmocka_unit_test(a_learning_rate_of_zero_is_remarked_on),
        cmocka_unit_test(batch_norm_of_one_value_per_channel_is_refused),
    };
    return lk_faults_report(cmocka_run_group_tests(tests, begin, NULL));
}
