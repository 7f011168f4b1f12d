/* What leaves the program: export as users see it. */
#include "runs.h"
#include "shell.h"

#include <stdlib.h>

/* Runs of one epoch. */
static int begin(void **state) {
    (void)state;
    setenv("LIKENESS_THREADS", "1", 1);
    lk_test_tiny("cli_interchange", FACES, TINY_CONFIG(", \"optimizer\": {\"lr\": 0.01}"), folder);
    check("train run --epochs 1 && train vae --epochs 1 --set model.type=vae");
    return 0;
}

/* ---- export ---- */

static void a_run_is_exported_with_the_same_bytes_each_time(void **state) {
    (void)state;
    check("$L export run --onnx deep/er/onnx");
    assert_contains(out, "deep/er/onnx/encoder.onnx: ");
    assert_contains(out, "deep/er/onnx/decoder.onnx: ");
    check("ls -A deep/er/onnx | tr '\\n' ' '");
    assert_string_equal(out, "decoder.onnx encoder.onnx ");
    check("$L export run/model.safetensors --onnx again --threads 2 --json");
    assert_contains(out, "\"encoder\":\"again/encoder.onnx\"");
    check("diff -r deep/er/onnx again && $L export run/checkpoints/best.safetensors --onnx best && "
          "for f in encoder decoder; do [ -s best/$f.onnx ] || exit 1; done");
    check("$L export vae --onnx vae/onnx && ! cmp -s vae/onnx/encoder.onnx again/encoder.onnx");
}

static void a_folder_keeps_its_files_unless_force_is_given(void **state) {
    (void)state;
    check("$L export run --onnx kept && echo mine >kept/notes && rm kept/encoder.onnx && "
          "cp kept/decoder.onnx before");
    assert_int_equal(run("$L export vae --onnx kept"), 2);
    assert_contains(out, "kept/decoder.onnx: exists; --force replaces it");
    check("! ls kept/encoder.onnx 2>/dev/null && cmp kept/decoder.onnx before && "
          "$L export vae --onnx kept --force && ! cmp -s kept/decoder.onnx before && "
          "grep -x mine kept/notes");
}

static void what_cannot_be_exported_leaves_nothing(void **state) {
    (void)state;
    assert_int_equal(run("$L export run"), 2);
    assert_contains(out, "--onnx");
    assert_int_equal(run("$L export nowhere --onnx new"), 3);
    assert_int_equal(run("$L export faces.lkd --onnx new"), 3);
    check("cp -r run broken && printf x | dd of=broken/model.safetensors bs=1 seek=9000 "
          "conv=notrunc 2>/dev/null");
    assert_int_equal(run("$L export broken --onnx new"), 3);
    assert_contains(out, "broken/model.safetensors: ");
    check("! ls -d new 2>/dev/null");
    check("echo file >taken");
    assert_int_equal(run("$L export run --onnx taken/below"), 5);
    check("! ls -d taken/below 2>/dev/null && mkdir full && cp again/encoder.onnx full/ && "
          "ulimit -f 8 && ! $L export run --onnx full --force");
    assert_contains(out, "encoder.onnx: cannot write");
    check("cmp full/encoder.onnx again/encoder.onnx && ls -A full");
    assert_string_equal(out, "encoder.onnx\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_exported_with_the_same_bytes_each_time),
        cmocka_unit_test(a_folder_keeps_its_files_unless_force_is_given),
        cmocka_unit_test(what_cannot_be_exported_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
