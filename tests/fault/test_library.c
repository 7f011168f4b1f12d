/* Every call in the parts of the library fails in turn: configs, files, pictures, packs, graphs,
   tables, threads. */
#include "base/file.h"
#include "experiment/differences.h"
#include "faults.h"
#include "io/events.h"
#include "io/npy.h"
#include "net/net.h"
#include "tiny.h"

#include <likeness/loader.h>
#include <likeness/prepare.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char folder[LK_PATH_MAX], file[LK_PATH_MAX + 64], pack[LK_PATH_MAX + 64];

/* ---- a file that must be unchanged, or completely new ---- */

static const char old_text[] = "what was there before";

static void put_old_file(void *self) {
    (void)self;
    lk_test_write(file, old_text, strlen(old_text));
}

static bool is_old_file(void) {
    char *data = NULL;
    size_t n = 0;
    lk_error err;
    assert_ok(lk_file_read(file, 1 << 24, &data, &n, &err), &err);
    bool same = n == strlen(old_text) && memcmp(data, old_text, n) == 0;
    lk_free(data);
    return same;
}

/* The last call of a write makes the rename durable. When it fails, the new file is already there.
   */
static void old_file_is_intact(void *self) {
    const char *reason = "", *call = lk_faults_fired(&reason);
    (void)self;
    if (!is_old_file() && strcmp(call, "fsync") != 0)
        fail_msg("%s (%s) failed, and the old file is gone", call, reason);
}

static void file_is_new(void *self) {
    (void)self;
    assert_false(is_old_file());
}

/* ---- writers ---- */

static lk_status write_bytes(void *self, lk_error *err) {
    static char bytes[100000];
    (void)self;
    return lk_file_write(file, bytes, sizeof bytes, err);
}

static lk_status write_npy(void *self, lk_error *err) {
    static const double values[6] = { 1, 2, 3, 4, 5, 6 };
    (void)self;
    return lk_npy_write_doubles(file, values, (const size_t[]){ 2, 3 }, 2, err);
}

static lk_status write_safetensors(void *self, lk_error *err) {
    static const lk_real values[12];
    const lk_stored_tensor tensors[] = {
        { .name = "a",
          .type = sizeof(lk_real) == 8 ? LK_STORED_F64 : LK_STORED_F32,
          .n_dims = 2,
          .shape = { 3, 2 },
          .data = values },
        { .name = "b", .type = LK_STORED_U8, .n_dims = 1, .shape = { 5 }, .data = values },
    };
    const lk_metadata metadata[] = { { "format", "pt" }, { "why", "to see it fail" } };
    (void)self;
    return lk_safetensors_write(file, tensors, 2, metadata, 2, err);
}

static lk_status write_png(void *self, lk_error *err) {
    lk_image image;
    lk_status status = lk_image_init(&image, 40, 30, 3, err);
    (void)self;
    if (status) return status;
    for (size_t i = 0; i < lk_image_bytes(&image); i++) image.pixels[i] = (uint8_t)(i * i >> 3);
    status = lk_image_write_png(file, &image, err);
    lk_image_deinit(&image);
    return status;
}

static void try_writer(const char *name, lk_status (*run)(void *self, lk_error *err),
                       long at_least) {
    lk_faults_try(&(lk_fault_case){ .name = name,
                                    .begin = put_old_file,
                                    .run = run,
                                    .failed = old_file_is_intact,
                                    .done = file_is_new,
                                    .folder = folder,
                                    .at_least = at_least });
}

static void writers_leave_the_old_file_and_say_why(void **state) {
    (void)state;
    try_writer("a file", write_bytes, 7);
    try_writer("npy", write_npy, 7);
    try_writer("safetensors", write_safetensors, 40);
    try_writer("png", write_png, 10);
}

/* ---- events, which are never replaced ---- */

static void no_file(void *self) {
    (void)self;
    unlink(file);
}

static lk_status write_events(void *self, lk_error *err) {
    static const lk_real values[100] = { 1, 2, 3 };
    static const char png[1000];
    lk_file events;
    lk_event event;
    (void)self;
    lk_status status = lk_events_create(file, 1, &events, err);
    lk_event_init(&event, 1);
    lk_event_number(&event, "number", 1);
    lk_event_text(&event, "text", "words");
    lk_event_png(&event, "picture", png, sizeof png);
    lk_event_histogram(&event, "histogram", values, LK_COUNT(values));
    if (!status) status = lk_event_append(&event, &events, err);
    lk_event_deinit(&event);
    if (!status) return lk_file_close(&events, err);
    lk_file_discard(&events);
    return status;
}

