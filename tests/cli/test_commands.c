/* The commands prepare and compare as users see them, the errors of every command that takes files,
   and the layout of text. */
#include "cli/output.c"
#include "cli/output.h"
#include "cli/width.c"
#include "data/source.h"
#include "program.h"

#include <likeness/metric.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

static void a_file_s_name_may_be_any_bytes(void **state) {
    (void)state;
    const cJSON *report =
        json_of("prepare --synthetic 40 --size 8 --out 'a\xff\033[31m\xc3\xa9.lkd' --json");
    assert_string_equal(string(report, "out"), "a\xef\xbf\xbd\033[31m\xc3\xa9.lkd");
    assert_int_equal(likeness("info 'a\xff\033[31m\xc3\xa9.lkd'"), 0);
    assert_int_equal(likeness("info 'b\033[31m\xc3\xa9\a\177.lkd'"), 3);
    assert_contains(out, "likeness: b?[31m\xc3\xa9??.lkd: cannot open");
}

/* ---- prepare ---- */

static void drawn_faces_are_the_same_bytes_for_the_same_seed(void **state) {
    (void)state;
    const cJSON *report =
        json_of("prepare --synthetic 40 --seed 5 --size 24 --out one.lkd --threads 1 --json");
    assert_string_equal(string(report, "source"), "synthetic");
    assert_near(number(report, "train") + number(report, "val") + number(report, "test"), 40, 0);
    assert_near(number(report, "size"), 24, 0);
    assert_near(number(report, "channels"), 3, 0);
    assert_true(number(report, "bytes") > 40 * 24 * 24 * 3);
    assert_true(number(report, "seconds") > 0);
    assert_int_equal(
        likeness("prepare --synthetic 40 --seed 5 --size 24 --out two.lkd --threads 3"), 0);
    assert_int_equal(likeness("prepare --synthetic 40 --seed 6 --size 24 --out three.lkd"), 0);
    assert_int_equal(lk_test_run(out, sizeof out, "cd '%s' && cmp one.lkd two.lkd", folder), 0);
    assert_int_equal(lk_test_run(out, sizeof out, "cd '%s' && cmp -s one.lkd three.lkd", folder),
                     1);
}

static void the_report_of_prepare_is_one_line_with_counts_as_people_write_them(void **state) {
    (void)state;
    int code = lk_test_run(
        out, sizeof out,
        "(cd '%s' && '%s' prepare --synthetic 1200 --size 8 --out many.lkd 2>/dev/null)", folder,
        LIKENESS_PROGRAM);
    assert_int_equal(code, 0);
    assert_contains(out, "many.lkd: 1,080 train, 60 val, 60 test; 8 x 8 x 3, 2");
    assert_contains(out, "; fingerprint ");
    assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
}

