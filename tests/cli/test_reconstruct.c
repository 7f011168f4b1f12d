/* Pictures as files, folders, zips and rows of a pack, for the commands that show what a model
   makes of them; and the files that reconstruct writes. */
#include "io/npy.h"
#include "net/trained.h"
#include "program.h"

#include <likeness/pack.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <zip.h>

enum { VALUES = SIDE * SIDE * 3, N_FACES = 150, SHOWN = 16 };

static int faces_start(void **state) {
    int failed = program_start(state);
    make_model_of("vae.safetensors", 3, "model.type=vae");
    make_folder_of("b");
    make_model_of("b/model.safetensors", 3, "seed=5");
    make_model_of("grey.safetensors", 1, "seed=5");
    draw("a.png", SIDE, SIDE, 1, false);
    failed |= likeness("prepare --synthetic %d --seed 4 --size 16 --val 0.1 --test 0.7 --out f.lkd",
                       N_FACES);
    return failed;
}

/* Row `a` of one array and row `b` of the other, in the same order of values. */
static void assert_same_row(const lk_npy *one, int a, const lk_npy *other, int b) {
    for (int k = 0; k < VALUES; k++)
        assert_near(one->values[a * VALUES + k], other->values[b * VALUES + k], 0);
}

/* ---- where pictures come from ---- */

static void rows_of_a_pack_are_its_pictures(void **state) {
    (void)state;
    const cJSON *report = json_of(
        "reconstruct vae.safetensors --data f.lkd --index 7,2 --npy rows.npy --originals o --json");
    assert_near(number(report, "n"), 2, 0);
    assert_near(number(item(report, "images", 0), "index"), 7, 0);
    char first[64], words[256];
    lk_format(first, sizeof first, "o/%s.png", string(item(report, "images", 0), "image"));
    lk_format(words, sizeof words, "o/%s.png", string(item(report, "images", 1), "image"));
    lk_pack *pack = NULL;
    lk_error err;
    assert_ok(lk_pack_open(in_folder("f.lkd"), &context, &pack, &err), &err);
    lk_image original = picture_of(first);
    assert_memory_equal(original.pixels, lk_pack_pixels(pack, LK_SPLIT_TEST, 7), VALUES);
    lk_image_deinit(&original);
    lk_pack_close(pack);
    assert_int_equal(
        likeness("reconstruct vae.safetensors %s %s --npy files.npy --crop 0", first, words), 0);
    lk_npy rows = array_of("rows.npy"), files = array_of("files.npy");
    assert_same_row(&rows, 0, &files, 0);
    assert_same_row(&rows, 1, &files, 1);
    lk_npy_deinit(&rows);
    lk_npy_deinit(&files);
}

static void a_pack_without_a_list_gives_its_first_rows_or_all(void **state) {
    (void)state;
    const cJSON *report =
        json_of("reconstruct vae.safetensors --data f.lkd --split train --npy all.npy --json");
    double n = number(report, "n");
    assert_true(n > 3 && n < 50);
    report = json_of("reconstruct vae.safetensors --data f.lkd --split train -n 3 --npy 3.npy "
                     "--json");
    assert_near(number(report, "n"), 3, 0);
    assert_near(number(item(report, "images", 2), "index"), 2, 0);
    report = json_of("reconstruct vae.safetensors --data f.lkd --index 9,4,7 -n 2 --npy 2.npy "
                     "--json");
    assert_near(number(report, "n"), 2, 0);
    assert_near(number(item(report, "images", 1), "index"), 4, 0);
    lk_npy all = array_of("all.npy"), three = array_of("3.npy");
    assert_int_equal(three.shape[0], 3);
    for (int i = 0; i < 3; i++) assert_same_row(&all, i, &three, i);
    lk_npy_deinit(&all);
    lk_npy_deinit(&three);
}