static void events_are_written_or_say_why(void **state) {
    (void)state;
    lk_faults_try(&(lk_fault_case){ .name = "events",
                                    .begin = no_file,
                                    .run = write_events,
                                    .folder = folder,
                                    .at_least = 12 });
}

/* After a power cut only the order counts in which data reached the disk. Each call fails in turn,
   which shows its name. */
static void a_file_is_synced_before_it_is_renamed_and_its_folder_afterwards(void **state) {
    (void)state;
    static const char *const calls[] = { "opendir", "readdir", "open",   "write", "fsync",
                                         "close",   "opendir", "rename", "fsync", NULL };
    for (size_t i = 0; i < LK_COUNT(calls); i++) {
        lk_error err;
        lk_faults_arm((long)i + 1, false);
        write_bytes(NULL, &err);
        lk_faults_disarm();
        const char *got = lk_faults_fired(NULL);
        if (!calls[i] != !got || (got && strcmp(got, calls[i]) != 0))
            fail_msg("call %zu: expected %s, got %s", i + 1, calls[i] ? calls[i] : "none",
                     got ? got : "none");
    }
}

/* The old file moves away before the new one takes its place. */
static void
an_old_file_that_was_renamed_comes_back_if_the_new_one_cannot_take_its_place(void **state) {
    (void)state;
    char previous[2 * LK_PATH_MAX];
    int n_renames = 0;
    const char *call = "";
    snprintf(previous, sizeof previous, "%s.previous", file);
    for (long n = 1; call; n++) {
        lk_file made;
        lk_error err;
        put_old_file(NULL);
        lk_faults_arm(n, false);
        lk_status status = lk_file_create(file, &made, &err);
        made.old_name = previous;
        if (!status) status = lk_file_append(&made, "new", 3, &err);
        if (!status) status = lk_file_commit(&made, &err);
        lk_file_discard(&made);
        lk_faults_disarm();
        call = lk_faults_fired(NULL);
        if (!call || strcmp(call, "rename") != 0) continue;
        n_renames++;
        assert_int_equal(status, LK_WRITE);
        assert_true(is_old_file());
        assert_int_equal(access(previous, F_OK), -1);
    }
    assert_int_equal(n_renames, 2);
    assert_int_equal(remove(previous), 0);
}

static lk_status prepare(void *self, lk_error *err) {
    lk_prepare_report report;
    return lk_prepare(self, lk_test_context_alone(), file, &report, err);
}

static void same_file_when_harassed(lk_status (*run)(void *self, lk_error *err), void *self) {
    char out[256], path[LK_PATH_MAX + 80];
    lk_error err;
    assert_ok(run(self, &err), &err);
    snprintf(path, sizeof path, "%s.whole", file);
    assert_int_equal(rename(file, path), 0);
    lk_faults_harass();
    lk_status status = run(self, &err);
    lk_faults_disarm();
    assert_ok(status, &err);
    assert_int_equal(lk_test_run(out, sizeof out, "cmp '%s' '%s'", file, path), 0);
}

static lk_status write_and_read_png(void *self, lk_error *err) {
    char *data = NULL;
    size_t n = 0;
    lk_status status = write_png(self, err);
    if (!status) status = lk_file_read(file, 1 << 20, &data, &n, err);
    lk_free(data);
    return status;
}

static void interrupted_and_short_writes_make_the_same_file(void **state) {
    (void)state;
    lk_prepare_options drawn = lk_prepare_defaults();
    drawn.source = "synthetic", drawn.count = 6, drawn.size = 16;
    same_file_when_harassed(write_and_read_png, NULL);
    same_file_when_harassed(prepare, &drawn);
}

/* ---- readers ---- */

static lk_status load_config(void *self, lk_error *err) {
    static const char *const sets[] = { "reconstruction.type=sum", "train.epochs=4", "name=it" };
    lk_config config = { 0 };
    lk_text text = { 0 };
    lk_status status = lk_config_load(self, sets, 3, &config, err);
    if (!status) status = lk_config_print(&config, 64, &text, err);
    if (!status && text.failed) status = lk_fail(err, LK_FAILED, "the text is cut");
    lk_text_deinit(&text);
    lk_config_deinit(&config);
    return status;
}

