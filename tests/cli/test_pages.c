/* What the program writes about itself: its manual page, its completion, the guide to configs. And
   how much it says. */
#include "screen.h"
#include "shell.h"
#include "tiny.h"

#include <stdio.h>
#include <string.h>

static int begin(void **state) {
    (void)state;
    lk_test_tiny("cli_pages", 40, TINY_CONFIG(""), folder);
    check("$L help --man >likeness.1 && $L help --completion bash >likeness.bash && "
          "$L help --completion zsh >_likeness");
    put_text(
        "lists.sh",
        "commands() { $L --help | sed -n '/^Commands:/,/^$/s/^  \\([a-z][a-z]*\\) .*/\\1/p'; }\n"
        "flags() { $L $1 --help | sed -n '/^Options:/,/^$/s/^  \\(--*[a-z0-9-]*\\) .*/\\1/p'; }\n");
    /* offers WORD...: what bash offers for the last word */
    put_text("offers.sh", ". ./likeness.bash\n"
                          "offers() {\n"
                          "    COMP_WORDS=(likeness \"$@\") COMP_CWORD=$#\n"
                          "    _likeness\n"
                          "    printf '%s\\n' \"${COMPREPLY[@]}\"\n"
                          "}\n");
    return 0;
}

/* ---- the manual page ---- */

static void the_manual_page_has_every_command_and_its_flags(void **state) {
    (void)state;
    check(". ./lists.sh && [ $(commands | wc -l) -gt 15 ] && for c in $(commands); do "
          "sed -n \"/^\\.SS $c\\$/,/^\\.S[SH] /p\" likeness.1 >section && [ -s section ] && "
          "for f in $(flags $c); do case $f in --help|--threads|--quiet|--verbose) ;; *) "
          "grep -qF -- \"\\\\fB$(printf %%s \"$f\" | sed 's/-/\\\\-/g')\\\\fR\" section || "
          "{ echo $c $f; exit 1; } ;; esac; done; done");
    check("grep -q '^\\.B 130$' likeness.1 && grep -q 'LIKENESS_THREADS' likeness.1");
}

static void the_manual_page_is_valid_roff(void **state) {
    (void)state;
    if (run("command -v groff") != 0) {
        print_message("SKIPPED: groff is not installed\n");
        skip();
    }
    check("groff -man -Tutf8 -ww -rLL=78n likeness.1 >page 2>warnings; cat warnings; "
          "[ ! -s warnings ] && grep -q -e --data page");
}

/* ---- completion ---- */

static void bash_offers_the_commands_and_flags_of_help(void **state) {
    (void)state;
    check("bash -n likeness.bash");
    check("bash -c '. ./lists.sh; . ./offers.sh; diff <(offers \"\" | grep -v ^-) <(commands) && "
          "for c in $(commands); do diff <(offers $c -) <(flags $c | grep ^-) || exit 1; done'");
}

