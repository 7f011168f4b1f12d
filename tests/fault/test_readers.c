/* Every call of the readers, and of the writers of the files they read, fails in turn: documents,
   arrays, pictures, experiments, results. */
#include "faults.h"
#include "io/npy.h"
#include "net/trained.h"
#include "report/report.h"
#include "tiny.h"
#include "train/checkpoint.h"

#include <likeness/experiment.h>
#include <likeness/export.h>
#include <likeness/prepare.h>
#include <likeness/train.h>

#include <stdio.h>
#include <string.h>
#include <zip.h>

static char folder[LK_PATH_MAX];

/* The path of a name. It lives until the fourth call after this one. */
static char *at(const char *name) {
    return lk_test_path(folder, name);
}

static void put(const char *name, const void *data, size_t n_bytes) {
    lk_test_write(at(name), data, n_bytes);
}

static void put_text(const char *name, const char *text) {
    put(name, text, strlen(text));
}

static void shell(const char *words) {
    char out[4096];
    if (lk_test_run(out, sizeof out, "cd '%s' && %s", folder, words) != 0)
        fail_msg("%s: %s", words, out);
}

static void try_all(const char *name, lk_status (*run)(void *self, lk_error *err), void *self,
                    long at_least) {
    lk_faults_try(&(lk_fault_case){
        .name = name, .run = run, .self = self, .folder = folder, .at_least = at_least });
}

/* ---- documents and arrays ---- */

static lk_status read_json(void *self, lk_error *err) {
    lk_json json = { 0 }, all = { 0 };
    lk_status status = lk_json_read(self, &json, err);
    if (!status) status = lk_json_adopt(&all, &json, err);
    lk_json_deinit(&json);
    lk_json_deinit(&all);
    return status;
}

static lk_status read_npy(void *self, lk_error *err) {
    lk_npy array = { 0 };
    lk_status status = lk_npy_read(self, &array, err);
    lk_npy_deinit(&array);
    return status;
}

static lk_status open_safetensors(void *self, lk_error *err) {
    lk_safetensors *opened = NULL;
    lk_status status = lk_safetensors_open(self, &opened, err);
    lk_safetensors_close(opened);
    return status;
}

static void documents_and_arrays_are_read_or_say_why(void **state) {
    (void)state;
    static const lk_real values[4] = { 1, 2, 3, 4 };
    const lk_stored_tensor tensor = {
        .name = "a", .type = LK_STORED_U8, .n_dims = 1, .shape = { 4 }, .data = values
    };
    const lk_metadata metadata = { "format", "pt" };
    lk_error err;
    put_text("a.json", "{\"a\": [1, {\"b\": \"c\"}], \"d\": true}");
    assert_ok(lk_npy_write(at("a.npy"), values, (const size_t[]){ 4 }, 1, &err), &err);
    assert_ok(lk_safetensors_write(at("a.safetensors"), &tensor, 1, &metadata, 1, &err), &err);
    try_all("a document", read_json, at("a.json"), 15);
    try_all("an array", read_npy, at("a.npy"), 3);
    try_all("tensors", open_safetensors, at("a.safetensors"), 15);
}

/* ---- pictures ---- */

static lk_status read_image(void *self, lk_error *err) {
    lk_image image = { 0 };
    lk_status status = lk_image_read(self, &image, err);
    lk_image_deinit(&image);
    return status;
}

static void plain_pictures_are_read_or_say_why(void **state) {
    (void)state;
    static const uint8_t bmp[58] = {
        'B', 'M', [10] = 54, [14] = 40, [18] = 1, [22] = 1, [28] = 24
    };
    put("a.bmp", bmp, sizeof bmp);
    put_text("a.pgm", "P5 1 1 255\nx");
    try_all("a BMP", read_image, at("a.bmp"), 4);
    try_all("a PGM", read_image, at("a.pgm"), 4);
    try_all("a GIF", read_image, LIKENESS_SOURCE "/tests/golden/decode.gif", 7);
    try_all("a WebP", read_image, LIKENESS_SOURCE "/tests/golden/decode_lossless.webp", 5);
    try_all("a TGA", read_image, LIKENESS_SOURCE "/tests/golden/decode.tga", 4);
    try_all("a PSD", read_image, LIKENESS_SOURCE "/tests/golden/decode.psd", 5);
}