static void configs_load_or_say_why(void **state) {
    (void)state;
    char path[LK_PATH_MAX + 64];
    lk_error err;
    snprintf(path, sizeof path, "%s/config.json", folder);
    static const char text[] =
        "{\"extends\": \"base.json\", \"optimizer\": {\"type\": \"adam\", \"lr\": 0.01}}";
    assert_ok(lk_file_write(path, text, strlen(text), &err), &err);
    snprintf(file, sizeof file, "%s/base.json", folder);
    assert_ok(lk_file_write(file, TINY_CONFIG(""), strlen(TINY_CONFIG("")), &err), &err);
    lk_faults_try(&(lk_fault_case){ .name = "a config",
                                    .run = load_config,
                                    .self = path,
                                    .folder = folder,
                                    .at_least = 300,
                                    .stride = 3 });
}

static lk_status print_schema(void *self, lk_error *err) {
    lk_text text = { 0 };
    lk_status status = lk_config_schema(&text, err);
    (void)self;
    lk_text_deinit(&text);
    return status;
}

static void the_schema_is_printed_or_memory_is_short(void **state) {
    (void)state;
    lk_faults_try(&(lk_fault_case){
        .name = "the schema", .run = print_schema, .at_least = 500, .stride = 61 });
}

static lk_status read_image(void *self, lk_error *err) {
    lk_image image = { 0 };
    lk_status status = lk_image_read(self, &image, err);
    lk_image_deinit(&image);
    return status;
}

static void pictures_are_read_or_say_why(void **state) {
    (void)state;
    static char *const names[] = { LIKENESS_SOURCE "/tests/golden/resize_grey.jpg",
                                   LIKENESS_SOURCE "/tests/golden/resize_cmyk.jpg",
                                   LIKENESS_SOURCE "/tests/golden/resize_16bit.png",
                                   LIKENESS_SOURCE "/tests/golden/photo_soft.png" };
    for (size_t i = 0; i < LK_COUNT(names); i++)
        lk_faults_try(&(lk_fault_case){
            .name = names[i], .run = read_image, .self = names[i], .at_least = 5 });
}

/* ---- packs ---- */

static void packs_are_whole_or_the_old_ones(void **state) {
    (void)state;
    char pictures[LK_PATH_MAX + 64], out[256];
    lk_prepare_options synthetic = lk_prepare_defaults(), from_folder = synthetic;
    synthetic.source = "synthetic", synthetic.count = 6, synthetic.size = 16;
    snprintf(pictures, sizeof pictures, "%s/pictures", folder);
    snprintf(file, sizeof file, "%s/file", folder);
    assert_int_equal(
        lk_test_run(out, sizeof out,
                    "cd '%s' && mkdir -p pictures/inside && cp '%s'/tests/golden/photo_*.png "
                    "'%s'/tests/golden/resize_cmyk.jpg pictures/inside && "
                    "cp '%s'/tests/golden/resize_grey.jpg pictures",
                    folder, LIKENESS_SOURCE, LIKENESS_SOURCE, LIKENESS_SOURCE),
        0);
    from_folder.source = "folder", from_folder.path = pictures, from_folder.size = 16,
    from_folder.max_bad = 0;
    const struct {
        const char *name;
        lk_prepare_options *options;
        long at_least;
    } rows[] = { { "a drawn pack", &synthetic, 40 }, { "a pack of a folder", &from_folder, 80 } };
    for (size_t i = 0; i < LK_COUNT(rows); i++)
        lk_faults_try(&(lk_fault_case){ .name = rows[i].name,
                                        .begin = put_old_file,
                                        .run = prepare,
                                        .failed = old_file_is_intact,
                                        .done = file_is_new,
                                        .self = rows[i].options,
                                        .folder = folder,
                                        .at_least = rows[i].at_least });
}

static lk_status open_pack(void *self, lk_error *err) {
    lk_pack *opened = NULL;
    lk_loader *loader = NULL;
    lk_loader_options options = { .split = LK_SPLIT_TRAIN, .batch_size = 2, .shuffle = true };
    lk_status status = lk_pack_open(self, lk_test_context_alone(), &opened, err);
    if (!status) status = lk_loader_create(opened, &options, &loader, err);
    lk_loader_destroy(loader);
    lk_pack_close(opened);
    return status;
}

