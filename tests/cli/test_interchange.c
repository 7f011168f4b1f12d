/* What leaves the program and what comes back: export and import as users see them. */
#include "io/safetensors.h"
#include "runs.h"
#include "shell.h"

#include <stdlib.h>
#include <string.h>

/* Runs of one epoch; torch.safetensors has the tensors of `run` as PyTorch would store them. */
static void write_state_dict(const char *from, const char *to, const char *dropped) {
    lk_safetensors *file = NULL;
    lk_error err = { "" };
    lk_stored_tensor tensors[64];
    size_t n = 0;
    assert_ok(lk_safetensors_open(lk_test_path(folder, from), &file, &err), &err);
    for (size_t i = 0; i < lk_safetensors_count(file); i++)
        if (!dropped || strcmp(lk_safetensors_at(file, i)->name, dropped) != 0)
            tensors[n++] = *lk_safetensors_at(file, i);
    const lk_metadata format = { "format", "pt" };
    assert_ok(lk_safetensors_write(lk_test_path(folder, to), tensors, n, &format, 1, &err), &err);
    lk_safetensors_close(file);
}

static int begin(void **state) {
    (void)state;
    setenv("LIKENESS_THREADS", "1", 1);
    lk_test_tiny("cli_interchange", FACES, TINY_CONFIG(", \"optimizer\": {\"lr\": 0.01}"), folder);
    check("train run --epochs 1 && train vae --epochs 1 --set model.type=vae");
    write_state_dict("run/model.safetensors", "torch.safetensors", NULL);
    write_state_dict("run/model.safetensors", "short.safetensors", "decoder.0.bias");
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

/* ---- import ---- */

static void weights_that_come_back_make_the_same_run(void **state) {
    (void)state;
    check("$L import run/config.json --safetensors torch.safetensors --data faces.lkd --out back");
    assert_contains(out, "| back | 27 | ");
    assert_contains(out, "back/model.safetensors has the weights of torch.safetensors");
    check(
        "for f in model.safetensors config.json test_scores.npy; do cmp run/$f back/$f || exit 1; "
        "done && for r in run back; do $L reconstruct $r --npy $r.npy >/dev/null && "
        "$L encode $r --out $r.z.npy >/dev/null || exit 1; done && cmp run.npy back.npy && "
        "cmp run.z.npy back.z.npy");
    /* the config of the user, not that of a run: the layers are the same */
    check("$L import tiny.json --safetensors torch.safetensors --data faces.lkd --out tiny "
          "--set train.epochs=1 && cmp run/model.safetensors tiny/model.safetensors");
}

static void every_command_takes_a_run_that_was_imported(void **state) {
    (void)state;
    static const char *const commands[] = {
        "eval back",
        "eval back --worst 2 --out worst.png",
        "encode back --out z.npy",
        "reconstruct back -n 2 --out r.png",
        "interpolate back --index 3,4 --out i.png",
        "traverse back --index 3 --out t.png",
        "explain back --index 2 --out e.png",
        "info back",
        "info back --json",
        "info .",
        "compare run back --out c.png",
        "table run back",
        "table back --format csv",
        "export back --onnx back_onnx",
        "config print back/config.json",
        "train back/config.json --data faces.lkd --init back --out further --epochs 1",
    };
    for (size_t i = 0; i < LK_COUNT(commands); i++)
        if (run("$L %s", commands[i]) != 0) fail_msg("%s: %s", commands[i], out);
    check("$L import tiny.json --set model.type=vae --safetensors vae/model.safetensors --data "
          "faces.lkd --out drawn && $L sample drawn -n 4 --npy drawn.npy && "
          "$L sample vae -n 4 --npy vae.npy && cmp drawn.npy vae.npy");
    check("$L info back");
    assert_contains(out, "imported");
    assert_contains(out, "/torch.safetensors");
    assert_contains(out, "/faces.lkd");
    check("grep -q '/torch.safetensors\"' back/test.json && "
          "grep -q '/torch.safetensors\"' back/metrics.jsonl && $L table back --format csv | tr "
          "'\\n' ' '");
    assert_contains(out, ",0,0,");
}

static void what_an_imported_run_did_elsewhere_is_not_made_up(void **state) {
    (void)state;
    check("$L table back");
    assert_contains(out, "\nTrained elsewhere and then imported, measured on ");
    check("$L table run back");
    assert_contains(out, " steps), or elsewhere and then imported, measured on ");
    assert_int_equal(run("$L curves back --out c.png"), 3);
    assert_contains(out, "back: skipped: it has no epochs, as it was imported");
    check("$L report back >/dev/null && grep -c 'elsewhere: the run was imported' back/report.html "
          "&& grep -c 'nothing here "
          "says how its model trained' back/report.html && ! grep 'for 0 epochs' back/report.html");
}

static void a_run_that_was_imported_has_nothing_to_resume(void **state) {
    (void)state;
    assert_int_equal(run("$L train back/config.json --data faces.lkd --out back --resume"), 2);
    assert_contains(out, "back: holds a model, and no checkpoint to continue from");
    check("cmp run/model.safetensors back/model.safetensors");
}

static void without_a_pack_nothing_is_measured(void **state) {
    (void)state;
    assert_int_equal(run("$L import tiny.json --safetensors torch.safetensors --out bare"), 2);
    assert_contains(out, "expected --data FILE.lkd or --size N, as neither the config nor "
                         "torch.safetensors says how large the pictures are");
    check("! ls -d bare 2>/dev/null");
    check("$L import tiny.json --safetensors torch.safetensors --size 16 --out bare && "
          "! ls bare/test.json 2>/dev/null && $L table bare");
    assert_contains(out, "trained, not tested");
    assert_int_equal(run("$L eval bare"), 2);
    assert_contains(out, "expected --data FILE.lkd: bare does not record the pack");
    check("$L eval bare --data faces.lkd >bare.txt && $L eval back >back.txt && "
          "sed 's/| tiny /| back /' bare.txt | diff - back.txt && $L info bare");
    /* a model file says what its pictures are, and how they were made */
    check("$L import tiny.json --safetensors run/model.safetensors --out known && "
          "grep -aq likeness.data known/model.safetensors && "
          "! grep -aq likeness.data bare/model.safetensors && "
          "$L reconstruct known --data faces.lkd -n 2 --npy known.npy && "
          "$L reconstruct run -n 2 --npy two.npy && cmp known.npy two.npy");
}

static void what_does_not_fit_is_refused_and_leaves_nothing(void **state) {
    (void)state;
    static const char import[] = "$L import tiny.json --out bad --safetensors";
    assert_int_equal(run("%s short.safetensors --data faces.lkd", import), 3);
    assert_contains(out, "short.safetensors: ... missing: decoder.0.bias");
    assert_null(strstr(out, "--init-partial"));
    assert_int_equal(run("%s torch.safetensors --data faces.lkd --set model.latent=7", import), 3);
    assert_contains(out, "of another shape: ");
    assert_int_equal(run("%s torch.safetensors --size 32", import), 2);
    assert_int_equal(run("%s nowhere.safetensors --size 16", import), 3);
    assert_int_equal(run("%s faces.lkd --size 16", import), 3);
    assert_int_equal(run("%s torch.safetensors --data nowhere.lkd", import), 3);
    assert_int_equal(run("%s torch.safetensors --data faces.lkd --size 16", import), 2);
    assert_contains(out, "--size: expected none with --data");
    assert_int_equal(run("%s torch.safetensors --channels 1", import), 2);
    assert_contains(out, "--channels: expected --size N with it");
    assert_int_equal(run("%s torch.safetensors --size 16 --channels 2", import), 2);
    assert_int_equal(run("$L import tiny.json --size 16 --out bad"), 2);
    check("! ls -d bad 2>/dev/null");
}

static void a_run_that_is_there_is_kept_unless_force_is_given(void **state) {
    (void)state;
    check("cp -r run old && cp -r run other");
    assert_int_equal(run("$L import tiny.json --safetensors torch.safetensors --size 16 --out old"),
                     2);
    assert_contains(out, "old: exists; --force replaces it");
    assert_null(strstr(out, "--resume"));
    check("diff -r run old && mkdir mine && echo x >mine/notes");
    assert_int_equal(
        run("$L import tiny.json --safetensors torch.safetensors --size 16 --out mine --force"), 2);
    check("$L import tiny.json --safetensors torch.safetensors --size 16 --out other --force && "
          "! ls other/test.json other/checkpoints/* 2>/dev/null && $L reconstruct other --data "
          "faces.lkd -n 2 --npy o.npy && cmp o.npy two.npy");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_exported_with_the_same_bytes_each_time),
        cmocka_unit_test(a_folder_keeps_its_files_unless_force_is_given),
        cmocka_unit_test(what_cannot_be_exported_leaves_nothing),
        cmocka_unit_test(weights_that_come_back_make_the_same_run),
        cmocka_unit_test(every_command_takes_a_run_that_was_imported),
        cmocka_unit_test(what_an_imported_run_did_elsewhere_is_not_made_up),
        cmocka_unit_test(a_run_that_was_imported_has_nothing_to_resume),
        cmocka_unit_test(without_a_pack_nothing_is_measured),
        cmocka_unit_test(what_does_not_fit_is_refused_and_leaves_nothing),
        cmocka_unit_test(a_run_that_is_there_is_kept_unless_force_is_given),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
