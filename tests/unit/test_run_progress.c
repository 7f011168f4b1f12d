/* How far a run is, from the files in its folder: whole, just being written, or damaged. */
#include "base/lock.h"
#include "experiment/row.h"
#include "experiment/run_progress.h"
#include "support.h"
#include "tiny.h"

#include <likeness/pack.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEADS  "epoch,step,lr,train_loss,val_loss,val_ssim,val_mse\n"
#define EPOCH1 "1,7,0.1,0.5,0.4,0.6,0.02\n"
#define EPOCH2 "2,14,0.1,0.3,0.45,0.7,0.01\n"

/* When its second session began: 2026-11-30T08:00:00Z. */
#define BEGAN 1796025600.0

static char run[LK_PATH_MAX];

static void put(const char *name, const char *text) {
    lk_test_write(lk_test_path(run, name), text, strlen(text));
}

/* A run of 3 epochs of 7 steps, of which 4 steps were done by a first session, in 100 s. */
static void begin(const char *name) {
    char record[2 * LK_PATH_MAX];
    snprintf(run, sizeof run, "%s", lk_test_folder(name));
    put("config.json", TINY_CONFIG(""));
    snprintf(record, sizeof record,
             "{\"data\": \"%s\", \"sessions\": [{\"started\": \"2026-11-30T06:52:30Z\", "
             "\"seconds\": 100, \"first_step\": 0, \"last_step\": 4}, {\"started\": "
             "\"2026-11-30T08:00:00Z\", \"seconds\": null, \"first_step\": 4, \"last_step\": "
             "null}]}",
             lk_test_pack(run, 110));
    put("run.json", record);
    put("metrics.csv", HEADS EPOCH1);
    put("metrics.jsonl",
        "{\"type\":\"step\",\"step\":8,\"epoch\":2,\"loss\":0.25,\"seconds\":40}\n");
}

/* The caller ends it with lk_run_progress_deinit. */
static lk_run_progress read_at(double now_s) {
    lk_results results;
    lk_run_progress progress;
    lk_error err;
    lk_results_init(&results);
    assert_ok(lk_result_read_run(&results, run, &err), &err);
    assert_ok(lk_run_progress_read(&results.rows[0], now_s, &progress, &err), &err);
    lk_results_deinit(&results);
    return progress;
}

static void a_stopped_run_tells_how_far_it_came(void **state) {
    (void)state;
    begin("progress_stopped");
    put("metrics.csv", HEADS EPOCH1 EPOCH2);
    lk_run_progress p = read_at(BEGAN + 5000);
    assert_int_equal(p.stage, LK_STAGE_STOPPED);
    assert_near(p.epochs, 2, 0);
    assert_near(p.n_epochs, 3, 0);
    assert_near(p.steps, 14, 0); /* the last logged step was before the end of the epoch */
    assert_near(p.n_steps, 21, 0);
    assert_near(p.done, 14.0 / 21, 1e-12);
    assert_near(p.train_loss, 0.3, 0);
    assert_near(p.val_loss, 0.45, 0);
    assert_near(p.val_ssim, 0.7, 0);
    assert_near(p.val_mse, 0.01, 0);
    assert_near(p.best_epoch, 1, 0);
    assert_near(p.best_loss, 0.4, 0);
    /* it was killed: up to its last line */
    assert_near(p.seconds, 140, 0);
    assert_true(isnan(p.seconds_left));
    assert_string_equal(p.started, "2026-11-30T06:52:30Z");
    lk_run_progress_deinit(&p);
}

static void the_time_of_a_running_run_is_that_of_the_clock(void **state) {
    (void)state;
    lk_lock lock = LK_LOCK_NONE;
    lk_error err;
    begin("progress_running");
    assert_ok(lk_folder_lock(run, NULL, &lock, &err), &err);
    lk_run_progress p = read_at(BEGAN + 50);
    assert_int_equal(p.stage, LK_STAGE_RUNNING);
    assert_near(p.steps, 8, 0);
    assert_near(p.done, 8.0 / 21, 1e-12);
    assert_near(p.seconds, 150, 1e-6);
    /* 4 steps took 40 s, 13 are left, and 10 s have passed since */
    assert_near(p.seconds_left, 120, 1e-6);
    lk_run_progress_deinit(&p);
    p = read_at(BEGAN - 1000); /* the clock of another machine */
    assert_near(p.seconds, 140, 1e-6);
    assert_near(p.seconds_left, 130, 1e-6);
    lk_run_progress_deinit(&p);
    p = read_at(BEGAN + 100000);
    assert_near(p.seconds_left, 0, 0);
    lk_run_progress_deinit(&p);
    lk_folder_unlock(&lock);
}

