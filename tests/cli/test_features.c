/* The metrics frechet and lpips: eval --features, the section "features" of a config, tables. The
   network is the encoder of another run. */
#include "io/safetensors.h"
#include "shell.h"
#include "tiny.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAYERS                                                                                     \
    "\"layers\": [{\"type\": \"conv\", \"out\": 6, \"bias\": false}, {\"type\": "                  \
    "\"batch_norm\"},\n"                                                                           \
    "{\"type\": \"relu\"}, {\"type\": \"conv\", \"out\": 8, \"kernel\": 3}, {\"type\": "           \
    "\"leaky_relu\"}, {\"type\": \"flatten\"}]"
#define NETWORK(more)                                                                              \
    "{ // the encoder of judge\n\"type\": \"perceptual\", \"weights\": "                           \
    "\"judge/model.safetensors\", "                                                                \
    "\"prefix\": \"encoder\",\n" LAYERS more "}"

/* The weights of judge, and LPIPS' weights of the channels of layers 2 and 4. */
static void write_linear(const char *name) {
    static const float ones[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    static const char *const names[] = { "lin0.model.1.weight", "lin1.model.1.weight" };
    static const size_t channels[] = { 6, 8 };
    lk_safetensors *file = NULL;
    lk_stored_tensor tensors[64];
    lk_error err;
    size_t n = 0;
    assert_ok(lk_safetensors_open(lk_test_path(folder, "judge/model.safetensors"), &file, &err),
              &err);
    for (; n < lk_safetensors_count(file); n++) tensors[n] = *lk_safetensors_at(file, n);
    for (size_t i = 0; i < LK_COUNT(names); i++)
        tensors[n++] = (lk_stored_tensor){ .name = names[i],
                                           .type = LK_STORED_F32,
                                           .n_dims = 4,
                                           .shape = { 1, channels[i], 1, 1 },
                                           .data = ones };
    assert_ok(lk_safetensors_write(lk_test_path(folder, name), tensors, n, NULL, 0, &err), &err);
    lk_safetensors_close(file);
}

static int begin(void **state) {
    (void)state;
    setenv("LIKENESS_THREADS", "1", 1);
    lk_test_tiny("cli_features", 110, TINY_CONFIG(""), folder);
    put_text("network.json", NETWORK(", \"features\": [4]"));
    put_text("linear.json", NETWORK(", \"normalize\": true, \"features\": [2, 4], \"linear\": "
                                    "\"lin\""));
    put_text("features.json",
             "{\"extends\": \"tiny.json\", \"train\": {\"epochs\": 1}, "
             "\"name\": \"measured\",\n\"features\":\n" NETWORK(", \"features\": [4]") "}");
    check("sed -i 's/\"epochs\": 3/\"epochs\": 1/' tiny.json && train judge --set seed=102 && "
          "train plain && train vae --set model=vae && "
          "$L train features.json --data faces.lkd --out measured");
    write_linear("linear.safetensors");
    check("sed -i s,judge/model,linear, linear.json");
    return 0;
}

/* ---- eval ---- */

static void eval_measures_in_the_network_of_a_file(void **state) {
    (void)state;
    check("$L eval plain && $L eval plain --features none");
    assert_null(strstr(out, "Fréchet"));
    check("$L eval plain --features network.json");
    assert_contains(out, "| MS-SSIM | Fréchet |\n");
    assert_contains(out, "\nfeatures: network ");
    assert_null(strstr(out, "LPIPS"));
    check("$L eval plain --features network.json --json");
    assert_contains(out, "\"frechet\":0.");
    assert_contains(out, "\"frechet_se\":null,");
    assert_contains(out, "\"n_values\":8}");
    assert_null(strstr(out, "lpips"));
    /* the checksum is that of the file, the network's has nothing to do with its path */
    check("$L eval plain --features network.json --json >a && mkdir -p copy && cp judge/*.safe* "
          "copy && sed s,judge/model,copy/model, network.json >moved.json && $L eval plain "
          "--features moved.json --json | cmp - a && cat a");
    check("$L eval plain --features linear.json && $L eval plain --features linear.json --json");
    assert_contains(out, "| Fréchet | LPIPS |\n");
    assert_contains(out, "\"lpips\":3.");
    assert_contains(out, "\"lpips_se\":0.");
}

static void the_bits_do_not_depend_on_threads(void **state) {
    (void)state;
    check("for t in 1 2 3 8; do $L eval vae --features linear.json --samples 70 --baselines "
          "--threads $t --json >$t || exit 1; cmp 1 $t || exit 1; done");
}

static void baselines_and_samples_are_measured_too(void **state) {
    (void)state;
    check("$L eval vae --features network.json --baselines --samples 40");
    assert_contains(out, "\nFréchet distance from the samples to the test pictures: ");
    check("$L eval vae --features network.json --baselines --samples 40 --json | sed "
          "'s/.*\"mean_image\"/\"mean_image\"/'");
    assert_contains(out, "\"frechet\":");
    assert_contains(out, "\"pca\":{ ... \"frechet\":");
    assert_contains(out, "\"samples\":{ ... \"frechet\":");
    /* all samples count, even if there are fewer real pictures: 27 */
    check("for n in 30 40; do $L eval vae --features network.json --samples $n --json | grep -o "
          "'\"frechet\":[^,]*' | tail -1 >$n; done; ! cmp 30 40");
    check("$L eval vae --samples 40 --json");
    assert_null(strstr(out, "frechet"));
}

static void samples_have_a_column_where_there_is_a_prior(void **state) {
    (void)state;
    /* as many samples as test pictures */
    check("$L eval vae --features network.json --samples 27 --json >a && grep -o "
          "'\"sample_frechet\":[0-9.e-]*' a | sed s/sample_// >b && grep -o "
          "'\"frechet\":[0-9.e-]*' a | tail -1 | cmp - b");
    check("$L eval plain --features network.json --json");
    assert_null(strstr(out, "sample_frechet"));
    /* RAE: a Gaussian fitted to the codes */
    check("train rae --set regularizer=l2 && $L eval rae --features network.json --samples 27 "
          "--fit --json >a && grep -o '\"sample_frechet\":[0-9.e-]*' a | sed s/sample_// >b && "
          "grep -o '\"frechet\":[0-9.e-]*' a | tail -1 | cmp - b");
    check("$L eval rae --features network.json");
    assert_contains(out, "| Fréchet | samples' Fréchet |\n");
}

static void few_pictures_are_said(void **state) {
    (void)state;
    check("sed 's/\\[4\\]/[5]/' network.json >wide.json && $L eval plain --features wide.json");
    assert_contains(out, "frechet: 27 pictures are few for 128 features");
    check("$L eval plain --features network.json");
    assert_null(strstr(out, "few"));
}

/* ---- the config ---- */

static void a_run_with_a_network_has_the_scores_in_test_json(void **state) {
    (void)state;
    check("cat plain/config.json plain/test.json");
    assert_null(strstr(out, "features"));
    check("$L config check measured/config.json && cat measured/config.json");
    assert_contains(out, "\"features\": {\n    \"type\": \"perceptual\",");
    assert_contains(out, "\"crc32c\": \"");
    check("for f in config test; do tr -d ' ' <measured/$f.json | grep -o "
          "'\"crc32c\":\"[0-9a-f]*\"' >$f || exit 1; done; cmp config test");
    check("$L eval measured --json >a && grep -o '\"frechet\":[0-9.e-]*' a >b && tr -d ' ' "
          "<measured/test.json | grep -o '\"frechet\":[0-9.e-]*' | cmp - b && $L eval plain "
          "--features network.json --json | grep -o '\"frechet\":[0-9.e-]*' | cmp - b");
    check("$L info measured && $L info measured --json");
    assert_contains(out, "  Fréchet ");
    assert_contains(out, "\"frechet\":0.");
    check("$L info plain && $L info plain --json");
    assert_null(strstr(out, "Fréchet"));
    assert_null(strstr(out, "frechet"));
    /* the weights are as without it */
    check("$L info plain/model.safetensors >a && $L info measured/model.safetensors | tail -5 "
          ">b && tail -5 a | cmp - b");
}

static void a_sweep_has_them_for_every_row_and_for_its_baselines(void **state) {
    (void)state;
    check("$L sweep features.json --data faces.lkd --grid optimizer.lr=1e-3,1e-2 --out sweep && "
          "$L table sweep --columns frechet --format csv");
    assert_contains(out, "error,frechet,frechet_error,paper_ssim");
    assert_contains(out, "PCA, 6 components");
    check("grep network sweep/results/baselines.json && $L table sweep --columns frechet");
    assert_contains(out, "\nFréchet and LPIPS are distances in the features of network ");
}

/* ---- tables ---- */

static void a_column_is_absent_where_it_was_not_measured(void **state) {
    (void)state;
    check("$L table measured plain --columns ssim,frechet,lpips");
    assert_contains(out, "SSIM ↑ | Fréchet ↓ |\n");
    assert_contains(out, " | – |\n");
    check("$L table measured plain");
    assert_null(strstr(out, "chet"));
    check("$L table measured plain --format json");
    assert_contains(out, "\"frechet\":null,");
    assert_contains(out, "\"network\":null,");
    check("$L table measured plain --sort frechet --columns frechet,ssim");
    assert_contains(out, "|\n| measured | ");
}

static void figures_of_different_networks_are_not_compared(void **state) {
    (void)state;
    check("$L train features.json --data faces.lkd --set features.features=[2] --set name=other "
          "--out other && $L table measured other --columns ssim,frechet");
    assert_contains(out, "from different networks, so these cannot be compared");
    assert_contains(out, "**"); /* of ssim */
    check("$L table measured other --columns frechet");
    assert_null(strstr(out, "**"));
    check("$L table measured other --columns ssim");
    assert_null(strstr(out, "networks"));
}

static void metrics_are_listed(void **state) {
    (void)state;
    check("$L list metrics");
    assert_contains(out, "\nms_ssim ");
    assert_contains(out, "\nfrechet ... Fréchet distance");
    assert_contains(out, "\nlpips ... learned perceptual");
    check("$L help frechet");
    assert_contains(out, "metric \"frechet\": ");
    assert_contains(out, "lower the better\n");
    check("$L help features");
    assert_contains(out, "frechet");
}

/* ---- errors ---- */

static void what_does_not_fit_is_said_with_its_place(void **state) {
    (void)state;
    static const struct {
        const char *change, *message;
        int code;
    } rows[] = {
        { "s/judge/gone/", "x.json: gone/model.safetensors: ", 3 },
        { "s/\"encoder\"/\"decoder\"/",
          "x.json: x.json:3: layers[0]: judge ... decoder.0.weight: expected", 3 },
        { "s/\"out\": 8/\"out\": 9/",
          "x.json: x.json:4: layers[3]: judge ... encoder.3.weight: expected", 3 },
        { "s/}$/, \"bias\": 1}/", "x.json:4: unknown key \"bias\"", 2 },
        { "s/\\[4\\]/[7]/", "x.json:4: features[0]: expected layers below 6", 2 },
        { "s/}$//", "x.json:4: ", 2 },
        { "s/\"perceptual\"/\"mse\"/", "x.json:2: unknown type \"mse\"", 2 },
        { "s/}$/, \"crc32c\": \"00000000\"}/", "with the CRC-32C 00000000, got ", 2 },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        check("sed '%s' network.json >x.json", rows[i].change);
        int code = run("$L eval plain --features x.json");
        assert_contains(out, rows[i].message);
        assert_int_equal(code, rows[i].code);
    }
    run("$L eval plain --features no.json");
    assert_contains(out, "no.json");
}

static void a_network_that_does_not_fit_ends_training_before_it_begins(void **state) {
    (void)state;
    int code = run("$L train features.json --data faces.lkd --set features.weights=gone --out no");
    assert_contains(out, "features");
    assert_contains(out, "gone");
    assert_true(code != 0);
    check("! [ -e no ]");
    check("cp -r measured lost && sed -i s/judge/gone/ lost/config.json && mv judge away; "
          "$L eval measured --features none; code=$?; $L eval measured; [ $? != 0 ] && mv away "
          "judge && [ $code = 0 ]");
    assert_contains(out, "--features none");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eval_measures_in_the_network_of_a_file),
        cmocka_unit_test(the_bits_do_not_depend_on_threads),
        cmocka_unit_test(baselines_and_samples_are_measured_too),
        cmocka_unit_test(samples_have_a_column_where_there_is_a_prior),
        cmocka_unit_test(few_pictures_are_said),
        cmocka_unit_test(a_run_with_a_network_has_the_scores_in_test_json),
        cmocka_unit_test(a_sweep_has_them_for_every_row_and_for_its_baselines),
        cmocka_unit_test(a_column_is_absent_where_it_was_not_measured),
        cmocka_unit_test(figures_of_different_networks_are_not_compared),
        cmocka_unit_test(metrics_are_listed),
        cmocka_unit_test(what_does_not_fit_is_said_with_its_place),
        cmocka_unit_test(a_network_that_does_not_fit_ends_training_before_it_begins),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
