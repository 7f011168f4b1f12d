/*
 * The program on bad files: folders of pictures, packs, checkpoints and models that are damaged,
 * truncated or something else. Each call must end with its exit code, name the file, and leave
 * nothing half-written.
 */
#include "io/safetensors.h"
#include "program.h"

#include <likeness/memory.h>
#include <likeness/text.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int n_tried;

static void must(const char *words, int code, const char *message) {
    n_tried++;
    int got = likeness("%s", words);
    if (got != code)
        fail_msg("likeness %.200s: expected exit code %d, got %d: %s", words, code, got, out);
    assert_contains(out, message);
}

static void get(const char *name, char **data, size_t *n) {
    lk_error err;
    assert_ok(lk_file_read(in_folder(name), 1 << 26, data, n, &err), &err);
}

/* A copy of a file with one bit changed. */
static void put_flipped(const char *to, char *data, size_t n, size_t place) {
    data[place] ^= 4;
    put(to, data, n);
    data[place] ^= 4;
}

/* ---- folders of pictures ---- */

static void draw_faces(const char *below, int n) {
    make_folder_of(below);
    for (int i = 1; i <= n; i++) {
        char name[128];
        /* PNG bytes: the content decides the format */
        snprintf(name, sizeof name, "%s/%06d.jpg", below, i);
        draw(name, 20, 24, i, false);
    }
}

static void put_partition(const char *name, int n, const char *line_3) {
    lk_text text = { 0 };
    for (int i = 1; i <= n; i++)
        if (i == 3 && line_3)
            lk_text_add(&text, "%s\n", line_3);
        else
            lk_text_add(&text, "%06d.jpg %d\n", i, i % 3);
    put(name, text.data ? text.data : "", text.n);
    lk_text_deinit(&text);
}

static void incomplete_celeba_exits_3_and_names_what_is_wrong(void **state) {
    (void)state;
    static const struct {
        const char *make, *words, *message;
    } rows[] = {
        { "true", "--celeba nowhere", "likeness: nowhere: no such folder or zip\n" },
        { "mkdir -p void", "--celeba void",
          "likeness: void/img_align_celeba: no such folder; expected the pictures of CelebA "
          "there\n" },
        { "mkdir -p alone && cp -r celeba/img_align_celeba alone", "--celeba alone",
          "likeness: alone/list_eval_partition.txt: cannot open: No such" },
        { "true", "--celeba celeba --partition nowhere.txt",
          "likeness: nowhere.txt: cannot open: No such file" },
        { "true", "--celeba celeba --partition void", "likeness: void: not a regular file" },
        { ": >no.txt", "--celeba celeba --partition no.txt", "likeness: no.txt: names no picture" },
        { "true", "--celeba celeba --partition more.txt --max-bad 0",
          "likeness: celeba/img_align_celeba: 1 of the 9 pictures named by more.txt are absent: "
          "000009.jpg" },
        { "true", "--celeba celeba --partition code.txt",
          "likeness: code.txt:3: expected \"NAME CODE\" with code 0, 1 or 2, got \"000003.jpg "
          "3\"" },
        { "true", "--celeba celeba --partition up.txt",
          "likeness: up.txt:3: expected \"NAME CODE\" with code 0, 1 or 2, got \"../../etc/passwd "
          "0\"" },
        { "head -c 3000 /dev/zero >zero.txt", "--celeba celeba --partition zero.txt",
          "likeness: zero.txt:1: expected \"NAME CODE\"" },
        { "echo '<!DOCTYPE html><html>' >page.zip", "--celeba page.zip --partition all.txt",
          "likeness: page.zip: expected a zip, got an HTML page (\"<!DOCTYPE html><\")" },
        { "printf 'PK\\3\\4cut' >cut.zip", "--celeba cut.zip --partition all.txt",
          "likeness: cut.zip: begins as a zip, but its table of contents" },
        { "true", "--celeba all.txt --partition all.txt",
          "likeness: all.txt: expected a folder or a zip, got another file" },
        { "true", "--images nowhere", "likeness: nowhere: no such folder or zip\n" },
        { "true", "--images void", "likeness: void: contains no picture that can be read (" },
        { "true", "--images all.txt",
          "likeness: all.txt: expected a folder or a zip, got another file\n" },
    };
    draw_faces("celeba/img_align_celeba", 8);
    put_partition("all.txt", 8, NULL);
    put_partition("more.txt", 9, NULL);
    put_partition("code.txt", 8, "000003.jpg 3");
    put_partition("up.txt", 8, "../../etc/passwd 0");
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char words[512];
        check("%s", rows[i].make);
        snprintf(words, sizeof words, "prepare %s --out x.lkd", rows[i].words);
        must(words, 3, rows[i].message);
    }
    assert_int_equal(likeness("prepare --celeba celeba --partition all.txt --out whole.lkd"), 0);
    assert_int_equal(lk_test_run(out, sizeof out, "ls -A '%s' | grep x.lkd", folder), 1);
}

