/* The BLAS that is loaded: the serial build is refused, other builds stay on the caller's thread,
   and resuming on another core type is reported. */
#include "shell.h"
#include "tiny.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A fresh folder with faces.lkd and tiny.json. */
static int begin(void **state) {
    (void)state;
    lk_test_tiny("cli_blas", 110, TINY_CONFIG(""), folder);
    return 0;
}

/* The folder of a build of OpenBLAS: as given by `variable`, otherwise Debian's. If it is absent, a
   message says so and the result is NULL. */
static const char *build_of_blas(const char *name, const char *variable) {
    static char path[LK_PATH_MAX];
    char library[LK_PATH_MAX + 32];
    const char *given = getenv(variable);
    if (given && *given)
        snprintf(path, sizeof path, "%s", given);
    else if (lk_test_run(path, sizeof path,
                         "ls -d /usr/lib/*/openblas-%s 2>/dev/null | head -n 1 | tr -d '\\n'",
                         name) != 0)
        *path = 0;
    snprintf(library, sizeof library, "%s/libopenblas.so.0", path);
    if (*path && lk_file_may_exist(library)) return path;
    print_message(
        "SKIPPED: OpenBLAS's %s build is not here (libopenblas0-%s, or its folder in %s)\n", name,
        name, variable);
    return NULL;
}

static void the_serial_build_is_refused_with_the_command_that_helps(void **state) {
    (void)state;
    const char *serial = build_of_blas("serial", "LIKENESS_OPENBLAS_SERIAL");
    if (!serial) skip();
    static const char *const commands[] = { "$TRAIN --out serial", "$L eval none --data faces.lkd",
                                            "$L prepare --synthetic 60 --size 16 --out new.lkd" };
    for (size_t i = 0; i < LK_COUNT(commands); i++) {
        assert_int_equal(run("export LD_LIBRARY_PATH='%s' && %s", serial, commands[i]), 1);
        assert_contains(out, "OpenBLAS's serial build");
        assert_contains(
            out,
            "apt-get install libopenblas0-pthread && update-alternatives --auto libopenblas.so.0-");
    }
    assert_int_equal(run("ls serial new.lkd 2>/dev/null"), 2);
}

/* A wide network by im2col, with products large enough for OpenBLAS to use several threads. */
#define WIDE                                                                                       \
    "--set model.engine=im2col --set train.batch_size=32 --set train.shards=2 --set "              \
    "train.steps=2 --set "                                                                         \
    "'model.architecture={\"encoder\":["                                                           \
    "{\"type\":\"conv\",\"out\":96},{\"type\":\"conv\",\"out\":96},{\"type\":\"flatten\"}],"       \
    "\"decoder\":[{\"type\":\"linear\",\"out\":"                                                   \
    "1536},{\"type\":\"reshape\",\"shape\":[96,4,4]},{\"type\":\"conv_transpose\",\"out\":96},{"   \
    "\"type\":\"conv_transpose\",\"out\":0},"                                                      \
    "{\"type\":\"sigmoid\"}]}' "

static void the_openmp_build_starts_no_threads_and_gives_the_same_bytes(void **state) {
    (void)state;
    const char *openmp = build_of_blas("openmp", "LIKENESS_OPENBLAS_OPENMP");
    if (!openmp || !lk_test_has_shim()) skip();
    check("$TRAIN --out pthread " WIDE);
    for (int n = 1; n <= 3; n++) {
        check("rm -f log; OMP_NUM_THREADS=4 LD_LIBRARY_PATH='%s' SIGNAL_AT='file 1 0 1' "
              "SIGNAL_AT_FILE=last.safetensors "
              "SIGNAL_AT_LOG=$PWD/log LD_PRELOAD=$SHIM $TRAIN --verbose --out openmp%d --threads "
              "%d " WIDE,
              openmp, n, n);
        assert_contains(out, "USE_OPENMP");
        check("cmp pthread/model.safetensors openmp%d/model.safetensors && cat log", n);
        char threads[32];
        snprintf(threads, sizeof threads, "threads: %d,", n);
        assert_contains(out, threads); /* at the save after the steps: no threads of OpenMP */
    }
}

static const char *other_core_type(void) {
    check("$L --version");
    return strstr(out, "Haswell") ? "Nehalem" : "Haswell";
}

static void a_run_says_what_computes_if_asked(void **state) {
    (void)state;
    check("$L --version | sed -n 's/^BLAS *//p' | tr -d '\\n'");
    char blas[256];
    snprintf(blas, sizeof blas, "%.255s", out);
    check("$TRAIN --out here --steps 9 --threads 3 --verbose");
    assert_contains(out, blas);
    assert_contains(out, "3 threads, kernels ");
    check("grep -aq '\"likeness.blas\":\"%s\"' here/checkpoints/last.safetensors", blas);
    assert_int_equal(
        run("grep -ac 'OpenBLAS\\|likeness.isa\\|likeness.version' here/model.safetensors"), 1);
}

static void resuming_on_another_core_type_is_allowed_and_reported(void **state) {
    (void)state;
    const char *other = other_core_type();
    /* a processor of another kind */
    if (run("OPENBLAS_CORETYPE=%s $L --version | grep -q 'BLAS.* %s'", other, other) != 0) skip();
    check("$TRAIN --out moved --steps 9 && rm moved/model.safetensors && "
          "OPENBLAS_CORETYPE=%s $TRAIN --out moved --steps 9 --resume && ls "
          "moved/model.safetensors",
          other);
    assert_contains(out, "moved/checkpoints/last.safetensors was written with OpenBLAS");
    assert_contains(out, "results may differ in their last bits");
    check("$TRAIN --out moved --steps 9 --resume");
    assert_null(strstr(out, "last bits"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_serial_build_is_refused_with_the_command_that_helps),
        cmocka_unit_test(the_openmp_build_starts_no_threads_and_gives_the_same_bytes),
        cmocka_unit_test(a_run_says_what_computes_if_asked),
        cmocka_unit_test(resuming_on_another_core_type_is_allowed_and_reported),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
