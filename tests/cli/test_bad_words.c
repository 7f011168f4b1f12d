/*
 * The program on wrong configs and odd command lines. Each call must end with its exit code and say
 * where the mistake is, what was expected and what it got.
 */
#include "program.h"

#include <likeness/memory.h>
#include <likeness/text.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int n_tried;

/* Exit code of `likeness WORDS`, which must end by itself. */
static int tried(const char *words) {
    static char script[1 << 15];
    n_tried++;
    snprintf(script, sizeof script, "cd '%s' && timeout 300 '%s' %s", folder, LIKENESS_PROGRAM,
             words);
    return lk_test_run(out, sizeof out, "%s", script);
}

static void must(const char *words, int code, const char *message) {
    int got = tried(words);
    if (got != code)
        fail_msg("likeness %.200s: expected exit code %d, got %d: %s", words, code, got, out);
    assert_contains(out, message);
}

/* ---- configs ---- */

#define LAYERS(encoder, decoder)                                                                   \
    "{\"model\": {\"architecture\": {\n\"encoder\": [" encoder "],\n\"decoder\": [" decoder "]}}}"
#define IMAGES_OUT                                                                                 \
    "{\"type\": \"linear\", \"out\": 768}, {\"type\": \"reshape\", \"shape\": [3, 16, 16]}, "      \
    "{\"type\": \"sigmoid\"}"

static void a_wrong_config_exits_2_with_file_line_path_expected_and_got(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        { "", "likeness: c.json:1: expected a value ... got the end of the text" },
        { "seed = 1", "likeness: c.json:1: expected a value ... got \"seed\"" },
        { "{\n\"seed\": 1", "likeness: c.json:2: expected ... got the end of the text" },
        { "{\"seed\":\n01}", "likeness: c.json:2: " },
        { "\x89PNG\r\n\x1A\n", "likeness: c.json:1: expected ... got the byte 0x89" },
        { "{\n\"name\": \"\xFF\"}", "likeness: c.json:2: expected UTF-8 ... got the byte 0xff" },
        { "{\n\"seed\": 1,\n\"seed\": 1}", "likeness: c.json:3: got the key \"seed\" twice" },
        { "{\"optimizer\": {\n\"lr\": NaN}}",
          "likeness: c.json:2: expected a value ... got \"NaN\"" },
        { "{\"optimizer\": {\n\"lr\": -Infinity}}",
          "likeness: c.json:2: expected a number ... got " },
        { "{\"optimizer\": {\n\"lr\": 1e400}}",
          "likeness: c.json:2: expected a number of at most 1.797e308 ... got \"1e400\"" },
        { "{\"train\": {\n\"epocs\": 3}}",
          "likeness: c.json:2: train: unknown key \"epocs\", did you mean \"epochs\"?" },
        { "{\"reconstruction\": {\n\"type\": \"ssmi\"}}",
          "likeness: c.json:2: reconstruction: unknown type \"ssmi\", did you mean \"ssim\"?" },
        { "{\n\"train\": []}",
          "likeness: c.json:2: train: expected an object ... got an empty list" },
        { "{\"train\": {\n\"flip\": 1}}",
          "likeness: c.json:2: train.flip: expected true or false ... got 1" },
        { "{\"train\": {\n\"batch_size\": 0}}", "likeness: c.json:2: train.batch_size: expected a "
                                                "whole number from 1 to 65536 ... got 0" },
        { "{\"optimizer\": {\n\"beta1\": 1}}",
          "likeness: c.json:2: optimizer.beta1: expected a number from 0 to ... got 1" },
        { "{\"reconstruction\": {\"type\": \"lwssim\",\n\"windows\": [3, 4]}}",
          "likeness: c.json:2: reconstruction.windows[1]: expected an odd number, got 4" },
        { "{\"reconstruction\": {\"type\": \"lwssim\", \"windows\": [3, 5],\n\"weights\": [1, 1, "
          "1]}}",
          "likeness: c.json:2: reconstruction.weights: expected a weight for each of the 2 "
          "windows" },
        { LAYERS("{\"type\": \"flatten\"}", "{\"type\": \"linear\", \"out\": 768}"),
          "likeness: c.json:3: model.architecture.decoder: expected {\"type\": \"sigmoid\"}" },
        { LAYERS("{\"type\": \"flaten\"}", IMAGES_OUT),
          "likeness: c.json:2: model.architecture.encoder[0]: unknown type \"flaten\", did you "
          "mean \"flatten\"?" },
        { "{\n\"extends\": \"nowhere.json\"}",
          "likeness: c.json:2: extends: nowhere.json: cannot open: No such file" },
        { "{\n\"extends\": \"c.json\"}", "likeness: c.json:2: extends: c.json extends itself" },
        { "{\n\"extends\": \".\"}", "likeness: c.json:2: extends: .: not a regular file" },
        { "{\n\"extends\": \"\"}", "likeness: c.json:2: extends: " },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        put("c.json", rows[i].text, strlen(rows[i].text));
        must("config check c.json", 2, rows[i].message);
    }
}