#define GOLDEN "'" LIKENESS_SOURCE "/tests/golden/"

/* Good pictures, and one of each kind that cannot be converted. */
static const char make_odd_pictures[] =
    "mkdir -p odd && cp " GOLDEN "resize_grey.jpg' odd/grey.jpg && cp " GOLDEN
    "resize_cmyk.jpg' odd/cmyk.jpg && "
    "cp " GOLDEN "resize_16bit.png' odd/deep.png && cp " GOLDEN
    "resize_alpha.png' odd/alpha.png && "
    "for i in 1 2 3 4 5 6; do cp " GOLDEN "resize_rgb.jpg' odd/good$i.jpg; done";
static const struct bad {
    const char *make, *reason;
} bad[] = {
    { ": >odd/x1.jpg", "odd/x1.jpg: empty file" },
    { "head -c 300 " GOLDEN "resize_rgb.jpg' >odd/x2.jpg",
      "odd/x2.jpg: bad JPEG: Premature end of JPEG file" },
    { "head -c 70 " GOLDEN "resize_16bit.png' >odd/x3.png", "odd/x3.png: " },
    { "echo '<html>404</html>' >odd/x4.jpg", "got a file that starts with bytes 3c 68" },
    { "printf 'P6\\n60000 60000\\n255\\nabc' >odd/x5.ppm",
      "odd/x5.ppm: expected ... pixels, got 60000 x 60000" },
    { "printf "
      "'\\211PNG\\r\\n\\032\\n\\0\\0\\0\\rIHDR\\0\\0\\352\\140\\0\\0\\352\\140\\10\\2\\0\\0\\0xxxx"
      "\\0\\0\\0\\4IDATxxxx' >odd/x6.png",
      "odd/x6.png: expected ... pixels, got 60000 x 60000" },
    { "sed "
      "'s/\\xFF\\xC0\\x00\\x11\\x08\\x00\\x0E\\x00\\x14/"
      "\\xFF\\xC0\\x00\\x11\\x08\\xEA\\x60\\xEA\\x60/' " GOLDEN "resize_rgb.jpg' >odd/x7.jpg",
      "odd/x7.jpg: expected ... pixels, got 60000 x 60000" },
    { "head -c 5000 /dev/zero >odd/x8.bmp", "got a file that starts with bytes 00 00" },
};

