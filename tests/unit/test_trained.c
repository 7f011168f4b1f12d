/* Model files with false claims: a network is not built before its tensors are found in the file.
   */
#include "net/trained.h"
#include "support.h"

#include <string.h>
#include <sys/resource.h>

#define HUGE_CONFIG                                                                                \
    "{\"model\": {\"latent\": 32000, \"architecture\": {\"encoder\": [{\"type\": \"flatten\"}], "  \
    "\"decoder\": ["                                                                               \
    "{\"type\": \"linear\", \"out\": 65536}, {\"type\": \"linear\", \"out\": 256}, {\"type\": "    \
    "\"reshape\", \"shape\": [1, 16, 16]}, "                                                       \
    "{\"type\": \"sigmoid\"}]}}}"

static void
a_model_file_without_the_tensors_of_its_huge_config_is_refused_in_little_memory(void **state) {
    (void)state;
    const lk_metadata metadata[] = { { "likeness.images", "{\"size\": 16, \"channels\": 1}" },
                                     { "likeness.config", HUGE_CONFIG } };
    char path[LK_PATH_MAX];
    lk_trained trained;
    lk_error err = { "" };
    assert_true(lk_format(path, sizeof path, "%s/huge.safetensors", lk_test_folder("trained")));
    assert_ok(lk_safetensors_write(path, NULL, 0, metadata, LK_COUNT(metadata), &err), &err);
    assert_int_equal(lk_trained_open(path, lk_test_context(), NULL, 0, &trained, &err), LK_FORMAT);
    assert_contains(err.text, "huge.safetensors: tensor ");
    assert_contains(err.text, ", got nothing");
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    assert_true(used.ru_maxrss < 2 << 20); /* kB; the weights were 16 GB */
}

/* A model file of a small config; NULL: without that entry. */
static void write_model(const char *path, const char *images, const char *config) {
    lk_metadata metadata[2];
    size_t n = 0;
    lk_error err;
    if (images) metadata[n++] = (lk_metadata){ "likeness.images", images };
    if (config) metadata[n++] = (lk_metadata){ "likeness.config", config };
    assert_ok(lk_safetensors_write(path, NULL, 0, metadata, n, &err), &err);
}

/* makes no picture */
#define NO_NET "{\"encoder\":[{\"type\":\"flatten\"}],\"decoder\":[{\"type\":\"sigmoid\"}]}"

static void a_model_file_that_does_not_say_its_pictures_or_config_is_refused(void **state) {
    (void)state;
    static const char valid[] = "{\"size\": 16, \"channels\": 3}";
    static const struct {
        const char *images, *config, *expected;
    } rows[] = {
        { NULL, "{}",
          "m.safetensors: metadata likeness.images: expected {\"size\": H, "
          "\"channels\": 1 or 3}, got nothing" },
        { "", "{}",
          "metadata likeness.images: expected {\"size\": H, \"channels\": 1 or 3}, got " },
        { "16 x 16", "{}", "\"channels\": 1 or 3}, got 16 x 16" },
        { "{\"size\": 16}", "{}", "\"channels\": 1 or 3}, got {\"size\": 16}" },
        { "{\"size\": 0, \"channels\": 3}", "{}", "got {\"size\": 0, " },
        { "{\"size\": 8193, \"channels\": 3}", "{}", "got {\"size\": 8193, " },
        { "{\"size\": 16, \"channels\": 2}", "{}", "got {\"size\": 16, \"channels\": 2}" },
        { valid, NULL, "metadata likeness.config: expected a config, got nothing" },
        { valid, "{\"model\": {\"architecture\": " NO_NET "}}",
          "(config):1: model.architecture.decoder" },
        { valid, "{\"seed\": -1}", "m.safetensors (config):1: seed: expected ... got -1" },
        { valid, "{\"model\": {\"architecture\": \"lwssim\"}}",
          "(config):1: model.architecture: " },
    };
    char path[LK_PATH_MAX];
    lk_trained trained;
    assert_true(lk_format(path, sizeof path, "%s/m.safetensors", lk_test_folder("trained_words")));
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_error err = { "" };
        write_model(path, rows[i].images, rows[i].config);
        assert_int_equal(lk_trained_open(path, lk_test_context(), NULL, 0, &trained, &err),
                         LK_FORMAT);
        assert_contains(err.text, rows[i].expected);
    }
}

/* The config is missing, so that a valid text gets that far. */
static void how_the_training_pictures_were_made_is_read_strictly(void **state) {
    (void)state;
    static const char config[] = "metadata likeness.config: expected a config, got nothing";
    static const struct {
        const char *data, *expected;
    } rows[] = {
        { "{\"source\": \"celeba\", \"crop\": 148, \"filter\": \"box\"}", config },
        { "{}", config },
        { "{\"source\": \"s\", \"of a later version\": [1]}", config },
        { "[]", "m.safetensors (metadata likeness.data):1: expected an object" },
        { "", "m.safetensors (metadata likeness.data)" },
        { "{\"crop\": -1}", "likeness.data):1: crop: expected a whole number from 0" },
        { "{\"filter\": \"sharp\"}", "likeness.data):1: filter: expected " },
        { "{\"background\": \"red\"}", "background: expected black, white or #rrggbb" },
        { "{\"source\": 7}", "likeness.data):1: source: expected a string" },
    };
    char path[LK_PATH_MAX];
    lk_trained trained;
    assert_true(lk_format(path, sizeof path, "%s/m.safetensors", lk_test_folder("trained_data")));
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        const lk_metadata metadata[] = { { "likeness.images", "{\"size\": 16, \"channels\": 3}" },
                                         { "likeness.data", rows[i].data } };
        lk_error err = { "" };
        assert_ok(lk_safetensors_write(path, NULL, 0, metadata, LK_COUNT(metadata), &err), &err);
        assert_int_equal(lk_trained_open(path, lk_test_context(), NULL, 0, &trained, &err),
                         LK_FORMAT);
        assert_contains(err.text, rows[i].expected);
    }
}