static void a_folder_becomes_a_pack_and_its_bad_pictures_are_named(void **state) {
    (void)state;
    make_folder_of("mixed/deeper");
    for (int i = 0; i < 12; i++) {
        char name[64];
        snprintf(name, sizeof name, "mixed/%sp%02d.png", i % 2 ? "deeper/" : "", i);
        draw(name, SIDE + i % 3, SIDE, i, false);
    }
    put("mixed/broken.jpg", "nothing", 7);
    assert_int_equal(
        lk_test_run(out, sizeof out, "cd '%s' && ln -sf nowhere mixed/gone.png", folder), 0);
    const cJSON *report = json_of(
        "prepare --images mixed --size 16 --channels 1 --val 0 --test 0.5 --out mixed.lkd --json");
    assert_near(number(report, "train") + number(report, "test"), 12, 0);
    assert_near(number(report, "val"), 0, 0);
    assert_near(number(report, "n_bad"), 2, 0);
    assert_contains(cJSON_GetStringValue(item(report, "bad", 0)), "mixed/broken.jpg: ");
    assert_contains(cJSON_GetStringValue(item(report, "bad", 1)), "mixed/gone.png: cannot open: ");
    char fingerprint[32];
    snprintf(fingerprint, sizeof fingerprint, "%s", string(report, "fingerprint"));
    const cJSON *info = json_of("info mixed.lkd --json");
    assert_string_equal(string(info, "kind"), "pack");
    assert_string_equal(string(info, "fingerprint"), fingerprint);
    assert_string_equal(string(info, "source"), "folder");
    assert_string_equal(string(info, "filter"), "bicubic");
    assert_near(number(info, "channels"), 1, 0);
    assert_near(number(info, "n_bad"), 2, 0);
    assert_int_equal(likeness("info mixed.lkd"), 0);
    assert_contains(out, "  shape        16 x 16, grey\n");
    assert_int_equal(likeness("prepare --images mixed --out mixed.lkd --force"), 0);
    assert_contains(out, "warning: left out: mixed/broken.jpg: ");
    assert_contains(out, ", 2 bad; 64 x 64 x 3, ");
    assert_int_equal(likeness("prepare --images mixed --out none.lkd --max-bad 0"), 3);
    assert_contains(out, "expected at most 0 bad pictures");
    assert_false(lk_file_may_exist(in_folder("none.lkd")));
}

/* CelebA's folder, or a part of it, with a list_eval_partition.txt of that part. */
static void celeba_is_split_as_its_authors_say(void **state) {
    (void)state;
    static const char *const parts[] = { "train", "val", "test" };
    const char *celeba = getenv("LIKENESS_CELEBA");
    char words[LK_PATH_MAX];
    if (!celeba || !*celeba) {
        print_message("SKIPPED: LIKENESS_CELEBA is not set to the folder of CelebA's pictures\n");
        skip();
    }
    snprintf(words, sizeof words, "prepare --celeba '%s' --crop 74 --out celeba.lkd --json",
             celeba);
    const cJSON *report = json_of(words);
    assert_near(number(report, "crop"), 74, 0);
    assert_near(number(report, "n_bad"), 0, 0);
    for (size_t i = 0; i < LK_COUNT(parts); i++) {
        assert_int_equal(lk_test_run(words, sizeof words,
                                     "grep -c ' %zu' '%s/list_eval_partition.txt'", i, celeba),
                         0);
        assert_near(number(report, parts[i]), atof(words), 0);
    }
    remove(in_folder("celeba.lkd"));
}

static void the_sources_are_listed(void **state) {
    (void)state;
    assert_int_equal(likeness("list sources"), 0);
    for (const lk_source *const *row = lk_source_list; *row; row++)
        assert_contains(out, (*row)->summary);
}

/* ---- compare ---- */

static void a_picture_compared_with_itself_is_perfect(void **state) {
    (void)state;
    draw("self.png", 20, 30, 1, false);
    const cJSON *got = json_of("compare self.png self.png --json");
    assert_near(number(got, "n"), 1, 0);
    assert_near(number(got, "n_identical"), 1, 0);
    assert_near(number(got, "ssim"), 1, 1e-15);
    assert_near(number(got, "mse"), 0, 0);
    assert_true(isnan(number(got, "psnr")) && isnan(number(got, "ssim_se")));
    assert_near(number(got, "delta_e"), 0, 0);
    assert_int_equal(likeness("compare self.png self.png"), 0);
    assert_contains(out, "1 pair of 20 x 30, 1 identical\nmetric              value  what it "
                         "is\nssim             1.000000  structural");
    assert_contains(out, "\npsnr                    -  peak");
}

static void read_reals(const char *name, lk_real *values) {
    lk_image image;
    lk_error err;
    assert_ok(lk_image_read(in_folder(name), &image, &err), &err);
    for (size_t i = 0; i < lk_image_bytes(&image); i++) values[i] = LK_R(image.pixels[i]) / 255;
    lk_image_deinit(&image);
}

