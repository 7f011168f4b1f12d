/* Resuming: from a stop at any point, from a checkpoint that is older, damaged or changed, and in
   one process at a time. */
#include "net/trained.h"
#include "runs.h"

#include <likeness/evaluate.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define CONFIG                                                                                     \
    TINY_CONFIG(                                                                                   \
        ", \"optimizer\": {\"lr\": 0.01, \"average\": 0.9, \"schedule\": {\"type\": \"cosine\"}}")

static const char *path_in(const struct place *p, const char *name) {
    return lk_test_path(p->run, name);
}

/* What a checkpoint says under a key, into `text`. */
static void read_entry(const struct place *p, const char *name, const char *key, char text[64]) {
    lk_safetensors *file = NULL;
    lk_error err;
    assert_ok(lk_safetensors_open(path_in(p, name), &file, &err), &err);
    const char *value = lk_safetensors_metadata(file, key);
    snprintf(text, 64, "%s", value ? value : "absent");
    lk_safetensors_close(file);
}

#define LAST "checkpoints/last.safetensors"

/* A checkpoint once more with another text under a key; NULL: without. Its checksums are right. */
static void write_changed(const struct place *p, const char *name, const char *key,
                          const char *text) {
    static const char *const keys[] = {
        "format",         "likeness.images",     "likeness.config",    "likeness.step",
        "likeness.best",  "likeness.epoch_loss", "likeness.version",   "likeness.fingerprint",
        "likeness.blas",  "likeness.isa",        "likeness.batch",     "likeness.epoch",
        "likeness.ended", "likeness.data",       "likeness.first_loss"
    };
    lk_stored_tensor tensors[64];
    lk_metadata metadata[LK_COUNT(keys)];
    size_t n = 0;
    lk_safetensors *file = NULL;
    lk_error err;
    assert_ok(lk_safetensors_open(path_in(p, name), &file, &err), &err);
    size_t n_tensors = lk_safetensors_count(file);
    assert_true(n_tensors <= LK_COUNT(tensors));
    for (size_t i = 0; i < n_tensors; i++) tensors[i] = *lk_safetensors_at(file, i);
    for (size_t i = 0; i < LK_COUNT(keys); i++) {
        const char *value =
            strcmp(keys[i], key) == 0 ? text : lk_safetensors_metadata(file, keys[i]);
        if (value) metadata[n++] = (lk_metadata){ keys[i], value };
    }
    assert_ok(lk_safetensors_write(path_in(p, name), tensors, n_tensors, metadata, n, &err), &err);
    lk_safetensors_close(file);
}

/* After steps, after each batch of each validation, and after the batch whose codes are measured
   for the model; the last questions come when all steps are done. */
static void a_run_stopped_at_any_question_ends_with_the_same_bytes(void **state) {
    (void)state;
    struct place whole = place("asked");
    struct stop count = { 0 };
    lk_error err;
    int before_validation = 0;
    assert_ok(train(lk_test_context_alone(), &whole, CONFIG, false, &count, &err), &err);
    assert_int_equal(count.asked, 20 + 3 * 4 + 1); /* not after the last of 21 steps */
    for (int question = 1; question <= count.asked; question++) {
        struct place p = place("asked_again");
        char ended[64], step[64];
        assert_int_equal(train(lk_test_context_alone(), &p, CONFIG, false,
                               &(struct stop){ .question = question }, &err),
                         LK_TERMINATED);
        read_entry(&p, "checkpoints/last.safetensors", "likeness.ended", ended);
        read_entry(&p, "checkpoints/last.safetensors", "likeness.step", step);
        before_validation += atoi(step) % 7 == 0 && atoi(ended) < atoi(step);
        assert_ok(train(lk_test_context_alone(), &p, CONFIG, true, NULL, &err), &err);
        assert_same_run(&whole, &p);
    }
    assert_int_equal(before_validation, 3 * 4);
}