static void files_that_cannot_be_configs_are_refused_at_once(void **state) {
    (void)state;
    lk_text deep = { 0 }, many = { 0 };
    char *large = lk_alloc((16 << 20) + 1);
    assert_non_null(large);
    put("large.json", large, (16 << 20) + 1);
    put("zeros.json", large, 4096);
    lk_free(large);
    for (int i = 0; i < 100000; i++) lk_text_add(&deep, "[");
    lk_text_add(
        &many,
        "{\"model\": {\"architecture\": {\"encoder\": [{\"type\": \"flatten\"}],\n\"decoder\": [");
    for (int i = 0; i < 300; i++) lk_text_add(&many, "{\"type\": \"relu\"},\n");
    lk_text_add(&many, IMAGES_OUT "]}}}");
    put("deep.json", deep.data, deep.n);
    put("many.json", many.data, many.n);
    make_folder_of("folder.json");
    assert_int_equal(mkfifo(in_folder("pipe.json"), 0600), 0);
    must("config check large.json", 2,
         "likeness: large.json: expected at most 16777216 bytes, got 16777217");
    must("config check zeros.json", 2, "likeness: zeros.json:1: expected ... got the byte 0x00");
    must("config check deep.json", 2, "likeness: deep.json:1: nested more than 64 levels deep");
    must("config check many.json", 2,
         "likeness: many.json:2: model.architecture.decoder: expected a list of at most 256 layers "
         "... got a list of 303");
    must("config check folder.json", 2, "likeness: folder.json: not a regular file");
    put("extends.json", "{\"extends\": \"pipe.json\"}", 24);
    must("config check extends.json", 2, "likeness: extends.json:1: extends: pipe.json: not a ");
    must("config check absent.json", 2,
         "likeness: absent.json: cannot open: No such file or directory");
    lk_text_deinit(&deep);
    lk_text_deinit(&many);
}

/* Mistakes that show only once the shape of the pack's pictures is known. */
static void
a_config_that_does_not_fit_the_pictures_exits_2_before_anything_is_written(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        { "{\"reconstruction\": {\"type\": \"lwssim\",\n\"windows\": [3, 17]}, \"model\": "
          "{\"architecture\": {\"encoder\": [{\"type\": "
          "\"flatten\"}], \"decoder\": [" IMAGES_OUT "]}}}",
          "windows[1]: expected at most 16" },
        { LAYERS("{\"type\": \"flatten\"}", "{\"type\": \"linear\", \"out\": 3072}, {\"type\": "
                                            "\"reshape\", \"shape\": [3, 32, 32]}, {\"type\": "
                                            "\"sigmoid\"}"),
          "c.json:3: model.architecture.decoder[2]: the decoder's result: expected ... (4, 3, 16, "
          "16) ... got (4, 3, 32, 32) ... --set model.architecture=compact" },
        { LAYERS("{\"type\": \"conv\", \"kernel\": 19, \"padding\": 1}", IMAGES_OUT),
          "c.json:2: model.architecture.encoder[0]: " },
        { LAYERS("{\"type\": \"flatten\"}, {\"type\": \"conv\"}", IMAGES_OUT),
          "c.json:2: model.architecture.encoder[1]: conv: expected maps (N, C, H, W) ... got "
          "vectors" },
        { LAYERS("{\"type\": \"flatten\"}", "{\"type\": \"linear\", \"out\": 768}, {\"type\": "
                                            "\"reshape\", \"shape\": [4, 16, 16]}, {\"type\": "
                                            "\"sigmoid\"}"),
          "c.json:3: model.architecture.decoder[1]: " },
        { "{\n\"model\": {\"latent\": 65536, \"architecture\": {\"encoder\": [{\"type\": "
          "\"linear\", \"out\": 30000}],\"decoder\": "
          "[" IMAGES_OUT "]}}}",
          "model.architecture.encoder[0]: linear: expected vectors (N, C) ... got maps" },
        { "{\n\"model\": {\"latent\": 65536, \"architecture\": {\"encoder\": [{\"type\": "
          "\"flatten\"}, {\"type\": \"linear\", \"out\": "
          "32000}, {\"type\": \"linear\", \"out\": 65536}, {\"type\": \"linear\", \"out\": 32000}],"
          "\"decoder\": [{\"type\": \"linear\", \"out\": 32000}, {\"type\": \"linear\", \"out\": "
          "65536}, "
          "{\"type\": \"linear\", \"out\": 32000}, " IMAGES_OUT "]}}}",
          "c.json:2: model: needs " },
    };
    assert_int_equal(likeness("prepare --synthetic 60 --size 16 --out faces.lkd"), 0);
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        put("c.json", rows[i].text, strlen(rows[i].text));
        must("train c.json --data faces.lkd --out run --steps 1 --set train.batch_size=4", 2,
             "likeness: on faces.lkd, pictures of 3 x 16 x 16: ");
        assert_contains(out, rows[i].message);
        assert_false(lk_folder_exists(in_folder("run")));
    }
}

