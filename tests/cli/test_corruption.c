/* Denoising models as users see them: training on corrupted pictures, a validation loss that stays
   comparable, scores of clean and of corrupted pictures. */
#include "program.h"

#include <stdio.h>
#include <string.h>

#define TRAIN                                                                                      \
    "train c.json --data f.lkd --set train.batch_size=8 --set train.shards=4 "                     \
    "--set train.checkpoint_every_steps=3 --force "

static int corruption_start(void **state) {
    int failed = program_start(state);
    put("c.json", small_config, strlen(small_config));
    return failed ||
           likeness("prepare --synthetic 60 --size 16 --val 0.2 --test 0.2 --out f.lkd") != 0;
}

static const char *const rows[] = {
    "corruption=gaussian",
    "'corruption={\"type\":\"mask\",\"patch\":4}'",
    "corruption=salt_pepper",
};

static void runs_have_the_same_bytes_at_any_number_of_threads_and_after_a_stop(void **state) {
    (void)state;
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        assert_int_equal(likeness(TRAIN "--epochs 2 --out one --threads 1 --set %s", rows[i]), 0);
        assert_int_equal(likeness(TRAIN "--epochs 2 --out three --threads 3 --set %s", rows[i]), 0);
        assert_same_bytes("one/model.safetensors", "three/model.safetensors");
        assert_int_equal(likeness(TRAIN "--epochs 1 --out part --set %s", rows[i]), 0);
        assert_int_equal(likeness("train c.json --data f.lkd --set train.batch_size=8 "
                                  "--set train.shards=4 --set train.checkpoint_every_steps=3 "
                                  "--resume --epochs 2 --out part --set %s",
                                  rows[i]),
                         0);
        assert_same_bytes("one/model.safetensors", "part/model.safetensors");
    }
}

/* The number of a picture, not its batch, names its noise: validation has batches of 8, eval of
   64. */
static void the_validation_loss_is_that_of_corrupted_pictures_and_its_scores_are_not(void **state) {
    (void)state;
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        assert_int_equal(likeness(TRAIN "--epochs 1 --out r --set %s", rows[i]), 0);
        cJSON *line = record_line("r/metrics.jsonl", "epoch", 0);
        double loss = number(line, "val_loss"), mse = number(line, "val_mse");
        cJSON_Delete(line);
        assert_near(number(json_of("eval r --split val --json"), "mse"), mse, 1e-6);
        const cJSON *restored = json_of("eval r --split val --corrupted --json");
        assert_near(number(restored, "mse"), loss, 1e-6);
        assert_true(number(restored, "mse") != mse);
        assert_true(number(cJSON_GetObjectItemCaseSensitive(restored, "corrupted"), "mse") > 1e-4);
    }
}

static void eval_shows_the_corrupted_pictures_next_to_the_restored_ones(void **state) {
    (void)state;
    assert_int_equal(likeness(TRAIN "--epochs 1 --out r --set corruption.type=gaussian "
                                    "--set corruption.sigma=0.2"),
                     0);
    assert_int_equal(likeness("eval r --corrupted"), 0);
    assert_contains(out, "| corrupted pictures | ");
    const cJSON *spoilt =
        cJSON_GetObjectItemCaseSensitive(json_of("eval r --corrupted --json"), "corrupted");
    double mse = number(spoilt, "mse");
    assert_true(mse >= 0.02 && mse <= 0.04); /* clipped, and 0.2^2 = 0.04 */
    assert_int_equal(likeness("info r"), 0);
    assert_contains(out, "corruption");
    assert_int_equal(likeness("encode r --out z.npy"), 0);
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    static const struct row refused[] = {
        { "eval plain.safetensors --data f.lkd --corrupted",
          "expected a model that was trained with a corruption" },
        { "eval plain.safetensors --data f.lkd --corrupted --worst 2", "expected no --corrupted" },
        { "config check c.json --set corruption=blur", "unknown type \"blur\"" },
        { "config check c.json --set corruption.type=mask --set corruption.share=2",
          "corruption.share: expected a number from 0 to 1, got 2" },
    };
    make_model("plain.safetensors", 3);
    check_rows(refused, LK_COUNT(refused), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_have_the_same_bytes_at_any_number_of_threads_and_after_a_stop),
        cmocka_unit_test(the_validation_loss_is_that_of_corrupted_pictures_and_its_scores_are_not),
        cmocka_unit_test(eval_shows_the_corrupted_pictures_next_to_the_restored_ones),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, corruption_start, program_end);
}