static void folders_are_compared_pair_by_pair(void **state) {
    (void)state;
    enum { N = 70 }; /* more than a block */
    static lk_real a[SIDE * SIDE * 3], b[SIDE * SIDE * 3];
    lk_metrics *metrics;
    lk_metrics_summary expected;
    lk_error err;
    make_folder_of("left/in");
    make_folder_of("right/in");
    assert_ok(lk_metrics_create(&context, SIDE, SIDE, 3, &metrics, &err), &err);
    for (int i = 0; i < N; i++) {
        char left[64], right[64];
        snprintf(left, sizeof left, "left/%sp%02d.png", i % 3 ? "" : "in/", i);
        snprintf(right, sizeof right, "right/%sp%02d.png", i % 3 ? "" : "in/", i);
        draw(left, SIDE, SIDE, i, false);
        draw(right, SIDE, SIDE, i + i % 5, false);
        read_reals(left, a);
        read_reals(right, b);
        assert_ok(lk_metrics_add(metrics, a, b, 1, &err), &err);
    }
    lk_metrics_summarise(metrics, &expected);
    lk_metrics_destroy(metrics);
    const cJSON *got = json_of("compare left right --json");
    assert_near(number(got, "n"), N, 0);
    assert_near(number(got, "n_identical"), N / 5, 0);
    for (int m = 0; m < LK_N_METRICS; m++) {
        char se[64];
        snprintf(se, sizeof se, "%s_se", lk_metric_key((lk_metric)m));
        assert_near(number(got, lk_metric_key((lk_metric)m)), expected.value[m], 1e-12);
        assert_near(number(got, se), expected.se[m], 1e-12);
    }
    assert_int_equal(likeness("compare left right"), 0);
    assert_contains(out, "70 pairs of 16 x 16, 14 identical\nmetric ");
    draw("right/extra.png", SIDE, SIDE, 1, false);
    assert_int_equal(likeness("compare left right"), 3);
    assert_contains(out,
                    "left: no extra.png, which right has; 1 name is in only one of the folders\n");
    assert_int_equal(likeness("compare right left"), 3);
    assert_contains(out, "left: no extra.png, which right has");
    draw("left/in/extra.png", SIDE, SIDE, 1, false);
    assert_int_equal(likeness("compare left right"), 3);
    assert_contains(out, "left: no extra.png, which right has; 2 names are in only one");
}

/* The same pictures under the same names and under other extensions give the same numbers. */
static void folders_match_without_extensions_where_the_names_differ(void **state) {
    (void)state;
    char name[64];
    double expected = 0;
    for (int other = 0; other < 2; other++) {
        snprintf(name, sizeof name, "old%d/in.1", other);
        make_folder_of(name);
        snprintf(name, sizeof name, "new%d/in.1", other);
        make_folder_of(name);
        for (int i = 0; i < 5; i++) {
            static const char *const endings[] = { ".jpg", ".PNG", "", ".jpeg", ".x.png" };
            snprintf(name, sizeof name, "old%d/in.1/p-%d%s", other, i, i == 4 ? ".x.bmp" : ".png");
            draw(name, SIDE, SIDE, i, false);
            snprintf(name, sizeof name, "new%d/in.1/p-%d%s", other, i,
                     other    ? endings[i]
                     : i == 4 ? ".x.bmp"
                              : ".png");
            draw(name, SIDE, SIDE, i + 50, false);
        }
        snprintf(name, sizeof name, "compare old%d new%d --json", other, other);
        const cJSON *got = json_of(name);
        assert_near(number(got, "n"), 5, 0);
        if (!other) expected = number(got, "ssim");
        assert_near(number(got, "ssim"), expected, 0);
    }
    assert_int_equal(likeness("compare old1 new1"), 0);
    assert_contains(out, "5 pairs with different extensions");
    draw("new1/in.1/p-0.bmp", SIDE, SIDE, 1, false);
    assert_int_equal(likeness("compare old1 new1"), 3);
    assert_contains(out, "new1: expected one picture that belongs to in.1/p-0.png, got "
                         "in.1/p-0.bmp and in.1/p-0.jpg");
    assert_int_equal(likeness("compare new1 old1"), 3);
    assert_contains(out, "new1: expected one picture that belongs to in.1/p-0.png, got ");
    /* the same name comes first */
    draw("old1/in.1/p-0.jpg", SIDE, SIDE, 1, false);
    assert_int_equal(likeness("compare old1 new1"), 0);
    assert_contains(out, "6 pairs of ");
    draw("old1/in.1/q.png", SIDE, SIDE, 1, false);
    assert_int_equal(likeness("compare old1 new1"), 3);
    assert_contains(out, "new1: no in.1/q.png, which old1 has; 1 name is in only one");
}

