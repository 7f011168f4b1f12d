/* Timing of training steps on random data. */
#include "train/bench.h"
#include "base/rng.h"
#include "base/threads.h"
#include "net/net.h"
#include "optim/optim.h"
#include "train/bench_comm.h"
#include "train/gradient_sum.h"
#include "train/ranks.h"

#include <stdlib.h>
#include <string.h>

enum { WARM_UP = 2, EMPTY_ROUNDS = 1001 };

#define NUMBER(n) n,
const int lk_bench_threads[LK_N_BENCH_THREADS] = { LK_BENCH_THREADS_LIST(NUMBER) };
#undef NUMBER

struct timing {
    lk_counted counted;
    lk_context context; /* its comm is the counted one */
    const lk_config *config;
    lk_net net;
    lk_training_state state;
    lk_gradient_sum sum;
    double *ms, *exchange_ms;   /* of each step */
    double *forward, *backward; /* seconds of each node, over the steps measured */
    double optimizer_s, peak_bytes;
    lk_bench_rounds rounds; /* sums over the steps measured */
    bool measuring;
};

static void add_time(void *self, const lk_node *node, bool backward, double seconds) {
    struct timing *t = self;
    lk_gradient_sum_node(&t->sum, node, backward, seconds);
    if (t->measuring) (backward ? t->backward : t->forward)[node->index] += seconds;
}

static void draw_image(void *context, int index, int thread) {
    (void)thread;
    const lk_node *images = context;
    lk_rng rng = lk_rng_at(1, LK_STREAM_TEST, 0, (uint32_t)(lk_graph_first(images->graph) + index));
    size_t n = lk_shape_row(images->shape);
    for (size_t i = 0; i < n; i++)
        images->value[(size_t)index * n + i] = LK_R(lk_rng_uniform(&rng));
}

static lk_status open_timing(struct timing *t, lk_bench_options options, lk_error *err) {
    const int n_ranks = t->context.comm->n_ranks;
    lk_status status = lk_net_init(&t->net, &t->context, t->config, options.images,
                                   (int)t->config->train.batch_size / n_ranks,
                                   lk_ranks_shards(t->config) / n_ranks, true, err);
    if (status) return status;
    const lk_optimizer *optimizer = (const lk_optimizer *)t->config->optimizer.chosen.choice;
    size_t n = t->net.params.n_trained, n_nodes = (size_t)lk_graph_count(t->net.graph);
    bool fine = true;
    t->state = (lk_training_state){ .n = n,
                                    .weight = t->net.params.trained,
                                    .gradient = t->net.params.gradient };
    for (int i = 0; i < optimizer->n_moments; i++)
        fine = (t->state.moment[i] = lk_pages_alloc(n * sizeof(lk_real))) && fine;
    fine = (t->ms = lk_alloc((size_t)options.n_steps * sizeof *t->ms)) && fine;
    fine = (t->exchange_ms = lk_alloc((size_t)options.n_steps * sizeof *t->ms)) && fine;
    fine = (t->forward = lk_alloc(n_nodes * sizeof *t->forward)) && fine;
    fine = (t->backward = lk_alloc(n_nodes * sizeof *t->backward)) && fine;
    if (!fine) return lk_fail_memory(err, n * sizeof(lk_real), "the benchmark");
    lk_threads_run(t->context.threads, lk_graph_batch(t->net.graph), draw_image,
                   t->net.model.images);
    lk_graph_time(t->net.graph, add_time, t);
    return LK_OK;
}

static void close_timing(struct timing *t) {
    lk_gradient_sum_close(&t->sum);
    for (int i = 0; i < LK_MOMENTS_MAX; i++)
        lk_pages_free(t->state.moment[i], t->net.params.n_trained * sizeof(lk_real));
    lk_free(t->ms);
    lk_free(t->exchange_ms);
    lk_free(t->forward);
    lk_free(t->backward);
    lk_net_deinit(&t->net);
}