static lk_status prepare(void *self, lk_error *err) {
    lk_prepare_report report;
    lk_prepare_options options = lk_prepare_defaults();
    options.source = "celeba", options.path = self, options.size = 8, options.crop = 20,
    options.max_bad = 0;
    return lk_prepare(&options, lk_test_context_alone(), at("celeba.lkd"), &report, err);
}

static void begin_without_a_pack(void *self) {
    (void)self;
    remove(at("celeba.lkd"));
}

/* A failure was made up for: nothing is missing. */
static void has_both_pictures(void *self) {
    lk_pack *packed = NULL;
    lk_error err;
    (void)self;
    assert_ok(lk_pack_open(at("celeba.lkd"), lk_test_context_alone(), &packed, &err), &err);
    assert_int_equal(lk_pack_count(packed, LK_SPLIT_TRAIN), 1);
    assert_int_equal(lk_pack_count(packed, LK_SPLIT_VAL), 1);
    lk_pack_close(packed);
}

static void make_zip(const char *path, const char *const *names, size_t n) {
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(zip);
    for (size_t i = 0; i < n; i++)
        assert_true(zip_file_add(zip, names[i], zip_source_file(zip, at(names[i]), 0, -1), 0) >= 0);
    assert_int_equal(zip_close(zip), 0);
}

static void celeba_is_packed_from_folder_and_zip_or_says_why(void **state) {
    (void)state;
    char zip[LK_PATH_MAX];
    const char *const names[] = { "img_align_celeba/1.jpg", "img_align_celeba/2.jpg" };
    shell("mkdir -p img_align_celeba && cp " LIKENESS_SOURCE
          "/tests/golden/photo_soft.png img_align_celeba/1.jpg && "
          "cp " LIKENESS_SOURCE "/tests/golden/photo_soft.png img_align_celeba/2.jpg");
    put_text("list_eval_partition.txt", "1.jpg 0\n2.jpg 1\n");
    snprintf(zip, sizeof zip, "%s", at("faces.zip"));
    make_zip(zip, names, LK_COUNT(names));
    const struct {
        const char *name;
        char *path;
    } rows[] = { { "CelebA", folder }, { "CelebA in its zip", zip } };
    for (size_t i = 0; i < LK_COUNT(rows); i++)
        lk_faults_try(&(lk_fault_case){ .name = rows[i].name,
                                        .begin = begin_without_a_pack,
                                        .run = prepare,
                                        .done = has_both_pictures,
                                        .self = rows[i].path,
                                        .folder = folder,
                                        .at_least = 60,
                                        .may_go_on = true /* another picture sets the crop */ });
}

/* ---- experiments ---- */

static lk_status load_experiment(void *self, lk_error *err) {
    static const char *const set = "train.batch_size=8";
    lk_experiment experiment = { 0 };
    lk_status status = lk_experiment_load(self, &set, 1, &experiment, err);
    lk_experiment_deinit(&experiment);
    return status;
}

static lk_status load_sweep(void *self, lk_error *err) {
    static const char *const set = "train.batch_size=8";
    static const lk_strings grid = { 2, { "train.epochs=1,2", "seed=1,2" } };
    lk_experiment experiment = { 0 };
    lk_status status = lk_experiment_sweep(self, &set, 1, &grid, &experiment, err);
    lk_experiment_deinit(&experiment);
    return status;
}

static void experiments_load_or_say_why(void **state) {
    (void)state;
    put_text("base.json", "{\"model\": {\"architecture\": \"net.json\"}}");
    put_text("net.json", "{\"encoder\": [], \"decoder\": [{\"type\": \"sigmoid\"}]}");
    put_text("over.json",
             "{\"extends\": \"base.json\", \"name\": \"over\", \"train\": {\"flip\": false}}");
    put_text("e.json", "{\"name\": \"e\", \"runs\": [{\"config\": \"over.json\", \"label\": \"E\", "
                       "\"set\": {\"train.steps\": 3}}], \"grid\": {\"train.epochs\": [1, 2]}}");
    try_all("an experiment", load_experiment, at("e.json"), 130);
    try_all("a sweep", load_sweep, at("over.json"), 130);
}