static void grey_pictures_have_no_metrics_of_colour(void **state) {
    (void)state;
    draw("grey.png", 20, 20, 1, true);
    draw("gray.png", 20, 20, 2, true);
    draw("colour.png", 20, 20, 1, false);
    const cJSON *got = json_of("compare grey.png gray.png --json");
    assert_true(isnan(number(got, "chroma_ratio")) && isnan(number(got, "delta_e")));
    assert_true(number(got, "ssim") < 1);
    got = json_of("compare colour.png grey.png --json");
    assert_true(number(got, "chroma_ratio") < 0.01 && number(got, "delta_e") > 1);
    assert_int_equal(likeness("compare grey.png gray.png"), 0);
    assert_contains(out, "1 pair of 20 x 20, grey\n");
}

/* ---- the names in a pack ---- */

static void info_lists_the_index_split_and_name_of_every_picture(void **state) {
    (void)state;
    make_folder_of("named/train");
    make_folder_of("named/test");
    draw("named/train/b, c.png", SIDE, SIDE, 1, false);
    draw("named/train/caf\xe9.png", SIDE, SIDE, 2, false);
    draw("named/train/two\nlines.png", SIDE, SIDE, 3, false);
    draw("named/test/\xc3\xa4 \"q\".png", SIDE, SIDE, 4, false);
    assert_int_equal(likeness("prepare --images named --parts folder --val 0 --out named.lkd"), 0);
    assert_int_equal(likeness("info named.lkd --names"), 0);
    assert_string_equal(out, "0\ttrain\ttrain/b, c.png\n"
                             "1\ttrain\ttrain/caf\xef\xbf\xbd.png\n"
                             "2\ttrain\ttrain/two\\nlines.png\n"
                             "0\ttest\ttest/\xc3\xa4 \"q\".png\n");
    assert_int_equal(likeness("info named.lkd --names --split test"), 0);
    assert_string_equal(out, "0\ttest\ttest/\xc3\xa4 \"q\".png\n");
    const cJSON *info = json_of("info named.lkd --names --split train --json");
    assert_string_equal(string(info, "parts"), "folder");
    assert_near(number(info, "n_equal"), 0, 0);
    const cJSON *names = cJSON_GetObjectItem(info, "names");
    assert_int_equal(cJSON_GetArraySize(names), 3);
    assert_string_equal(string(cJSON_GetArrayItem(names, 2), "name"), "train/two\nlines.png");
    assert_string_equal(string(cJSON_GetArrayItem(names, 2), "split"), "train");
    assert_near(number(cJSON_GetArrayItem(names, 2), "index"), 2, 0);
}

static void an_existing_pack_is_replaced_only_by_force_and_a_new_split_is_said(void **state) {
    (void)state;
    make_folder_of("again");
    draw("again/1.png", SIDE, SIDE, 1, false);
    assert_int_equal(likeness("prepare --images again --parts name --out again.lkd"), 0);
    assert_int_equal(likeness("prepare --images again --parts name --out again.lkd --force"), 0);
    assert_null(strstr(out, "was split by names"));
    assert_int_equal(likeness("prepare --images again --out again.lkd"), 2);
    assert_contains(out, "--out: again.lkd exists; --force replaces it");
    assert_int_equal(likeness("prepare --images again --out again.lkd --force"), 0);
    assert_contains(out, "again.lkd was split by names");
    assert_contains(out, "--parts name");
    assert_int_equal(likeness("prepare --images again --out again.lkd --force"), 0);
    assert_null(strstr(out, "was split by names"));
}

