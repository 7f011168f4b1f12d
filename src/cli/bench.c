/* likeness bench: how long training steps take on random data. */
#include "train/bench.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/sets.h"
#include "cli/wrap.h"
#include "tensor/gemm.h"
#include "tensor/kernels.h"

struct options {
    lk_strings set;
    int64_t batch, steps, size, channels, rank_timeout;
    bool profile, comm, json;
};

static const lk_option options[] = {
    LK_OPTION_SET(struct options, "the config"),
    LK_OPTION_INTEGER(struct options, batch, 0, 0, 65536, "images per step; 0: as in the config"),
    LK_OPTION_INTEGER(struct options, steps, 20, 1, 100000, "steps to measure"),
    LK_OPTION_INTEGER(struct options, size, 64, 1, 4096, "side of the images"),
    LK_OPTION_INTEGER(struct options, channels, 3, 1, 3, "channels of the images, 1 or 3"),
    LK_OPTION_BOOLEAN(struct options, profile, false,
                      "also the time, GFLOP/s and bytes of each op"),
    LK_OPTION_BOOLEAN(struct options, comm, false,
                      "with mpirun: also what the processes exchange, and how fast"),
    LK_OPTION_RANK_TIMEOUT(struct options),
    LK_OPTION_BOOLEAN(struct options, json, false, "one JSON object"),
    { 0 },
};

#define NAME(word, constant) [constant] = #word,
static const char *const precisions[] = { LK_PRECISION_LIST(NAME) };
#undef NAME

static double gflops(lk_bench_pass pass) {
    return pass.ms > 0 ? 2e-6 * pass.macs / pass.ms : 0;
}

static bool add_pass(cJSON *row, const char *name, lk_bench_pass pass) {
    cJSON *object = cJSON_AddObjectToObject(row, name);
    return object && lk_json_add_number(object, "ms", pass.ms) &&
           lk_json_add_number(object, "macs", pass.macs) &&
           lk_json_add_number(object, "gflops", gflops(pass)) &&
           lk_json_add_number(object, "bytes", pass.bytes);
}

static bool add_rows(cJSON *json, const char *key, const lk_bench_row *rows, int n) {
    cJSON *list = cJSON_AddArrayToObject(json, key);
    bool whole = list;
    for (int i = 0; i < n && whole; i++) {
        cJSON *row = cJSON_CreateObject();
        whole = row && cJSON_AddItemToArray(list, row) &&
                cJSON_AddStringToObject(row, "op", rows[i].op);
        if (rows[i].name)
            whole = whole && cJSON_AddStringToObject(row, "name", rows[i].name) &&
                    cJSON_AddStringToObject(row, "shape", rows[i].shape);
        else
            whole = whole && lk_json_add_number(row, "nodes", rows[i].n_nodes);
        if (rows[i].engine) whole = whole && cJSON_AddStringToObject(row, "engine", rows[i].engine);
        whole = whole && add_pass(row, "forward", rows[i].forward) &&
                add_pass(row, "backward", rows[i].backward);
    }
    return whole;
}

struct pair {
    const char *key;
    double value;
};

static bool add_numbers(cJSON *json, const struct pair *pairs, size_t n) {
    bool whole = json;
    for (size_t i = 0; i < n; i++)
        whole = whole && lk_json_add_number(json, pairs[i].key, pairs[i].value);
    return whole;
}

static double comm_share(const lk_bench *b) {
    return b->comm.step_ms / b->ms_per_step;
}

static bool add_comm(cJSON *json, const lk_bench *b) {
    const lk_bench_comm *c = &b->comm;
    const struct pair numbers[] = {
        { "latency_us", c->latency_us },
        { "bytes_per_second", c->bytes_per_second },
        { "gradient_bytes", (double)c->gradient_bytes },
        { "sum_ms", c->sum_ms },
        { "sum_exchanges", (double)c->sum_exchanges },
        { "sum_bytes", (double)c->sum_bytes },
        { "step_exchanges", (double)c->step_exchanges },
        { "step_bytes", (double)c->step_bytes },
        { "step_ms", c->step_ms },
        { "after_ms", c->after_ms },
        { "during_ms", c->during_ms },
        { "share", comm_share(b) },
    };
    return add_numbers(cJSON_AddObjectToObject(json, "comm"), numbers, LK_COUNT(numbers));
}

static bool add_rounds(cJSON *json, const lk_bench_rounds *rounds) {
    cJSON *object = cJSON_AddObjectToObject(json, "rounds"), *divided = NULL;
    bool whole = object && lk_json_add_number(object, "n", rounds->n) &&
                 lk_json_add_number(object, "ms", rounds->ms) &&
                 lk_json_add_number(object, "empty_us", rounds->empty_us);
    whole = whole && (divided = cJSON_AddObjectToObject(object, "divided_ms"));
    for (int i = 0; i < LK_N_BENCH_THREADS && whole; i++) {
        char key[16];
        lk_format(key, sizeof key, "%d", lk_bench_threads[i]);
        whole = lk_json_add_number(divided, key, rounds->divided_ms[i]);
    }
    return whole;
}