/* ---- results ---- */

static lk_status add_all(lk_results *results, lk_error *err) {
    static const char *const names[] = { "ae_ssim-s1.json", "baselines.json", "verdicts.json" };
    char path[LK_PATH_MAX];
    lk_status status = LK_OK;
    for (size_t i = 0; i < LK_COUNT(names) && !status; i++) {
        lk_format(path, sizeof path, LIKENESS_SOURCE "/tests/golden/report/results/%s", names[i]);
        status = lk_results_read_file(results, path, NULL, err);
    }
    return status;
}

static lk_status read_results(void *self, lk_error *err) {
    lk_results results;
    (void)self;
    lk_results_init(&results);
    lk_status status = add_all(&results, err);
    lk_results_deinit(&results);
    return status;
}

static lk_status read_folder_of_results(void *self, lk_error *err) {
    lk_results results;
    lk_results_init(&results);
    lk_status status = lk_results_read(&results, self, NULL, err);
    lk_results_deinit(&results);
    return status;
}

/* From a folder whose name does not fit the memory allocated for the row's words. */
static lk_status add_row(void *self, lk_error *err) {
    static char name[100000];
    lk_results results;
    memset(name, 'f', sizeof name - 1);
    lk_results_init(&results);
    lk_status status = lk_results_add(&results, ((lk_json *)self)->root, "row", name, err);
    lk_results_deinit(&results);
    return status;
}

static lk_status write_pairs(void *self, lk_error *err) {
    return lk_results_write_evidence(self, at("verdicts.json"), err);
}

/* Everything but the line's end fills the memory allocated so far, so the end needs more and can
   fail by itself. */
static void fill_up(lk_results *results) {
    char *text = NULL;
    size_t n = 0, full = 128;
    lk_error err;
    assert_ok(lk_results_write_evidence(results, at("verdicts.json"), &err), &err);
    assert_ok(lk_file_read(at("verdicts.json"), 1 << 20, &text, &n, &err), &err);
    while (full < n) full *= 2;
    size_t n_note = strlen(results->note);
    assert_true(n_note + full - n < sizeof results->note);
    memset(results->note + n_note, '.', full - n);
    results->note[n_note + full - n] = 0;
    lk_free(text);
}

static void results_are_read_and_differences_written_or_they_say_why(void **state) {
    (void)state;
    lk_results results;
    lk_json row = { 0 };
    lk_error err;
    assert_ok(
        lk_json_read(LIKENESS_SOURCE "/tests/golden/report/results/ae_ssim-s1.json", &row, &err),
        &err);
    try_all("results", read_results, NULL, 300);
    shell("mkdir -p rows && cp " LIKENESS_SOURCE
          "/tests/golden/report/results/ae_ssim-s1.json rows");
    try_all("a folder of results", read_folder_of_results, at("rows"), 100);
    try_all("a row", add_row, &row, 3);
    lk_results_init(&results);
    assert_ok(add_all(&results, &err), &err);
    fill_up(&results);
    try_all("differences", write_pairs, &results, 100);
    lk_results_deinit(&results);
    lk_json_deinit(&row);
}

/* ---- checkpoints and models ---- */

/* With statistics; for pictures of 4 x 4. */
static const char least_config[] = "{\"model\": {\"latent\": 2, \"architecture\": {\"encoder\": "
                                   "[{\"type\": \"flatten\"}], \"decoder\": "
                                   "[{\"type\": \"linear\", \"out\": 16}, "
                                   "{\"type\": \"reshape\", \"shape\": [1, 4, 4]}, {\"type\": "
                                   "\"batch_norm\"}, {\"type\": \"sigmoid\"}]}}, "
                                   "\"optimizer\": {\"average\": 0.9}, "
                                   "\"train\": {\"batch_size\": 4, \"shards\": 2}}";

