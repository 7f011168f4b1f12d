/* Runs in their own folders, stopped, resumed and compared. */
#include "runs.h"

#include <likeness/train.h>

#include <stdio.h>
#include <string.h>

int64_t steps_seen;

static void count_step(void *self, const lk_train_progress *progress) {
    (void)self;
    steps_seen = progress->step;
}

lk_status lk_test_stop(void *self) {
    struct stop *stop = self;
    if (!stop) return LK_OK;
    stop->asked++;
    return steps_seen == stop->after || stop->asked == stop->question ? LK_TERMINATED : LK_OK;
}

struct place place(const char *name) {
    struct place p;
    snprintf(p.folder, sizeof p.folder, "%s", lk_test_folder(name));
    snprintf(p.pack, sizeof p.pack, "%s", lk_test_pack(p.folder, FACES));
    snprintf(p.run, sizeof p.run, "%s/run", p.folder);
    return p;
}

lk_status train_config(const lk_context *context, const struct place *p, const lk_config *config,
                       bool resume, struct stop *stop, lk_error *err) {
    lk_train_options options = { .config = config,
                                 .data = p->pack,
                                 .out = p->run,
                                 .resume = resume,
                                 .stop = { lk_test_stop, stop },
                                 .progress = count_step };
    return lk_train_model(context, &options, err);
}

lk_status train(const lk_context *context, const struct place *p, const char *config_text,
                bool resume, struct stop *stop, lk_error *err) {
    lk_config config = lk_test_config(config_text);
    lk_status status = train_config(context, p, &config, resume, stop, err);
    lk_config_deinit(&config);
    return status;
}

lk_status train_sets(const lk_context *context, const struct place *p, const char *const *sets,
                     int n_sets, bool resume, struct stop *stop, lk_error *err) {
    static const char text[] = TINY_CONFIG("");
    lk_config config;
    assert_ok(lk_config_parse_text(text, strlen(text), "tiny", sets, n_sets, &config, err), err);
    lk_status status = train_config(context, p, &config, resume, stop, err);
    lk_config_deinit(&config);
    return status;
}

lk_status train_set(const lk_context *context, const struct place *p, const char *set, bool resume,
                    struct stop *stop, lk_error *err) {
    return train_sets(context, p, &set, 1, resume, stop, err);
}

void assert_same_file(const struct place *a, const struct place *b, const char *name) {
    char out[1024];
    if (lk_test_run(out, sizeof out, "cmp '%s/%s' '%s/%s'", a->run, name, b->run, name) != 0)
        fail_msg("%s", out);
}

void assert_same_records(const struct place *a, const struct place *b) {
    char out[4096];
    int code = lk_test_run(
        out, sizeof out,
        ". '%s/tests/support/shell.sh'; without_times '%s' >'%s/records'; without_times "
        "'%s' >'%s/records'; diff '%s/records' '%s/records'",
        LIKENESS_SOURCE, a->run, a->folder, b->run, b->folder, a->folder, b->folder);
    if (code != 0) fail_msg("%s", out);
}

void assert_same_run(const struct place *a, const struct place *b) {
    assert_same_file(a, b, "model.safetensors");
    assert_same_file(a, b, "checkpoints/last.safetensors");
    assert_same_file(a, b, "checkpoints/best.safetensors");
    assert_same_records(a, b);
}