static int ceil_div(int a, int b) {
    return (a + b - 1) / b;
}

static void add_round(void *self, int n_tasks, double seconds) {
    struct timing *t = self;
    int turns = ceil_div(n_tasks, lk_threads_count(t->context.threads));
    if (!t->measuring) return;
    t->rounds.n++;
    t->rounds.ms += 1e3 * seconds;
    for (int i = 0; i < LK_N_BENCH_THREADS; i++)
        t->rounds.divided_ms[i] += 1e3 * seconds * ceil_div(n_tasks, lk_bench_threads[i]) / turns;
}

/* As the trainer's step, without its records. */
static lk_status step(struct timing *t, int64_t number, lk_error *err) {
    const lk_config_optimizer *o = &t->config->optimizer;
    lk_gradient_sum_begin(&t->sum, number);
    lk_graph_forward(t->net.graph, LK_TRAIN, lk_graph_batch_in_all(t->net.graph), (uint32_t)number);
    lk_graph_backward(t->net.graph);
    lk_status status = lk_graph_status(t->net.graph, err);
    if (!status) status = lk_gradient_sum_finish(&t->sum, err);
    if (status) return status;
    double begin = lk_seconds();
    double norm = lk_gradient_norm(&t->context, t->state.gradient, t->state.n);
    lk_step_options options = { .step = number, .lr = o->lr, .clip_norm = o->clip_norm };
    lk_optimizer_step(&t->context, &o->chosen, t->state, options, norm);
    if (t->measuring) t->optimizer_s += lk_seconds() - begin;
    double bytes = (double)lk_memory_anonymous();
    if (bytes > t->peak_bytes) t->peak_bytes = bytes;
    return LK_OK;
}

