/* train --init: a run that starts from the weights in a file. */
#include "io/safetensors.h"
#include "runs.h"
#include "shell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- files of weights ---- */

/* The tensors of base/model.safetensors as PyTorch would store them, without metadata of Likeness.
   `dropped` is left out, `cut` loses its first row, `added` is one more, `broken` gets a NaN; NULL:
   none. */
struct change {
    const char *dropped, *cut, *added, *broken;
};

static void write_state_dict(const char *name, struct change change) {
    lk_safetensors *file = NULL;
    lk_error err = { "" };
    lk_stored_tensor tensors[64];
    static const int64_t batches[1] = { 14 };
    float broken[4096], nan_value = (float)NAN;
    size_t n = 0;
    assert_ok(lk_safetensors_open(lk_test_path(folder, "base/model.safetensors"), &file, &err),
              &err);
    for (size_t i = 0; i < lk_safetensors_count(file); i++) {
        lk_stored_tensor t = *lk_safetensors_at(file, i);
        if (change.dropped && strcmp(t.name, change.dropped) == 0) continue;
        if (change.cut && strcmp(t.name, change.cut) == 0) t.shape[0]--;
        if (change.broken && strcmp(t.name, change.broken) == 0) {
            memcpy(broken, t.data, t.shape[0] * sizeof *broken);
            broken[1] = nan_value;
            t.data = broken;
        }
        tensors[n++] = t;
    }
    tensors[n] = (lk_stored_tensor){ .name = "encoder.1.num_batches_tracked",
                                     .type = LK_STORED_I64,
                                     .data = batches };
    n++;
    if (change.added) {
        tensors[n] = tensors[0];
        tensors[n++].name = change.added;
    }
    const lk_metadata format = { "format", "pt" };
    assert_ok(lk_safetensors_write(lk_test_path(folder, name), tensors, n, &format, 1, &err), &err);
    lk_safetensors_close(file);
}

/* Runs of two epochs of seven steps. */
static int begin(void **state) {
    (void)state;
    setenv("LIKENESS_THREADS", "1", 1);
    lk_test_tiny("cli_init", FACES,
                 TINY_CONFIG(", \"optimizer\": {\"lr\": 0.01, \"average\": 0.9}"), folder);
    check("sed -i 's/\"epochs\": 3/\"epochs\": 2/' tiny.json && train base --set seed=5 && train "
          "plain");
    write_state_dict("torch.safetensors", (struct change){ .dropped = NULL });
    write_state_dict("short.safetensors",
                     (struct change){ "decoder.0.bias", "encoder.0.weight", "head.weight", NULL });
    write_state_dict("nan.safetensors", (struct change){ .broken = "decoder.0.bias" });
    write_state_dict("none.safetensors", (struct change){ .dropped = NULL });
    return 0;
}

static void a_model_a_run_a_checkpoint_and_a_state_dict_give_the_same_start(void **state) {
    (void)state;
    check("train a --init base/model.safetensors && ! cmp -s a/model.safetensors "
          "plain/model.safetensors");
    assert_contains(out, "starting from base/model.safetensors: ");
    check("train b --init base && cmp a/model.safetensors b/model.safetensors && "
          "train c --init torch.safetensors && "
          "cmp a/model.safetensors c/model.safetensors && "
          "train d --init base/checkpoints/best.safetensors && "
          "cmp a/model.safetensors d/model.safetensors");
    assert_null(strstr(out, "warning"));
}

static void of_a_run_that_is_not_finished_the_best_checkpoint_is_taken(void **state) {
    (void)state;
    check("cp -r base half && rm half/model.safetensors half/test.json && train h --init half && "
          "cmp a/model.safetensors h/model.safetensors");
    assert_contains(out, "half: not finished; its best checkpoint is used");
    /* it has gone on since, and the new run continues all the same */
    check("cp base/model.safetensors half/ && train h --init half --resume");
    assert_int_equal(run("mkdir -p empty && train e --init empty"), 3);
    assert_contains(out, "empty: expected a run with a model or a checkpoint");
}

static void the_weights_are_those_of_the_file(void **state) {
    (void)state;
    check("train still --init base --set optimizer.lr=0 --set "
          "optimizer.average=0 --steps 1 && for n in decoder.0.weight "
          "encoder.0.weight; do for f in base still; do $L info "
          "$f/model.safetensors --json | tr '{' '\\n' | grep $n; done | uniq | wc "
          "-l | grep -x 1 || exit 1; done");
}

