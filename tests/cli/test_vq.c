/* VQ-VAE as users see it: the same bytes, what is logged and saved, which commands work. */
#include "program.h"

#include <stdio.h>
#include <string.h>

#define TRAIN                                                                                      \
    "train c.json --data f.lkd --set train.batch_size=8 --set train.shards=4 "                     \
    "--set train.log_every_steps=1 --set train.checkpoint_every_steps=3 --set model.type=vq "      \
    "--set model.codes=12 --set model.restart=0.5 "
#define MAPS                                                                                       \
    "--set 'model.latent=[4,4,4]' "                                                                \
    "--set 'model.architecture={\"preset\":\"compact\",\"width\":4}' "

static int vq_start(void **state) {
    int failed = program_start(state);
    put("c.json", small_config, strlen(small_config));
    return failed ||
           likeness("prepare --synthetic 60 --size 16 --val 0.2 --test 0.2 --out f.lkd") != 0;
}

static void runs_have_the_same_bytes_at_any_number_of_threads_and_after_a_stop(void **state) {
    (void)state;
    static const char *const codes[] = { "", MAPS, "--set optimizer.average=0.9 " };
    for (size_t i = 0; i < LK_COUNT(codes); i++) {
        assert_int_equal(likeness(TRAIN "%s --force --epochs 3 --out one --threads 1", codes[i]),
                         0);
        assert_int_equal(likeness(TRAIN "%s --force --epochs 3 --out three --threads 3", codes[i]),
                         0);
        assert_same_bytes("one/model.safetensors", "three/model.safetensors");
        assert_same_bytes("one/checkpoints/last.safetensors", "three/checkpoints/last.safetensors");
        assert_int_equal(likeness(TRAIN "%s --force --epochs 1 --out part", codes[i]), 0);
        assert_int_equal(likeness(TRAIN "%s --resume --epochs 3 --out part", codes[i]), 0);
        assert_same_bytes("one/model.safetensors", "part/model.safetensors");
    }
}

static void the_log_has_commitment_perplexity_and_usage(void **state) {
    (void)state;
    assert_int_equal(likeness(TRAIN MAPS "--force --epochs 2 --out r"), 0);
    cJSON *line = record_line("r/metrics.jsonl", "step", 5);
    const cJSON *terms = cJSON_GetObjectItemCaseSensitive(line, "terms"),
                *commitment = cJSON_GetObjectItemCaseSensitive(terms, "commitment"),
                *perplexity = cJSON_GetObjectItemCaseSensitive(terms, "perplexity"),
                *usage = cJSON_GetObjectItemCaseSensitive(terms, "usage"),
                *loss = cJSON_GetObjectItemCaseSensitive(terms, "reconstruction");
    assert_near(number(commitment, "weighted"), 0.25 * number(commitment, "value"), 1e-7);
    assert_near(number(line, "loss"), number(loss, "value") + number(commitment, "weighted"), 1e-6);
    assert_true(number(perplexity, "value") >= 1 && number(perplexity, "value") <= 12);
    assert_true(number(usage, "value") > 0 && number(usage, "value") <= 1);
    cJSON_Delete(line);
    char *csv = text_of("r/metrics.csv");
    assert_contains(csv, ",val_commitment,val_commitment_weighted,val_perplexity,");
    lk_free(csv);
    assert_int_equal(likeness("info r/model.safetensors"), 0);
    assert_contains(out, "codebook.weight ... 12 x 4 ");
    assert_contains(out, "codebook.count");
    assert_contains(out, "codebook.sum");
}

static void commands_work_with_quantized_codes_or_say_why_not(void **state) {
    (void)state;
    static const struct row refused[] = {
        { "sample r --out s.png", "expected a model with a prior ... got vq" },
        { "config check c.json --set model=vq --set regularizer=mmd",
          "regularizer.type: expected none, l1 or l2 ... got mmd" },
        { "config check c.json --set model=vq --set regularizer=kl",
          "\"kl\" needs codes that are drawn" },
        { "config check c.json --set model=vq --set model.codes=1",
          "model.codes: expected a whole number from 2 to 65536, got 1" },
    };
    assert_int_equal(likeness(TRAIN MAPS "--force --epochs 2 --out r"), 0);
    assert_int_equal(likeness("reconstruct r r/grids/epoch_0001.png --out p.png"), 0);
    assert_int_equal(likeness("interpolate r p.png r/grids/epoch_0001.png --out i.png"), 0);
    assert_int_equal(likeness("traverse r --rows 2 --out t.png"), 0);
    assert_int_equal(likeness("encode r --out z.npy"), 0);
    assert_int_equal(likeness("eval r"), 0);
    check_rows(refused, LK_COUNT(refused), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_have_the_same_bytes_at_any_number_of_threads_and_after_a_stop),
        cmocka_unit_test(the_log_has_commitment_perplexity_and_usage),
        cmocka_unit_test(commands_work_with_quantized_codes_or_say_why_not),
    };
    return cmocka_run_group_tests(tests, vq_start, program_end);
}