/* ulimit -m: the memory a process should stay within. */
static void a_network_larger_than_the_memory_is_refused_with_both_figures(void **state) {
    (void)state;
    put("small.json", small_config, strlen(small_config));
    int code = lk_test_run(out, sizeof out,
                           "cd '%s' && ulimit -m 1 && '%s' bench small.json --size 16 --steps 1",
                           folder, LIKENESS_PROGRAM);
    assert_int_equal(code, 2);
    assert_contains(out, "small.json:1: model: needs ");
    assert_contains(out, " GB of memory (parameters and what goes with them ");
    assert_contains(out, ", and 0 GB are available: ");
    n_tried++;
}

/* ---- command lines ---- */

static void odd_words_exit_2_and_say_which(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "train c.json --dtaa x --out y",
          "likeness: unknown option --dtaa, did you mean --data?" },
        { "train c.json --data x --out", "likeness: --out: expected ... got nothing" },
        { "train c.json --data x --out y --steps 1e30",
          "likeness: --steps: expected a whole number from ... got 1e+30" },
        { "train c.json --data x --out y --steps -1",
          "likeness: --steps: expected a whole number from ... got -1" },
        { "train c.json --data x --out y --steps NaN",
          "likeness: --steps: expected a whole number ... got \"NaN\" (a string)" },
        { "train c.json --data x --out y --threads 0.5",
          "likeness: --threads: expected a whole number ... got 0.5" },
        { "train small.json --data x --out y --set train.epoch=1",
          "likeness: --set train.epoch=1: train: unknown key \"epoch\", did you mean \"epochs\"?" },
        { "train small.json --data x --out y --set modle.type=ae",
          "likeness: --set modle.type=ae: unknown key \"modle\", did you mean \"model\"?" },
        { "train small.json --data x --out y --set =1", "likeness: --set =1: expected KEY=VALUE" },
        { "train small.json --data x --out y --set ''", "likeness: --set : expected KEY=VALUE" },
        { "train small.json --data x --out y --set 'train={'",
          "likeness: --set train={: train: expected an object ... got \"{\" (a string)" },
        { "train ''", "likeness: expected ... usage: likeness" },
        { "eval '' --data x", "likeness: expected ... usage: likeness" },
        { "train small.json --data '' --out y",
          "likeness: --data: expected ... got an empty word" },
        { "prepare --images '' --out y", "likeness: --images: expected ... got an empty word" },
        { "prepare --synthetic 99999999999999999999 --out y",
          "likeness: --synthetic: expected a whole number ... got 1e+20" },
        { "''", "likeness: unknown command \"\"" },
        { "-- train", "likeness: unknown command \"--\"" },
    };
    put("small.json", small_config, strlen(small_config));
    for (size_t i = 0; i < LK_COUNT(rows); i++) must(rows[i].words, 2, rows[i].message);
}

/* Every command with nonsense in every place: it must print a reason of one line, and never be
   killed by a signal. */
