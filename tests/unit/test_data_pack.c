/* The pack: what was written is read, and every kind of damage is refused with what was expected
   and what was there. The loader's batches. */
#include "base/crc32c.h"
#include "data/pack_write.h"
#include "support.h"

#include <likeness/loader.h>
#include <likeness/memory.h>
#include <likeness/prepare.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COUNT = 200, SIZE = 12, PICTURE = SIZE * SIZE * 3, TRAIN = 136, VAL = 32 };

static lk_context context;
static char path[LK_PATH_MAX], damaged[LK_PATH_MAX];
static char *bytes; /* of the valid pack */
static size_t n_bytes;

static lk_pack *opened(void) {
    lk_pack *pack = NULL;
    lk_error err;
    assert_ok(lk_pack_open(path, &context, &pack, &err), &err);
    return pack;
}

static int setup(void **state) {
    (void)state;
    lk_error err;
    lk_prepare_options options = lk_prepare_defaults();
    lk_prepare_report report;
    options.source = "synthetic", options.count = COUNT, options.size = SIZE;
    const char *folder = lk_test_folder("pack");
    snprintf(path, sizeof path, "%s/valid.lkd", folder);
    snprintf(damaged, sizeof damaged, "%s/damaged.lkd", folder);
    context = *lk_test_context();
    assert_ok(lk_threads_create(2, &context.threads, &err), &err);
    assert_ok(lk_prepare(&options, &context, path, &report, &err), &err);
    assert_ok(lk_file_read(path, 1 << 24, &bytes, &n_bytes, &err), &err);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    lk_free(bytes);
    lk_threads_destroy(context.threads);
    return 0;
}

static void refused(const void *data, size_t n, const char *words) {
    lk_pack *pack = NULL;
    lk_error err = { "" };
    assert_ok(lk_file_write(damaged, data, n, &err), &err);
    assert_int_equal(lk_pack_open(damaged, &context, &pack, &err), LK_FORMAT);
    assert_contains(err.text, "damaged.lkd: ");
    assert_contains(err.text, words);
}

static void put(char *at, int n, uint64_t value) {
    for (int i = 0; i < n; i++, value >>= 8) at[i] = (char)value;
}

static uint64_t take(const char *at) {
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--) value = value << 8 | (uint8_t)at[i];
    return value;
}

/* Correct the checksums of a changed header and table, so that later checks are reached. */
static void seal(char *copy) {
    uint64_t table = take(copy + 16);
    if (table <= n_bytes) put(copy + 40, 4, lk_crc32c(0, copy + table, n_bytes - table));
    put(copy + 60, 4, lk_crc32c(0, copy, 60));
}

/* The pack with `n` bytes at `at` replaced and sealed. */
static void refused_with(size_t at, int n, uint64_t value, const char *words) {
    char *copy = lk_alloc(n_bytes);
    memcpy(copy, bytes, n_bytes);
    put(copy + at, n, value);
    seal(copy);
    refused(copy, n_bytes, words);
    lk_free(copy);
}

static void a_pack_reads_back_with_its_meta_parts_and_names(void **state) {
    (void)state;
    lk_pack *pack = opened();
    const lk_pack_meta *meta = lk_pack_describe(pack);
    assert_int_equal(meta->size, SIZE);
    assert_int_equal(meta->channels, 3);
    assert_string_equal(meta->source, "synthetic");
    assert_int_equal(strlen(meta->fingerprint), 16);
    assert_int_equal(lk_pack_count(pack, LK_SPLIT_TRAIN), TRAIN);
    assert_int_equal(lk_pack_count(pack, LK_SPLIT_VAL), VAL);
    assert_int_equal(lk_pack_count(pack, LK_SPLIT_TEST), COUNT - TRAIN - VAL);
    assert_string_equal(lk_pack_name(pack, LK_SPLIT_VAL, 1), "synthetic-00000137");
    assert_ptr_equal(lk_pack_pixels(pack, LK_SPLIT_VAL, 0),
                     lk_pack_pixels(pack, LK_SPLIT_TRAIN, 0) + TRAIN * PICTURE);
    lk_pack_close(pack);
}

static void a_truncated_or_extended_pack_is_refused_at_every_length(void **state) {
    (void)state;
    for (size_t n = 0; n < 70; n++) refused(bytes, n, n < 8 ? "not a pack" : "truncated");
    for (size_t n = 100; n < n_bytes; n += 4999)
        refused(bytes, n, "truncated or extended: expected");
    refused(bytes, n_bytes - 1, "truncated or extended");
    char *longer = lk_alloc(n_bytes + 1);
    memcpy(longer, bytes, n_bytes);
    refused(longer, n_bytes + 1, "truncated or extended");
    lk_free(longer);
}

