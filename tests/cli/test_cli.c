/* The program as users see it: exit codes, help, nearest words, flags, configs and their errors,
   output that fails, signals. */
#include "base/file.h"
#include "cli/flags.c"
#include "cli/flags.h"
#include "cli/flags_help.c"
#include "cli/output.c"
#include "cli/signals.c"
#include "cli/signals.h"
#include "cli/terminal.c"
#include "cli/width.c"
#include "cli/wrap.c"
#include "support.h"

#include <likeness/nn.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[LK_PATH_MAX], out[1 << 17];

static void put(const char *name, const char *text) {
    lk_test_write(lk_test_path(folder, name), text, strlen(text));
}

/* Exit code of `likeness WORDS` in the scratch folder; both outputs in `out`. */
static int likeness(const char *words) {
    return lk_test_run(out, sizeof out, "cd '%s' && '%s' %s", folder, LIKENESS_PROGRAM, words);
}

static void wrong_usage_exits_2_with_one_line_and_the_nearest_word(void **state) {
    (void)state;
    static const struct {
        const char *words, *message;
    } rows[] = {
        { "", "likeness: expected a command, got nothing; likeness --help" },
        { "confg", "likeness: unknown command \"confg\", did you mean \"config\"?\n" },
        { "zzzzzzzz", "likeness: unknown command \"zzzzzzzz\"; likeness --help lists them\n" },
        { "--hepl", "likeness: unknown command \"--hepl\", did you mean \"--help\"?\n" },
        { "info", "likeness: too few words; usage: likeness info " },
        { "list losses models", "likeness: unexpected word \"models\"; usage: likeness list" },
        { "list loses", "likeness: list: unknown list \"loses\", did you mean \"losses\"?\n" },
        { "list zzzzzzzz", "likeness: list: unknown list \"zzzzzzzz\"" },
        { "list --jsno losses",
          "likeness: unknown option --jsno; likeness list --help lists them\n" },
        { "list --hlep", "likeness: unknown option --hlep, did you mean --help?\n" },
        { "config", "likeness: too few words; usage: likeness config" },
        { "config pirnt a.json",
          "likeness: config: unknown action \"pirnt\", did you mean \"print\"?\n" },
        { "config delete a.json",
          "likeness: config: unknown action \"delete\", expected print, check or schema\n" },
        { "config print", "likeness: config print: expected a config file\n" },
        { "config schema a.json", "likeness: config schema: unexpected word \"a.json\"\n" },
        { "config print a.json --ste x=1",
          "likeness: unknown option --ste, did you mean --set?\n" },
        { "config print a.json --ste=x=1",
          "likeness: unknown option --ste, did you mean --set?\n" },
        { "config print a.json --set",
          "likeness: --set: expected a list of at most 32 strings ... got nothing\n" },
        { "config print a.json --set x",
          "likeness: --set x: expected KEY=VALUE, as in train.epochs=3\n" },
        { "config print -- --set", "likeness: --set: cannot open: No such file or directory\n" },
        { "help zzzzzzzz", "likeness: help: expected a command, a section, type or key" },
        { "help lwsim", "likeness: help: unknown topic \"lwsim\", did you mean \"lwssim\"?\n" },
    };
    put("a.json", "{}");
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        int code = likeness(rows[i].words);
        assert_contains(out, rows[i].message);
        assert_int_equal(code, 2);
        assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
    }
}

static void help_and_version_go_to_standard_output(void **state) {
    (void)state;
    static const struct {
        const char *words, *part;
    } rows[] = {
        { "--help", "likeness COMMAND [options]" },
        { "-h", "likeness COMMAND [options]" },
        { "help", "likeness COMMAND [options]" },
        { "help list", "likeness list " },
        { "config print -h", "likeness config print" },
        { "help config", "optimizer.schedule: " },
        { "help optimizer", "optimizer: " },
        { "help schedule", "optimizer.schedule: " },
        { "help lwssim", "reconstruction, type \"lwssim\": " },
        { "help conv", "  padding " },
        { "help mmd", "regularizer, type \"mmd\": " },
        { "help mmd", "model, type \"mmd\": " },
        { "help lr", "optimizer\n  lr " },
        { "help train.epochs", "train\n  epochs " },
        { "help slope", "type \"leaky_relu\"\n  slope " },
        { "list", "\nlosses " },
        { "help config", "  batch_size               images per step (a whole number from 1 to "
                         "65536; default 64)" },
        { "--version", "likeness 0." },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        assert_int_equal(
            lk_test_run(out, sizeof out, "('%s' %s 2>/dev/null)", LIKENESS_PROGRAM, rows[i].words),
            0);
        assert_contains(out, rows[i].part);
    }
}