static void no_command_breaks_on_nonsense(void **state) {
    (void)state;
    static const char *const commands[] = {
#define NAME(name) #name,
#include "cli/command_list.h"
        LK_COMMAND_LIST(NAME)
#undef NAME
    };
    static const char *const words[] = {
        "",
        "''",
        "--",
        "-",
        "--=",
        "--out",
        "--out=",
        "--no-such-option=3",
        "$(printf '\\377\\376\\001')",
        "%s%n%d",
        "$(head -c 100000 /dev/zero | tr '\\0' x)",
        "a a a a a a a a a a a a --json --json",
        "--out x/y --data /dev/null /dev/null",
        "--set a.b.c.d.e.f.g.h=1 --data /dev/zero --out /dev/null/x .",
        "--out $(head -c 1000 /dev/zero | tr '\\0' x)/y --data faces.lkd faces.lkd",
    };
    for (size_t i = 0; i < LK_COUNT(commands); i++)
        for (size_t k = 0; k < LK_COUNT(words); k++) {
            char line[512];
            snprintf(line, sizeof line, "%s %s </dev/null", commands[i], words[k]);
            int code = tried(line);
            if (code != 2 && code != 3 && code != 5 && code != 0)
                fail_msg("likeness %s: exit code %d: %s", line, code, out);
            if (code && !strstr(out, "likeness: "))
                fail_msg("likeness %s: no reason: %s", line, out);
            assert_true(strlen(out) < 60000);
        }
}

static void long_words_and_paths_keep_their_reason(void **state) {
    (void)state;
#define LONG(n) "$(head -c " #n " /dev/zero | tr '\\0' x)"
    static const struct {
        const char *words, *message;
        int code;
    } rows[] = {
        { "info " LONG(5000), "xxx...: expected at most 1023 bytes ... got 5000", 2 },
        { "info " LONG(1000), "xxx: cannot open: File name too long", 3 },
        { "config check " LONG(1000), "xxx: cannot open: File name too long", 2 },
        { "prepare --images " LONG(1020) " --out y", "xxx: no such folder", 3 },
        { "prepare --synthetic 5 --out " LONG(5000),
          "likeness: --out: expected at most 1023 bytes ... got 5000", 2 },
        { "prepare --synthetic 5 --size 8 --out " LONG(300) "/y",
          "/y: cannot create: File name too long", 5 },
        { "train small.json --data faces.lkd --out " LONG(1000),
          "xxx: cannot create folder: File name too long", 5 },
        { "table " LONG(1000), "xxx: expected the folder of a run", 3 },
        { LONG(9000), "xxx\"; likeness --help lists them", 2 },
        { "list losses --" LONG(9000), "xxx; likeness list --help lists them", 2 },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) must(rows[i].words, rows[i].code, rows[i].message);
}

static void out_that_cannot_be_written_exits_5_and_names_it(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "prepare --synthetic 5 --size 8 --out /proc/nowhere.lkd",
          "likeness: /proc/nowhere.lkd: cannot create" },
        { "prepare --synthetic 5 --size 8 --out folder", "likeness: folder: cannot " },
        { "train small.json --data faces.lkd --out plain --steps 1",
          "likeness: plain: exists and is not a folder" },
        { "train small.json --data faces.lkd --out plain/run --steps 1",
          "likeness: plain/run: cannot create folder: Not a directory" },
        { "train small.json --data faces.lkd --out /proc/self/run --steps 1",
          "likeness: /proc/self/run: cannot create folder" },
    };
    make_folder_of("folder");
    put("plain", "x", 1);
    put("small.json", small_config, strlen(small_config));
    for (size_t i = 0; i < LK_COUNT(rows); i++) must(rows[i].words, 5, rows[i].message);
    /* nothing half-written */
    assert_int_equal(lk_test_run(out, sizeof out, "ls -A '%s' | grep tmp", folder), 1);
}

static int end(void **state) {
    printf("bad inputs: %d tried\n", n_tried);
    return program_end(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_config_exits_2_with_file_line_path_expected_and_got),
        cmocka_unit_test(files_that_cannot_be_configs_are_refused_at_once),
        cmocka_unit_test(
            a_config_that_does_not_fit_the_pictures_exits_2_before_anything_is_written),
        cmocka_unit_test(a_network_larger_than_the_memory_is_refused_with_both_figures),
        cmocka_unit_test(odd_words_exit_2_and_say_which),
        cmocka_unit_test(no_command_breaks_on_nonsense),
        cmocka_unit_test(long_words_and_paths_keep_their_reason),
        cmocka_unit_test(out_that_cannot_be_written_exits_5_and_names_it),
    };
    return cmocka_run_group_tests(tests, program_start, end);
}