static void packs_open_or_say_why(void **state) {
    (void)state;
    lk_faults_try(
        &(lk_fault_case){ .name = "a pack", .run = open_pack, .self = pack, .at_least = 10 });
}

/* ---- graphs ---- */

static lk_status build_net(void *self, lk_error *err) {
    lk_net net = { 0 };
    lk_status status = lk_net_init(&net, lk_test_context_alone(), self, (lk_image_shape){ 16, 3 },
                                   8, 4, true, err);
    lk_net_deinit(&net);
    return status;
}

static void graphs_are_built_or_memory_is_short(void **state) {
    (void)state;
    static const char *const models[] = { "\"ae\"", "\"vae\"", "\"mmd\"" };
    for (size_t i = 0; i < LK_COUNT(models); i++) {
        char set[64];
        const char *sets[] = { set, "reconstruction.type=lwssim" };
        lk_config config;
        lk_error err;
        snprintf(set, sizeof set, "model.type=%s", models[i]);
        assert_ok(lk_config_parse_text(TINY_CONFIG(""), strlen(TINY_CONFIG("")), "tiny", sets, 2,
                                       &config, &err),
                  &err);
        lk_faults_try(&(lk_fault_case){
            .name = models[i], .run = build_net, .self = &config, .at_least = 8 });
        lk_config_deinit(&config);
    }
}

/* ---- tables ---- */

static lk_status print_tables(void *self, lk_error *err) {
    lk_results results;
    lk_status status = LK_OK;
    lk_results_init(&results);
    status = lk_results_read(&results, self, NULL, err);
    if (!status) status = lk_results_label(&results, err);
    if (!status) status = lk_results_compare(&results, err);
    for (int format = 0; format < LK_N_REPORT_FORMATS && !status; format++) {
        const lk_report_view view = { .sort = LK_METRIC_SSIM };
        lk_text text = { 0 };
        status = lk_report_print(&results, (lk_report_format)format, &view, &text, err);
        if (!status && text.failed) status = lk_fail(err, LK_FAILED, "the text is cut");
        lk_text_deinit(&text);
    }
    if (!status) status = lk_results_write_evidence(&results, file, err);
    lk_results_deinit(&results);
    return status;
}

static void tables_are_printed_or_say_why(void **state) {
    (void)state;
    lk_faults_try(&(lk_fault_case){ .name = "tables",
                                    .begin = put_old_file,
                                    .run = print_tables,
                                    .failed = old_file_is_intact,
                                    .done = file_is_new,
                                    .self = LIKENESS_SOURCE "/tests/golden/report/results",
                                    .folder = folder,
                                    .at_least = 1000,
                                    .stride = 17 });
}

/* ---- threads ---- */

static lk_status start_threads(void *self, lk_error *err) {
    lk_threads *threads = NULL;
    lk_status status = lk_threads_create(4, &threads, err);
    (void)self;
    lk_threads_destroy(threads);
    return status;
}

static void threads_start_or_say_why(void **state) {
    (void)state;
    lk_faults_try(&(lk_fault_case){ .name = "threads", .run = start_threads, .at_least = 8 });
}

static int begin(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", lk_test_folder("fault_library"));
    snprintf(file, sizeof file, "%s/file", folder);
    snprintf(pack, sizeof pack, "%s", lk_test_pack(folder, 30));
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writers_leave_the_old_file_and_say_why),
        cmocka_unit_test(a_file_is_synced_before_it_is_renamed_and_its_folder_afterwards),
        cmocka_unit_test(
            an_old_file_that_was_renamed_comes_back_if_the_new_one_cannot_take_its_place),
        cmocka_unit_test(interrupted_and_short_writes_make_the_same_file),
        cmocka_unit_test(events_are_written_or_say_why),
        cmocka_unit_test(configs_load_or_say_why),
        cmocka_unit_test(the_schema_is_printed_or_memory_is_short),
        cmocka_unit_test(pictures_are_read_or_say_why),
        cmocka_unit_test(packs_are_whole_or_the_old_ones),
        cmocka_unit_test(packs_open_or_say_why),
        cmocka_unit_test(graphs_are_built_or_memory_is_short),
        cmocka_unit_test(tables_are_printed_or_say_why),
        cmocka_unit_test(threads_start_or_say_why),
    };
    return lk_faults_report(cmocka_run_group_tests(tests, begin, NULL));
}