static void the_record_says_where_it_started_but_not_the_model(void **state) {
    (void)state;
    check("head -n 1 a/metrics.jsonl && tr -d ' \\n\\t' <a/test.json && "
          "! grep -q base a/model.safetensors a/config.json && "
          "! grep init plain/metrics.jsonl plain/test.json");
    assert_contains(out, "{\"type\":\"init\",\"step\":0,\"path\":\"/");
    assert_contains(out, "\"init\":{\"path\":\"/");
    assert_contains(out, "/base/model.safetensors\",\"fingerprint\":\"");
    /* runs from different files are no seeds of one model */
    check("$L table a plain");
    assert_contains(out, "| tiny, init=");
    assert_contains(out, "| tiny | plain |");
}

static void tensors_that_do_not_fit_are_listed_and_refused(void **state) {
    (void)state;
    assert_int_equal(run("train bad --init short.safetensors"), 3);
    assert_contains(out, "missing: decoder.0.bias; of another shape: encoder.0.weight: expected");
    assert_contains(out, "not in the model: head.weight");
    assert_contains(out, "--init-partial");
    check("! ls -d bad 2>/dev/null");
    check("train part --init short.safetensors --init-partial");
    assert_contains(out, "missing, start at random: decoder.0.bias");
    assert_contains(out, "of another shape, start at random: encoder.0.weight: expected");
    assert_contains(out, "not in the model, not used: head.weight");
    assert_int_equal(run("train bad --init nan.safetensors"), 3);
    assert_contains(out, "tensor decoder.0.bias: expected finite values, got ");
    assert_int_equal(run("train bad --init base --set model.type=vae"), 3);
    assert_contains(out, "missing: encoder.mu.weight, ");
    assert_int_equal(run("train bad --init faces.lkd"), 3);
    assert_int_equal(run("train bad --init nowhere.safetensors"), 3);
    assert_int_equal(run("train bad --init-partial"), 2);
    assert_contains(out, "--init-partial: expected --init with it");
}

static void it_continues_without_the_file_and_not_from_another(void **state) {
    (void)state;
    check("cp none.safetensors moved.safetensors && train whole --init "
          "moved.safetensors --epochs 3 && train e --init moved.safetensors && "
          "rm moved.safetensors && train e --resume --epochs 3 && continued whole e && "
          "train e --resume --epochs 3 --init moved.safetensors && continued whole e");
    assert_int_equal(run("train e --resume --epochs 3 --init short.safetensors"), 2);
    assert_contains(out, "--init: the run was started from /");
    assert_int_equal(run("train plain --resume --init base"), 2);
    assert_contains(out, "--init: the run was started without it");
}

static void it_is_killed_at_any_moment_and_ends_with_the_same_bytes(void **state) {
    (void)state;
    if (!lk_test_has_shim()) skip();
    int kills = 0, kept = 0, code = 137;
    check("rm -rf whole && train whole --init torch.safetensors");
    for (int n = 1; code == 137; n += n < 60 ? 4 : 23) {
        code = run("rm -rf p && SIGNAL_AT='file %d 9 1' LD_PRELOAD=$SHIM train p --init "
                   "torch.safetensors",
                   n);
        if (code != 0 && code != 137) fail_msg("file %d: %s", n, out);
        kills += code == 137;
        /* once the folder has a config, the file is not needed */
        bool known = run("ls p/config.json 2>/dev/null") == 0;
        kept += known;
        if (run("train p --resume %s && continued whole p",
                known ? "" : "--init torch.safetensors") != 0)
            fail_msg("file %d: %s", n, out);
    }
    assert_true(kills > 20 && kept > 10 && kept < kills);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_a_run_a_checkpoint_and_a_state_dict_give_the_same_start),
        cmocka_unit_test(of_a_run_that_is_not_finished_the_best_checkpoint_is_taken),
        cmocka_unit_test(the_weights_are_those_of_the_file),
        cmocka_unit_test(the_record_says_where_it_started_but_not_the_model),
        cmocka_unit_test(tensors_that_do_not_fit_are_listed_and_refused),
        cmocka_unit_test(it_continues_without_the_file_and_not_from_another),
        cmocka_unit_test(it_is_killed_at_any_moment_and_ends_with_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