static void before_the_first_epoch_the_pack_says_how_many_steps_there_are(void **state) {
    (void)state;
    begin("progress_begun");
    put("metrics.csv", HEADS);
    lk_run_progress p = read_at(BEGAN);
    assert_near(p.epochs, 0, 0);
    assert_near(p.n_steps, 21, 0);
    assert_near(p.done, 8.0 / 21, 1e-12);
    assert_near(p.train_loss, 0.25, 0); /* of the last batch */
    assert_true(isnan(p.val_loss) && isnan(p.best_epoch) && p.curves.n_runs == 0);
    lk_run_progress_deinit(&p);
    assert_int_equal(unlink(lk_test_path(run, "faces.lkd")), 0);
    p = read_at(BEGAN);
    assert_true(isnan(p.n_steps));
    assert_near(p.n_epochs, 3, 0);
    assert_near(p.done, 0, 0);
    lk_run_progress_deinit(&p);
    /* not even a record */
    assert_int_equal(unlink(lk_test_path(run, "metrics.csv")), 0);
    assert_int_equal(unlink(lk_test_path(run, "metrics.jsonl")), 0);
    assert_int_equal(unlink(lk_test_path(run, "run.json")), 0);
    p = read_at(BEGAN);
    assert_int_equal(p.stage, LK_STAGE_STOPPED);
    assert_near(p.epochs, 0, 0);
    assert_true(isnan(p.train_loss) && isnan(p.seconds));
    lk_run_progress_deinit(&p);
}

/* "3,2" may be the begin of "3,21,...". */
static void a_line_that_is_being_written_does_not_count(void **state) {
    (void)state;
    begin("progress_open_line");
    put("metrics.csv", HEADS EPOCH1 EPOCH2 "3,21,0.1,0.3,0.1");
    put("metrics.jsonl",
        "{\"type\":\"step\",\"step\":12,\"epoch\":2,\"loss\":0.25,\"seconds\":40}\n"
        "{\"type\":\"step\",\"step\":18,\"epoch\":3,\"lo");
    lk_run_progress p = read_at(BEGAN);
    assert_near(p.epochs, 2, 0);
    assert_near(p.steps, 14, 0);
    assert_near(p.best_loss, 0.4, 0);
    assert_int_equal(p.curves.runs[0].n, 2);
    lk_run_progress_deinit(&p);
}

static void damaged_files_leave_numbers_unknown(void **state) {
    (void)state;
    begin("progress_damaged");
    put("metrics.csv", "not a table\n");
    put("metrics.jsonl", "{{{\nno line of it\n");
    put("run.json", "{");
    lk_run_progress p = read_at(BEGAN);
    assert_int_equal(p.stage, LK_STAGE_STOPPED);
    assert_true(isnan(p.epochs) && isnan(p.steps) && isnan(p.seconds) && isnan(p.done));
    assert_near(p.n_epochs, 3, 0);
    lk_run_progress_deinit(&p);
}

static void a_run_has_failed_unless_it_went_on(void **state) {
    (void)state;
    static const char diverged[] = "{\"type\":\"step\",\"step\":8,\"loss\":1}\n"
                                   "{\"type\":\"diverged\",\"step\":9,\"message\":\"x\"}\n";
    char more[512];
    begin("progress_failed");
    put("metrics.jsonl", diverged);
    lk_run_progress p = read_at(BEGAN);
    assert_int_equal(p.stage, LK_STAGE_FAILED);
    lk_run_progress_deinit(&p);
    snprintf(more, sizeof more, "%s{\"type\":\"step\",\"step\":10,\"loss\":1}\n", diverged);
    put("metrics.jsonl", more);
    p = read_at(BEGAN);
    assert_int_equal(p.stage, LK_STAGE_STOPPED);
    lk_run_progress_deinit(&p);
}