static void bad_pictures_are_counted_listed_and_skipped_up_to_max_bad(void **state) {
    (void)state;
    char words[128];
    check("%s", make_odd_pictures);
    for (size_t i = 0; i < LK_COUNT(bad); i++) check("%s", bad[i].make);
    must("prepare --images odd --size 8 --val 0 --test 0 --out odd.lkd", 0,
         "odd.lkd: 10 train, 0 val, 0 test, 8 bad, ... 8 x 8 x 3");
    for (size_t i = 0; i < LK_COUNT(bad); i++) assert_contains(out, bad[i].reason);
    assert_contains(out, "left out: odd/x1.jpg");
    check("rm odd.lkd");
    const cJSON *json =
        json_of("prepare --images odd --size 8 --val 0 --test 0 --out odd.lkd --json");
    assert_near(number(json, "n_bad"), LK_COUNT(bad), 0);
    assert_near(number(json, "train"), 10, 0);
    assert_contains(cJSON_GetStringValue(item(json, "bad", 0)), "odd/x1.jpg: empty file");
    check("cp odd.lkd before.lkd");
    snprintf(words, sizeof words,
             "prepare --images odd --size 8 --max-bad %d --out odd.lkd --force",
             (int)LK_COUNT(bad) - 1);
    must(words, 3,
         "likeness: expected at most 7 bad pictures, got more (--max-bad allows more); the first: "
         "odd/x1.jpg: "
         "empty file\n");
    check("cmp odd.lkd before.lkd"); /* the old pack is unchanged */
    must("prepare --images odd --size 8 --max-bad 0 --out fresh.lkd", 3,
         "expected at most 0 bad pictures");
    check("for i in 1 2 3; do : >odd/y$i.png; done");
    must("prepare --images odd --size 8 --out fresh.lkd", 3,
         "expected at most 10 bad pictures, got more (--max-bad allows more); the first: ");
    must("prepare --images odd --size 8 --max-bad 11 --out fresh.lkd", 0, "11 bad, ");
    check("rm fresh.lkd");
    check("! ls -A | grep -e fresh -e tmp");
}

/* By default one picture in a thousand may be bad, or ten if that is more. */
static void one_picture_in_a_thousand_may_be_bad(void **state) {
    (void)state;
    make_folder_of("many/x");
    draw("many/0.png", 8, 8, 1, false);
    put("many/1.png", "", 0);
    char first[LK_PATH_MAX + 32], copy[LK_PATH_MAX + 32];
    for (int i = 2; i < 12000; i++) {
        snprintf(first, sizeof first, "%s/many/%d.png", folder, i < 13 ? 1 : 0);
        snprintf(copy, sizeof copy, "%s/many/%d.png", folder, i);
        assert_int_equal(link(first, copy), 0);
    }
    must("prepare --images many --size 8 --val 0 --test 0 --out many.lkd", 0,
         "many.lkd: 11,988 train, 0 val, 0 test, 12 bad");
    check("ln many/1.png many/x.png");
    must("prepare --images many --size 8 --out many.lkd --force", 3,
         "expected at most 12 bad pictures, got more (--max-bad allows more); the first: "
         "many/1.png: empty file");
    check("rm -r many");
}

static void a_folder_of_nothing_but_bad_pictures_exits_3(void **state) {
    (void)state;
    check("mkdir -p junk && for i in 1 2 3; do echo junk >junk/$i.png; done");
    must("prepare --images junk --max-bad 100 --out junk.lkd", 3,
         "likeness: no picture could be read; the first: junk/1.png: expected a JPEG, PNG, ");
    check("! ls -A | grep junk.lkd");
}

/* ---- packs ---- */

static void train_must_refuse(const char *pack, const char *message) {
    char words[256];
    snprintf(words, sizeof words, "train small.json --data %s --out run --steps 1", pack);
    must(words, 3, message);
    assert_false(lk_folder_exists(in_folder("run"))); /* before the first step */
}