/* The example in `out` is read without an error: with --help it is not run. */
static void check_example(const char *name) {
    char start[64], words[1024];
    snprintf(start, sizeof start, "\nExample:\n  likeness %s", name);
    const char *example = strstr(out, start);
    if (!example) fail_msg("%s: no example", name);
    example += strlen("\nExample:\n  likeness ");
    snprintf(words, sizeof words, "%.*s --help", (int)strcspn(example, "\n"), example);
    if (likeness(words) != 0) fail_msg("%s: %s", words, out);
}

static void every_command_has_help_and_is_listed_in_the_help_of_the_program(void **state) {
    (void)state;
    static const char *const names[] = {
#define NAME(name) #name,
#include "cli/command_list.h"
        LK_COMMAND_LIST(NAME)
#undef NAME
    };
    for (size_t i = 0; i < LK_COUNT(names); i++) {
        char words[64], line[64];
        snprintf(words, sizeof words, "%s --help", names[i]);
        assert_int_equal(likeness(words), 0);
        snprintf(line, sizeof line, "likeness %s", names[i]);
        assert_contains(out, line);
        assert_contains(out, "Options:\n");
        assert_contains(out, "  --help ");
        check_example(names[i]);
        assert_int_equal(likeness("--help"), 0);
        snprintf(line, sizeof line, "\n  %s ", names[i]);
        assert_contains(out, line);
    }
}

static void lists_name_the_rows_of_the_tables(void **state) {
    (void)state;
    static const struct {
        const char *words, *part;
    } rows[] = { { "list losses", "mse " },           { "list models", "ae " },
                 { "list regularizers", "none " },    { "list optimizers", "sgd " },
                 { "list schedules", "cosine " },     { "list layers", "conv " },
                 { "list architectures", "compact" }, { "list ops", "mse " } };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        assert_int_equal(likeness(rows[i].words), 0);
        assert_contains(out, rows[i].part);
    }
}

static void the_list_of_layers_has_every_key_with_values_and_default(void **state) {
    (void)state;
    assert_int_equal(likeness("list layers"), 0);
    const char *at = out;
    for (const lk_choice *const *row = lk_layer_list; *row; row++) {
        lk_text line = { 0 }, wrapped = { 0 };
        lk_text_add(&line, "%-20s %s\n", (*row)->name, (*row)->summary);
        lk_options_help((*row)->options, 0, &line);
        lk_wrap(line.data, PIPE_WIDTH, &wrapped);
        at = strstr(at, wrapped.data);
        if (!at) fail_msg("not listed: %s", wrapped.data);
        lk_text_deinit(&line), lk_text_deinit(&wrapped);
    }
}

