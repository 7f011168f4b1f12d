/* Configs and experiments from standard input and pipes, which can be read only once. */
#include "program.h"
#include "tiny.h"

#include <stdio.h>
#include <string.h>

static const char base[] = TINY_CONFIG("");
static const char over[] = "{\"extends\": \"configs/base.json\", \"train\": {\"epochs\": 1, "
                           "\"steps\": 2, \"batch_size\": 4}}\n";
static const char experiment[] =
    "{\"name\": \"two\", \"runs\": [{\"config\": \"configs/base.json\", \"label\": \"A\"}]}\n";

static int begin(void **state) {
    program_start(state);
    make_folder_of("configs");
    put("configs/base.json", base, strlen(base));
    put("over.json", over, strlen(over));
    put("experiment.json", experiment, strlen(experiment));
    lk_test_pack(folder, 30);
    return lk_test_run(out, sizeof out, "cd '%s' && mkfifo pipe", folder);
}

/* Each command, and what it prints of that file. %%s: the name of the stream. */
static const struct {
    const char *words, *file, *prints;
} commands[] = {
    { "config check %s", "over.json", " is valid" },
    { "config print %s", "over.json", "\"steps\": 2" },
    { "config check %s", "experiment.json", "valid experiment: 1 run, 1 seed" },
    { "info %s --size 16", "over.json", "batch_norm" },
    { "bench %s --size 16 --steps 1", "over.json", "batch 4" },
    { "train %s --data faces.lkd --out run --force", "over.json", "run/model.safetensors" },
    { "reproduce %s --data faces.lkd --out two --epochs 1", "experiment.json", "table.md" },
};

static void check_command(size_t i, const char *name, const char *before, const char *after) {
    char words[256], command[512];
    snprintf(words, sizeof words, "%.*s%s%s", (int)strcspn(commands[i].words, "%"),
             commands[i].words, name, strchr(commands[i].words, '%') + 2);
    snprintf(command, sizeof command, "cd '%.200s' && %s %s %s %s", folder, before,
             LIKENESS_PROGRAM, words, after);
    int code = lk_test_run(out, sizeof out, "%s", command);
    if (code != 0) fail_msg("%s: exit code %d: %s", command, code, out);
    assert_contains(out, commands[i].prints);
}

static void every_command_reads_configs_from_standard_input_and_pipes(void **state) {
    (void)state;
    char before[64], after[64];
    for (size_t i = 0; i < LK_COUNT(commands); i++) {
        snprintf(before, sizeof before, "cat %s |", commands[i].file);
        snprintf(after, sizeof after, "<%s", commands[i].file);
        check_command(i, "-", before, "");
        check_command(i, "/dev/stdin", before, "");
        check_command(i, "-", "", after);
        snprintf(before, sizeof before, "{ cat %s >pipe & } &&", commands[i].file);
        check_command(i, "pipe", before, "");
    }
}

static void what_is_wrong_there_is_named_with_its_line(void **state) {
    (void)state;
    assert_int_equal(lk_test_run(out, sizeof out,
                                 "printf '{\\n\"seed\": \"x\"}' | %s config check -",
                                 LIKENESS_PROGRAM),
                     2);
    assert_contains(out, "standard input:2: seed: ");
    assert_int_equal(lk_test_run(out, sizeof out, "%s config check - </dev/null", LIKENESS_PROGRAM),
                     2);
    assert_int_equal(lk_test_run(out, sizeof out, "%s config check /dev/zero", LIKENESS_PROGRAM),
                     2);
    assert_contains(out, "/dev/zero: expected at most");
    assert_int_equal(likeness("config check configs"), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_reads_configs_from_standard_input_and_pipes),
        cmocka_unit_test(what_is_wrong_there_is_named_with_its_line),
    };
    return cmocka_run_group_tests(tests, begin, program_end);
}