static void any_flipped_bit_is_refused(void **state) {
    (void)state;
    /* from there on, and in the header, every byte */
    size_t table = (size_t)take(bytes + 16), tail = table - 300;
    for (size_t at = 0; at < n_bytes; at += at < 64 || at >= tail ? 1
                                            : tail - at < 997     ? tail - at
                                                                  : 997) {
        const char *words = at < 8       ? "not a pack"
                            : at < 12    ? "pack version"
                            : at < 64    ? "header: expected CRC"
                            : at < table ? ", block 0 (from byte "
                                         : "table: expected CRC";
        bytes[at] ^= 4;
        refused(bytes, n_bytes, words);
        bytes[at] ^= 4;
    }
}

static void another_version_is_refused_by_its_number(void **state) {
    (void)state;
    refused_with(8, 4, 2, "pack version: expected 1, got 2");
    refused("PK\3\4 not a pack at all, but long enough to hold a header of sixty-four bytes", 77,
            "not a pack");
}

static void absurd_lengths_are_refused_before_they_are_used(void **state) {
    (void)state;
    size_t table = (size_t)take(bytes + 16);
    refused_with(12, 4, 0xFFFFFFFF, "sections: expected at most 64, got 4294967295");
    refused_with(12, 4, 4, "table: ends within an entry");
    refused_with(12, 4, 2, "table: does not account for every byte");
    refused_with(24, 8, UINT64_MAX, "table: expected a range");
    refused_with(16, 8, 63, "got offset 63 and ");
    refused_with(16, 8, n_bytes + 1, "table: expected a range");
    refused_with(table + 2 * 36 + 16, 8, 5, "table: does not account for every byte");
    refused_with(table, 4, 0, "kind is not four capital letters");
    refused_with(table + 4, 4, 0, "section IMGS: got 1 blocks of 0 bytes");
    refused_with(table + 8, 8, 65, "section IMGS: expected offset 64");
    refused_with(table + 8, 8, UINT64_MAX - 8, "section IMGS: expected offset");
    refused_with(table + 16, 8, UINT64_MAX, "got offset 64 and 18446744073709551615 bytes");
    refused_with(table + 16, 8, COUNT * PICTURE - 1, "section NAME: expected offset");
    refused_with(table + 24, 4, 0xFFFFFFFF, "section IMGS: got 4294967295 blocks");
    refused_with(table, 1, 'X', "has no section IMGS");
    refused_with(table + 36, 1, 'X', "has no section NAME");
    refused_with(table + 2 * 36, 1, 'X', "has no section META");
}

/* Blocks may have any length, and the last one may be full: here each section is one block. */
static void sections_that_end_with_a_full_block_are_read(void **state) {
    (void)state;
    lk_pack *pack = NULL;
    lk_error err;
    size_t table = (size_t)take(bytes + 16);
    char *copy = lk_alloc(n_bytes);
    memcpy(copy, bytes, n_bytes);
    for (size_t entry = table; entry < n_bytes; entry += 36)
        put(copy + entry + 4, 4, take(copy + entry + 16));
    seal(copy);
    assert_ok(lk_file_write(damaged, copy, n_bytes, &err), &err);
    assert_ok(lk_pack_open(damaged, &context, &pack, &err), &err);
    assert_string_equal(lk_pack_name(pack, LK_SPLIT_TEST, 31), "synthetic-00000199");
    lk_pack_close(pack);
    lk_free(copy);
}

static void of_several_damaged_blocks_the_first_is_named(void **state) {
    (void)state;
    size_t table = (size_t)take(bytes + 16), name = (size_t)take(bytes + table + 36 + 8),
           meta = (size_t)take(bytes + table + 2 * 36 + 8);
    bytes[name] ^= 1, bytes[meta] ^= 1;
    refused(bytes, n_bytes, "section NAME, block 0");
    bytes[name] ^= 1, bytes[meta] ^= 1;
}