static lk_status print_json(const lk_bench *b, const lk_kernels *kernels, lk_error *err) {
    const struct pair numbers[] = {
        { "ms_per_step", b->ms_per_step },
        { "images_per_second", b->images_per_second },
        { "gflops", b->gflops },
        { "peak_anon_mb", b->peak_anonymous_mb },
        { "loss_ms", b->loss_ms },
        { "loss_share", b->loss_share },
        { "optimizer_ms", b->optimizer_ms },
        { "first_step_ms", b->first_step_ms },
        { "steps_ms", b->steps_ms },
        { "steps", b->n_steps },
        { "batch", b->batch },
        { "threads", b->n_threads },
        { "ranks", b->n_ranks },
    };
    cJSON *json = cJSON_CreateObject();
    bool whole = add_numbers(json, numbers, LK_COUNT(numbers));
    whole = whole && cJSON_AddStringToObject(json, "precision", precisions[b->precision]) &&
            cJSON_AddStringToObject(json, "isa", kernels->isa) &&
            cJSON_AddStringToObject(json, "blas", lk_blas_name());
    if (b->comm.sum_exchanges) whole = whole && add_comm(json, b);
    if (b->n_rows)
        whole = whole && add_rows(json, "profile", b->rows, b->n_rows) &&
                add_rows(json, "by_op", b->totals, b->n_totals) && add_rounds(json, &b->rounds);
    return lk_cli_put_json(json, whole, err);
}

static void add_cells(lk_text *lines, lk_bench_pass pass) {
    lk_text_add(lines, "\t%.2f\t", pass.ms);
    if (pass.macs > 0) lk_text_add(lines, "%.0f", gflops(pass));
    lk_text_add(lines, "\t%.2f", pass.bytes / 1e6);
}

static void add_table(const char *heads, const lk_bench_row *rows, int n, lk_text *out) {
    lk_text lines = { 0 };
    lk_text_add(&lines, "%s\tforward ms\tGFLOP/s\tMB\tbackward ms\tGFLOP/s\tMB\n", heads);
    for (int i = 0; i < n; i++) {
        const lk_bench_row *row = &rows[i];
        if (row->name)
            lk_text_add(&lines, "%s\t%s\t%s\t%s", row->name, row->op, row->shape,
                        row->engine ? row->engine : "");
        else
            lk_text_add(&lines, "%s\t%d\t\t", row->op, row->n_nodes);
        add_cells(&lines, row->forward);
        add_cells(&lines, row->backward);
        lk_text_add(&lines, "\n");
    }
    lk_text_add(out, "\n");
    lk_cli_align(&lines, "llllrrrrrr", out);
    lk_text_deinit(&lines);
}

static void add_comm_lines(const lk_bench *b, lk_text *out) {
    const lk_bench_comm *c = &b->comm;
    char gradient[32], sum[32], others[32];
    lk_text_add(out,
                "an exchange takes %.1f us; messages of 1 MiB go at %.2f Gbit/s each way\n"
                "gradient of %s: summed in %.2f ms, by %lld exchanges that send %s\n",
                c->latency_us, 8e-9 * c->bytes_per_second,
                lk_cli_bytes((double)c->gradient_bytes, gradient), c->sum_ms,
                (long long)c->sum_exchanges, lk_cli_bytes((double)c->sum_bytes, sum));
    lk_text_add(out,
                "%lld other exchanges a step send %s; all take %.2f ms (%.1f %%), with the waits "
                "for other processes\n",
                (long long)(c->step_exchanges - c->sum_exchanges),
                lk_cli_bytes((double)(c->step_bytes - c->sum_bytes), others), c->step_ms,
                100 * comm_share(b));
    lk_text_add(out, "a step with the gradient summed after backward: %.1f ms, during: %.1f ms\n",
                c->after_ms, c->during_ms);
}

static void add_rounds_lines(const lk_bench_rounds *rounds, lk_text *out) {
    lk_text_add(out, "\n%.0f rounds a step, %.2f ms; an empty one takes %.1f us\nms on", rounds->n,
                rounds->ms, rounds->empty_us);
    for (int i = 0; i < LK_N_BENCH_THREADS; i++)
        lk_text_add(out, "%s %d core%s %.2f", i ? "," : "", lk_bench_threads[i], i ? "s" : "",
                    rounds->divided_ms[i]);
    lk_text_add(out, "\n");
}