static void config_errors_name_file_line_and_key(void **state) {
    (void)state;
    put("typo.json", "{\n  \"train\": {\n    \"epocs\": 3\n  }\n}\n");
    put("child.json", "{ \"extends\": \"typo.json\" }\n");
    put("comma.json", "{\n  \"seed\": 1,\n}\n");
    put("range.json", "{ // a comment\n\"optimizer\": { \"lr\": -1 } }\n");
    put("a.json", "{}");
    put("experiment.json", "{ \"runs\": [] }\n");
    static const struct {
        const char *words, *message;
    } rows[] = {
        { "config check typo.json",
          "likeness: typo.json:3: train: unknown key \"epocs\", did you mean \"epochs\"?\n" },
        { "config check experiment.json",
          "likeness: experiment.json:1: name: expected a name for folders" },
        { "config check child.json",
          "likeness: typo.json:3: train: unknown key \"epocs\", did you mean \"epochs\"?\n" },
        { "config print comma.json",
          "likeness: comma.json:3: expected another key after the comma ... got \"}\"\n" },
        { "config print range.json",
          "likeness: range.json:2: optimizer.lr: expected a number from 0 to 1e+37 ... got -1\n" },
        { "config print absent.json",
          "likeness: absent.json: cannot open: No such file or directory\n" },
        { "config print .", "likeness: .: not a regular file\n" },
        { "config print a.json --set train.epochs=x",
          "likeness: --set train.epochs=x: train.epochs: expected a whole number ... got \"x\" (a "
          "string)" },
        { "config print a.json --set=model.tpye=ae",
          "likeness: --set model.tpye=ae: model: unknown key \"tpye\", did you mean \"type\"?\n" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        int code = likeness(rows[i].words);
        assert_contains(out, rows[i].message);
        assert_int_equal(code, 2);
    }
}

static void config_print_resolves_and_what_it_prints_prints_the_same(void **state) {
    (void)state;
    put("base.json", "{ \"optimizer\": { \"type\": \"sgd\", \"momentum\": 0.9, \"lr\": 0.5 } }\n");
    put("top.json",
        "{ \"extends\": \"base.json\", // what it changes\n \"train\": { \"epochs\": 3 } }\n");
    assert_int_equal(
        likeness("config print top.json --set optimizer.type=adam --set name=x | tee one.json"), 0);
    assert_contains(out, "\"name\": \"x\"");
    assert_contains(out, "\"epochs\": 3");
    assert_contains(out, "\"lr\": 0.5");
    assert_contains(out, "\"beta1\": 0.9");
    assert_null(strstr(strstr(out, "\"optimizer\""), "momentum"));
    assert_int_equal(likeness("config print one.json >two.json && cmp one.json two.json"), 0);
    assert_int_equal(likeness("config check one.json"), 0);
    assert_contains(out, "one.json is valid; --size N or --data FILE.lkd");
    assert_int_equal(likeness("config check one.json --size 64"), 0);
    assert_string_equal(out, "one.json is valid\n");
    assert_int_equal(lk_test_run(out, sizeof out, "('%s' config check '%s/one.json' 2>/dev/null)",
                                 LIKENESS_PROGRAM, folder),
                     0);
    assert_string_equal(out, "");
}

static void config_schema_prints_the_committed_schema(void **state) {
    (void)state;
    assert_int_equal(likeness("config schema | cmp - '" LIKENESS_SOURCE "/configs/schema.json'"),
                     0);
}

static void output_that_cannot_be_written_exits_5(void **state) {
    (void)state;
    static const char *const words[] = { "config schema >/dev/full", "list losses >/dev/full",
                                         "help config >/dev/full", "--version >/dev/full" };
    for (size_t i = 0; i < LK_COUNT(words); i++) {
        assert_int_equal(lk_test_run(out, sizeof out, "('%s' %s)", LIKENESS_PROGRAM, words[i]), 5);
        assert_string_equal(out,
                            "likeness: standard output: cannot write: No space left on device\n");
    }
    assert_int_equal(lk_test_run(out, sizeof out, "('%s' list losses >&-)", LIKENESS_PROGRAM), 5);
    assert_string_equal(out, "likeness: standard output: cannot write: Bad file descriptor\n");
}

/* ---- flags ---- */

struct sample {
    double val;
    int64_t max_bad, n;
    bool json;
    int format;
    char out[LK_WORDS_MAX];
    lk_strings set;
};

static const lk_option sample_options[] = {
    LK_OPTION_NUMBER(struct sample, val, 0.05, 0, 1, "share for validation"),
    LK_OPTION_INTEGER(struct sample, max_bad, 10, 0, 1000, "bad images allowed"),
    LK_OPTION_INTEGER(struct sample, n, 64, 1, 100, "pictures"),
    LK_OPTION_BOOLEAN(struct sample, json, false, "one JSON object"),
    LK_OPTION_WORD(struct sample, format, "md", "md|csv|tex", "of the table"),
    LK_OPTION_OUTPUT(struct sample, out, "FILE.png", "where to"),
    { .key = "set",
      .type = LK_STRINGS,
      .offset = offsetof(struct sample, set),
      .help = "a.b=v",
      .placeholder = "KEY=VALUE" },
    { 0 },
};

static const lk_command sample = { .name = "sample",
                                   .summary = "Draw",
                                   .usage = "RUN --out F",
                                   .options = sample_options,
                                   .options_size = sizeof(struct sample),
                                   .required = "out|val",
                                   .min_arguments = 1,
                                   .max_arguments = 2,
                                   .computes = true };
const lk_command *const lk_commands[] = { &sample, NULL };

/* Split a text at spaces into words. */
static lk_status read_flags(const char *text, lk_cli *cli, lk_arena *arena, int *n_threads,
                            bool *help, lk_error *err) {
    char *words[32], *copy = lk_arena_text(arena, text), *rest = NULL;
    int n = 0;
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        words[n++] = word;
    *help = false;
    return lk_flags_read(&sample, n, words, cli, arena, n_threads, help, err);
}

static void flags_of_every_type_are_read_in_both_spellings(void **state) {
    (void)state;
    lk_arena arena;
    lk_cli cli;
    lk_error err;
    int n_threads = 0;
    bool help = false;
    lk_arena_init(&arena);
    assert_ok(read_flags("run --out a=b --val=0.5 -n 7 --json --set a=1 --max-bad=3 --set=b=2 "
                         "--threads 4 --format csv -- --x",
                         &cli, &arena, &n_threads, &help, &err),
              &err);
    const struct sample *got = cli.options;
    assert_near(got->val, 0.5, 0);
    assert_int_equal(got->n, 7);
    assert_int_equal(got->max_bad, 3);
    assert_true(got->json);
    assert_int_equal(got->format, 1);
    assert_string_equal(got->out, "a=b");
    assert_int_equal(got->set.n, 2);
    assert_string_equal(got->set.v[1], "b=2");
    assert_int_equal(n_threads, 4);
    assert_int_equal(cli.n_arguments, 2);
    assert_string_equal(cli.arguments[0], "run");
    assert_string_equal(cli.arguments[1], "--x");
    assert_ok(read_flags("- --out 3 --val 0", &cli, &arena, &n_threads, &help, &err), &err);
    /* always a string, whatever it looks like */
    assert_string_equal(((const struct sample *)cli.options)->out, "3");
    assert_string_equal(cli.arguments[0], "-");
    assert_int_equal(((const struct sample *)cli.options)->max_bad, 10);
    assert_true(lk_cli_given(&cli, "out") && !lk_cli_given(&cli, "max_bad") &&
                !lk_cli_given(&cli, "nothing"));
    assert_ok(read_flags("--help", &cli, &arena, &n_threads, &help, &err), &err);
    assert_true(help);
    lk_arena_deinit(&arena);
}

static void wrong_flags_say_which_and_what_is_expected(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        { "r --out o --val x", "--val: expected a number from 0 to 1 ... got \"x\" (a string)" },
        { "r --out o --val -3", "--val: expected a number from 0 to 1 ... got -3" },
        { "r --out o --val=", "--val: expected a number ... got \"\" (a string)" },
        { "r --out o --val", "--val: expected a number from 0 to 1 ... got nothing" },
        { "r -n 0", "-n: expected a whole number from 1 to 100 ... got 0" },
        { "r --max-bad 1.5", "--max-bad: expected a whole number ... got 1.5" },
        { "r --json=true", "--json: expected no value ... got \"true\"" },
        { "r --format csw",
          "--format: expected md, csv or tex ... got \"csw\" (a string); did you mean \"csv\"?" },
        { "r --format 3", "--format: expected md, csv or tex ... got \"3\" (a string)" },
        { "r --max-bda 3", "unknown option --max-bda, did you mean --max-bad?" },
        { "r --max_bad 3", "unknown option --max_bad, did you mean --max-bad?" },
        { "r --thread 3", "unknown option --thread, did you mean --threads?" },
        { "r --threads 2000", "--threads: expected a whole number from 0 to 64 ... got 2000" },
        { "r -x", "unknown option -x" },
        { "r --val 0", "--out is missing; usage: likeness sample RUN --out F" },
        { "r --out o", "--val is missing" },
        { "--val 0 --out o", "too few words" },
        { "a b c --val 0 --out o", "unexpected word \"c\"" },
    };
    lk_arena arena;
    lk_arena_init(&arena);
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_cli cli;
        lk_error err = { "" };
        int n_threads = 0;
        bool help = false;
        if (read_flags(rows[i].text, &cli, &arena, &n_threads, &help, &err) != LK_USAGE)
            fail_msg("accepted: %s", rows[i].text);
        assert_contains(err.text, rows[i].message);
    }
    lk_arena_deinit(&arena);
}