/* A pack with the given sections and correct checksums. */
static void refused_sections(const char *images, size_t n_images, const char *names, size_t n_names,
                             const char *meta, const char *words) {
    struct pack_writer writer;
    char *data = NULL;
    size_t n = 0;
    lk_error err;
    assert_ok(lk_pack_writer_open(&writer, damaged, &err), &err);
    lk_pack_writer_section(&writer, "IMGS");
    assert_ok(lk_pack_writer_add(&writer, images, n_images, &err), &err);
    lk_pack_writer_section(&writer, "NAME");
    assert_ok(lk_pack_writer_add(&writer, names, n_names, &err), &err);
    lk_pack_writer_section(&writer, "META");
    assert_ok(lk_pack_writer_add(&writer, meta, strlen(meta), &err), &err);
    assert_ok(lk_pack_writer_commit(&writer, &err), &err);
    lk_pack_writer_close(&writer);
    assert_ok(lk_file_read(damaged, 1 << 20, &data, &n, &err), &err);
    refused(data, n, words);
    lk_free(data);
}

#define META(counts, filter)                                                                       \
    "{\"size\": 1, \"channels\": 1, " counts                                                       \
    ", \"crop\": 0, \"n_bad\": 0, \"n_absent\": 0, \"filter\": \"" filter "\", \"source\": "       \
    "\"s\"}"
#define TWO META("\"train\": 1, \"val\": 1, \"test\": 0", "box")

static void a_pack_without_pictures_is_refused(void **state) {
    (void)state;
    refused_sections("", 0, "", 0, META("\"train\": 0, \"val\": 0, \"test\": 0", "box"),
                     "IMGS: expected 0 bytes for 0 pictures");
}

static void names_that_are_not_one_a_picture_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *names;
        size_t n;
    } rows[] = { { "", 0 },   { "a", 2 },       { "a\0b", 3 },
                 { "ab", 2 }, { "a\0b\0c", 6 }, { "a\0b\0c", 5 } };
    for (size_t i = 0; i < LK_COUNT(rows); i++)
        refused_sections("ab", 2, rows[i].names, rows[i].n, TWO,
                         "NAME: does not hold exactly 2 names");
}

/* Replace a word of META by another of the same length and correct all checksums. */
static void refused_meta(const char *from, const char *to, const char *words) {
    char *copy = lk_alloc(n_bytes);
    memcpy(copy, bytes, n_bytes);
    size_t table = (size_t)take(bytes + 16), entry = table + 2 * 36;
    size_t offset = (size_t)take(copy + entry + 8), n = (size_t)take(copy + entry + 16);
    char *at = memmem(copy + offset, n, from, strlen(from));
    assert_non_null(at);
    memcpy(at, to, strlen(to));
    put(copy + entry + 32, 4, lk_crc32c(0, copy + offset, n));
    seal(copy);
    refused(copy, n_bytes, words);
    lk_free(copy);
}

static void a_meta_that_contradicts_the_sections_is_refused(void **state) {
    (void)state;
    refused_meta("\"size\": 12", "\"size\": 13", "IMGS: expected 101400 bytes for ");
    refused_meta("\"size\": 12", "\"size\": -1",
                 "META: size: expected a whole number from 1 to 4096, got -1");
    refused_meta("\"size\": 12", "\"size\": .5", "META:1: expected a number ... got \".5\"");
    refused_meta("\"size\": 12", "\"size\":1.5",
                 "META: size: expected a whole number from 1 to 4096, got 1.5");
    refused_meta("\"size\": 12", "\"size\":9e9",
                 "META: size: expected a whole number from 1 to 4096, got 9e+09");
    refused_meta("\"crop\": 0", "\"crop\":-1", "META: crop: expected a whole number from 0");
    refused_meta("\"channels\": 3", "\"channels\": 2", "META: channels: expected 1 or 3");
    refused_meta("\"train\"", "\"trian\"", "META: train: expected a whole number");
    refused_meta("\"val\": 32, \"test\": 32", "\"val\": 33, \"test\": 30", "IMGS: expected ");
    refused_meta("\"filter\": \"bicubic\"", "\"filter\": 123456789",
                 "META: filter: expected a word");
    refused_meta("{", "[", "META:1: ");
    refused_sections("ab", 2, "a\0b", 4,
                     META("\"train\": 2, \"val\": 0, \"test\": 0", "a filter of 17 bytes"),
                     "META: filter: expected a word of at most 15 letters");
}

