/* Regularizers as users see them: what a run logs of each, the same bytes at any number of threads
   and after a stop, and what is refused. */
#include "program.h"

#include <stdio.h>
#include <string.h>

#define TRAIN                                                                                      \
    "train c.json --data f.lkd --set train.batch_size=8 --set train.shards=4 "                     \
    "--set train.log_every_steps=1 --set train.checkpoint_every_steps=3 "

static int regularizers_start(void **state) {
    int failed = program_start(state);
    put("c.json", small_config, strlen(small_config));
    return failed ||
           likeness("prepare --synthetic 60 --size 16 --val 0.2 --test 0.2 --out f.lkd") != 0;
}

static double term(const cJSON *line, const char *all, const char *name, const char *key) {
    const cJSON *terms = cJSON_GetObjectItemCaseSensitive(line, all);
    return number(cJSON_GetObjectItemCaseSensitive(terms, name), key);
}

static const char *const rows[] = {
    "model=vae --set 'regularizer={\"type\":\"kl\",\"free_bits\":0.2}'",
    "model=vae --set regularizer=tc",
    "model=vae --set "
    "'regularizer={\"type\":\"tc\",\"sampling\":\"stratified\",\"warmup_steps\":5}'",
    "model=vae --set regularizer=sum",
    "regularizer=l1",
    "'regularizer={\"type\":\"l2\",\"warmup_steps\":2,\"cycle_steps\":4}'",
};

static void runs_have_the_same_bytes_at_any_number_of_threads_and_after_a_stop(void **state) {
    (void)state;
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        assert_int_equal(
            likeness(TRAIN "--epochs 2 --force --out one --threads 1 --set %s", rows[i]), 0);
        assert_int_equal(
            likeness(TRAIN "--epochs 2 --force --out three --threads 3 --set %s", rows[i]), 0);
        assert_same_bytes("one/model.safetensors", "three/model.safetensors");
        assert_int_equal(
            likeness(TRAIN "--force --out part --threads 2 --steps 4 --set %s", rows[i]), 0);
        assert_int_equal(likeness(TRAIN "--resume --out part --steps 8 --set %s", rows[i]), 0);
        assert_int_equal(likeness(TRAIN "--force --out whole --steps 8 --set %s", rows[i]), 0);
        cJSON *a = record_line("part/metrics.jsonl", "step", 7),
              *b = record_line("whole/metrics.jsonl", "step", 7);
        assert_near(number(a, "loss"), number(b, "loss"), 0);
        assert_near(number(a, "gradient_norm"), number(b, "gradient_norm"), 0);
        cJSON_Delete(a), cJSON_Delete(b);
    }
}

static void each_term_of_a_sum_is_logged_by_itself(void **state) {
    (void)state;
    static const char kl[] = "regularizer_0_kl", mmd[] = "regularizer_1_mmd";
    assert_int_equal(
        likeness(TRAIN
                 "--epochs 2 --force --out r --set model=vae --set 'regularizer={\"type\":\"sum\","
                 "\"terms\":[{\"type\":\"kl\",\"weight\":0.5,\"warmup_steps\":4},"
                 "{\"type\":\"mmd\",\"weight\":2}]}'"),
        0);
    for (int step = 0; step < 6; step++) {
        cJSON *line = record_line("r/metrics.jsonl", "step", step);
        double share = step < 4 ? (step + 1) / 4.0 : 1, of_kl = term(line, "terms", kl, "value"),
               of_mmd = term(line, "terms", mmd, "value");
        assert_near(term(line, "terms", kl, "weighted"), 0.5 * share * of_kl, 1e-6);
        assert_near(term(line, "terms", mmd, "weighted"), 2 * of_mmd, 1e-6);
        assert_near(number(line, "loss"),
                    term(line, "terms", "reconstruction", "value") + 0.5 * share * of_kl +
                        2 * of_mmd,
                    1e-5);
        cJSON_Delete(line);
    }
    char *csv = text_of("r/metrics.csv");
    assert_contains(csv, ",val_regularizer_0_kl,val_regularizer_0_kl_weighted,"
                         "val_regularizer_1_mmd,val_regularizer_1_mmd_weighted,val_active,");
    lk_free(csv);
    assert_int_equal(likeness("sample r -n 2 --out s.png"), 0);
    assert_int_equal(likeness("info r"), 0);
    assert_contains(out, "sum");
}

/* Otherwise the epochs before the weight has grown would have the lowest loss. */
static void validation_uses_the_whole_weight_while_that_of_training_grows(void **state) {
    (void)state;
    assert_int_equal(
        likeness(TRAIN "--epochs 2 --force --out r --set model=vae --set 'regularizer={\"type\":"
                       "\"kl\",\"weight\":1,\"warmup_steps\":1000}'"),
        0);
    cJSON *line = record_line("r/metrics.jsonl", "epoch", 0);
    double value = term(line, "val_terms", "kl", "value");
    assert_near(term(line, "val_terms", "kl", "weighted"), value, 0);
    assert_near(number(line, "val_loss"),
                value + term(line, "val_terms", "reconstruction", "value"), 1e-9);
    cJSON_Delete(line);
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    static const struct row refused[] = {
        { "config check c.json --set regularizer=tc", "\"tc\" needs codes that are drawn" },
        { "config check c.json --set regularizer=sum", "\"kl\" needs codes that are drawn" },
        { "config check c.json --set 'regularizer={\"type\":\"l1\",\"cycle_steps\":4}'",
          "regularizer.cycle_steps: expected 0, ... without warmup_steps, got 4" },
        { "config check c.json --set 'regularizer={\"type\":\"l1\",\"warmup_steps\":5,"
          "\"cycle_steps\":4}'",
          "regularizer.cycle_steps: expected 0 or at least warmup_steps, 5, got 4" },
        { "config check c.json --set "
          "'regularizer={\"type\":\"sum\",\"terms\":[{\"type\":\"sum\"}]}'",
          "regularizer.terms[0]: unknown type \"sum\"" },
        { "config check c.json --set "
          "'regularizer={\"type\":\"sum\",\"terms\":[{\"type\":\"mmd\"}]}' "
          "--set train.batch_size=1",
          "\"mmd\" compares codes" },
        { "sample l1 --out s.png", "expected a model with a prior" },
    };
    make_model_of("l1", 3, "regularizer=l1");
    check_rows(refused, LK_COUNT(refused), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_have_the_same_bytes_at_any_number_of_threads_and_after_a_stop),
        cmocka_unit_test(each_term_of_a_sum_is_logged_by_itself),
        cmocka_unit_test(validation_uses_the_whole_weight_while_that_of_training_grows),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, regularizers_start, program_end);
}
