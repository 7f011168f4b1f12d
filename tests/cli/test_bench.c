/* The command bench as users see it. Counts are compared with values computed by hand; times must
   have the properties of any time. */
#include "program.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 4, REAL = sizeof(lk_real) };

static int put_config(void **state) {
    (void)state;
    put("small.json", small_config, strlen(small_config));
    return 0;
}

static const cJSON *pass(const cJSON *row, const char *name) {
    return cJSON_GetObjectItemCaseSensitive(row, name);
}

static void a_benchmark_tells_time_throughput_and_memory(void **state) {
    (void)state;
    const cJSON *bench = json_of("bench small.json --size 16 --steps 3 --threads 2 --json");
    double ms = number(bench, "ms_per_step"),
           /* the images need no gradient */
        macs = 16 * 5 * 48 * 2 + 480 * 3 + 480 * 3 + 16 * 5 * 48 * 3;
    assert_near(number(bench, "steps"), 3, 0);
    assert_near(number(bench, "batch"), BATCH, 0);
    assert_near(number(bench, "threads"), 2, 0);
    assert_true(ms > 0);
    assert_near(number(bench, "images_per_second") * ms / (1e3 * BATCH), 1, 1e-9);
    assert_near(number(bench, "gflops") * ms / (2e-6 * BATCH * macs), 1, 1e-9);
    assert_true(number(bench, "steps_ms") >= 2 * ms);
    assert_true(number(bench, "first_step_ms") > 0 && number(bench, "peak_anon_mb") > 0);
    assert_true(number(bench, "loss_ms") > 0 && number(bench, "optimizer_ms") > 0);
    assert_null(cJSON_GetObjectItemCaseSensitive(bench, "profile"));
    assert_near(number(json_of("bench small.json --size 16 --steps 1 --batch 6 --json"), "batch"),
                6, 0);
}

static void a_profile_counts_multiply_adds_and_bytes_of_each_pass(void **state) {
    (void)state;
    const double images = BATCH * 3 * 16 * 16, map = BATCH * 5 * 4 * 4, weight = 5 * 3 * 4 * 4;
    const cJSON *bench = json_of("bench small.json --size 16 --steps 2 --profile --json");
    const cJSON *conv = item(bench, "profile", 0), *norm = item(bench, "profile", 1),
                *reshape = item(bench, "profile", 2);
    assert_string_equal(string(conv, "name"), "encoder.0");
    assert_string_equal(string(conv, "op"), "conv2d");
    assert_string_equal(string(conv, "shape"), "(4, 5, 4, 4)");
    assert_near(number(pass(conv, "forward"), "macs"), BATCH * 16 * 5 * 48, 0);
    /* for the weights only */
    assert_near(number(pass(conv, "backward"), "macs"), BATCH * 16 * 5 * 48, 0);
    assert_near(number(pass(conv, "forward"), "bytes"), REAL * (images + weight + 5 + map), 0);
    assert_near(number(pass(conv, "backward"), "bytes"),
                REAL * (map + images + weight + weight + 5), 0);
    assert_near(number(pass(norm, "forward"), "bytes"), REAL * (2 * map + 4 * 5), 0);
    assert_near(number(pass(norm, "backward"), "bytes"), REAL * (3 * map + 2 * 5), 0);
    assert_string_equal(string(norm, "op"), "batch_norm_relu"); /* reads its input again */
    assert_near(number(pass(reshape, "forward"), "bytes"), REAL * 2 * map, 0);
    assert_near(number(pass(reshape, "backward"), "bytes"), REAL * 2 * map, 0);
    assert_string_equal(string(conv, "engine"), "im2col");
    assert_null(cJSON_GetObjectItemCaseSensitive(norm, "engine"));
    double ms = number(pass(conv, "backward"), "ms"), macs = number(pass(conv, "backward"), "macs");
    assert_near(number(pass(conv, "backward"), "gflops") * ms / (2e-6 * macs), 1, 1e-9);
}

static double sum_of(const cJSON *rows, const char *op, const char *which, const char *key) {
    const cJSON *row;
    double sum = 0;
    cJSON_ArrayForEach(row, rows) if (!op || strcmp(string(row, "op"), op) == 0) sum +=
        number(pass(row, which), key);
    return sum;
}