static void strings_that_do_not_fit_are_refused(void **state) {
    (void)state;
    char text[2000] = "r --val 0 --out ";
    lk_arena arena;
    lk_cli cli;
    lk_error err;
    int n_threads = 0;
    bool help = false;
    lk_arena_init(&arena);
    memset(text + strlen(text), 'x', 1300);
    assert_int_equal(read_flags(text, &cli, &arena, &n_threads, &help, &err), LK_USAGE);
    assert_contains(err.text, "--out: expected at most 1023 bytes ... got 1300");
    char *words[LK_LIST_MAX + 1], set[] = "--set=a=1";
    for (size_t i = 0; i < LK_COUNT(words); i++) words[i] = set;
    assert_int_equal(
        lk_flags_read(&sample, LK_LIST_MAX + 1, words, &cli, &arena, &n_threads, &help, &err),
        LK_USAGE);
    assert_contains(err.text, "--set: expected at most 32 values");
    lk_arena_deinit(&arena);
}

static void the_help_of_a_command_lists_its_flags(void **state) {
    (void)state;
    lk_text text = { 0 };
    lk_help_command(&sample, &text);
    assert_contains(text.data, "  --max-bad N              bad images allowed (a whole number from "
                               "0 to 1000; default 10)\n");
    assert_contains(text.data,
                    "  --val X                  share for validation (a number from 0 to "
                    "1; default 0.05)\n");
    assert_contains(text.data, "  -n N                     pictures (a whole number from 1 to 100");
    assert_contains(text.data, "  --json                   one JSON object\n");
    assert_contains(text.data, "  --format WORD            of the table (md, csv or tex");
    assert_contains(text.data, "  --out FILE.png           where to\n");
    assert_contains(text.data, "  --set KEY=VALUE          a.b=v (may be repeated)\n");
    assert_contains(text.data, "  --threads N ");
    lk_text_deinit(&text);
}

