/* likeness bench: how long training steps take on random data. */
#include "run/bench.h"
#include "cli/output.h"

#include <stdio.h>

struct options {
    lk_strings set;
    int64_t batch, steps, size, channels;
    bool profile, json;
};

static const lk_option options[] = {
    { .key = "set",
      .type = LK_STRINGS,
      .offset = offsetof(struct options, set),
      .help = "a.b=v: change a value of the config, as JSON or else a string" },
    LK_OPTION_INTEGER(struct options, batch, 0, 0, 65536, "images a step; 0: the config's"),
    LK_OPTION_INTEGER(struct options, steps, 20, 1, 100000, "steps to measure"),
    LK_OPTION_INTEGER(struct options, size, 64, 1, 4096, "side of the images"),
    LK_OPTION_INTEGER(struct options, channels, 3, 1, 3, "channels of the images, 1 or 3"),
    LK_OPTION_BOOLEAN(struct options, profile, false, "also the time of each op"),
    LK_OPTION_BOOLEAN(struct options, json, false, "one JSON object"),
    { 0 },
};

static cJSON *rows_json(const lk_bench *b) {
    cJSON *rows = cJSON_CreateArray();
    for (int i = 0; i < b->n_rows; i++) {
        cJSON *row = cJSON_CreateObject();
        cJSON_AddStringToObject(row, "name", b->rows[i].name);
        cJSON_AddStringToObject(row, "op", b->rows[i].op);
        cJSON_AddStringToObject(row, "shape", b->rows[i].shape);
        cJSON_AddNumberToObject(row, "forward_ms", b->rows[i].forward_ms);
        cJSON_AddNumberToObject(row, "backward_ms", b->rows[i].backward_ms);
        cJSON_AddNumberToObject(row, "macs", b->rows[i].macs);
        cJSON_AddItemToArray(rows, row);
    }
    return rows;
}

static lk_status print_json(const lk_bench *b, const lk_kernels *kernels, lk_error *err) {
    const struct {
        const char *key;
        double value;
    } numbers[] = {
        { "ms_per_step", b->ms_per_step },
        { "images_per_second", b->images_per_second },
        { "gflops", b->gflops },
        { "peak_anon_mb", b->peak_anonymous_mb },
        { "loss_ms", b->loss_ms },
        { "loss_share", b->loss_share },
        { "optimizer_ms", b->optimizer_ms },
        { "first_step_ms", b->first_step_ms },
        { "steps", b->n_steps },
        { "batch", b->batch },
        { "threads", b->n_threads },
    };
    cJSON *json = cJSON_CreateObject();
    bool whole = json;
    for (size_t i = 0; i < LK_COUNT(numbers); i++) whole = whole && lk_cli_add_number(json, numbers[i].key, numbers[i].value);
    whole = whole && cJSON_AddStringToObject(json, "isa", kernels->isa) && cJSON_AddStringToObject(json, "blas", lk_blas_name());
    if (b->n_rows) whole = whole && cJSON_AddItemToObject(json, "profile", rows_json(b));
    return lk_cli_put_json(json, whole, err);
}

static double gflops(double macs, double ms) {
    return ms > 0 ? 2e-6 * macs / ms : 0;
}

static lk_status print_text(const lk_bench *b, const lk_kernels *kernels, lk_error *err) {
    lk_text out = { 0 };
    lk_text_add(&out, "%.1f ms a step (median of %d), %.0f images/s, %.0f GFLOP/s, batch %d, %d threads, %s, %s\n", b->ms_per_step,
                b->n_steps, b->images_per_second, b->gflops, b->batch, b->n_threads, kernels->isa, lk_blas_name());
    lk_text_add(&out, "loss %.2f ms (%.1f %%), optimiser %.2f ms, first step done after %.0f ms, peak of anonymous memory %.0f MB\n",
                b->loss_ms, 100 * b->loss_share, b->optimizer_ms, b->first_step_ms, b->peak_anonymous_mb);
    if (b->n_rows) lk_text_add(&out, "\n%-16s %-18s %-20s %10s %11s %8s\n", "node", "op", "shape", "forward ms", "backward ms", "GFLOP/s");
    for (int i = 0; i < b->n_rows; i++) {
        const lk_bench_row *row = &b->rows[i];
        lk_text_add(&out, "%-16s %-18s %-20s %10.2f %11.2f", row->name, row->op, row->shape, row->forward_ms, row->backward_ms);
        if (row->macs > 0) lk_text_add(&out, " %8.0f", gflops(row->macs, row->forward_ms));
        lk_text_add(&out, "\n");
    }
    return lk_cli_put(&out, err);
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *o = cli->options;
    const char *sets[LK_LIST_MAX + 1];
    char batch[64];
    int n = o->set.n;
    lk_config config = { 0 };
    lk_bench bench = { 0 };
    for (int i = 0; i < n; i++) sets[i] = o->set.v[i];
    snprintf(batch, sizeof batch, "train.batch_size=%lld", (long long)o->batch);
    if (o->batch) sets[n++] = batch;
    if (o->channels == 2) return lk_fail(err, LK_USAGE, "--channels: got 2, wanted 1 or 3");
    lk_status status = lk_config_load(cli->arguments[0], sets, n, &config, err);
    lk_bench_options options_of_run = { .n_steps = (int)o->steps, .images = { (int)o->size, (int)o->channels }, .profile = o->profile };
    if (!status) status = lk_bench_run(&cli->context, &config, options_of_run, &bench, err);
    if (!status) status = o->json ? print_json(&bench, cli->context.kernels, err) : print_text(&bench, cli->context.kernels, err);
    lk_bench_deinit(&bench);
    lk_config_deinit(&config);
    return status;
}

const lk_command lk_command_bench = {
    .name = "bench",
    .summary = "Time training steps on random data",
    .usage = "CONFIG [--set a.b=v]... [--batch B] [--steps N] [--profile] [--json]",
    .details = "Two steps warm up, the others are measured; ms a step is their median. Peak memory is anonymous memory (RssAnon).",
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 1,
    .max_arguments = 1,
    .computes = true,
    .run = run,
};
