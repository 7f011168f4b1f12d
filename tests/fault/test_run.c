/* Every call of training, resuming and measuring fails in turn; afterwards the run continues to the
   same bytes. */
#include "base/file.h"
#include "experiment/row.h"
#include "faults.h"
#include "tiny.h"

#include <likeness/evaluate.h>
#include <likeness/train.h>

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

enum { FACES = 24 }; /* 12 for training: 3 steps of 4 per epoch */

static char folder[LK_PATH_MAX], pack[LK_PATH_MAX];
static lk_config config;

static const char *in_folder(const char *name) {
    return lk_test_path(folder, name);
}

static void shell(const char *words) {
    char out[4096];
    if (lk_test_run(out, sizeof out, "cd '%s' && %s", folder, words) != 0)
        fail_msg("%s: %s", words, out);
}

static void remove_folder(const char *name) {
    char words[128];
    snprintf(words, sizeof words, "rm -rf %s", name);
    shell(words);
}

/* `init`: the file with the weights to start from, or NULL. */
static lk_status train_from(const char *init, const char *run, bool resume, lk_error *err) {
    char from[LK_PATH_MAX];
    lk_format(from, sizeof from, "%s", init ? in_folder(init) : "");
    lk_train_options options = { .config = &config,
                                 .data = pack,
                                 .out = in_folder(run),
                                 .resume = resume,
                                 .init = init ? from : NULL };
    return lk_train_model(lk_test_context_alone(), &options, err);
}

static lk_status train(const char *run, bool resume, lk_error *err) {
    return train_from(NULL, run, resume, err);
}

static void assert_same_runs(const char *expected, const char *run) {
    char words[512];
    snprintf(
        words, sizeof words,
        "a=%s b=%s; cmp $a/model.safetensors $b/model.safetensors && cmp "
        "$a/checkpoints/last.safetensors $b/checkpoints/last.safetensors && for r in $a $b; do "
        "sed 's/,\"[a-z_]*second[a-z_]*\":[^,}]*//g' $r/metrics.jsonl >$r.lines; done && cmp "
        "$a.lines $b.lines && test $(wc -l <$b.lines) -ge 4",
        expected, run);
    shell(words);
}

static void assert_same_as_reference(const char *run) {
    assert_same_runs("reference", run);
}

/* ---- training ---- */

static void no_run(void *self) {
    (void)self;
    remove_folder("run");
}

static lk_status train_anew(void *self, lk_error *err) {
    (void)self;
    return train("run", false, err);
}

/* A failed run leaves enough to resume. */
static void goes_on(void *self) {
    lk_error err;
    (void)self;
    lk_faults_arm(0, false); /* nothing is synced */
    assert_ok(train("run", true, &err), &err);
    lk_faults_disarm();
    assert_same_as_reference("run");
}

static void is_the_reference(void *self) {
    (void)self;
    assert_same_as_reference("run");
}

static void a_run_fails_with_words_and_goes_on_to_the_same_bytes(void **state) {
    (void)state;
    lk_faults_try(&(lk_fault_case){ .name = "training",
                                    .begin = no_run,
                                    .run = train_anew,
                                    .failed = goes_on,
                                    .done = is_the_reference,
                                    .folder = folder,
                                    .at_least = 1000,
                                    .stride = 601 });
}

static void half_a_run(void *self) {
    (void)self;
    shell("rm -rf run && cp -r half run");
}

static lk_status train_on(void *self, lk_error *err) {
    (void)self;
    return train("run", true, err);
}

static void a_run_that_cannot_go_on_says_why_and_does_so_later(void **state) {
    (void)state;
    lk_faults_try(&(lk_fault_case){ .name = "going on",
                                    .begin = half_a_run,
                                    .run = train_on,
                                    .failed = goes_on,
                                    .done = is_the_reference,
                                    .folder = folder,
                                    .at_least = 1000,
                                    .stride = 601 });
}

/* ---- starting from a file ---- */

static const char *const start = "reference/model.safetensors";

static lk_status train_from_start(void *self, lk_error *err) {
    (void)self;
    return train_from(start, "run", false, err);
}

static void is_from_start(void *self) {
    (void)self;
    assert_same_runs("started", "run");
}

/* It goes on from the file, or from what was saved. */
static void goes_on_from_start(void *self) {
    lk_error err;
    (void)self;
    lk_faults_arm(0, false); /* nothing is synced */
    assert_ok(train_from(start, "run", true, &err), &err);
    lk_faults_disarm();
    is_from_start(NULL);
}

static void a_run_from_a_file_fails_with_words_and_goes_on_to_the_same_bytes(void **state) {
    (void)state;
    lk_error err;
    lk_faults_arm(0, false);
    assert_ok(train_from(start, "started", false, &err), &err);
    lk_faults_disarm();
    lk_faults_try(&(lk_fault_case){ .name = "training from a file",
                                    .begin = no_run,
                                    .run = train_from_start,
                                    .failed = goes_on_from_start,
                                    .done = is_from_start,
                                    .folder = folder,
                                    .at_least = 1000,
                                    .stride = 601 });
}

/* ---- a run that is there ---- */

static void whole_run(void *self) {
    (void)self;
    shell("rm -rf run && cp -r reference run");
}

static lk_status train_over(void *self, lk_error *err) {
    (void)self;
    lk_status status = train("run", false, err);
    return status == LK_USAGE && strstr(err->text, "exists; --resume ") ? LK_OK
           : status                                                     ? status
                    : lk_fail(err, LK_FAILED, "it ran");
}

static void a_run_that_is_there_is_never_taken_for_an_empty_folder(void **state) {
    (void)state;
    lk_faults_try(&(lk_fault_case){ .name = "training over a run",
                                    .begin = whole_run,
                                    .run = train_over,
                                    .failed = is_the_reference,
                                    .done = is_the_reference,
                                    .folder = folder,
                                    .at_least = 200,
                                    .stride = 7 });
}