/* ---- signals ---- */

/* In a child process: raise the signal twice at once, and a third time after `pause_ms` unless that
   is 0; then exit with the status's code. */
static int wait_status_of(int signal_number, int pause_ms) {
    pid_t child = fork();
    if (child == 0) {
        lk_signals_catch();
        if (lk_signals_status(NULL) != LK_OK) _exit(99);
        raise(signal_number);
        raise(signal_number);
        if (pause_ms) usleep(1000u * (unsigned)pause_ms);
        if (pause_ms) raise(signal_number);
        _exit(lk_status_exit_code(lk_signals_status(NULL)));
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

/* Two signals within a second count as one request. If the child took longer, try again. */
static int wait_status_of_double(int signal_number) {
    for (;;) {
        double begin_s = lk_seconds();
        int status = wait_status_of(signal_number, 0);
        if (lk_seconds() - begin_s < 1) return status;
    }
}

/* timeout(1) sends each signal twice: to the process and to its group. */
static void a_signal_and_its_double_are_noted_and_a_later_one_stops_at_once(void **state) {
    (void)state;
    static const struct {
        int signal_number, exit_code;
    } rows[] = { { SIGTERM, 75 }, { SIGUSR1, 75 }, { SIGINT, 130 } };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        int noted = wait_status_of_double(rows[i].signal_number),
            stopped = wait_status_of(rows[i].signal_number, 1100);
        assert_true(WIFEXITED(noted));
        assert_int_equal(WEXITSTATUS(noted), rows[i].exit_code);
        assert_true(WIFSIGNALED(stopped));
        assert_int_equal(WTERMSIG(stopped), rows[i].signal_number);
    }
}

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", lk_test_folder("cli"));
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_usage_exits_2_with_one_line_and_the_nearest_word),
        cmocka_unit_test(help_and_version_go_to_standard_output),
        cmocka_unit_test(every_command_has_help_and_is_listed_in_the_help_of_the_program),
        cmocka_unit_test(lists_name_the_rows_of_the_tables),
        cmocka_unit_test(the_list_of_layers_has_every_key_with_values_and_default),
        cmocka_unit_test(config_errors_name_file_line_and_key),
        cmocka_unit_test(config_print_resolves_and_what_it_prints_prints_the_same),
        cmocka_unit_test(config_schema_prints_the_committed_schema),
        cmocka_unit_test(output_that_cannot_be_written_exits_5),
        cmocka_unit_test(flags_of_every_type_are_read_in_both_spellings),
        cmocka_unit_test(wrong_flags_say_which_and_what_is_expected),
        cmocka_unit_test(strings_that_do_not_fit_are_refused),
        cmocka_unit_test(the_help_of_a_command_lists_its_flags),
        cmocka_unit_test(a_signal_and_its_double_are_noted_and_a_later_one_stops_at_once),
    };
    return cmocka_run_group_tests(tests, make_folder, NULL);
}