static void sets_that_do_not_fit_are_the_users_and_not_the_files(void **state) {
    (void)state;
    static const struct {
        const char *set, *expected;
    } rows[] = {
        { "model.latent=0", "--set model.latent=0: model.latent: expected ... got 0" },
        { "model.architecture=" NO_NET, "model.architecture.decoder" },
    };
    char path[LK_PATH_MAX];
    lk_trained trained;
    assert_true(lk_format(path, sizeof path, "%s/m.safetensors", lk_test_folder("trained_sets")));
    write_model(path, "{\"size\": 16, \"channels\": 3}", "{}");
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_error err = { "" };
        assert_int_equal(lk_trained_open(path, lk_test_context(), &rows[i].set, 1, &trained, &err),
                         LK_USAGE);
        assert_contains(err.text, rows[i].expected);
    }
}

static void a_path_that_is_too_long_is_refused_by_that_word(void **state) {
    (void)state;
    lk_trained trained;
    lk_error err;
    const char *run = lk_test_folder("trained_long");
    assert_int_equal(lk_trained_open(lk_test_long_path(run, LK_PATH_MAX - 1), lk_test_context(),
                                     NULL, 0, &trained, &err),
                     LK_FORMAT);
    assert_contains(err.text, "trained_long: path is too long");
}

static void write_codes(const char *path, const char *codes) {
    const lk_metadata metadata[] = { { "likeness.codes", codes } };
    lk_error err;
    assert_ok(lk_safetensors_write(path, NULL, 0, metadata, codes ? 1 : 0, &err), &err);
}

static lk_status read_codes(const char *path, lk_code_spread *codes, lk_error *err) {
    lk_safetensors *file = NULL;
    assert_ok(lk_safetensors_open(path, &file, err), err);
    lk_status status = lk_code_spread_read(file, "m", 2, codes, err);
    lk_safetensors_close(file);
    return status;
}

static void where_codes_lie_is_read_as_written(void **state) {
    (void)state;
    lk_code_spread codes, read;
    lk_text text = { 0 };
    lk_error err;
    const char *path = lk_test_path(lk_test_folder("codes"), "codes.safetensors");
    for (int has_kl = 0; has_kl < 2; has_kl++) {
        assert_ok(lk_code_spread_init(&codes, 77, 2, has_kl, &err), &err);
        for (int k = 0; k < 2; k++) {
            codes.mean[k] = -0.123456789 * (k + 1);
            codes.sd[k] = 12345.678 * k;
            if (has_kl) codes.kl[k] = 1e-9 * k;
        }
        lk_code_spread_print(&codes, &text);
        write_codes(path, text.data);
        assert_ok(read_codes(path, &read, &err), &err);
        assert_int_equal(read.n, 77);
        assert_int_equal(read.kl != NULL, has_kl);
        for (int k = 0; k < 2; k++) {
            assert_near(read.mean[k], codes.mean[k], 1e-8);
            assert_near(read.sd[k], codes.sd[k], 1e-4);
            if (has_kl) assert_near(read.kl[k], codes.kl[k], 1e-17);
        }
        lk_code_spread_deinit(&codes);
        lk_code_spread_deinit(&read);
        lk_text_deinit(&text);
    }
    write_codes(path, NULL);
    assert_ok(read_codes(path, &read, &err), &err);
    assert_int_equal(read.n, 0);
}

static void a_damaged_place_of_codes_is_refused(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        { "[]", "" },
        { "{\"n\": 1", "" },
        { "{\"mean\": [0, 0], \"sd\": [1, 1]}", "n: expected a number of pictures" },
        { "{\"n\": 0, \"mean\": [0, 0], \"sd\": [1, 1]}", "n: expected a number of pictures" },
        { "{\"n\": 1, \"sd\": [1, 1]}", "mean: expected a list of 2 numbers" },
        { "{\"n\": 1, \"mean\": [0], \"sd\": [1, 1]}", "mean: expected a list of 2 numbers" },
        { "{\"n\": 1, \"mean\": [0, 0], \"sd\": [1, null]}", "sd: expected finite numbers" },
        { "{\"n\": 1, \"mean\": [0, 0], \"sd\": [1, 1], \"kl\": 3}", "kl: expected a list of 2" },
    };
    const char *path = lk_test_path(lk_test_folder("codes"), "codes.safetensors");
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_code_spread read;
        lk_error err;
        write_codes(path, rows[i][0]);
        assert_int_equal(read_codes(path, &read, &err), LK_FORMAT);
        assert_contains(err.text, "m (metadata likeness.codes)");
        assert_contains(err.text, rows[i][1]);
        assert_null(read.mean);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_codes_lie_is_read_as_written),
        cmocka_unit_test(a_damaged_place_of_codes_is_refused),
        cmocka_unit_test(
            a_model_file_without_the_tensors_of_its_huge_config_is_refused_in_little_memory),
        cmocka_unit_test(a_model_file_that_does_not_say_its_pictures_or_config_is_refused),
        cmocka_unit_test(how_the_training_pictures_were_made_is_read_strictly),
        cmocka_unit_test(sets_that_do_not_fit_are_the_users_and_not_the_files),
        cmocka_unit_test(a_path_that_is_too_long_is_refused_by_that_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