static void a_damaged_pack_exits_3_before_the_first_step(void **state) {
    (void)state;
    char *data = NULL;
    size_t n = 0;
    assert_int_equal(likeness("prepare --synthetic 3000 --size 16 --force --out whole.lkd"), 0);
    get("whole.lkd", &data, &n);
    assert_true(n > 2 << 20); /* at least three blocks of pictures */
    for (int i = 0; i < 16; i++) {
        put("cut.lkd", data, i < 15 ? n * (size_t)i / 15 : n - 1);
        train_must_refuse("cut.lkd", "likeness: cut.lkd: ");
    }
    static const size_t header[] = { 0, 7, 8, 12, 16, 24, 32, 40, 47, 60, 63 };
    for (size_t i = 0; i < LK_COUNT(header); i++) {
        put_flipped("bit.lkd", data, n, header[i]);
        train_must_refuse("bit.lkd", "likeness: bit.lkd: ");
    }
    for (size_t place = 64; place < n; place += 300000) {
        put_flipped("bit.lkd", data, n, place);
        train_must_refuse("bit.lkd", "likeness: bit.lkd: ");
        assert_contains(out, "CRC");
    }
    put_flipped("bit.lkd", data, n, n - 3); /* in the table */
    train_must_refuse("bit.lkd", "likeness: bit.lkd: ");
    data[8] = 2;
    put("version.lkd", data, n);
    train_must_refuse("version.lkd", "version");
    train_must_refuse("small.json", "likeness: small.json: ");
    train_must_refuse("/dev/null", "likeness: /dev/null: not a regular file");
    lk_free(data);
}

/* ---- models and checkpoints ---- */

static void no_model(const char *name, const char *message) {
    char words[256];
    snprintf(words, sizeof words, "eval %s --data faces.lkd", name);
    must(words, 3, message);
    assert_contains(out, name);
}

static void a_damaged_model_exits_3_and_names_the_tensor(void **state) {
    (void)state;
    char *data = NULL;
    size_t n = 0;
    make_model("whole.safetensors", 3);
    get("whole.safetensors", &data, &n);
    for (int i = 0; i < 12; i++) {
        put("cut.safetensors", data, i < 11 ? n * (size_t)i / 11 : n - 1);
        no_model("cut.safetensors", "likeness: cut.safetensors: ");
    }
    for (size_t place = 0; place < n; place += n / 25) {
        put_flipped("bit.safetensors", data, n, place);
        no_model("bit.safetensors", "likeness: bit.safetensors: ");
    }
    put_flipped("bit.safetensors", data, n, n - 2);
    no_model("bit.safetensors", "CRC");
    assert_contains(out, "tensor \"");
    lk_free(data);
}

/* A file with the weights of one config and the text of another. */
static void put_model(const char *name, const char *config, const char *images) {
    lk_safetensors *file = NULL;
    lk_error err;
    assert_ok(lk_safetensors_open(in_folder("whole.safetensors"), &file, &err), &err);
    const lk_stored_tensor *all[] = { lk_safetensors_find(file, "encoder.0.weight"),
                                      lk_safetensors_find(file, "encoder.0.bias"),
                                      lk_safetensors_find(file, "encoder.1.weight"),
                                      lk_safetensors_find(file, "encoder.1.bias") };
    lk_stored_tensor tensors[LK_COUNT(all)];
    for (size_t i = 0; i < LK_COUNT(all); i++) {
        assert_non_null(all[i]);
        tensors[i] = *all[i];
    }
    const lk_metadata metadata[] = { { "likeness.images", images }, { "likeness.config", config } };
    assert_ok(lk_safetensors_write(in_folder(name), tensors, LK_COUNT(all), metadata,
                                   config ? 2 : 1, &err),
              &err);
    lk_safetensors_close(file);
}

