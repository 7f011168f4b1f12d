/* Every config and experiment that comes with the program is valid and is named after its file. */
#include "base/file.h"
#include "support.h"

#include <likeness/experiment.h>

#include <glob.h>
#include <stdio.h>
#include <string.h>

static void stem_of(const char *path, char *stem, size_t n_bytes) {
    const char *name = strrchr(path, '/') + 1;
    snprintf(stem, n_bytes, "%.*s", (int)strcspn(name, "."), name);
}

static void check_experiment(const char *path, const char *stem) {
    lk_experiment experiment;
    lk_error err = { "" };
    assert_ok(lk_experiment_load(path, NULL, 0, &experiment, &err), &err);
    assert_string_equal(experiment.name, stem);
    lk_experiment_deinit(&experiment);
}

static void check(const char *folder, const char *path) {
    lk_config config;
    lk_error err = { "" };
    char stem[LK_PATH_MAX];
    stem_of(path, stem, sizeof stem);
    if (strcmp(stem, "table1") == 0 || strcmp(folder, "studies") == 0) {
        check_experiment(path, stem);
        return;
    }
    assert_ok(lk_config_load(path, NULL, 0, &config, &err), &err);
    /* base configs are only extended, never trained */
    if (strcmp(stem, "base") != 0) assert_string_equal(config.name, stem);
    lk_config_deinit(&config);
}

static void every_config_is_valid_and_named_after_its_file(void **state) {
    (void)state;
    static const char *const folders[] = { "paper", "quick", "bench", "studies", "studies/search" };
    for (size_t i = 0; i < LK_COUNT(folders); i++) {
        char pattern[LK_PATH_MAX];
        glob_t found;
        snprintf(pattern, sizeof pattern, LIKENESS_SOURCE "/configs/%s/*.json", folders[i]);
        assert_int_equal(glob(pattern, 0, NULL, &found), 0);
        for (size_t k = 0; k < found.gl_pathc; k++) check(folders[i], found.gl_pathv[k]);
        globfree(&found);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_config_is_valid_and_named_after_its_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