static void several_folders_make_one_pack(void **state) {
    (void)state;
    static const char *const places[] = { "one", "two", "three" };
    for (size_t i = 0; i < LK_COUNT(places); i++) {
        char name[64];
        make_folder_of(places[i]);
        snprintf(name, sizeof name, "%s/a.png", places[i]);
        draw(name, SIDE, SIDE, (int)i, false);
    }
    assert_int_equal(likeness("prepare --images one two three --val 0 --test 0 --out places.lkd"),
                     0);
    assert_contains(out, "places.lkd: 3 train, 0 val, 0 test");
}

/* ---- errors ---- */

static void wrong_usage_of_the_commands_exits_2(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "prepare --synthetic 5", "likeness: --out is missing; usage: likeness prepare " },
        { "prepare --out x.lkd", "likeness: no pictures: expected one of --celeba DIR_OR_ZIP, "
                                 "--images ... --synthetic N\n" },
        { "prepare --images a --synthetic 5 --out x.lkd",
          "likeness: expected one source of pictures, got --images and --synthetic\n" },
        { "prepare --synthetic 0 --out x.lkd",
          "likeness: --synthetic: expected a whole number from 1 to ... got 0" },
        { "prepare --synthetic 5 --crop 9 --out x.lkd",
          "likeness: --crop cannot be used with --synthetic, only with --celeba, --images" },
        { "prepare --images a --val 0.6 --test 0.6 --out x.lkd",
          "val and test: expected shares that leave something to train on" },
        { "prepare --synthetic 9 --val 1 --out x.lkd",
          "val and test: expected shares that leave something to train on" },
        { "prepare --synthetic 9 --parts name --out x.lkd",
          "likeness: --parts cannot be used with --synthetic, only with --images\n" },
        { "prepare --images a b --synthetic 3 c --out x.lkd", "likeness: unexpected word \"c\"" },
        { "info small.png --split val", "--split: expected together with --names" },
        { "prepare --images a --seed 9 --out x.lkd",
          "likeness: --seed cannot be used with --images, only with --synthetic\n" },
        { "prepare --celeba a --val 0.1 --out x.lkd",
          "likeness: --val cannot be used with --celeba, only with --images, " },
        { "prepare --synthetic 5 --channels 2 --out x.lkd",
          "likeness: channels: expected 1 or 3, got 2\n" },
        { "prepare --images a --background grey --out x.lkd",
          "--background: expected black, white or #rrggbb, got \"grey\"" },
        { "prepare --images a --background '#12345' --out x.lkd", "got \"#12345\"" },
        { "prepare --synthetic 5 --background white --out x.lkd",
          "--background cannot be used with --synthetic" },
        { "prepare --images a --filter cubic --out x.lkd", "did you mean \"bicubic\"?" },
        { "compare a.png", "likeness: too few words; usage: likeness compare A B" },
        { "compare usage small.png",
          "likeness: expected two pictures or two folders, got a folder, "
          "usage, and a file, small.png\n" },
        { "reconstruct usage.safetensors", "likeness: expected --data FILE.lkd: " },
        { "reconstruct usage.safetensors small.png --npy x.npy --set model.engin=auto",
          "did you mean \"engine\"?" },
        { "info typo.json",
          "likeness: typo.json:1: unknown key \"seeed\", did you mean \"seed\"?\n" },
        { "info small.json --channels 2", "likeness: --channels: expected 1 or 3, got 2\n" },
        { "info small.json --size 20", "expected the images' shape" },
    };
    make_folder_of("usage");
    draw("small.png", SIDE, SIDE, 1, false);
    make_model("usage.safetensors", 3);
    put("small.json", small_config, strlen(small_config));
    put("typo.json", "{\"seeed\": 1}", 12);
    check_rows(rows, LK_COUNT(rows), 2);
    assert_false(lk_file_may_exist(in_folder("x.lkd")) || lk_file_may_exist(in_folder("x.npy")));
}

