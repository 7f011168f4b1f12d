/* Model files that lie: what their config asks for is not made before the file is known to have it. */
#include "gradient.h"

#include "run/net.h"

#include <string.h>
#include <sys/resource.h>

#define HUGE_CONFIG                                                                                                                        \
    "{\"model\": {\"latent\": 32000, \"architecture\": {\"encoder\": [{\"type\": \"flatten\"}], \"decoder\": ["                            \
    "{\"type\": \"linear\", \"out\": 65536}, {\"type\": \"linear\", \"out\": 256}, {\"type\": \"reshape\", \"shape\": [1, 16, 16]}, "      \
    "{\"type\": \"sigmoid\"}]}}}"

static void a_model_file_without_the_tensors_of_its_huge_config_is_refused_in_little_memory(void **state) {
    (void)state;
    const lk_metadata metadata[] = { { "likeness.images", "{\"size\": 16, \"channels\": 1}" }, { "likeness.config", HUGE_CONFIG } };
    char path[LK_PATH_MAX];
    lk_trained trained;
    lk_error err = { "" };
    assert_true(lk_format(path, sizeof path, "%s/huge.safetensors", lk_test_folder("trained")));
    assert_ok(lk_safetensors_write(path, NULL, 0, metadata, LK_COUNT(metadata), &err), &err);
    assert_int_equal(lk_trained_open(path, lk_test_context(), NULL, 0, &trained, &err), LK_FORMAT);
    assert_contains(err.text, "huge.safetensors: tensor ");
    assert_contains(err.text, "got nothing, wanted F32 or F64");
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    assert_true(used.ru_maxrss < 2 << 20); /* kB; the weights were 16 GB */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_file_without_the_tensors_of_its_huge_config_is_refused_in_little_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