/* As versions wrote it that did not save before an epoch's end was done. */
/* Noise in two dropouts, layers inside layers, attention. */
#define DEEP                                                                                       \
    "{ \"name\": \"deep\", \"model\": { \"latent\": 4, \"architecture\": { \"encoder\": ["         \
    "{\"type\": \"conv\", \"out\": 4}, {\"type\": \"residual\", \"layers\": [{\"type\": "          \
    "\"group_norm\", \"groups\": 2}, {\"type\": \"silu\"}, {\"type\": \"dropout\", \"p\": 0.2}, "  \
    "{\"type\": \"conv\", \"out\": 6}]}, {\"type\": \"residual\", \"layers\": [{\"type\": "        \
    "\"layer_norm\"}, {\"type\": \"attention\", \"heads\": 2}]}, {\"type\": \"dropout\"}, "        \
    "{\"type\": "                                                                                  \
    "\"prelu\"}], \"decoder\": [{\"type\": \"linear\", \"out\": 768}, {\"type\": \"reshape\", "    \
    "\"shape\": [3, 16, 16]}, {\"type\": \"sigmoid\"}] } }, \"train\": { \"batch_size\": 8, "      \
    "\"epochs\": 2, \"shards\": 4, \"checkpoint_every_steps\": 3 } }"

static void noise_and_layers_inside_layers_resume_to_the_same_bytes(void **state) {
    (void)state;
    struct place whole = place("deep");
    lk_error err;
    assert_ok(train(lk_test_context_alone(), &whole, DEEP, false, NULL, &err), &err);
    for (int question = 2; question <= 14; question += 4) {
        struct place p = place("deep_again");
        assert_int_equal(train(lk_test_context_alone(), &p, DEEP, false,
                               &(struct stop){ .question = question }, &err),
                         LK_TERMINATED);
        assert_ok(train(lk_test_context(), &p, DEEP, true, NULL, &err), &err);
        assert_same_run(&whole, &p);
    }
}

static void a_checkpoint_that_does_not_say_where_the_epoch_ended_has_it_behind_it(void **state) {
    (void)state;
    struct place whole = place("says"), p = place("says_not");
    lk_error err;
    assert_ok(train(lk_test_context_alone(), &whole, CONFIG, false, NULL, &err), &err);
    for (int64_t stop = 8; stop <= 10; stop++) {
        assert_int_equal(
            train(lk_test_context_alone(), &p, CONFIG, true, &(struct stop){ .after = stop }, &err),
            LK_TERMINATED);
        write_changed(&p, LAST, "likeness.ended", NULL);
    }
    assert_ok(train(lk_test_context_alone(), &p, CONFIG, true, NULL, &err), &err);
    assert_same_run(&whole, &p);
}

static void
a_wrong_number_of_steps_in_a_checkpoint_is_refused_or_the_previous_one_taken(void **state) {
    (void)state;
    static const char *const wrong[] = { "x", "7x", "-1", "11", "6.5", "nan", "1e300" };
    struct place whole = place("right"), p = place("wrong");
    lk_error err;
    assert_ok(train(lk_test_context_alone(), &whole, CONFIG, false, NULL, &err), &err);
    assert_int_equal(
        train(lk_test_context_alone(), &p, CONFIG, false, &(struct stop){ .after = 10 }, &err),
        LK_TERMINATED);
    unlink(path_in(&p, "checkpoints/previous.safetensors"));
    for (size_t i = 0; i < LK_COUNT(wrong); i++) {
        write_changed(&p, LAST, "likeness.ended", wrong[i]);
        assert_int_equal(train(lk_test_context_alone(), &p, CONFIG, true, NULL, &err), LK_FORMAT);
        char words[128];
        snprintf(words, sizeof words,
                 "metadata likeness.ended: expected a number of steps up to 10, got \"%s\"",
                 wrong[i]);
        assert_contains(err.text, words);
    }
    write_changed(&p, LAST, "likeness.ended", "7");
    assert_int_equal(
        train(lk_test_context_alone(), &p, CONFIG, true, &(struct stop){ .after = 11 }, &err),
        LK_TERMINATED);
    write_changed(&p, LAST, "likeness.ended", "12");
    assert_ok(train(lk_test_context_alone(), &p, CONFIG, true, NULL, &err), &err);
    assert_same_run(&whole, &p);
}

