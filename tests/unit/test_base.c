/* base: random numbers compared with published vectors, checksums, nearest words, arenas, files
   that appear whole or not at all. */
#include "base/crc32c.h"
#include "base/file.h"
#include "base/rng.h"
#include "support.h"

#include <likeness/memory.h>
#include <likeness/text.h>

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Known answers from the Random123 distribution (kat_vectors, philox4x32 10). */
static void philox_gives_the_published_vectors(void **state) {
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], expected[4];
    } rows[] = {
        { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
        { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
          { 0xffffffff, 0xffffffff },
          { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
        { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
          { 0xa4093822, 0x299f31d0 },
          { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        uint32_t got[4];
        lk_philox4x32(rows[i].counter, rows[i].key, got);
        assert_memory_equal(got, rows[i].expected, sizeof got);
    }
}

static void normal_numbers_have_mean_0_and_variance_1(void **state) {
    (void)state;
    lk_rng rng = lk_rng_at(7, LK_STREAM_TEST, 0, 0);
    enum { N = 200000 };
    double sum = 0, squares = 0, fourth = 0;
    for (int i = 0; i < N; i++) {
        double x = lk_rng_normal(&rng);
        sum += x, squares += x * x, fourth += x * x * x * x;
    }
    assert_near(sum / N, 0, 0.01);
    assert_near(squares / N, 1, 0.02);
    assert_near(fourth / N, 3, 0.1);
}

/* A bound of 3/4 of all words: without rejection the remainders by 3 would be 2 to 1 to 1. */
static void whole_numbers_below_a_bound_are_equally_frequent(void **state) {
    (void)state;
    enum { N = 30000 };
    lk_rng rng = lk_rng_at(4, LK_STREAM_TEST, 0, 0);
    int counts[3] = { 0 };
    for (int i = 0; i < N; i++) {
        uint32_t x = lk_rng_below(&rng, 3U << 30);
        assert_true(x < 3U << 30);
        counts[x % 3]++;
    }
    for (int i = 0; i < 3; i++) assert_near(counts[i], N / 3.0, N / 60.0);
    for (int i = 0; i < 1000; i++) assert_true(lk_rng_below(&rng, 3) < 3);
}

static void sequences_of_other_names_differ(void **state) {
    (void)state;
    lk_rng a = lk_rng_at(1, LK_STREAM_FLIP, 0, 0), b = lk_rng_at(1, LK_STREAM_FLIP, 0, 1),
           c = lk_rng_at(1, LK_STREAM_FLIP, 1, 0), d = lk_rng_at(2, LK_STREAM_FLIP, 0, 0),
           e = lk_rng_at(1, LK_STREAM_NOISE, 0, 0), again = lk_rng_at(1, LK_STREAM_FLIP, 0, 0);
    uint32_t first = lk_rng_u32(&a);
    assert_int_equal(first, lk_rng_u32(&again));
    assert_int_not_equal(first, lk_rng_u32(&b));
    assert_int_not_equal(first, lk_rng_u32(&c));
    assert_int_not_equal(first, lk_rng_u32(&d));
    assert_int_not_equal(first, lk_rng_u32(&e));
}

/* Whatever was taken before: whole blocks of four words, parts of them, none. */
static void many_numbers_at_once_and_skipped_words_are_the_sequence_itself(void **state) {
    (void)state;
    for (int before = 0; before < 6; before++) {
        for (size_t n = 0; n < 12; n++) {
            lk_rng one = lk_rng_at(3, LK_STREAM_TEST, 0, 0), many, skipped;
            for (int i = 0; i < before; i++) lk_rng_u32(&one);
            many = skipped = one;
            double got[12];
            lk_rng_uniforms(&many, n, got);
            lk_rng_skip(&skipped, n);
            for (size_t i = 0; i < n; i++) lk_rng_u32(&one);
            assert_int_equal(lk_rng_u32(&skipped), lk_rng_u32(&one));
            one = lk_rng_at(3, LK_STREAM_TEST, 0, 0);
            for (int i = 0; i < before; i++) lk_rng_u32(&one);
            for (size_t i = 0; i < n; i++) assert_near(got[i], lk_rng_uniform(&one), 0);
            assert_int_equal(lk_rng_u32(&many), lk_rng_u32(&one));
        }
    }
}

static void crc32c_gives_the_published_values(void **state) {
    (void)state;
    assert_int_equal(lk_crc32c(0, "123456789", 9), 0xE3069283U); /* RFC 3720's check value */
    uint8_t zeros[32] = { 0 };
    assert_int_equal(lk_crc32c(0, zeros, 32), 0x8A9136AAU); /* RFC 3720, B.4 */
}

static void crc32c_of_a_long_block_equals_the_crc_of_its_pieces(void **state) {
    (void)state;
    enum { N = 1 << 20 };
    uint8_t *data = lk_alloc(N);
    lk_rng rng = lk_rng_at(1, LK_STREAM_TEST, 0, 0);
    for (int i = 0; i < N; i++) data[i] = (uint8_t)lk_rng_u32(&rng);
    uint32_t pieces = 0;
    for (size_t at = 0; at < N; at += 1000)
        pieces = lk_crc32c(pieces, data + at, N - at < 1000 ? N - at : 1000);
    assert_int_equal(lk_crc32c(0, data, N), pieces);
    lk_free(data);
}

static void the_nearest_word_is_found_and_a_far_one_is_not(void **state) {
    (void)state;
    const char *const words[] = { "constant", "cosine", "step", "exponential", NULL };
    assert_string_equal(lk_text_nearest("cosin", words), "cosine");
    assert_string_equal(lk_text_nearest("exponentail", words), "exponential");
    assert_null(lk_text_nearest("linear", words));
}

static void names_become_one_line_of_utf8_and_cells_of_csv_are_quoted(void **state) {
    (void)state;
    static const struct {
        const char *name, *line, *cell;
    } rows[] = { { "", "", "" },
                 { "a b", "a b", "a b" },
                 { "a,\"b\"", "a,\"b\"", "\"a,\"\"b\"\"\"" },
                 { "\t\r\n\x01\x7f\\", "\\t\\r\\n\\u0001\\u007f\\\\", "\"\t\r\n\x01\x7f\\\"" },
                 { "a\rb", "a\\rb", "\"a\rb\"" },
                 { "\xc3\xbc\xc3", "\xc3\xbc\xef\xbf\xbd", "\xc3\xbc\xc3" } };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_text line = { 0 }, cell = { 0 };
        lk_text_add(&line, "%s", "");
        lk_text_name(&line, rows[i].name);
        lk_text_cell(&cell, rows[i].name);
        assert_string_equal(line.data, rows[i].line);
        assert_string_equal(cell.data, rows[i].cell);
        lk_text_deinit(&line);
        lk_text_deinit(&cell);
    }
}

static void an_arena_gives_zeroed_aligned_memory_of_any_size(void **state) {
    (void)state;
    lk_arena arena;
    lk_arena_init(&arena);
    for (size_t n = 1; n < 1000000; n *= 3) {
        uint8_t *block = lk_arena_alloc(&arena, n);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % 64, 0);
        for (size_t i = 0; i < n; i++) assert_int_equal(block[i], 0);
        memset(block, 255, n);
    }
    assert_null(lk_arena_alloc(&arena, SIZE_MAX));
    lk_arena_deinit(&arena);
}

static void a_file_appears_whole_or_not_at_all(void **state) {
    (void)state;
    const char *folder = lk_test_folder("file");
    char path[LK_PATH_MAX], *data = NULL, out[4096];
    snprintf(path, sizeof path, "%s/value", folder);
    lk_error err;
    size_t n = 0;
    assert_ok(lk_file_write(path, "old", 3, &err), &err);
    lk_file file;
    assert_ok(lk_file_create(path, &file, &err), &err);
    assert_ok(lk_file_append(&file, "n?w", 3, &err), &err);
    assert_ok(lk_file_patch(&file, 1, "e", 1, &err), &err);
    assert_ok(lk_file_read(path, 100, &data, &n, &err), &err);
    assert_string_equal(data, "old");
    lk_free(data);
    lk_file_discard(&file);
    assert_int_equal(lk_test_run(out, sizeof out, "ls -A '%s'", folder), 0);
    assert_string_equal(out, "value\n");
    assert_ok(lk_file_write(path, "new", 3, &err), &err);
    assert_ok(lk_file_read(path, 100, &data, &n, &err), &err);
    assert_string_equal(data, "new");
    lk_free(data);
    assert_int_equal(lk_file_read(path, 2, &data, &n, &err), LK_FORMAT);
    assert_contains(err.text, "expected at most 2 bytes, got 3");
}

/* Kills a child in the middle of writing; returns its process number. */
static pid_t killed_writing(const char *path) {
    pid_t child = fork();
    if (child == 0) {
        lk_file file;
        lk_error err;
        if (lk_file_create(path, &file, &err) == LK_OK &&
            lk_file_append(&file, "half", 4, &err) == LK_OK)
            raise(SIGKILL);
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    return child;
}

static void
what_a_killed_writer_left_goes_with_the_next_write_and_what_others_write_stays(void **state) {
    (void)state;
    char path[LK_PATH_MAX], other[LK_PATH_MAX], living[LK_PATH_MAX], elsewhere[LK_PATH_MAX],
        left[LK_PATH_MAX];
    lk_error err;
    const char *folder = lk_test_folder("killed");
    snprintf(path, sizeof path, "%s/value", folder);
    snprintf(other, sizeof other, "%s/value2", folder);
    pid_t other_child = killed_writing(other), child = killed_writing(path);
    snprintf(left, sizeof left, "%s/.value.tmp.%ld", folder, (long)child);
    assert_true(lk_file_may_exist(left));
    /* the first process is always there */
    snprintf(living, sizeof living, "%s/.value.tmp.1", folder);
    assert_ok(lk_file_write(living, "", 0, &err), &err);
    /* a machine that shares the folder locks it */
    snprintf(elsewhere, sizeof elsewhere, "%s/.value.tmp.%ld", folder, (long)other_child);
    int fd = open(elsewhere, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_ok(lk_file_write(path, "new", 3, &err), &err);
    assert_false(lk_file_may_exist(left));
    assert_true(lk_file_may_exist(living));
    assert_true(lk_file_may_exist(elsewhere));
    snprintf(left, sizeof left, "%s/.value2.tmp.%ld", folder, (long)other_child);
    assert_true(lk_file_may_exist(left)); /* of another file */
    snprintf(left, sizeof left, "%s/.value.tmp.9.tmp.%ld", folder, (long)child);
    assert_ok(lk_file_write(left, "", 0, &err), &err); /* of value.tmp.9 */
    assert_ok(lk_file_write(path, "new", 3, &err), &err);
    assert_true(lk_file_may_exist(left));
    close(fd);
    assert_ok(lk_file_write(path, "new", 3, &err), &err);
    assert_false(lk_file_may_exist(elsewhere));
}

static void a_sweep_removes_what_killed_writers_left_of_files_of_such_names(void **state) {
    (void)state;
    static const char *const names[] = { "00001.png", "00002.png", "x.png", "00003.txt", "4.png" };
    char left[LK_COUNT(names)][LK_PATH_MAX], path[LK_PATH_MAX], living[LK_PATH_MAX];
    lk_error err;
    const char *folder = lk_test_folder("swept");
    for (size_t i = 0; i < LK_COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        snprintf(left[i], sizeof left[i], "%s/.%s.tmp.%ld", folder, names[i],
                 (long)killed_writing(path));
    }
    snprintf(living, sizeof living, "%s/.00001.png.tmp.1", folder);
    assert_ok(lk_file_write(living, "", 0, &err), &err);
    assert_ok(lk_folder_sweep(folder, "[0-9][0-9]*.png", &err), &err);
    for (size_t i = 0; i < LK_COUNT(names); i++)
        assert_int_equal(lk_file_may_exist(left[i]), i >= 2);
    assert_true(lk_file_may_exist(living));
    snprintf(path, sizeof path, "%s/00001.png", folder);
    assert_ok(lk_file_write_swept(path, "new", 3, &err), &err);
    assert_true(lk_file_may_exist(path));
    assert_int_equal(lk_folder_sweep("/nowhere", "*", &err), LK_WRITE);
    assert_contains(err.text, "/nowhere: cannot open the folder: No such file");
}

static void a_pipe_in_a_file_s_place_is_refused_without_waiting_for_a_writer(void **state) {
    (void)state;
    char path[LK_PATH_MAX], *data = NULL;
    size_t n = 0;
    lk_map map;
    lk_error err = { "" };
    snprintf(path, sizeof path, "%s/pipe", lk_test_folder("pipe"));
    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(300); /* who waits is killed */
    assert_int_equal(lk_file_read(path, 100, &data, &n, &err), LK_READ);
    assert_contains(err.text, "pipe: not a regular file");
    assert_int_equal(lk_map_open(path, &map, &err), LK_READ);
    alarm(0);
}

static void a_file_that_cannot_be_written_says_which_and_why(void **state) {
    (void)state;
    lk_error err;
    assert_int_equal(lk_file_write("/proc/nowhere/value", "x", 1, &err), LK_WRITE);
    assert_contains(err.text, "/proc/nowhere/value: cannot create: No such file or directory");
}

static void a_prefix_says_where_and_a_long_message_is_cut(void **state) {
    (void)state;
    lk_error err;
    assert_int_equal(lk_fail(&err, LK_FORMAT, "got %d", 3), LK_FORMAT);
    lk_error_prefix(&err, "windows[%d]", 1);
    lk_error_prefix(&err, "vae.json");
    assert_string_equal(err.text, "vae.json: windows[1]: got 3");
    for (int i = 0; i < 200; i++) lk_error_prefix(&err, "deeper");
    assert_true(strlen(err.text) < sizeof err.text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_vectors),
        cmocka_unit_test(normal_numbers_have_mean_0_and_variance_1),
        cmocka_unit_test(whole_numbers_below_a_bound_are_equally_frequent),
        cmocka_unit_test(sequences_of_other_names_differ),
        cmocka_unit_test(many_numbers_at_once_and_skipped_words_are_the_sequence_itself),
        cmocka_unit_test(crc32c_gives_the_published_values),
        cmocka_unit_test(crc32c_of_a_long_block_equals_the_crc_of_its_pieces),
        cmocka_unit_test(the_nearest_word_is_found_and_a_far_one_is_not),
        cmocka_unit_test(names_become_one_line_of_utf8_and_cells_of_csv_are_quoted),
        cmocka_unit_test(an_arena_gives_zeroed_aligned_memory_of_any_size),
        cmocka_unit_test(a_file_appears_whole_or_not_at_all),
        cmocka_unit_test(
            what_a_killed_writer_left_goes_with_the_next_write_and_what_others_write_stays),
        cmocka_unit_test(a_sweep_removes_what_killed_writers_left_of_files_of_such_names),
        cmocka_unit_test(a_pipe_in_a_file_s_place_is_refused_without_waiting_for_a_writer),
        cmocka_unit_test(a_file_that_cannot_be_written_says_which_and_why),
        cmocka_unit_test(a_prefix_says_where_and_a_long_message_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