/* ---- measuring ---- */

static lk_status evaluate_run(void *self, lk_error *err) {
    lk_evaluation evaluation;
    (void)self;
    return lk_evaluate_run(lk_test_context_alone(), in_folder("run"), pack, NULL, NULL, NULL,
                           &evaluation, err);
}

static void has_all_or_nothing(void *self) {
    (void)self;
    shell("test ! -e run/test.json || { cmp run/test.json test.json && cmp run/test_scores.npy "
          "test_scores.npy; }");
}

static void a_run_is_measured_or_says_why(void **state) {
    (void)state;
    lk_error err;
    whole_run(NULL);
    assert_ok(evaluate_run(NULL, &err), &err);
    shell("mv run/test.json run/test_scores.npy .");
    lk_faults_try(&(lk_fault_case){ .name = "measuring a run",
                                    .begin = whole_run,
                                    .run = evaluate_run,
                                    .failed = has_all_or_nothing,
                                    .done = has_all_or_nothing,
                                    .folder = folder,
                                    .at_least = 300,
                                    .stride = 61 });
}

static lk_config measured; /* its network is the encoder of reference */

static void read_network(void) {
    char text[LK_PATH_MAX + 512];
    lk_format(text, sizeof text,
              "{\"features\": {\"type\": \"perceptual\", \"weights\": \"%s\", \"prefix\": "
              "\"encoder\", \"layers\": [{\"type\": \"conv\", \"out\": 6, \"bias\": false}]}}",
              in_folder("reference/model.safetensors"));
    measured = lk_test_config(text);
}

static lk_status evaluate_with_baselines(void *self, lk_error *err) {
    lk_evaluation evaluation;
    cJSON *json = NULL;
    lk_text text = { 0 };
    (void)self;
    lk_score *scores = NULL;
    const lk_evaluate_options options = { .split = LK_SPLIT_VAL,
                                          .baselines = true,
                                          .features = { lk_config_network(&measured), "here" },
                                          .scores = &scores };
    lk_status status = lk_evaluate(lk_test_context_alone(), in_folder("reference"), pack, &options,
                                   &evaluation, err);
    if (!status) status = lk_evaluation_json(&evaluation, &json, err);
    if (!status) status = lk_json_print(json, false, &text, err);
    if (!status && (!strstr(text.data, "\"components\":6,\"mean_image\":{") ||
                    !strstr(text.data, "\"n_values\":6}")))
        status = lk_fail(err, LK_FAILED, "keys are missing: %.900s", text.data);
    cJSON_Delete(json);
    lk_text_deinit(&text);
    lk_free(scores);
    return status;
}

static void baselines_are_measured_or_memory_is_short(void **state) {
    (void)state;
    read_network();
    lk_faults_try(&(lk_fault_case){ .name = "measuring with baselines",
                                    .run = evaluate_with_baselines,
                                    .folder = folder,
                                    .at_least = 300,
                                    .stride = 61 });
    lk_config_deinit(&measured);
}

/* ---- rows of tables ---- */

static lk_status read_row(void *self, lk_error *err) {
    lk_results results;
    (void)self;
    lk_results_init(&results);
    lk_status status = lk_result_read_run(&results, in_folder("run"), err);
    if (!status && (!results.rows[0].config || !results.rows[0].facts))
        status = lk_fail(err, LK_FAILED, "the keys of the run are missing");
    lk_results_deinit(&results);
    return status;
}

static void a_row_has_all_keys_of_its_run_or_says_why(void **state) {
    (void)state;
    lk_error err;
    whole_run(NULL);
    assert_ok(evaluate_run(NULL, &err), &err);
    lk_faults_try(&(lk_fault_case){
        .name = "reading a row", .run = read_row, .folder = folder, .at_least = 300, .stride = 1 });
}

/* The reference run, and a copy of it after its second step. */
static int begin(void **state) {
    (void)state;
    lk_error err;
    static const char *const sets[] = { "train.batch_size=4",      "train.shards=2",
                                        "train.steps=4",           "train.checkpoint_every_steps=2",
                                        "train.log_every_steps=1", "optimizer.average=0.9",
                                        "train.grid_images=2",     "model.type=vae" };
    snprintf(folder, sizeof folder, "%s", lk_test_folder("fault_run"));
    snprintf(pack, sizeof pack, "%s", lk_test_pack(folder, FACES));
    assert_ok(lk_config_parse_text(TINY_CONFIG(""), strlen(TINY_CONFIG("")), "tiny", sets,
                                   LK_COUNT(sets), &config, &err),
              &err);
    lk_faults_arm(0, false); /* nothing is synced */
    assert_ok(train("reference", false, &err), &err);
    shell("cp -r reference half && cd half && cp checkpoints/previous.safetensors "
          "checkpoints/last.safetensors && rm model.safetensors");
    lk_faults_disarm();
    return 0;
}

static int end(void **state) {
    (void)state;
    lk_config_deinit(&config);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_fails_with_words_and_goes_on_to_the_same_bytes),
        cmocka_unit_test(a_run_that_cannot_go_on_says_why_and_does_so_later),
        cmocka_unit_test(a_run_from_a_file_fails_with_words_and_goes_on_to_the_same_bytes),
        cmocka_unit_test(a_run_that_is_there_is_never_taken_for_an_empty_folder),
        cmocka_unit_test(a_run_is_measured_or_says_why),
        cmocka_unit_test(a_row_has_all_keys_of_its_run_or_says_why),
        cmocka_unit_test(baselines_are_measured_or_memory_is_short),
    };
    return lk_faults_report(cmocka_run_group_tests(tests, begin, end));
}