static void what_a_checkpoint_says_of_itself_must_make_sense(void **state) {
    (void)state;
    static const struct {
        const char *key, *text, *expected;
    } rows[] = {
        { "likeness.step", "0", "metadata likeness.step: expected a number of steps, got \"0\"" },
        { "likeness.step", NULL, "metadata likeness.step: expected a number of steps, got \"\"" },
        { "likeness.epoch_loss", "nan",
          "metadata likeness.epoch_loss: expected a number, got \"nan\"" },
        { "likeness.best", "none",
          "metadata likeness.best: expected a number or null, got \"none\"" },
        { "likeness.config", "{\"seed\": -1}", "last.safetensors:1: seed: expected ... got -1" },
    };
    char out[512];
    struct place p = place("sense");
    lk_error err;
    assert_int_equal(
        train(lk_test_context_alone(), &p, CONFIG, false, &(struct stop){ .after = 10 }, &err),
        LK_TERMINATED);
    unlink(path_in(&p, "checkpoints/previous.safetensors"));
    assert_int_equal(
        lk_test_run(out, sizeof out, "cd '%s/checkpoints' && cp last.safetensors kept", p.run), 0);
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        assert_int_equal(
            lk_test_run(out, sizeof out, "cd '%s/checkpoints' && cp kept last.safetensors", p.run),
            0);
        write_changed(&p, LAST, rows[i].key, rows[i].text);
        assert_int_equal(train(lk_test_context_alone(), &p, CONFIG, true, NULL, &err), LK_FORMAT);
        assert_contains(err.text, rows[i].expected);
    }
}

static char heard[4096];

static void hear(void *self, lk_level level, const char *text) {
    (void)self;
    if (level == LK_WARNING) snprintf(heard, sizeof heard, "%s", text);
}

static void a_checkpoint_of_another_library_or_processor_is_warned_of(void **state) {
    (void)state;
    static const char *const keys[] = { "likeness.blas", "likeness.isa" };
    struct place p = place("machines");
    lk_context context = *lk_test_context_alone();
    lk_error err;
    context.log = (lk_log){ hear, NULL };
    for (int64_t i = 0; i < 3; i++) {
        heard[0] = 0;
        assert_int_equal(train(&context, &p, CONFIG, true, &(struct stop){ .after = 4 + i }, &err),
                         LK_TERMINATED);
        assert_int_equal(heard[0] == 0, i == 0);
        if (i > 0) assert_contains(heard, "results may differ in their last bits");
        if (i > 0) assert_contains(heard, "another one");
        if (i < 2) write_changed(&p, LAST, keys[i], "another one");
    }
}

/* The weights under the names of a file's model. */
static void open_weights(const struct place *p, const char *name, lk_trained *trained) {
    lk_error err;
    assert_ok(lk_trained_open(path_in(p, name), lk_test_context_alone(), NULL, 0, trained, &err),
              &err);
}

static void a_checkpoint_opened_as_a_model_has_the_averaged_weights(void **state) {
    (void)state;
    struct place p = place("averaged");
    lk_trained model, checkpoint;
    lk_error err;
    assert_ok(train(lk_test_context_alone(), &p, CONFIG, false, NULL, &err), &err);
    open_weights(&p, "model.safetensors", &model);
    open_weights(&p, LAST, &checkpoint);
    assert_int_equal(model.net.params.n_trained, checkpoint.net.params.n_trained);
    assert_memory_equal(model.net.params.trained, checkpoint.net.params.trained,
                        model.net.params.n_trained * sizeof(lk_real));
    lk_trained_close(&model);
    lk_trained_close(&checkpoint);
}

/* What a kill between two writes to the file leaves, and what a crash of the machine may. */
static void cut_and_damaged_lines_of_metrics_are_dropped(void **state) {
    (void)state;
    static const char *const rests[] = { "{\"type\":\"step\",\"st", "\n\n",
                                         "{\"type\":\"step\",\"step\":11}\n{\"type\":\"epo",
                                         "x\\0\\0\\0\n" };
    struct place whole = place("lines"), p = place("lines_cut");
    lk_error err;
    char out[512];
    assert_ok(train(lk_test_context_alone(), &whole, CONFIG, false, NULL, &err), &err);
    for (size_t i = 0; i < LK_COUNT(rests); i++) {
        lk_status status = train(lk_test_context_alone(), &p, CONFIG, true,
                                 &(struct stop){ .after = 5 + (int64_t)i }, &err);
        assert_int_equal(status, LK_TERMINATED);
        assert_int_equal(lk_test_run(out, sizeof out, "printf '%s' >>'%s'", rests[i],
                                     path_in(&p, "metrics.jsonl")),
                         0);
    }
    assert_ok(train(lk_test_context_alone(), &p, CONFIG, true, NULL, &err), &err);
    assert_same_run(&whole, &p);
}