static void a_run_with_a_model_is_finished(void **state) {
    (void)state;
    begin("progress_finished");
    put("model.safetensors", "");
    lk_run_progress p = read_at(BEGAN);
    assert_int_equal(p.stage, LK_STAGE_FINISHED);
    assert_near(p.done, 1, 0);
    lk_run_progress_deinit(&p);
}

static void the_length_may_be_a_number_of_steps(void **state) {
    (void)state;
    begin("progress_steps");
    lk_config config = lk_test_config(TINY_CONFIG(""));
    lk_text text = { 0 };
    lk_error err;
    config.train.steps = 16;
    assert_ok(lk_config_print(&config, 16, &text, &err), &err);
    put("config.json", text.data);
    lk_run_progress p = read_at(BEGAN);
    assert_near(p.n_steps, 16, 0);
    assert_near(p.n_epochs, 3, 0);
    lk_run_progress_deinit(&p);
    lk_text_deinit(&text);
    lk_config_deinit(&config);
}

/* Of a long file only the end is read. */
static void the_last_step_of_a_long_record_is_found(void **state) {
    (void)state;
    lk_text text = { 0 };
    lk_record_tail tail;
    lk_error err;
    begin("progress_long");
    for (int step = 1; step <= 5000; step++)
        lk_text_add(&text, "{\"type\":\"step\",\"step\":%d,\"epoch\":%d,\"loss\":0.5}\n", step,
                    step / 7 + 1);
    lk_text_add(&text, "{\"type\":\"epoch\",\"step\":5000,\"epoch\":715,\"train_loss\":0.25}\n");
    lk_text_add(&text, "{\"type\":\"extended\",\"step\":5000}\n");
    put("metrics.jsonl", text.data);
    assert_ok(lk_record_read_tail(run, &tail, &err), &err);
    assert_int_equal(tail.step, 5000);
    assert_int_equal(tail.epoch, 715);
    assert_near(tail.loss, 0.25, 0);
    assert_int_equal(tail.diverged, 0);
    lk_text_deinit(&text);
}

static void what_a_pack_holds_is_read_without_its_pictures(void **state) {
    (void)state;
    char path[LK_PATH_MAX], *data = NULL;
    size_t n = 0;
    lk_pack_meta meta = { 0 };
    lk_error err;
    begin("progress_pack");
    snprintf(path, sizeof path, "%s", lk_test_path(run, "faces.lkd"));
    assert_ok(lk_file_read(path, SIZE_MAX, &data, &n, &err), &err);
    char *count = memmem(data, n, "\"train\":", 8);
    assert_non_null(count);
    data[n / 2] ^= 1; /* a pixel */
    lk_test_write(path, data, n);
    assert_ok(lk_pack_read_meta(path, &meta, &err), &err);
    assert_int_equal(meta.n[LK_SPLIT_TRAIN], 56);
    assert_int_equal(meta.size, 16);
    count[strcspn(count, "56")] ^= 1;
    lk_test_write(path, data, n);
    assert_int_equal(lk_pack_read_meta(path, &meta, &err), LK_FORMAT);
    assert_contains(err.text, "faces.lkd: META");
    assert_int_equal(lk_pack_read_meta("no.lkd", &meta, &err), LK_READ);
    lk_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stopped_run_tells_how_far_it_came),
        cmocka_unit_test(the_time_of_a_running_run_is_that_of_the_clock),
        cmocka_unit_test(before_the_first_epoch_the_pack_says_how_many_steps_there_are),
        cmocka_unit_test(a_line_that_is_being_written_does_not_count),
        cmocka_unit_test(damaged_files_leave_numbers_unknown),
        cmocka_unit_test(a_run_has_failed_unless_it_went_on),
        cmocka_unit_test(a_run_with_a_model_is_finished),
        cmocka_unit_test(the_length_may_be_a_number_of_steps),
        cmocka_unit_test(the_last_step_of_a_long_record_is_found),
        cmocka_unit_test(what_a_pack_holds_is_read_without_its_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