static void bash_offers_what_may_follow(void **state) {
    (void)state;
    static const struct {
        const char *words, *offers;
    } rows[] = {
        { "trai", "train" },
        { "train --data ''", "faces.lkd" },
        { "train tin", "tiny.json" },
        { "train tiny.json --set train.ep", "train.epochs=" },
        { "train tiny.json --set reconstruction.type = lws", "lwssim" },
        { "train tiny.json --set train.flip =", "true false" },
        { "train tiny.json --set model.architecture = wa", "wae" },
        { "sweep tiny.json --grid optimizer.weight", "optimizer.weight_decay=" },
        { "prepare --filter bic", "bicubic" },
        { "prepare --filter = la", "lanczos" },
        { "table --format t", "tex" },
        { "config ch", "check" },
        { "config check tin", "tiny.json" },
        { "list loss", "losses" },
        { "help lwss", "lwssim" },
        { "help --completion z", "zsh" },
        { "train tiny.json --epochs ''", "" },
        { "train tiny.json --resu", "--resume" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        check("bash -c '. ./offers.sh; echo $(offers '\"%s\"')'", rows[i].words);
        out[strcspn(out, "\n")] = 0;
        if (strcmp(out, rows[i].offers) != 0)
            fail_msg("%s: expected \"%s\", got \"%s\"", rows[i].words, rows[i].offers, out);
    }
}

static void zsh_reads_its_script(void **state) {
    (void)state;
    check("grep -q '^#compdef likeness' _likeness && grep -q 'optimizer.lr' _likeness");
    if (run("command -v zsh") != 0) {
        print_message("SKIPPED: zsh is not installed\n");
        skip();
    }
    check("zsh -n _likeness");
}

static void pages_are_asked_for_one_at_a_time(void **state) {
    (void)state;
    assert_int_equal(run("$L help --man --completion zsh"), 2);
    assert_int_equal(run("$L help lwssim --man"), 2);
    assert_int_equal(run("$L help --completion fish"), 2);
    assert_contains(out, "expected none, bash or zsh, got \"fish\"");
}

/* ---- the guide to configs ---- */

/* The config that the guide shows is one. */
static void help_config_begins_with_an_example_that_works(void **state) {
    (void)state;
    check("$L help config | sed -n '/^  {$/,/^  }$/p' >shown.json && grep -q lwssim shown.json && "
          "$L config check shown.json --size 64");
    check("$L help config | sed '/^Every key/,$d' >guide && [ $(wc -l <guide) -lt 45 ] && "
          "grep -q '^  train.epochs  *passes over' guide && "
          "grep -q '^  reconstruction.type  *how' guide && grep -q 'lwssim, ms_ssim' guide");
}

static void help_config_fits_narrow_and_wide_screens_and_pagers(void **state) {
    (void)state;
    static char text[1 << 17];
    static const struct {
        int width, longest;
        const char *pager;
    } rows[] = { { 80, 80, "" }, { 160, 160, "" }, { 80, 80, " | cat" }, { 160, 100, " | cat" } };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        char command[LK_PATH_MAX];
        snprintf(command, sizeof command, "%s help config%s", LIKENESS_PROGRAM, rows[i].pager);
        int code = lk_test_on_screen(rows[i].width, text, sizeof text, command);
        if (code == -1) skip();
        assert_int_equal(code, 0);
        size_t longest = 0;
        for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
            longest = strcspn(line, "\n") > longest ? strcspn(line, "\n") : longest;
        assert_true((int)longest >= rows[i].longest - 10 && (int)longest <= rows[i].longest);
    }
}

/* ---- quiet and verbose ---- */

static void a_quiet_command_prints_its_result_and_nothing_else(void **state) {
    (void)state;
    static const char *const commands[] = {
        "prepare --synthetic 20 --size 8 --out small.lkd",
        "train tiny.json --data faces.lkd --out quiet",
        "eval quiet --data faces.lkd",
        "reproduce both.json --data faces.lkd --out both --epochs 1",
        "sweep tiny.json --grid seed=1,2 --data faces.lkd --out swept --epochs 1",
        "reconstruct quiet --data faces.lkd -n 2 --out grid.png",
        "encode quiet --data faces.lkd --out codes.npy",
        "bench tiny.json --size 16 --steps 1",
    };
    put_text("both.json",
             "{\"name\": \"both\", \"runs\": [{\"config\": \"tiny.json\", \"label\": \"A\"}]}");
    for (size_t i = 0; i < LK_COUNT(commands); i++) {
        check("$L %s --quiet 2>said >result; code=$?; cat said; [ $code = 0 ] && [ ! -s said ]",
              commands[i]);
    }
    check("[ -s result ]");
}

static void a_quiet_command_still_warns_and_fails_aloud(void **state) {
    (void)state;
    check("$L train tiny.json --data faces.lkd --out still --set optimizer.lr=0 --quiet");
    assert_contains(out, "warning: optimizer.lr is 0");
    assert_int_equal(run("$L train tiny.json --data nothing.lkd --quiet"), 3);
    assert_contains(out, "likeness: nothing.lkd: ");
}

static void verbose_names_the_machine(void **state) {
    (void)state;
    check("$L train tiny.json --data faces.lkd --out loud --steps 1 --verbose");
    assert_contains(out, "threads, kernels ");
    assert_int_equal(run("$L eval loud --data faces.lkd --quiet --verbose"), 2);
    assert_contains(out, "--quiet and --verbose: expected at most one of them");
    assert_int_equal(run("$L eval loud --data faces.lkd --quite"), 2);
    assert_contains(out, "unknown option --quite, did you mean --quiet?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_manual_page_has_every_command_and_its_flags),
        cmocka_unit_test(the_manual_page_is_valid_roff),
        cmocka_unit_test(bash_offers_the_commands_and_flags_of_help),
        cmocka_unit_test(bash_offers_what_may_follow),
        cmocka_unit_test(zsh_reads_its_script),
        cmocka_unit_test(pages_are_asked_for_one_at_a_time),
        cmocka_unit_test(help_config_begins_with_an_example_that_works),
        cmocka_unit_test(help_config_fits_narrow_and_wide_screens_and_pagers),
        cmocka_unit_test(a_quiet_command_prints_its_result_and_nothing_else),
        cmocka_unit_test(a_quiet_command_still_warns_and_fails_aloud),
        cmocka_unit_test(verbose_names_the_machine),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