/* A copy of a file with one byte changed, at a distance from its end. */
static void damage(const char *from, const char *to, size_t from_end) {
    char *data;
    size_t n;
    lk_error err;
    assert_ok(lk_file_read(in_folder(from), 1 << 24, &data, &n, &err), &err);
    data[n - from_end] ^= 1;
    put(to, data, n);
    lk_free(data);
}

static void bad_data_exits_3_and_says_what(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "prepare --images nowhere --out x.lkd", "likeness: nowhere: no such folder" },
        { "prepare --images empty --out x.lkd",
          "likeness: empty: contains no picture that can be read" },
        { "prepare --celeba empty --out x.lkd",
          "likeness: empty/img_align_celeba: no such folder" },
        { "compare small.png wide.png",
          "likeness: small.png is 16 x 16, but wide.png is 20 x 16\n" },
        { "compare tiny.png tiny.png",
          "likeness: tiny.png: metrics: expected pictures of at least 11 x 11" },
        { "compare small.png nowhere.png", "likeness: nowhere.png: cannot open" },
        { "compare sizes sizes",
          "likeness: sizes/b.png is 20 x 16, but the pictures before it are 16 x 16\n" },
        { "reconstruct whole.safetensors nowhere.png --npy x.npy",
          "likeness: nowhere.png: cannot open" },
        { "reconstruct whole.safetensors junk --npy x.npy",
          "likeness: junk: expected a JPEG, PNG, " },
        { "reconstruct bad.safetensors small.png --npy x.npy", "likeness: bad.safetensors: " },
        { "reconstruct small.png small.png --npy x.npy", "likeness: small.png: " },
        { "reconstruct empty small.png --npy x.npy",
          "likeness: empty: expected a run with a model or a checkpoint, got a folder " },
        { "info bad.safetensors", "likeness: bad.safetensors: " },
        { "info bad.lkd", "likeness: bad.lkd: " },
        { "info empty", "likeness: empty: contains no results of trained models" },
        { "info nowhere", "likeness: nowhere: cannot open" },
        { "info junk", "likeness: junk: expected a config, a pack or a .safetensors file" },
        { "info nothing", "likeness: nothing: expected a config, a pack or a .safetensors file" },
        { "info small.png",
          "likeness: small.png: expected a config, a pack or a .safetensors file" },
    };
    make_folder_of("empty");
    make_folder_of("sizes");
    draw("small.png", SIDE, SIDE, 1, false);
    draw("wide.png", 20, SIDE, 1, false);
    draw("tiny.png", 10, SIDE, 1, false);
    draw("sizes/a.png", SIDE, SIDE, 1, false);
    draw("sizes/b.png", 20, SIDE, 1, false);
    put("junk", "junk", 4);
    put("nothing", "", 0);
    make_model("whole.safetensors", 3);
    assert_int_equal(likeness("prepare --synthetic 4 --size 8 --out whole.lkd"), 0);
    damage("whole.safetensors", "bad.safetensors", 5);
    damage("whole.lkd", "bad.lkd", 300);
    check_rows(rows, LK_COUNT(rows), 3);
    assert_false(lk_file_may_exist(in_folder("x.lkd")) || lk_file_may_exist(in_folder("x.npy")));
}