static void the_fingerprint_follows_the_pixels_and_nothing_else(void **state) {
    (void)state;
    lk_error err;
    char fingerprint[17];
    lk_prepare_options options = lk_prepare_defaults();
    lk_prepare_report report;
    options.source = "synthetic", options.count = COUNT, options.size = SIZE;
    lk_pack *pack = opened();
    snprintf(fingerprint, sizeof fingerprint, "%s", lk_pack_describe(pack)->fingerprint);
    lk_pack_close(pack);
    for (int seed = 1; seed <= 2; seed++) {
        options.seed = (uint64_t)seed;
        assert_ok(lk_prepare(&options, &context, damaged, &report, &err), &err);
        assert_ok(lk_pack_open(damaged, &context, &pack, &err), &err);
        assert_int_equal(strcmp(lk_pack_describe(pack)->fingerprint, fingerprint) == 0, seed == 1);
        lk_pack_close(pack);
    }
}

static lk_loader *loader_of(const lk_pack *pack, lk_loader_options options) {
    lk_loader *loader = NULL;
    lk_error err;
    assert_ok(lk_loader_create(pack, &options, &loader, &err), &err);
    return loader;
}

/* Whether a filled picture equals the pack's, mirrored or not. */
static bool same(const lk_real *got, const uint8_t *expected, bool mirrored) {
    for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < SIZE; x++)
            for (int c = 0; c < 3; c++) {
                lk_real value =
                    (lk_real)expected[(y * SIZE + (mirrored ? SIZE - 1 - x : x)) * 3 + c] / 255;
                if (got[(y * SIZE + x) * 3 + c] < value || got[(y * SIZE + x) * 3 + c] > value)
                    return false;
            }
    return true;
}

static void an_epoch_of_training_shows_every_picture_once_in_another_order_each_time(void **state) {
    (void)state;
    enum { BATCH = 17 };
    lk_pack *pack = opened();
    lk_loader *loader = loader_of(
        pack,
        (lk_loader_options){ .batch_size = BATCH, .seed = 5, .shuffle = true, .drop_last = true });
    lk_real *out = lk_alloc(BATCH * PICTURE * sizeof *out);
    int order[2][TRAIN];
    assert_int_equal(lk_loader_batches(loader), TRAIN / BATCH);
    for (uint32_t epoch = 0; epoch < 2; epoch++) {
        int times[TRAIN] = { 0 };
        for (int batch = 0; batch < TRAIN / BATCH; batch++) {
            assert_int_equal(
                lk_loader_fill(loader, &context, epoch, batch, out, order[epoch] + batch * BATCH),
                BATCH);
            for (int i = 0; i < BATCH; i++) {
                int picture = order[epoch][batch * BATCH + i];
                times[picture]++;
                assert_true(
                    same(out + i * PICTURE, lk_pack_pixels(pack, LK_SPLIT_TRAIN, picture), false));
            }
        }
        for (int i = 0; i < TRAIN; i++) assert_int_equal(times[i], 1);
    }
    assert_memory_not_equal(order[0], order[1], sizeof order[0]);
    lk_free(out);
    lk_loader_destroy(loader);
    lk_pack_close(pack);
}

/* Some picture stays in its place in some epoch. */
static void a_shuffle_may_leave_a_picture_where_it_was(void **state) {
    (void)state;
    enum { BATCH = 17, EPOCHS = 30 };
    lk_pack *pack = opened();
    lk_loader *loader =
        loader_of(pack, (lk_loader_options){ .batch_size = BATCH, .seed = 5, .shuffle = true });
    lk_real *out = lk_alloc(BATCH * PICTURE * sizeof *out);
    int order[BATCH], n_stayed = 0;
    for (uint32_t epoch = 0; epoch < EPOCHS; epoch++) {
        lk_loader_fill(loader, &context, epoch, 0, out, order);
        for (int i = 0; i < BATCH; i++) n_stayed += order[i] == i;
    }
    assert_true(n_stayed >= 1 && n_stayed <= BATCH * EPOCHS / 4);
    lk_free(out);
    lk_loader_destroy(loader);
    lk_pack_close(pack);
}

