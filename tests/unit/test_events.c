/* TensorBoard's event files: bytes as the format has them, values that come back, files that are
   cut short. */
#include "events.h"
#include "io/events.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static char folder[LK_PATH_MAX], whole[LK_PATH_MAX + 32]; /* whole: a file in the folder */
static uint8_t png[64];

/* An event with a value of each kind, at step 7. */
static void write_all(void) {
    lk_error err;
    lk_file file;
    lk_event event;
    const lk_real values[] = {
        1, 2, 2, 4, LK_R(-0.5), LK_R(3.999), (lk_real)NAN, -(lk_real)INFINITY
    };
    assert_ok(lk_events_create(whole, 3, &file, &err), &err);
    lk_event_init(&event, 7);
    lk_event_number(&event, "a/number", -0.1);
    lk_event_number(&event, "a/unknown", (double)NAN);
    lk_event_number(&event, "a/zero", 0);
    lk_event_text(&event, "words", "caf\u00e9\n");
    lk_event_png(&event, "picture", png, sizeof png);
    lk_event_png(&event, "no picture", png, 23);
    lk_event_histogram(&event, "many", values, LK_COUNT(values));
    lk_event_histogram(&event, "one", values + 1, 2); /* 2, 2 */
    lk_event_histogram(&event, "none", values + 6, 2);
    assert_ok(lk_event_append(&event, &file, &err), &err);
    lk_event_deinit(&event);
    lk_file_discard(&file);
}

static void the_checksum_is_that_of_the_format(void **state) {
    (void)state;
    /* RFC 3720, B.4: 32 times 0, 32 times 0xFF, 0 to 31, 31 to 0, a command to read */
    static const uint8_t command[48] = {
        1, 0xC0, [16] = 0x14, [22] = 0x04, [27] = 0x14, [31] = 0x18, [32] = 0x28, [40] = 0x02
    };
    static const uint32_t crcs[] = { 0x8A9136AA, 0x62A8AB43, 0x46DD794E, 0x113FDB5C, 0xD9963A56 };
    uint8_t data[5][48] = { { 0 } };
    for (int i = 0; i < 32; i++)
        data[1][i] = 0xFF, data[2][i] = (uint8_t)i, data[3][i] = (uint8_t)(31 - i);
    memcpy(data[4], command, sizeof command);
    for (size_t i = 0; i < LK_COUNT(crcs); i++) {
        size_t n = i < 4 ? 32 : sizeof command;
        uint32_t masked = (crcs[i] >> 15 | crcs[i] << 17) + 0xA282EAD8;
        assert_int_equal(lk_events_checksum(data[i], n), masked);
        assert_int_equal(lk_test_event_checksum(data[i], n), masked);
    }
    /* a record that TensorFlow wrote */
    static const char record[] = "\x1a\x11"
                                 "CRC test, one two";
    assert_int_equal(lk_events_checksum(record, strlen(record)), 0x5794D08A);
}

/* Every event file of TensorFlow begins so: the length of the record, 24, and its checksum. */
static void a_file_begins_as_those_of_tensorflow_do(void **state) {
    (void)state;
    static const char version[] = "\x1a\x0d"
                                  "brain.Event:2";
    lk_error err;
    char *data = NULL;
    size_t n = 0;
    assert_ok(lk_file_read(whole, 1 << 20, &data, &n, &err), &err);
    assert_memory_equal(data, "\x18\0\0\0\0\0\0\0\xa3\x7fK\"\x09", 13);
    assert_memory_equal(data + 21, version, strlen(version));
    lk_free(data);
}

static const lk_test_point *find(const lk_test_events *events, const char *tag, lk_test_kind kind) {
    const lk_test_point *point = lk_test_events_find(events, tag, 0);
    if (!point) fail_msg("%s is missing", tag);
    assert_int_equal(point->step, 7);
    assert_int_equal(point->kind, kind);
    return point;
}

static void numbers_texts_and_pictures_come_back(void **state) {
    (void)state;
    lk_test_events all = lk_test_events_read(folder);
    assert_int_equal(all.n, 6);
    assert_int_equal(all.n_starts, 1);
    assert_near(find(&all, "a/number", LK_TEST_NUMBER)->number, (double)-0.1F, 0);
    assert_near(find(&all, "a/zero", LK_TEST_NUMBER)->number, 0, 0);
    const lk_test_point *text = find(&all, "words", LK_TEST_TEXT),
                        *picture = find(&all, "picture", LK_TEST_PICTURE);
    assert_string_equal((char *)text->bytes, "caf\u00e9\n");
    assert_string_equal(text->plugin, "text");
    assert_int_equal(picture->width, 0x102);
    assert_int_equal(picture->height, 0x3000004);
    assert_int_equal(picture->n_bytes, sizeof png);
    assert_memory_equal(picture->bytes, png, sizeof png);
    lk_test_events_free(&all);
}