/* A lock belongs to one opening of the file: a second opening in this process acts like another
   process. */
static void the_test_part_is_measured_by_one_process_too(void **state) {
    (void)state;
    struct place p = place("measured");
    lk_evaluation evaluation;
    lk_error err;
    assert_ok(train(lk_test_context_alone(), &p, CONFIG, false, NULL, &err), &err);
    int lock = open(path_in(&p, ".lock"), O_RDWR);
    assert_true(lock >= 0);
    assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(lk_evaluate_run(lk_test_context_alone(), p.run, p.pack, NULL, NULL, NULL,
                                     &evaluation, &err),
                     LK_FAILED);
    assert_contains(err.text, "another process trains or measures there");
    close(lock);
    assert_ok(lk_evaluate_run(lk_test_context_alone(), p.run, p.pack, NULL, NULL, NULL, &evaluation,
                              &err),
              &err);
    /* the lock was given back */
    assert_ok(lk_evaluate_run(lk_test_context_alone(), p.run, p.pack, NULL, NULL, NULL, &evaluation,
                              &err),
              &err);
}

static void nothing_is_written_of_a_pack_that_is_not_the_expected_one(void **state) {
    (void)state;
    struct place p = place("another_pack");
    lk_evaluation evaluation = { .n_components = -1 };
    lk_error err;
    assert_ok(train(lk_test_context_alone(), &p, CONFIG, false, NULL, &err), &err);
    assert_int_equal(lk_evaluate_run(lk_test_context_alone(), p.run, p.pack, "0123456789abcdef",
                                     NULL, NULL, &evaluation, &err),
                     LK_FORMAT);
    assert_contains(err.text, "0123456789abcdef");
    assert_int_equal(evaluation.n_components, -1);
    assert_false(lk_file_may_exist(path_in(&p, "test_scores.npy")));
    assert_false(lk_file_may_exist(path_in(&p, "test.json")));
}

/* Asked after each batch: changes the first pictures of the pack, which are mapped. */
static lk_status write_over_the_pack(void *self) {
    static const char other[64] = "these bytes are not the pixels that were verified";
    FILE *file = fopen(self, "r+b");
    assert_true(file && fseek(file, 64, SEEK_SET) == 0);
    assert_int_equal(fwrite(other, 1, sizeof other, file), sizeof other);
    assert_int_equal(fclose(file), 0);
    return LK_OK;
}

static void a_pack_overwritten_while_it_is_measured_gives_no_scores(void **state) {
    (void)state;
    struct place p = place("overwritten");
    lk_stop stop = { write_over_the_pack, p.pack };
    lk_evaluation evaluation = { .n_components = -1 };
    lk_error err;
    assert_ok(train(lk_test_context_alone(), &p, CONFIG, false, NULL, &err), &err);
    assert_int_equal(lk_evaluate_run(lk_test_context_alone(), p.run, p.pack, NULL, NULL, &stop,
                                     &evaluation, &err),
                     LK_FORMAT);
    assert_contains(err.text, "was written to while it was in use");
    assert_int_equal(evaluation.n_components, -1);
    assert_false(lk_file_may_exist(path_in(&p, "test_scores.npy")));
    assert_false(lk_file_may_exist(path_in(&p, "test.json")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_stopped_at_any_question_ends_with_the_same_bytes),
        cmocka_unit_test(noise_and_layers_inside_layers_resume_to_the_same_bytes),
        cmocka_unit_test(a_checkpoint_that_does_not_say_where_the_epoch_ended_has_it_behind_it),
        cmocka_unit_test(
            a_wrong_number_of_steps_in_a_checkpoint_is_refused_or_the_previous_one_taken),
        cmocka_unit_test(what_a_checkpoint_says_of_itself_must_make_sense),
        cmocka_unit_test(a_checkpoint_of_another_library_or_processor_is_warned_of),
        cmocka_unit_test(a_checkpoint_opened_as_a_model_has_the_averaged_weights),
        cmocka_unit_test(cut_and_damaged_lines_of_metrics_are_dropped),
        cmocka_unit_test(the_test_part_is_measured_by_one_process_too),
        cmocka_unit_test(nothing_is_written_of_a_pack_that_is_not_the_expected_one),
        cmocka_unit_test(a_pack_overwritten_while_it_is_measured_gives_no_scores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