static lk_status print_text(const lk_bench *b, const lk_kernels *kernels, lk_error *err) {
    lk_text out = { 0 };
    lk_text_add(&out, "%.1f ms a step (median of %d), %.0f images/s, %.0f GFLOP/s, batch %d, ",
                b->ms_per_step, b->n_steps, b->images_per_second, b->gflops, b->batch);
    if (b->n_ranks > 1) lk_text_add(&out, "%d processes of ", b->n_ranks);
    lk_text_add(&out, "%d threads, %s, %s, %s\n", b->n_threads, precisions[b->precision],
                kernels->isa, lk_blas_name());
    lk_text_add(&out,
                "loss %.2f ms (%.1f %%), optimiser %.2f ms, first step done after %.0f ms, peak of "
                "anonymous memory %.0f MB\n",
                b->loss_ms, 100 * b->loss_share, b->optimizer_ms, b->first_step_ms,
                b->peak_anonymous_mb);
    if (b->comm.sum_exchanges) add_comm_lines(b, &out);
    if (b->n_rows) add_table("node\top\tshape\tengine", b->rows, b->n_rows, &out);
    if (b->n_totals) add_table("op\tnodes\t\t", b->totals, b->n_totals, &out);
    if (b->n_rows) add_rounds_lines(&b->rounds, &out);
    return lk_cli_put_lines(&out, err);
}

static lk_status check_options(const struct options *o, const lk_comm *comm, lk_error *err) {
    if (o->channels == 2) return lk_fail(err, LK_USAGE, "--channels: expected 1 or 3, got 2");
    if (o->comm && comm->n_ranks == 1)
        return lk_fail(err, LK_USAGE,
                       "--comm: expected several processes, as mpirun -n 2 likeness bench ... "
                       "starts them, got one");
    return LK_OK;
}

/* Rank 0 prints. */
static lk_status measure(lk_cli *cli, lk_error *err) {
    const struct options *o = cli->options;
    const lk_comm *comm = cli->context.comm;
    lk_sets sets;
    lk_config config = { 0 };
    lk_bench bench = { 0 };
    lk_sets_init(&sets, &o->set);
    if (o->batch) lk_sets_add(&sets, "train.batch_size", o->batch);
    lk_status status = check_options(o, comm, err);
    if (!status) status = lk_config_load(cli->arguments[0], sets.v, sets.n, &config, err);
    status = lk_comm_agree(cli->context.comm, false, status, err);
    lk_bench_options options_of_run = { .n_steps = (int)o->steps,
                                        .images = { (int)o->size, (int)o->channels },
                                        .profile = o->profile,
                                        .comm = o->comm };
    if (!status) status = lk_bench_run(&cli->context, &config, options_of_run, &bench, err);
    if (!status && comm->rank == 0)
        status = o->json ? print_json(&bench, cli->context.kernels, err)
                         : print_text(&bench, cli->context.kernels, err);
    lk_bench_deinit(&bench);
    lk_config_deinit(&config);
    return status;
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *o = cli->options;
    lk_comm *comm = cli->context.comm;
    comm->limit_s = (double)o->rank_timeout;
    return lk_comm_agree(comm, true, measure(cli, err), err);
}

const lk_command lk_command_bench = {
    .name = "bench",
    .summary = "Time training steps on random data",
    .example = "likeness bench configs/bench/compact.json --steps 50 --profile",
    .usage = "CONFIG [--set KEY=VALUE]... [--batch N] [--steps N] [--profile] [--comm] [--json]",
    .details =
        "Two steps warm up, then --steps steps are measured; ms a step is their median. Peak "
        "memory is anonymous memory (RssAnon).\n"
        "--profile prints the mean time of each op, and the sums over ops of the same kind. "
        "GFLOP/s counts each multiply-add of "
        "the direct form as two operations, whichever engine computes it. MB (10^6 bytes) "
        "counts the tensors that a pass reads "
        "and writes, each once by its shape (twice if the pass adds to it). Forward: inputs, "
        "weights and result. Backward: the "
        "result's gradient, the values that are needed again, and the gradients of inputs "
        "and weights. Other memory traffic of "
        "an engine is not counted.\n"
        "\"mpirun -n P likeness bench ...\" divides the batch among P processes as train does, and "
        "prints the times of the first one. --comm adds the time of a small exchange, the speed of "
        "large ones, the sum of a gradient, and what one process sends in a step.\n"
        "A round divides numbered tasks among the threads; between rounds one thread works alone. "
        "The last line of --profile says how long the rounds of a step would take on other numbers "
        "of cores, from the number of tasks of each, if cores cost nothing but their turns.",
    .options = options,
    .options_size = sizeof(struct options),
    .min_arguments = 1,
    .max_arguments = 1,
    .computes = true,
    .by_ranks = true,
    .run = run,
};