static void
a_batch_depends_on_seed_epoch_and_number_only_not_on_the_path_there_or_the_threads(void **state) {
    (void)state;
    enum { BATCH = 16 };
    lk_error err;
    lk_pack *pack = opened();
    lk_loader_options options = {
        .batch_size = BATCH, .seed = 5, .shuffle = true, .flip = true, .drop_last = true
    };
    lk_real *expected = lk_alloc(BATCH * PICTURE * sizeof *expected),
            *got = lk_alloc(BATCH * PICTURE * sizeof *got);
    lk_loader *loader = loader_of(pack, options);
    for (int batch = 0; batch < 4; batch++) lk_loader_fill(loader, &context, 0, batch, got, NULL);
    lk_loader_fill(loader, &context, 3, 2, expected, NULL);
    lk_loader_destroy(loader);
    for (int n = 1; n <= 4; n *= 2) {
        lk_context other = *lk_test_context();
        assert_ok(lk_threads_create(n, &other.threads, &err), &err);
        loader = loader_of(pack, options);
        lk_loader_fill(loader, &other, 3, 2, got, NULL);
        assert_memory_equal(got, expected, BATCH * PICTURE * sizeof *got);
        lk_loader_destroy(loader);
        lk_threads_destroy(other.threads);
    }
    options.seed = 6;
    loader = loader_of(pack, options);
    lk_loader_fill(loader, &context, 3, 2, got, NULL);
    assert_memory_not_equal(got, expected, BATCH * PICTURE * sizeof *got);
    lk_loader_destroy(loader);
    lk_free(expected);
    lk_free(got);
    lk_pack_close(pack);
}

static void each_epoch_mirrors_a_new_random_half_of_the_pictures(void **state) {
    (void)state;
    lk_pack *pack = opened();
    lk_loader *loader =
        loader_of(pack, (lk_loader_options){ .batch_size = TRAIN, .seed = 5, .flip = true });
    lk_real *out = lk_alloc(TRAIN * PICTURE * sizeof *out);
    bool mirrored[2][TRAIN];
    int n_mirrored = 0, n_changed = 0;
    for (uint32_t epoch = 0; epoch < 2; epoch++) {
        lk_loader_fill(loader, &context, epoch, 0, out, NULL);
        for (int i = 0; i < TRAIN; i++) {
            const uint8_t *expected = lk_pack_pixels(pack, LK_SPLIT_TRAIN, i);
            mirrored[epoch][i] = same(out + i * PICTURE, expected, true);
            assert_true(mirrored[epoch][i] || same(out + i * PICTURE, expected, false));
            n_mirrored += mirrored[epoch][i];
        }
    }
    for (int i = 0; i < TRAIN; i++) n_changed += mirrored[0][i] != mirrored[1][i];
    assert_near(n_mirrored, TRAIN, 40);
    assert_near(n_changed, TRAIN / 2.0, 30);
    lk_free(out);
    lk_loader_destroy(loader);
    lk_pack_close(pack);
}

static void evaluation_keeps_the_order_and_pads_the_last_batch_with_its_last_picture(void **state) {
    (void)state;
    enum { BATCH = 10 };
    lk_pack *pack = opened();
    lk_loader *loader =
        loader_of(pack, (lk_loader_options){ .split = LK_SPLIT_VAL, .batch_size = BATCH });
    lk_real *out = lk_alloc(BATCH * PICTURE * sizeof *out);
    int indices[BATCH];
    assert_int_equal(lk_loader_batches(loader), 4);
    for (int batch = 0; batch < 4; batch++) {
        assert_int_equal(lk_loader_fill(loader, &context, 7, batch, out, indices),
                         batch < 3 ? BATCH : VAL - 3 * BATCH);
        for (int i = 0; i < BATCH; i++) {
            int expected = batch * BATCH + i < VAL ? batch * BATCH + i : VAL - 1;
            assert_int_equal(indices[i], expected);
            assert_true(
                same(out + i * PICTURE, lk_pack_pixels(pack, LK_SPLIT_VAL, expected), false));
        }
    }
    lk_free(out);
    lk_loader_destroy(loader);
    lk_pack_close(pack);
}

static void a_part_with_no_batch_is_refused(void **state) {
    (void)state;
    lk_pack *pack = opened();
    lk_loader *loader = NULL;
    lk_error err;
    lk_loader_options options = { .split = LK_SPLIT_VAL, .batch_size = VAL + 1, .drop_last = true };
    assert_int_equal(lk_loader_create(pack, &options, &loader, &err), LK_FORMAT);
    assert_contains(err.text, "expected at least 33 val pictures for a batch, got 32");
    options.batch_size = 0;
    assert_int_equal(lk_loader_create(pack, &options, &loader, &err), LK_USAGE);
    lk_pack_close(pack);
}

/* ---- a pack that others write to ---- */