static void the_kinds_of_ops_add_up_to_the_ops(void **state) {
    (void)state;
    static const char *const keys[] = { "ms", "macs", "bytes" };
    const cJSON *bench = json_of("bench small.json --size 16 --steps 1 --profile --json"), *kind;
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(bench, "profile"),
                *kinds = cJSON_GetObjectItemCaseSensitive(bench, "by_op");
    double nodes = 0;
    cJSON_ArrayForEach(kind, kinds) {
        for (size_t i = 0; i < LK_COUNT(keys); i++) {
            double expected = sum_of(rows, string(kind, "op"), "backward", keys[i]);
            assert_near(number(pass(kind, "backward"), keys[i]), expected, 1e-9 * expected);
        }
        nodes += number(kind, "nodes");
    }
    assert_near(nodes, cJSON_GetArraySize(rows), 0);
    assert_near(sum_of(kinds, NULL, "forward", "bytes"), sum_of(rows, NULL, "forward", "bytes"), 0);
    assert_string_equal(string(item(bench, "by_op", 0), "op"), "conv2d");
    assert_near(number(item(bench, "by_op", 0), "nodes"), 1, 0);
}

/* With as many threads as measured, the time is as measured. With more, a round takes at least its
   share, and at least one task. */
static void a_profile_divides_the_rounds_of_the_pool_by_their_tasks(void **state) {
    (void)state;
    for (int n = 1; n <= 2; n++) {
        const cJSON *bench =
            json_of(n == 1 ? "bench small.json --size 16 --steps 2 --profile --threads 1 --json"
                           : "bench small.json --size 16 --steps 2 --profile --threads 2 --json");
        const cJSON *rounds = cJSON_GetObjectItemCaseSensitive(bench, "rounds");
        const cJSON *divided = cJSON_GetObjectItemCaseSensitive(rounds, "divided_ms"), *at;
        double ms = number(rounds, "ms"), before = (double)INFINITY;
        assert_true(number(rounds, "n") >= 5 && number(rounds, "empty_us") >= 0);
        assert_true(ms > 0 && ms <= number(bench, "steps_ms"));
        assert_near(number(divided, n == 1 ? "1" : "2"), ms, 1e-9 * ms);
        cJSON_ArrayForEach(at, divided) {
            double share = ms / strtod(at->string, NULL);
            assert_true(at->valuedouble <= before * (1 + 1e-9));
            assert_true(at->valuedouble >= share * (1 - 1e-9));
            before = at->valuedouble;
        }
        assert_true(number(divided, "64") > ms / 64 * 1.5); /* no round has 64 tasks */
        assert_int_equal(cJSON_GetArraySize(divided), 7);
        double n_rounds =
            number(rounds, "n"); /* each step has as many, the first ones do not count */
        bench = json_of("bench small.json --size 16 --steps 1 --profile --json");
        rounds = cJSON_GetObjectItemCaseSensitive(bench, "rounds");
        assert_near(number(rounds, "n"), n_rounds, 0);
    }
}

static void a_profile_is_two_tables(void **state) {
    (void)state;
    assert_int_equal(likeness("bench small.json --size 16 --steps 1 --profile"), 0);
    assert_contains(out, " ms a step (median of 1), ");
    assert_contains(out, "\nnode            op                shape    ");
    assert_contains(out, "  forward ms  GFLOP/s    MB  backward ms  GFLOP/s    MB\nencoder.0       "
                         "conv2d            (4, 5, 4, 4)  ");
    assert_contains(out, "\n\nop                nodes  ");
    assert_contains(out, "  GFLOP/s    MB\nconv2d            1      ");
    assert_contains(out, " rounds a step, ");
    assert_contains(out, "\nms on 1 core ");
}

static void the_precision_is_said(void **state) {
    (void)state;
    const char *const words[] = { "float", "bf16" };
    for (int i = 0; i < 2; i++) {
        assert_int_equal(likeness("bench small.json --size 16 --steps 1 --threads 2 "
                                  "--set train.precision=%s",
                                  words[i]),
                         0);
        assert_contains(out, i ? ", 2 threads, bf16, " : ", 2 threads, float, ");
    }
    assert_string_equal(string(json_of("bench small.json --size 16 --steps 1 --json"), "precision"),
                        "float");
}

static void exchanges_of_one_process_are_refused(void **state) {
    (void)state;
    assert_int_equal(likeness("bench small.json --size 16 --steps 1 --comm"), 2);
    assert_contains(out, "--comm: expected several processes, as mpirun -n 2 likeness bench ... "
                         "starts them, got one");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_benchmark_tells_time_throughput_and_memory, put_config),
        cmocka_unit_test_setup(a_profile_counts_multiply_adds_and_bytes_of_each_pass, put_config),
        cmocka_unit_test_setup(the_kinds_of_ops_add_up_to_the_ops, put_config),
        cmocka_unit_test_setup(a_profile_divides_the_rounds_of_the_pool_by_their_tasks, put_config),
        cmocka_unit_test_setup(a_profile_is_two_tables, put_config),
        cmocka_unit_test_setup(the_precision_is_said, put_config),
        cmocka_unit_test_setup(exchanges_of_one_process_are_refused, put_config),
    };
    return cmocka_run_group_tests(tests, program_start, program_end);
}