/* The trainer's ranks agree twice: on the step, and on what follows it. */
static lk_status step_together(struct timing *t, int64_t number, lk_error *err) {
    lk_status status = lk_comm_agree(t->context.comm, false, step(t, number, err), err);
    return status ? status : lk_comm_agree(t->context.comm, false, LK_OK, err);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double lk_bench_median(double *values, int n) {
    qsort(values, (size_t)n, sizeof *values, by_value);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static void do_nothing(void *context, int index, int thread) {
    (void)context, (void)index, (void)thread;
}

static double empty_round_us(lk_threads *threads) {
    double us[EMPTY_ROUNDS];
    for (int i = 0; i < EMPTY_ROUNDS; i++) {
        double begin = lk_seconds();
        lk_threads_run(threads, lk_threads_count(threads), do_nothing, NULL);
        us[i] = 1e6 * (lk_seconds() - begin);
    }
    return lk_bench_median(us, EMPTY_ROUNDS);
}

static lk_bench_rounds mean_rounds(const struct timing *t, int n_steps) {
    lk_bench_rounds mean = t->rounds;
    mean.n /= n_steps;
    mean.ms /= n_steps;
    for (int i = 0; i < LK_N_BENCH_THREADS; i++) mean.divided_ms[i] /= n_steps;
    mean.empty_us = empty_round_us(t->context.threads);
    return mean;
}

/* By the weights and, but for the first layer, by the input. */
static double backward_macs(const lk_node *node) {
    return node->op ? lk_node_macs(node) * (node->in[0]->wants_grad ? 2 : 1) : 0;
}

static double bytes_of(const lk_node *node) {
    return (double)(lk_shape_size(node->shape) * sizeof(lk_real));
}

static double forward_bytes(const lk_node *node) {
    double bytes = bytes_of(node);
    for (int i = 0; i < node->n_in; i++) bytes += bytes_of(node->in[i]);
    return bytes;
}

static double backward_bytes(const lk_node *node) {
    double bytes = node->op->needs_output ? 2 * bytes_of(node) : bytes_of(node);
    for (int i = 0; i < node->n_in; i++) {
        if (node->op->needs_input[i]) bytes += bytes_of(node->in[i]);
        if (node->in[i]->wants_grad) bytes += bytes_of(node->in[i]) * (node->add[i] ? 2 : 1);
    }
    return node->wants_grad ? bytes : 0;
}

static lk_status fill_rows(const struct timing *t, lk_bench *bench, lk_error *err) {
    int n = lk_graph_count(t->net.graph);
    bench->rows = lk_alloc((size_t)n * sizeof *bench->rows);
    bench->totals = lk_alloc((size_t)n * sizeof *bench->totals);
    if (!bench->rows || !bench->totals)
        return lk_fail_memory(err, (size_t)n * sizeof *bench->rows, "the profile");
    for (int i = 0; i < n; i++) {
        const lk_node *node = lk_graph_node(t->net.graph, i);
        if (!node->op) continue;
        lk_bench_row *row = &bench->rows[bench->n_rows++];
        *row = (lk_bench_row){
            .op = node->op->name,
            .engine = lk_node_engine(node),
            .n_nodes = 1,
            .forward = { 1e3 * t->forward[i] / bench->n_steps, lk_node_macs(node),
                         forward_bytes(node) },
            .backward = { 1e3 * t->backward[i] / bench->n_steps, backward_macs(node),
                          backward_bytes(node) },
        };
        char *name = lk_alloc(strlen(node->name) + 1);
        if (!name) return lk_fail_memory(err, strlen(node->name), "the profile");
        memcpy(name, node->name, strlen(node->name));
        row->name = name;
        lk_shape_text(node->shape, row->shape, sizeof row->shape);
    }
    return LK_OK;
}

static void add_pass(lk_bench_pass *sum, lk_bench_pass pass) {
    sum->ms += pass.ms;
    sum->macs += pass.macs;
    sum->bytes += pass.bytes;
}

static lk_bench_row *total_of(lk_bench *bench, const char *op) {
    for (int i = 0; i < bench->n_totals; i++)
        if (strcmp(bench->totals[i].op, op) == 0) return &bench->totals[i];
    bench->totals[bench->n_totals].op = op;
    return &bench->totals[bench->n_totals++];
}

static void fill_totals(lk_bench *bench) {
    for (int i = 0; i < bench->n_rows; i++) {
        lk_bench_row *total = total_of(bench, bench->rows[i].op);
        total->n_nodes++;
        add_pass(&total->forward, bench->rows[i].forward);
        add_pass(&total->backward, bench->rows[i].backward);
    }
}

static void summarise(struct timing *t, lk_bench *bench) {
    double macs = 0, loss_s = 0;
    for (int i = 0; i < lk_graph_count(t->net.graph); i++) {
        const lk_node *node = lk_graph_node(t->net.graph, i);
        macs += lk_node_macs(node) + backward_macs(node);
        if (i > t->net.model.output->index) loss_s += t->forward[i] + t->backward[i];
    }
    bench->n_ranks = t->context.comm->n_ranks;
    bench->batch = lk_graph_batch_in_all(t->net.graph);
    bench->n_threads = lk_threads_count(t->context.threads);
    bench->precision = (lk_precision)t->config->train.precision;
    bench->ms_per_step = lk_bench_median(t->ms, bench->n_steps);
    bench->images_per_second = 1e3 * bench->batch / bench->ms_per_step;
    bench->gflops = 2e-6 * macs * bench->n_ranks / bench->ms_per_step;
    bench->peak_anonymous_mb = t->peak_bytes / 1048576;
    bench->loss_ms = 1e3 * loss_s / bench->n_steps;
    bench->loss_share = bench->loss_ms / bench->ms_per_step;
    bench->optimizer_ms = 1e3 * t->optimizer_s / bench->n_steps;
}

static lk_status run_steps(struct timing *t, double begin, lk_bench *bench, lk_error *err) {
    for (int i = 0; i < WARM_UP + bench->n_steps; i++) {
        double start = lk_seconds();
        lk_traffic before = t->counted.traffic;
        t->measuring = i >= WARM_UP;
        lk_status status = step_together(t, i + 1, err);
        if (status) return status;
        double ms = 1e3 * (lk_seconds() - start);
        lk_traffic traffic = lk_traffic_since(&t->counted, before);
        if (bench->first_step_ms == 0) bench->first_step_ms = 1e3 * (lk_seconds() - begin);
        if (t->measuring) {
            t->ms[i - WARM_UP] = ms;
            t->exchange_ms[i - WARM_UP] = 1e3 * traffic.seconds;
        }
        bench->steps_ms += ms;
        bench->comm.step_exchanges = traffic.n_exchanges;
        bench->comm.step_bytes = traffic.n_bytes;
    }
    bench->comm.step_ms = lk_bench_median(t->exchange_ms, bench->n_steps);
    return LK_OK;
}

static lk_status run_form(struct timing *t, lk_sum_form form, double begin, lk_bench *bench,
                          lk_error *err) {
    size_t bytes = (size_t)lk_graph_count(t->net.graph) * sizeof *t->forward;
    memset(t->forward, 0, bytes);
    memset(t->backward, 0, bytes);
    t->optimizer_s = 0;
    t->rounds = (lk_bench_rounds){ 0 };
    lk_status status = lk_gradient_sum_open(&t->sum, t->net.graph, form, err);
    status = lk_comm_agree(t->context.comm, false, status, err);
    if (!status) status = run_steps(t, begin, bench, err);
    lk_gradient_sum_close(&t->sum);
    return status;
}

/* The last form is the one of all other figures: after backward, where the main channel, in which
   exchanges are counted, has all of them. */
static lk_status run_forms(struct timing *t, bool both, double begin, lk_bench *bench,
                           lk_error *err) {
    lk_status status = both ? run_form(t, LK_SUM_DURING, begin, bench, err) : LK_OK;
    if (both && !status) bench->comm.during_ms = lk_bench_median(t->ms, bench->n_steps);
    if (!status) status = run_form(t, LK_SUM_AFTER, begin, bench, err);
    if (both && !status) bench->comm.after_ms = lk_bench_median(t->ms, bench->n_steps);
    return status;
}

static lk_status measure(struct timing *t, lk_bench_options options, lk_bench *bench,
                         lk_error *err) {
    double begin = lk_seconds();
    lk_status status = lk_ranks_check(t->context.comm, t->config, err);
    if (status) return status;
    status = lk_comm_agree(t->context.comm, false, open_timing(t, options, err), err);
    lk_threads_watch(t->context.threads, options.profile ? add_round : NULL, t);
    if (!status) status = run_forms(t, options.comm, begin, bench, err);
    lk_threads_watch(t->context.threads, NULL, NULL);
    if (!status) summarise(t, bench);
    if (!status && options.profile) bench->rounds = mean_rounds(t, options.n_steps);
    if (!status && options.comm)
        status =
            lk_bench_comm_measure(&t->counted, t->state.gradient, t->state.n, &bench->comm, err);
    if (!status && options.profile) status = fill_rows(t, bench, err);
    if (!status) fill_totals(bench);
    return status;
}

lk_status lk_bench_run(const lk_context *context, const lk_config *config, lk_bench_options options,
                       lk_bench *out, lk_error *err) {
    struct timing t = { .context = *context, .config = config };
    lk_bench bench = { .n_steps = options.n_steps };
    lk_counted_begin(&t.counted, context->comm);
    t.context.comm = &t.counted.comm;
    lk_status status = measure(&t, options, &bench, err);
    close_timing(&t);
    lk_counted_end(&t.counted, context->comm);
    if (status)
        lk_bench_deinit(&bench);
    else
        *out = bench;
    return status;
}

void lk_bench_deinit(lk_bench *bench) {
    for (int i = 0; i < bench->n_rows; i++) lk_free((void *)(uintptr_t)bench->rows[i].name);
    lk_free(bench->rows);
    lk_free(bench->totals);
    *bench = (lk_bench){ 0 };
}