static void output_that_cannot_be_written_exits_5(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "prepare --synthetic 4 --size 8 --out nowhere/x.lkd", "likeness: nowhere/x.lkd: " },
        { "reconstruct whole.safetensors small.png --npy nowhere/x.npy",
          "likeness: nowhere/x.npy: " },
        { "reconstruct whole.safetensors small.png --out nowhere/x.png",
          "likeness: nowhere/x.png: " },
        { "info whole.safetensors >/dev/full", "likeness: standard output: cannot write" },
        { "compare small.png small.png --json >/dev/full",
          "likeness: standard output: cannot write" },
    };
    draw("small.png", SIDE, SIDE, 1, false);
    make_model("whole.safetensors", 3);
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        assert_int_equal(lk_test_run(out, sizeof out, "(cd '%s' && '%s' %s)", folder,
                                     LIKENESS_PROGRAM, rows[i].words),
                         5);
        assert_contains(out, rows[i].message);
    }
}

/* ---- text ---- */

static void numbers_read_as_people_write_them(void **state) {
    (void)state;
    char text[32];
    assert_string_equal(lk_count_text(0, text), "0");
    assert_string_equal(lk_count_text(999, text), "999");
    assert_string_equal(lk_count_text(1000, text), "1,000");
    assert_string_equal(lk_count_text(-123456, text), "-123,456");
    assert_string_equal(lk_count_text(INT64_MIN, text), "-9,223,372,036,854,775,808");
    assert_string_equal(lk_cli_bytes(999, text), "999 bytes");
    assert_string_equal(lk_cli_bytes(1000, text), "1.0 kB");
    assert_string_equal(lk_cli_bytes(999960, text), "1.0 MB");
    assert_string_equal(lk_cli_bytes(2.5e15, text), "2500.0 TB");
}

static void columns_are_as_wide_as_their_widest_cell(void **state) {
    (void)state;
    lk_text lines = { 0 }, table = { 0 };
    lk_text_add(&lines, "name\tn\tend\nlonger \xC3\xA9\t12\tx\n\t\t\nlast\t1");
    lk_cli_align(&lines, "lrl", &table);
    assert_string_equal(table.data, "name       n  end\nlonger \xC3\xA9  12  x\n\nlast       1\n");
    lk_text_deinit(&lines);
    lk_text_deinit(&table);
}

static void cells_without_a_column_stand_as_they_are(void **state) {
    (void)state;
    lk_text lines = { 0 }, table = { 0 };
    lk_text_add(&lines, "a\tb");
    for (int i = 0; i < 40; i++) lk_text_add(&lines, "\tx");
    lk_cli_align(&lines, "ll", &table);
    assert_int_equal(table.n, strlen("a  b") + 40 * strlen("  x") + 1);
    lk_text_deinit(&lines);
    lk_text_deinit(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_s_name_may_be_any_bytes),
        cmocka_unit_test(drawn_faces_are_the_same_bytes_for_the_same_seed),
        cmocka_unit_test(the_report_of_prepare_is_one_line_with_counts_as_people_write_them),
        cmocka_unit_test(a_folder_becomes_a_pack_and_its_bad_pictures_are_named),
        cmocka_unit_test(celeba_is_split_as_its_authors_say),
        cmocka_unit_test(the_sources_are_listed),
        cmocka_unit_test(a_picture_compared_with_itself_is_perfect),
        cmocka_unit_test(folders_are_compared_pair_by_pair),
        cmocka_unit_test(folders_match_without_extensions_where_the_names_differ),
        cmocka_unit_test(grey_pictures_have_no_metrics_of_colour),
        cmocka_unit_test(info_lists_the_index_split_and_name_of_every_picture),
        cmocka_unit_test(several_folders_make_one_pack),
        cmocka_unit_test(an_existing_pack_is_replaced_only_by_force_and_a_new_split_is_said),
        cmocka_unit_test(wrong_usage_of_the_commands_exits_2),
        cmocka_unit_test(bad_data_exits_3_and_says_what),
        cmocka_unit_test(output_that_cannot_be_written_exits_5),
        cmocka_unit_test(numbers_read_as_people_write_them),
        cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
        cmocka_unit_test(cells_without_a_column_stand_as_they_are),
    };
    return cmocka_run_group_tests(tests, program_start, program_end);
}
