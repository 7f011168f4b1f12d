/* Pictures as people have them, as the program shows them: turned ones, other kinds, transparent
   ones, large ones. */
#include "program.h"

#include <likeness/pack.h>

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define GOLDEN "'" LIKENESS_SOURCE "/tests/golden/"

static void a_folder_of_every_kind_is_read_or_counted(void **state) {
    (void)state;
    check("mkdir -p kinds && cp " GOLDEN "resize_rgb.jpg' kinds/chrome.jfif && cp " GOLDEN
          "resize_rgb.jpg' kinds/noextension && cp " GOLDEN
          "decode_lossy.webp' kinds/really_webp.jpg && cp " GOLDEN
          "decode_lossless.webp' kinds/a.webp && cp " GOLDEN "decode_alpha.webp' kinds/b.webp && "
          "printf 'II*\\0\\10\\0\\0\\0' >kinds/a.tif && cp kinds/a.tif kinds/b.jpg && "
          "printf '\\0\\0\\0\\030ftypheic\\0\\0\\0\\0mif1heic' >kinds/c.jpeg && "
          "echo text >kinds/notes.txt && : >kinds/.DS_Store");
    const cJSON *report =
        json_of("prepare --images kinds --size 16 --val 0 --test 0 --force --out kinds.lkd --json");
    assert_near(number(report, "train"), 5, 0);
    assert_near(number(report, "n_bad"), 0, 0);
    assert_near(number(report, "n_turned"), 2, 0);
    assert_near(number(report, "n_composited"), 1, 0);
    assert_near(number(report, "n_scaled"), 0, 0);
    assert_near(number(report, "n_other"), 2, 0);
    const cJSON *skipped = cJSON_GetObjectItem(report, "skipped");
    assert_int_equal(cJSON_GetArraySize(skipped), 2);
    assert_near(number(skipped, "TIFF"), 2, 0);
    assert_near(number(skipped, "HEIC"), 1, 0);
    assert_int_equal(likeness("prepare --images kinds --size 16 --force --out kinds.lkd"), 0);
    assert_contains(out, ", 2 TIFF ... , 1 HEIC ... , 2 other files, 2 turned ");
    assert_contains(out, "left out: 2 TIFF ... ; the first: a.tif");
}

static void only_other_kinds_are_refused_with_their_names(void **state) {
    (void)state;
    check("mkdir -p tiffs && printf 'II*\\0\\10\\0\\0\\0' >tiffs/a.tif && : >tiffs/b.txt");
    assert_int_equal(likeness("prepare --images tiffs --force --out x.lkd"), 3);
    assert_contains(out, "tiffs: contains no picture that can be read (JPEG, PNG, WebP, ");
    assert_contains(out, "1 TIFF, 1 other file\n");
    check("mv tiffs/a.tif tiffs/a.jpg"); /* found out when it is decoded */
    assert_int_equal(likeness("prepare --images tiffs --force --out x.lkd"), 3);
    assert_contains(out, "no picture could be read; the first: tiffs/a.jpg: expected a JPEG, ");
    assert_contains(out, " got TIFF\n");
}

/* decode_lossless.webp is photo_cat.png stored on its side. */
static void a_turned_picture_equals_the_upright_one(void **state) {
    (void)state;
    const cJSON *report =
        json_of("compare " GOLDEN "photo_cat.png' " GOLDEN "decode_lossless.webp' --json");
    assert_near(number(report, "mse"), 0, 0);
}

static void the_background_shows_through_transparent_pixels(void **state) {
    (void)state;
    static const struct {
        const char *colour;
        uint8_t rgb[3];
    } rows[] = { { "black", { 0, 0, 0 } },
                 { "white", { 255, 255, 255 } },
                 { "#Ff8001", { 255, 128, 1 } } };
    /* a GIF of one transparent pixel */
    static const char gif[] =
        "GIF89a\1\0\1\0\x80\0\0abcdef!\xF9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;";
    check("mkdir -p clear");
    put("clear/a.gif", gif, sizeof gif - 1);
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_pack *pack = NULL;
        lk_error err;
        assert_int_equal(likeness("prepare --images clear --size 1 --val 0 --test 0 --background "
                                  "'%s' --force --out clear.lkd",
                                  rows[i].colour),
                         0);
        assert_contains(out, ", 1 laid over the background; 1 x 1 x 3");
        assert_ok(lk_pack_open(in_folder("clear.lkd"), &context, &pack, &err), &err);
        assert_memory_equal(lk_pack_pixels(pack, LK_SPLIT_TRAIN, 0), rows[i].rgb, 3);
        lk_pack_close(pack);
    }
}

/* Each of the six needs about 125 MB; all at once would need 750. */
static void large_pictures_are_decoded_one_at_a_time(void **state) {
    (void)state;
    struct rusage before, after;
    check("mkdir -p large && for i in 1 2 3 4 5 6; do "
          "printf 'P5 4200 4200 255\\n' >large/$i.pgm && truncate -s 17640017 large/$i.pgm; done");
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &before), 0);
    assert_int_equal(likeness("prepare --images large --size 8 --val 0 --test 0 --threads 6 "
                              "--out large.lkd"),
                     0);
    assert_contains(out, "large.lkd: 6 train, ");
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &after), 0);
    print_message("%ld kB at most\n", after.ru_maxrss);
    assert_true(after.ru_maxrss < 500000);
    check("rm -r large");
}

static void sides_do_not_count_but_pixels(void **state) {
    (void)state;
    check("mkdir -p wide && printf 'P5 12000 900 255\\n' >wide/a.pgm && "
          "truncate -s 10800017 wide/a.pgm && "
          "printf 'P5 8256 5504 255\\n' >wide/b.pgm && truncate -s 45441041 wide/b.pgm && "
          "printf 'P5 9000 9000 255\\n' >wide/c.pgm && truncate -s 81000017 wide/c.pgm");
    assert_int_equal(likeness("prepare --images wide --size 8 --force --out wide.lkd"), 0);
    assert_contains(out, "wide/c.pgm: expected 1 to 67108864 pixels, got 9000 x 9000");
    assert_contains(out, ", 1 bad; ");
    check("rm -r wide");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_of_every_kind_is_read_or_counted),
        cmocka_unit_test(only_other_kinds_are_refused_with_their_names),
        cmocka_unit_test(a_turned_picture_equals_the_upright_one),
        cmocka_unit_test(the_background_shows_through_transparent_pixels),
        cmocka_unit_test(large_pictures_are_decoded_one_at_a_time),
        cmocka_unit_test(sides_do_not_count_but_pixels),
    };
    return cmocka_run_group_tests(tests, program_start, program_end);
}