static void histograms_count_what_is_finite(void **state) {
    (void)state;
    lk_test_events all = lk_test_events_read(folder);
    const lk_test_histogram *h = &find(&all, "many", LK_TEST_HISTOGRAM)->histogram;
    const double value[] = { 1, 2, 2, 4, -0.5, (double)LK_R(3.999) };
    assert_near(h->min, -0.5, 0);
    assert_near(h->max, 4, 0);
    assert_near(h->num, 6, 0);
    assert_near(h->sum, 8.5 + value[5], 1e-12);
    assert_near(h->sum_squares, 25.25 + value[5] * value[5], 1e-12);
    assert_int_equal(h->n_limits, LK_EVENT_BUCKETS);
    assert_int_equal(h->n_counts, LK_EVENT_BUCKETS);
    for (int i = 0; i < LK_EVENT_BUCKETS; i++) {
        double left = i ? h->limit[i - 1] : h->min, n = 0;
        assert_near(h->limit[i], -0.5 + 0.15 * (i + 1), 1e-12);
        for (size_t k = 0; k < LK_COUNT(value); k++)
            n += value[k] >= left && (value[k] < h->limit[i] || (i == 29 && value[k] <= h->max));
        assert_near(h->count[i], n, 0);
    }
    const lk_test_histogram *one = &find(&all, "one", LK_TEST_HISTOGRAM)->histogram;
    assert_int_equal(one->n_limits, 1);
    assert_near(one->min, 2, 0);
    assert_near(one->limit[0], 2, 0);
    assert_near(one->count[0], 2, 0);
    lk_test_events_free(&all);
}

/* As after a kill in the middle of a write. */
static void a_file_that_is_cut_anywhere_has_the_records_before(void **state) {
    (void)state;
    lk_error err;
    char *data = NULL, cut[LK_PATH_MAX];
    size_t n = 0, n_cut = 0;
    assert_ok(lk_file_read(whole, 1 << 20, &data, &n, &err), &err);
    snprintf(cut, sizeof cut, "%s", lk_test_folder("events_cut"));
    for (size_t i = 0; i < n; i++) {
        lk_test_write(lk_test_path(cut, "tfevents"), data, i);
        lk_test_events some = lk_test_events_read(cut);
        assert_int_equal(some.n, 0);
        n_cut += (size_t)some.n_cut;
        lk_test_events_free(&some);
    }
    assert_int_equal(n_cut, n - 3); /* all but 0 bytes, one record and two */
    lk_free(data);
}

static void a_name_that_is_taken_is_refused(void **state) {
    (void)state;
    lk_error err;
    lk_file file;
    assert_int_equal(lk_events_create(whole, 1, &file, &err), LK_WRITE);
    assert_contains(err.text, "File exists");
    assert_contains(err.text, whole);
    lk_file_discard(&file);
    assert_int_equal(lk_events_create(lk_test_path(folder, "none/tfevents"), 1, &file, &err),
                     LK_WRITE);
    lk_file_discard(&file);
}

static void protoc_reads_every_record(void **state) {
    (void)state;
    static const char *const words[] = {
        "file_version: \"brain.Event:2\"",
        "step: 3 ... session_log { ... status: START",
        "step: 7 ... tag: \"a/number\" ... simple_value: -0.1",
        "tag: \"words\" ... dtype: DT_STRING ... plugin_name: \"text\"",
        "tag: \"picture\" ... width: 258 ... colorspace: 3",
        "tag: \"many\" ... num: 6 ... bucket_limit: -0.35 ... bucket: 1"
    };
    static char out[1 << 16];
    char record[LK_PATH_MAX], all[1 << 16] = "";
    snprintf(record, sizeof record, "%s", lk_test_path(folder, "record"));
    size_t n_bytes = 0;
    char *data;
    for (size_t i = 0; (data = lk_test_event_record(whole, i, &n_bytes)); i++) {
        lk_test_write(record, data, n_bytes);
        int code =
            lk_test_run(out, sizeof out,
                        LIKENESS_PROTOC " -I'" LIKENESS_SOURCE
                                        "/src/io' --decode=tensorflow.Event events.proto <'%s'",
                        record);
        if (code != 0) fail_msg("%s", out);
        strncat(all, out, sizeof all - strlen(all) - 1);
        lk_free(data);
    }
    for (size_t i = 0; i < LK_COUNT(words); i++) assert_contains(all, words[i]);
}

static int begin(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", lk_test_folder("events"));
    snprintf(whole, sizeof whole, "%s/whole.tfevents", folder);
    for (size_t i = 0; i < sizeof png; i++) png[i] = (uint8_t)i;
    memcpy(png + 16, "\0\0\1\2\3\0\0\4", 8);
    write_all();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checksum_is_that_of_the_format),
        cmocka_unit_test(a_file_begins_as_those_of_tensorflow_do),
        cmocka_unit_test(numbers_texts_and_pictures_come_back),
        cmocka_unit_test(histograms_count_what_is_finite),
        cmocka_unit_test(a_file_that_is_cut_anywhere_has_the_records_before),
        cmocka_unit_test(a_name_that_is_taken_is_refused),
        cmocka_unit_test(protoc_reads_every_record),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