static void a_pack_s_own_pictures_need_no_model(void **state) {
    (void)state;
    const cJSON *report = json_of("reconstruct --data f.lkd -n 4 --originals own --json");
    assert_near(number(report, "n"), 4, 0);
    assert_string_equal(string(report, "originals"), "own");
    assert_int_equal(likeness("reconstruct vae.safetensors own --npy own.npy --crop 0"), 0);
    assert_int_equal(likeness("reconstruct vae.safetensors --data f.lkd -n 4 --npy rows.npy"), 0);
    lk_npy own = array_of("own.npy"), rows = array_of("rows.npy");
    assert_memory_equal(own.values, rows.values, rows.n * sizeof *rows.values);
    lk_npy_deinit(&own);
    lk_npy_deinit(&rows);
}

/* A zip of files in the folder `in`. */
static void zip_folder(const char *name, const char *const *files, size_t n) {
    zip_t *zip = zip_open(in_folder(name), ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(zip);
    for (size_t i = 0; i < n; i++) {
        char path[64];
        lk_format(path, sizeof path, "in/%s", files[i]);
        zip_source_t *source = zip_source_file(zip, in_folder(path), 0, -1);
        assert_true(source && zip_file_add(zip, files[i], source, 0) >= 0);
    }
    assert_int_equal(zip_close(zip), 0);
}

static void folders_and_zips_are_read_in_the_order_of_names(void **state) {
    (void)state;
    check("mkdir -p in/deep");
    draw("in/b.png", SIDE, SIDE, 2, false);
    draw("in/deep/a.png", 40, 24, 3, false);
    draw("in/a.png", SIDE, SIDE, 4, false);
    put("in/notes.txt", "x", 1);
    put("in/x.tif", "II*\0\10\0\0\0", 8);
    const cJSON *report = json_of("reconstruct vae.safetensors a.png in --npy in.npy --crop 0 "
                                  "--json");
    static const char *const names[] = { "a.png", "in/a.png", "in/b.png", "in/deep/a.png" };
    assert_near(number(report, "n"), 4, 0);
    for (int i = 0; i < 4; i++)
        assert_string_equal(string(item(report, "images", i), "image"), names[i]);
    assert_int_equal(likeness("reconstruct vae.safetensors a.png in/a.png in/b.png in/deep/a.png "
                              "--npy files.npy --crop 0"),
                     0);
    check("cmp in.npy files.npy");
    assert_int_equal(likeness("reconstruct vae.safetensors in --npy x.npy -n 1 --crop 0"), 0);
    assert_contains(out, "in: left out: 1 TIFF; the first: x.tif");
    assert_contains(out, "x.npy: 1 picture, ");
    zip_folder("in.zip", (const char *[]){ "a.png", "b.png", "deep/a.png" }, 3);
    assert_int_equal(likeness("reconstruct vae.safetensors a.png in.zip --npy zip.npy --crop 0"),
                     0);
    check("cmp in.npy zip.npy");
}

static void interpolate_and_traverse_take_rows_too(void **state) {
    (void)state;
    /* without rows a pack is for measuring the codes */
    static const char *const commands[][2] = { { "interpolate vae.safetensors", "" },
                                               { "traverse vae.safetensors", "--data f.lkd" } };
    assert_int_equal(likeness("reconstruct --data f.lkd --index 3 --originals t/3"), 0);
    assert_int_equal(likeness("reconstruct --data f.lkd --index 7 --originals t/7"), 0);
    for (size_t i = 0; i < LK_COUNT(commands); i++) {
        const char *command = commands[i][0];
        assert_int_equal(likeness("%s --data f.lkd --index 3,7 --out rows.png", command), 0);
        assert_int_equal(
            likeness("%s t/3 t/7 %s --crop 0 --out files.png", command, commands[i][1]), 0);
        assert_same_pixels("rows.png", "files.png");
        assert_int_equal(likeness("%s --data f.lkd -n 2 --out rows.png", command), 0);
        assert_int_equal(likeness("%s --data f.lkd --index 0,1 --out files.png", command), 0);
        assert_same_pixels("rows.png", "files.png");
    }
}

static void several_pictures_are_traversed_in_blocks_of_rows(void **state) {
    (void)state;
    const char *words = "--latents 1,4 --steps 3 --out";
    assert_int_equal(
        likeness("traverse vae.safetensors --data f.lkd --index 3,7 %s both.png", words), 0);
    assert_int_equal(likeness("traverse vae.safetensors --data f.lkd --index 7 %s one.png", words),
                     0);
    lk_image both = picture_of("both.png"), one = picture_of("one.png");
    /* the last two of both's four rows, without the maps */
    assert_true(both.height > one.height + 2 * LK_TEST_CELL);
    for (int row = 0; row < 2; row++)
        for (int column = 0; column < 3; column++)
            assert_memory_equal(lk_test_cell(&both, 2, 4, row, column),
                                lk_test_cell(&one, 2, 4, row, column), LK_TEST_SHOWN * 3);
    lk_image_deinit(&both);
    lk_image_deinit(&one);
}

/* ---- several runs ---- */

static void several_runs_have_a_row_each(void **state) {
    (void)state;
    const cJSON *report = json_of("reconstruct vae.safetensors b --data f.lkd -n 10 --out two.png "
                                  "--npy two.npy --folder two_runs --json");
    assert_near(number(report, "n"), 10, 0);
    assert_null(cJSON_GetObjectItem(report, "ssim"));
    const cJSON *runs[] = { item(report, "runs", 0), item(report, "runs", 1) };
    assert_string_equal(string(runs[0], "label"), "vae.safetensors");
    assert_string_equal(string(runs[1], "label"), "b");
    double ssim = number(runs[1], "ssim");
    lk_image grid = picture_of("two.png");
    lk_npy shown = array_of("two.npy");
    lk_test_place places[2][10];
    for (int i = 0; i < 20; i++) {
        lk_image made = picture_in(&shown, i);
        places[i / 10][i % 10] = assert_shows(&grid, &made);
        lk_image_deinit(&made);
    }
    for (int i = 0; i < 10; i++) { /* b below vae, and the last two below all others */
        assert_int_equal(places[0][i].x, places[1][i].x);
        assert_true(places[1][i].y > places[0][i].y);
        assert_int_equal(places[0][i].x, places[0][i % 8].x);
    }
    assert_true(places[0][8].y > places[1][7].y);
    lk_npy_deinit(&shown);
    lk_image_deinit(&grid);
    assert_near(number(json_of("reconstruct b --data f.lkd -n 10 --npy b.npy --json"), "ssim"),
                ssim, 0);
    lk_npy two = array_of("two.npy"), b = array_of("b.npy");
    assert_int_equal(two.n_dims, 5);
    assert_true(two.shape[0] == 2 && two.shape[1] == 10 && two.shape[2] == 3);
    for (int i = 0; i < 10; i++) assert_same_row(&two, 10 + i, &b, i);
    lk_npy_deinit(&two);
    lk_npy_deinit(&b);
    check("ls two_runs/b | wc -l; ls two_runs");
    assert_string_equal(out, "10\nb\nvae.safetensors\n");
    assert_int_equal(likeness("reconstruct vae.safetensors b --data f.lkd -n 10 --out two.png"), 0);
    assert_contains(out, "two.png: 10 pictures\nvae.safetensors  ssim ");
}

static void runs_with_one_name_are_told_apart_by_their_paths(void **state) {
    (void)state;
    make_folder_of("x");
    make_folder_of("x/b");
    make_model_of("x/b/model.safetensors", 3, "seed=6");
    const cJSON *report =
        json_of("reconstruct b vae.safetensors x/b a.png --folder alike --crop 0 --json");
    assert_string_equal(string(item(report, "runs", 0), "label"), "b");
    assert_string_equal(string(item(report, "runs", 1), "label"), "vae.safetensors");
    assert_string_equal(string(item(report, "runs", 2), "label"), "x/b");
    check("find alike -type f | sort");
    assert_string_equal(out, "alike/b/a.png\nalike/vae.safetensors/a.png\nalike/x/b/a.png\n");
}

static void models_for_other_pictures_are_refused_or_warned_of(void **state) {
    (void)state;
    static const lk_preparation data = { .source = "folder", .crop = 20, .background = "#000000" };
    make_model_for("cropped.safetensors", 3, "seed=3", &data);
    assert_int_equal(likeness("reconstruct b grey.safetensors a.png --out y.png --crop 0"), 3);
    assert_contains(out, "grey.safetensors: expected a model for pictures of 16 x 16 with 3 "
                         "channels, as b/model.safetensors, got 16 x 16 with 1");
    assert_int_equal(likeness("reconstruct b cropped.safetensors a.png --out y.png --crop 0"), 0);
    assert_contains(out, "warning: cropped.safetensors was trained on pictures that were cut");
}

/* ---- what is written ---- */

/* The picture of that rank, 0 the worst, by its ssim. */
static int ranked(const cJSON *report, int n, int rank) {
    for (int i = 0; i < n; i++) {
        int n_worse = 0;
        double ssim = number(item(report, "images", i), "ssim");
        for (int k = 0; k < n; k++) n_worse += number(item(report, "images", k), "ssim") < ssim;
        if (n_worse == rank) return i;
    }
    fail_msg("no picture has rank %d", rank);
    return -1;
}

static void a_figure_shows_pictures_from_the_typical_to_the_worst(void **state) {
    (void)state;
    const cJSON *report =
        json_of("reconstruct b --data f.lkd --out grid.png --npy grid.npy --json");
    int n = (int)number(report, "n");
    assert_true(n > 100);
    assert_near(number(report, "shown"), SHOWN, 0);
    lk_image grid = picture_of("grid.png");
    lk_npy array = array_of("grid.npy");
    assert_int_equal(array.shape[0], n);
    lk_image worst = picture_in(&array, ranked(report, n, 0)),
             typical = picture_in(&array, ranked(report, n, (n + 1) / 2 - 1)),
             best = picture_in(&array, ranked(report, n, n - 1));
    lk_test_place first = assert_shows(&grid, &typical), last = assert_shows(&grid, &worst), none;
    assert_int_equal(last.x, first.x + 7 * LK_TEST_CELL);
    assert_true(last.y > first.y + LK_TEST_CELL);
    assert_false(lk_test_find(&grid, &best, LK_TEST_SHOWN / SIDE, &none));
    lk_image_deinit(&worst);
    lk_image_deinit(&typical);
    lk_image_deinit(&best);
    lk_image_deinit(&grid);
    lk_npy_deinit(&array);
    assert_int_equal(likeness("reconstruct b --data f.lkd --out grid.png"), 0);
    assert_contains(out, "grid.png (16 by quantiles): 1");
    assert_int_equal(likeness("reconstruct b --data f.lkd -n 70 --out grid.png"), 0);
    assert_contains(out, "grid.png: 70 pictures, ");
}

/* One model: below its reconstruction stands four times the absolute error. */
static void the_error_is_drawn_below_a_single_model(void **state) {
    (void)state;
    assert_int_equal(likeness("reconstruct b a.png --crop 0 --out e.png --npy e.npy"), 0);
    lk_image figure = picture_of("e.png"), original = picture_of("a.png");
    lk_npy array = array_of("e.npy");
    lk_image made = picture_in(&array, 0);
    lk_test_place top = assert_shows(&figure, &original), middle = assert_shows(&figure, &made);
    assert_int_equal(top.x, middle.x);
    assert_int_equal(middle.y, top.y + LK_TEST_CELL);
    int y = figure.height - LK_TEST_CELL;
    for (int k = 0; k < SIDE; k++) {
        const uint8_t *pixel =
            figure.pixels +
            ((size_t)y * (size_t)figure.width + (size_t)(top.x + k * LK_TEST_SHOWN / SIDE)) * 3;
        for (int c = 0; c < 3; c++) {
            double expected =
                4 * fabs(255 * array.values[c * SIDE * SIDE + k] - original.pixels[k * 3 + c]);
            assert_near(pixel[c], expected < 255 ? expected : 255, 1);
        }
    }
    lk_image_deinit(&figure);
    lk_image_deinit(&original);
    lk_image_deinit(&made);
    lk_npy_deinit(&array);
}

static void single_pictures_keep_their_names(void **state) {
    (void)state;
    check("mkdir -p names/x names/y && cp a.png names/x/1.png && cp a.png names/y/1.png && "
          "cp a.png names/1-2.png && cp a.png names/1 && cp a.png names/.hidden.png");
    assert_int_equal(
        likeness("reconstruct b names/x/1.png ./names/../names/1-2.png names names/1 "
                 "names/y/1.png names/.hidden.png --folder new/deep --npy n.npy --crop "
                 "0"),
        0);
    check("cd new/deep && find . -type f | sort");
    assert_string_equal(out, "./.hidden.png\n./1-2-2.png\n./1-2.png\n./1-3.png\n./1-4.png\n"
                             "./1-5.png\n./1.png\n./x/1.png\n./y/1.png\n");
    lk_npy array = array_of("n.npy");
    lk_image made = picture_of("new/deep/x/1.png");
    assert_int_equal(made.width, SIDE);
    for (int c = 0; c < 3; c++)
        assert_int_equal(made.pixels[c], (int)lround(255 * array.values[c * SIDE * SIDE]));
    lk_image_deinit(&made);
    lk_npy_deinit(&array);
}

/* Pictures of several folders are called by their paths. */
static void names_of_a_pack_do_not_lead_out_of_the_folder(void **state) {
    (void)state;
    check("mkdir -p one two && cp a.png one && cp a.png two");
    assert_int_equal(likeness("prepare --images one/../two \"$PWD/one\" --size 16 --val 0 --test 0 "
                              "--force --out out.lkd"),
                     0);
    assert_int_equal(likeness("reconstruct --data out.lkd --split train --originals inside"), 0);
    check("cd inside && ls && test -f one/two/a.png && test -f .\"$(cd ../one && pwd)/a.png\"");
}

static void a_folder_that_holds_files_is_refused_unless_forced(void **state) {
    (void)state;
    assert_int_equal(likeness("reconstruct b --data f.lkd -n 2 --folder full"), 0);
    put("full/more.txt", "x", 1);
    check("ls full | sort >before; cksum full/* >sums");
    assert_int_equal(likeness("reconstruct vae.safetensors --data f.lkd -n 2 --folder full"), 2);
    assert_contains(out, "--folder: expected a new or an empty folder, got full, which holds ");
    assert_int_equal(likeness("reconstruct --data f.lkd -n 2 --originals full"), 2);
    assert_contains(out, "--originals: expected a new or an empty folder");
    check("cksum full/* | cmp - sums");
    assert_int_equal(
        likeness("reconstruct vae.safetensors --data f.lkd -n 2 --folder full --force"), 0);
    check("ls full | sort | cmp - before; ! cksum full/* | cmp -s - sums");
}

static void pictures_that_are_read_are_not_overwritten(void **state) {
    (void)state;
    check("mkdir -p mine && cp a.png mine/1.png && cksum mine/* a.png >kept");
    static const struct row rows[] = {
        { "reconstruct b mine --folder mine --crop 0", "expected a new or an empty folder" },
        { "reconstruct b mine --folder mine --force --crop 0",
          "--folder: expected another file, got mine/1.png, which is also read" },
        { "reconstruct b mine --originals mine --force --crop 0", "which is also read" },
        { "reconstruct b mine --out mine/1.png --crop 0",
          "--out: expected another file, got mine/1.png, which is also read" },
        { "reconstruct b mine --npy mine/1.png --crop 0", "--npy: expected " },
        { "interpolate b mine a.png --out mine/1.png --crop 0", "which is also read" },
        { "traverse b mine --out mine/1.png --crop 0", "which is also read" },
        { "reconstruct b mine --folder same --originals ./same --crop 0",
          "--folder and --originals: expected two folders" },
    };
    check_rows(rows, LK_COUNT(rows), 2);
    check("cksum mine/* a.png | cmp - kept");
}

/* ---- errors ---- */

static void wrong_usage_says_what_is_expected(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "reconstruct --out x.png", "too few words" },
        { "reconstruct b --out x.png", "expected --data FILE.lkd: b does not record" },
        { "reconstruct --data f.lkd --out x.png", "too few words" },
        { "reconstruct --data f.lkd --originals y --out x.png", "expected a RUN " },
        { "reconstruct b a.png vae.safetensors --out x.png",
          "expected every RUN before the first IMAGE, got vae.safetensors after" },
        { "reconstruct b a.png b --out x.png", "expected every RUN before the first IMAGE, got b" },
        { "reconstruct b a.png --index 1 --out x.png", "expected --data FILE.lkd: b does " },
        { "reconstruct b --data f.lkd --index 1, --out x.png",
          "--index: expected numbers and commas, as in 3,7, got 1," },
        { "reconstruct b --data f.lkd --index -1 --out x.png", "--index: expected numbers" },
        { "reconstruct b --data f.lkd --index 1,500 --out x.png",
          "--index: expected at most ... for the test split of f.lkd, got 500" },
        { "reconstruct b --data f.lkd --index 99999999999999999999 --out x.png",
          "--index: expected at most " },
        { "interpolate b --data f.lkd --out x.png", "--data: expected --index LIST or -n N" },
        { "interpolate b --data f.lkd --index 3 --out x.png",
          "expected at least 2 pictures, got 1" },
        { "traverse b --data f.lkd -n 70 --out x.png", "expected at most 64 pictures, got 70" },
    };
    check_rows(rows, LK_COUNT(rows), 2);
    assert_int_equal(likeness("prepare --images in --val 0 --test 0 --size 24 --out train.lkd"), 0);
    check("mkdir -p none broken");
    put("broken/a.png", "nothing", 7);
    static const struct row data[] = {
        { "reconstruct b --data train.lkd --split train --out x.png",
          "train.lkd: expected pictures of 16 x 16 with 3 channels for the model, got 24 x 24" },
        { "reconstruct b --data train.lkd --out x.png",
          "train.lkd: the pack has no test pictures" },
        { "reconstruct b none --out x.png", "none: contains no picture" },
        { "reconstruct b broken --out x.png", "broken/a.png: " },
        { "reconstruct b absent.png --out x.png", "absent.png: " },
    };
    check_rows(data, LK_COUNT(data), 3);
    assert_false(lk_file_may_exist(in_folder("x.png")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_a_pack_are_its_pictures),
        cmocka_unit_test(a_pack_without_a_list_gives_its_first_rows_or_all),
        cmocka_unit_test(a_pack_s_own_pictures_need_no_model),
        cmocka_unit_test(folders_and_zips_are_read_in_the_order_of_names),
        cmocka_unit_test(interpolate_and_traverse_take_rows_too),
        cmocka_unit_test(several_pictures_are_traversed_in_blocks_of_rows),
        cmocka_unit_test(several_runs_have_a_row_each),
        cmocka_unit_test(runs_with_one_name_are_told_apart_by_their_paths),
        cmocka_unit_test(models_for_other_pictures_are_refused_or_warned_of),
        cmocka_unit_test(a_figure_shows_pictures_from_the_typical_to_the_worst),
        cmocka_unit_test(the_error_is_drawn_below_a_single_model),
        cmocka_unit_test(single_pictures_keep_their_names),
        cmocka_unit_test(names_of_a_pack_do_not_lead_out_of_the_folder),
        cmocka_unit_test(a_folder_that_holds_files_is_refused_unless_forced),
        cmocka_unit_test(pictures_that_are_read_are_not_overwritten),
        cmocka_unit_test(wrong_usage_says_what_is_expected),
    };
    return cmocka_run_group_tests(tests, faces_start, program_end);
}