static struct {
    lk_config config;
    lk_net net;
    lk_training_state state;
    lk_origin origin;
    lk_checkpoint checkpoint;
    lk_text config_text;
} run;

static const lk_preparation run_data = { .source = "synthetic",
                                         .background = "black",
                                         .fingerprint = "0" };

static void open_run(void) {
    lk_error err;
    run.config = lk_test_config(least_config);
    assert_ok(lk_config_print(&run.config, 64, &run.config_text, &err), &err);
    assert_ok(lk_net_init(&run.net, lk_test_context_alone(), &run.config, (lk_image_shape){ 4, 1 },
                          4, 2, true, &err),
              &err);
    const lk_params *params = &run.net.params;
    size_t n_bytes = params->n_trained * sizeof(lk_real);
    run.state = (lk_training_state){ .n = params->n_trained,
                                     .weight = params->trained,
                                     .gradient = params->gradient };
    for (int i = 0; i < LK_MOMENTS_MAX; i++) run.state.moment[i] = lk_alloc(n_bytes);
    run.state.average = lk_alloc(n_bytes);
    run.checkpoint = (lk_checkpoint){ .config = &run.config,
                                      .config_text = run.config_text.data,
                                      .data = &run_data,
                                      .net = &run.net,
                                      .state = &run.state,
                                      .origin = &run.origin,
                                      .steps_an_epoch = 7 };
}

static void close_run(void) {
    for (int i = 0; i < LK_MOMENTS_MAX; i++) lk_free(run.state.moment[i]);
    lk_free(run.state.average);
    lk_net_deinit(&run.net);
    lk_text_deinit(&run.config_text);
    lk_config_deinit(&run.config);
}

static lk_status write_last(void *self, lk_error *err) {
    lk_position position = { .step = 8, .best = 0.5, .ended = 7 };
    (void)self;
    return lk_checkpoint_write_last(&run.checkpoint, folder, &position, err);
}

static void no_checkpoints(void *self) {
    (void)self;
    remove(at("checkpoints/last.safetensors"));
    remove(at("checkpoints/previous.safetensors"));
}

static void one_checkpoint(void *self) {
    lk_error err;
    no_checkpoints(self);
    assert_ok(write_last(self, &err), &err);
}

static lk_status go_on(void *self, lk_error *err) {
    bool found = false;
    lk_position position;
    lk_extension extension;
    (void)self;
    lk_status status =
        lk_checkpoint_resume(&run.checkpoint, folder, &position, &extension, &found, err);
    if (status) return status;
    return found && position.step == 8 ? LK_OK : lk_fail(err, LK_FAILED, "it started over");
}

static lk_status load_weights(void *self, lk_error *err) {
    (void)self;
    return lk_checkpoint_weights(&run.checkpoint, at("checkpoints/last.safetensors"),
                                 run.net.params.trained, err);
}

static void the_last_one_is_valid(void *self) {
    lk_error err;
    assert_ok(load_weights(self, &err), &err);
}

/* Where the new one could not take its place, the old one is the previous one. */
static void one_of_them_is_valid(void *self) {
    lk_error err;
    assert_ok(go_on(self, &err), &err);
}

static void checkpoints_are_written_and_read_or_say_why(void **state) {
    (void)state;
    lk_error err;
    open_run();
    assert_ok(lk_folder_create(at("checkpoints"), &err), &err);
    lk_faults_try(&(lk_fault_case){ .name = "a second checkpoint",
                                    .begin = one_checkpoint,
                                    .run = write_last,
                                    .failed = one_of_them_is_valid,
                                    .done = the_last_one_is_valid,
                                    .folder = folder,
                                    .at_least = 200 });
    one_checkpoint(NULL);
    lk_faults_try(
        &(lk_fault_case){ .name = "going on", .run = go_on, .at_least = 600, .stride = 5 });
    try_all("a checkpoint's weights", load_weights, NULL, 100);
    close_run();
}

