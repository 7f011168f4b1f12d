/* Names of files to write: the extension of another format is refused before any work. */
#include "program.h"

#include <stdio.h>
#include <string.h>

/* Each command and option that writes a file, with its format. */
static const struct {
    const char *words, *format;
} writers[] = {
    { "sample run --out", ".png, .svg or .pdf" },
    { "reconstruct run a.png --out", ".png, .svg or .pdf" },
    { "traverse run --out", ".png, .svg or .pdf" },
    { "interpolate run a.png b.png --out", ".png, .svg or .pdf" },
    { "explain run a.png --out", ".png, .svg or .pdf" },
    { "curves run --out", ".png, .svg or .pdf" },
    { "sample run --npy", ".npy" },
    { "reconstruct run a.png --npy", ".npy" },
    { "encode run --data f.lkd --out", ".npy" },
};

static void an_extension_of_another_format_is_refused(void **state) {
    (void)state;
    static const char *const others[] = { "jpg", "JPEG", "csv", "npz",
                                          "md",  "webp", "gif", "safetensors" };
    char expected[64];
    for (size_t i = 0; i < LK_COUNT(writers); i++) {
        snprintf(expected, sizeof expected, "expected a name that ends in %s, got out",
                 writers[i].format);
        for (size_t k = 0; k < LK_COUNT(others); k++) {
            assert_int_equal(likeness("%s out.%s", writers[i].words, others[k]), 2);
            assert_contains(out, expected);
        }
        assert_int_equal(likeness("%s out.%s", writers[i].words,
                                  strcmp(writers[i].format, ".npy") == 0 ? "png" : "npy"),
                         2);
        assert_contains(out, expected);
    }
    assert_int_equal(lk_test_run(out, sizeof out, "ls -A '%s'", folder), 0);
    assert_string_equal(out, "");
}

/* Exit code 3: the name was taken, and the model is missing. */
static void other_names_are_taken(void **state) {
    (void)state;
    static const char *const names[] = { "out", "out.", ".png", "out.v2", "a.csv/out", "lr0.5" };
    char both[64];
    for (size_t i = 0; i < LK_COUNT(writers); i++) {
        for (size_t k = 0; k < LK_COUNT(names); k++)
            assert_int_equal(likeness("%s %s", writers[i].words, names[k]), 3);
        snprintf(both, sizeof both, "%s out%.4s", writers[i].words, writers[i].format);
        assert_int_equal(likeness("%s", both), 3);
        for (char *at = strrchr(both, '.'); *at; at++)
            if (*at >= 'a') *at = (char)(*at - 'a' + 'A');
        assert_int_equal(likeness("%s", both), 3);
    }
}

static void a_table_takes_its_format_from_the_name_or_refuses_another(void **state) {
    (void)state;
    static const struct {
        const char *words, *begins;
    } written[] = { { "--out t.csv", "label," },
                    { "--out t.md", "| " },
                    { "--out t.txt", "| " },
                    { "--out t", "| " },
                    { "--out t.JSON", "{" },
                    { "--out t.json --format json", "{" },
                    { "--out t.txt --format csv", "label," } };
    for (size_t i = 0; i < LK_COUNT(written); i++) {
        int code = likeness("table %s/tests/golden/report/results %s && head -c 9 t* && rm t*",
                            LIKENESS_SOURCE, written[i].words);
        if (code != 0 || strncmp(out, written[i].begins, strlen(written[i].begins)) != 0)
            fail_msg("%s: exit code %d: %s", written[i].words, code, out);
    }
    static const struct row refused[] = {
        { "table results --out t.svg", "ends in .md, .csv, .tex or .json, got t.svg" },
        { "table results --out t.csv --format md", "ends in .md, got t.csv" },
        { "table results --out t.npy", "got t.npy" },
    };
    check_rows(refused, LK_COUNT(refused), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_extension_of_another_format_is_refused),
        cmocka_unit_test(other_names_are_taken),
        cmocka_unit_test(a_table_takes_its_format_from_the_name_or_refuses_another),
    };
    return cmocka_run_group_tests(tests, program_start, program_end);
}