static void set_time(const char *file, int64_t seconds, long nanoseconds) {
    const struct timespec times[2] = { { .tv_sec = 1 },
                                       { .tv_sec = seconds, .tv_nsec = nanoseconds } };
    assert_int_equal(utimensat(AT_FDCWD, file, times, 0), 0);
}

/* In place: what is mapped changes. */
static void write_over(const char *file, const void *data, size_t n) {
    int fd = open(file, O_WRONLY);
    assert_true(fd >= 0 && write(fd, data, n) == (ssize_t)n && ftruncate(fd, (off_t)n) == 0 &&
                close(fd) == 0);
}

static lk_status look(lk_pack *pack, lk_error *err) {
    return lk_pack_check_untouched(pack, damaged, &context, err);
}

static void a_mapped_pack_that_is_written_to_is_verified_again(void **state) {
    (void)state;
    lk_pack *pack = NULL;
    lk_error err;
    lk_prepare_options options = lk_prepare_defaults();
    lk_prepare_report report;
    char other[LK_PATH_MAX + 8], *data = NULL;
    size_t n = 0;
    options.source = "synthetic", options.count = COUNT, options.size = SIZE, options.seed = 7;
    snprintf(other, sizeof other, "%s.other", path);
    assert_ok(lk_prepare(&options, &context, other, &report, &err), &err);
    assert_ok(lk_file_read(other, 1 << 24, &data, &n, &err), &err);
    assert_ok(lk_file_write(damaged, bytes, n_bytes, &err), &err);
    set_time(damaged, 5000, 6);
    assert_ok(lk_pack_open(damaged, &context, &pack, &err), &err);
    assert_ok(look(pack, &err), &err);
    set_time(damaged, 5000, 7); /* touched */
    assert_ok(look(pack, &err), &err);
    set_time(damaged, 5001, 7);
    assert_ok(look(pack, &err), &err);
    assert_int_equal(truncate(damaged, (off_t)n_bytes + 1), 0);
    set_time(damaged, 5001, 7);
    assert_int_equal(look(pack, &err), LK_FORMAT);
    assert_contains(err.text, "damaged.lkd: was written to while it was in use: ");
    assert_contains(err.text, "damaged.lkd: truncated or extended: ");
    write_over(damaged, data, n);
    assert_int_equal(look(pack, &err), LK_FORMAT);
    assert_contains(err.text, "is not the pack of the start: expected fingerprint ");
    write_over(damaged, bytes, n_bytes);
    assert_ok(look(pack, &err), &err);
    /* replaced, linked elsewhere, removed: the mapped file does not change */
    assert_int_equal(rename(other, damaged), 0);
    assert_ok(look(pack, &err), &err);
    assert_int_equal(unlink(damaged), 0);
    assert_int_equal(symlink("/proc/version", damaged), 0);
    assert_ok(look(pack, &err), &err);
    assert_int_equal(unlink(damaged), 0);
    assert_ok(look(pack, &err), &err);
    lk_pack_close(pack);
    lk_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pack_reads_back_with_its_meta_parts_and_names),
        cmocka_unit_test(a_truncated_or_extended_pack_is_refused_at_every_length),
        cmocka_unit_test(any_flipped_bit_is_refused),
        cmocka_unit_test(another_version_is_refused_by_its_number),
        cmocka_unit_test(absurd_lengths_are_refused_before_they_are_used),
        cmocka_unit_test(sections_that_end_with_a_full_block_are_read),
        cmocka_unit_test(of_several_damaged_blocks_the_first_is_named),
        cmocka_unit_test(a_pack_without_pictures_is_refused),
        cmocka_unit_test(names_that_are_not_one_a_picture_are_refused),
        cmocka_unit_test(a_meta_that_contradicts_the_sections_is_refused),
        cmocka_unit_test(the_fingerprint_follows_the_pixels_and_nothing_else),
        cmocka_unit_test(a_mapped_pack_that_is_written_to_is_verified_again),
        cmocka_unit_test(an_epoch_of_training_shows_every_picture_once_in_another_order_each_time),
        cmocka_unit_test(a_shuffle_may_leave_a_picture_where_it_was),
        cmocka_unit_test(
            a_batch_depends_on_seed_epoch_and_number_only_not_on_the_path_there_or_the_threads),
        cmocka_unit_test(each_epoch_mirrors_a_new_random_half_of_the_pictures),
        cmocka_unit_test(evaluation_keeps_the_order_and_pads_the_last_batch_with_its_last_picture),
        cmocka_unit_test(a_part_with_no_batch_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