static void a_model_of_another_config_exits_3_with_tensor_expected_and_got(void **state) {
    (void)state;
    static const char images[] = "{\"size\": 16, \"channels\": 3}";
    lk_text wider = { 0 };
    make_model("whole.safetensors", 3);
    lk_text_add(&wider, "%s", small_config);
    *strstr(wider.data, "\"out\": 5") = ' ';
    memcpy(strstr(wider.data, "out\": 5") - 1, "\"out\": 7", 8);
    put_model("other.safetensors", wider.data, images);
    no_model("other.safetensors",
             "tensor encoder.0.weight: expected F32 or F64 (7, 3, 4, 4), got ... (5, 3, 4, 4)");
    put_model("lacks.safetensors", small_config, images);
    no_model("lacks.safetensors",
             "tensor encoder.1.running_mean: expected F32 or F64 (5), got nothing");
    put_model("typo.safetensors", "{\n\"modle\": {}}", images);
    no_model("typo.safetensors",
             "typo.safetensors (config):2: unknown key \"modle\", did you mean \"model\"?");
    put_model("junk.safetensors", "junk", images);
    no_model("junk.safetensors", "junk.safetensors (config):1: expected ");
    put_model("extends.safetensors", "{\"extends\": \"/etc/passwd\"}", images);
    no_model("extends.safetensors", "extends.safetensors (config):1: unknown key \"extends\"");
    put_model("size.safetensors", small_config, "{\"size\": -1, \"channels\": 3}");
    no_model("size.safetensors", "metadata likeness.images: expected {\"size\": H, \"channels\": 1 "
                                 "or 3}, got {\"size\": -1, ");
    put_model("foreign.safetensors", NULL, images);
    no_model("foreign.safetensors", "metadata likeness.config: expected a config, got nothing");
    lk_text_deinit(&wider);
}

/* If both checkpoints are damaged, the program stops and leaves them as they are. */
static void a_run_whose_checkpoints_are_damaged_does_not_continue(void **state) {
    (void)state;
    char *data = NULL;
    size_t n = 0;
    static const char resume[] = "train small.json --data faces.lkd --out torn --steps 2 --resume";
    assert_int_equal(likeness("train small.json --data faces.lkd --out torn --steps 2"), 0);
    get("torn/checkpoints/last.safetensors", &data, &n);
    check("rm -f torn/checkpoints/previous.safetensors");
    for (int i = 1; i < 6; i++) {
        put("torn/checkpoints/last.safetensors", data, n * (size_t)i / 6);
        must(resume, 3, "likeness: torn/checkpoints/last.safetensors: ");
        put_flipped("torn/checkpoints/last.safetensors", data, n, n * (size_t)i / 6);
        must(resume, 3, "likeness: torn/checkpoints/last.safetensors: ");
    }
    check("ls torn/checkpoints/last.safetensors");
    put("torn/checkpoints/last.safetensors", data, n);
    check("cp whole.safetensors torn/checkpoints/last.safetensors"); /* a model, not a checkpoint */
    must(resume, 3, "metadata likeness.step: expected a number of steps, got \"\"");
    put("torn/checkpoints/last.safetensors", data, n);
    must(resume, 0, "resuming from torn/checkpoints/last.safetensors: 2 steps done");
    lk_free(data);
}

static int start(void **state) {
    program_start(state);
    put("small.json", small_config, strlen(small_config));
    return likeness("prepare --synthetic 60 --size 16 --out faces.lkd");
}

static int end(void **state) {
    printf("bad inputs: %d tried\n", n_tried);
    return program_end(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(incomplete_celeba_exits_3_and_names_what_is_wrong),
        cmocka_unit_test(bad_pictures_are_counted_listed_and_skipped_up_to_max_bad),
        cmocka_unit_test(one_picture_in_a_thousand_may_be_bad),
        cmocka_unit_test(a_folder_of_nothing_but_bad_pictures_exits_3),
        cmocka_unit_test(a_damaged_pack_exits_3_before_the_first_step),
        cmocka_unit_test(a_damaged_model_exits_3_and_names_the_tensor),
        cmocka_unit_test(a_model_of_another_config_exits_3_with_tensor_expected_and_got),
        cmocka_unit_test(a_run_whose_checkpoints_are_damaged_does_not_continue),
    };
    return cmocka_run_group_tests(tests, start, end);
}