/* A file that cannot be opened may be valid: an older one must not replace it, and it is not
   dropped. */
static void a_checkpoint_is_given_up_when_it_is_torn_not_when_it_cannot_be_opened(void **state) {
    (void)state;
    enum { OPEN = 2 }; /* the first call is for memory */
    lk_position position;
    lk_extension extension;
    bool found = false;
    lk_error err;
    open_run();
    assert_ok(lk_folder_create(at("checkpoints"), &err), &err);
    one_checkpoint(NULL);
    assert_ok(write_last(NULL, &err), &err);
    for (int onwards = 0; onwards < 2; onwards++) {
        lk_faults_arm(OPEN, onwards);
        lk_status status =
            lk_checkpoint_resume(&run.checkpoint, folder, &position, &extension, &found, &err);
        lk_faults_disarm();
        assert_string_equal(lk_faults_fired(NULL), "open");
        assert_int_equal(status, LK_READ);
        assert_contains(err.text, "/last.safetensors: cannot open: ");
        assert_true(lk_file_may_exist(at("checkpoints/last.safetensors")));
        lk_faults_count();
    }
    assert_ok(lk_file_write(at("checkpoints/last.safetensors"), "torn", 4, &err), &err);
    assert_ok(lk_checkpoint_resume(&run.checkpoint, folder, &position, &extension, &found, &err),
              &err);
    /* or the next save would make it the previous one */
    assert_false(lk_file_may_exist(at("checkpoints/last.safetensors")));
    close_run();
}

static lk_status write_model(void *self, lk_error *err) {
    return lk_model_write(self, &run.net, &run.config, NULL, NULL, run.net.params.trained, err);
}

static lk_status open_model(void *self, lk_error *err) {
    lk_trained trained;
    lk_status status = lk_trained_open(self, lk_test_context_alone(), NULL, 0, &trained, err);
    if (!status) lk_trained_close(&trained);
    return status;
}

static lk_status export_model(void *self, lk_error *err) {
    return lk_export_onnx(lk_test_context_alone(), self, at("onnx"), true, err);
}

static void no_import(void *self) {
    (void)self;
    shell("rm -rf imported");
}

static lk_status import_model(void *self, lk_error *err) {
    const lk_import_options options = {
        .config = &run.config, .weights = self, .size = 4, .channels = 1, .out = at("imported")
    };
    return lk_import_model(lk_test_context_alone(), &options, err);
}

static void models_are_written_opened_exported_and_imported_or_say_why(void **state) {
    (void)state;
    char path[LK_PATH_MAX];
    snprintf(path, sizeof path, "%s", at("model.safetensors"));
    open_run();
    try_all("writing a model", write_model, path, 100);
    try_all("a model", open_model, path, 300);
    lk_faults_try(&(lk_fault_case){ .name = "an export",
                                    .run = export_model,
                                    .self = path,
                                    .folder = folder,
                                    .at_least = 500,
                                    .stride = 5 });
    lk_faults_try(&(lk_fault_case){ .name = "an import",
                                    .begin = no_import,
                                    .run = import_model,
                                    .self = path,
                                    .folder = folder,
                                    .at_least = 300,
                                    .stride = 7 });
    close_run();
}

static int begin(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", lk_test_folder("fault_readers"));
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_and_arrays_are_read_or_say_why),
        cmocka_unit_test(plain_pictures_are_read_or_say_why),
        cmocka_unit_test(celeba_is_packed_from_folder_and_zip_or_says_why),
        cmocka_unit_test(experiments_load_or_say_why),
        cmocka_unit_test(results_are_read_and_differences_written_or_they_say_why),
        cmocka_unit_test(checkpoints_are_written_and_read_or_say_why),
        cmocka_unit_test(a_checkpoint_is_given_up_when_it_is_torn_not_when_it_cannot_be_opened),
        cmocka_unit_test(models_are_written_opened_exported_and_imported_or_say_why),
    };
    return lk_faults_report(cmocka_run_group_tests(tests, begin, NULL));
}
