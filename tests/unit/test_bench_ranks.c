/* A benchmark by several processes, here as threads: it exchanges what training does. Counts are
   compared with those of a run; times must have the properties of any time. */
#include "ranks.h"
#include "runs.h"

#include "net/net.h"
#include "tiny.h"
#include "train/bench_comm.h"

#include <likeness/train.h>

#include <string.h>

enum { RANKS_MAX = 4, LIMIT_S = 300, SIDE = 16 };

static const char *const kinds[] = { "model.type=ae", "model.type=vae", "model.type=mmd",
                                     "model.type=vq" };

struct work {
    const struct place *place;
    const char *sets[2];
    lk_bench_options bench;
    lk_traffic traffic[RANKS_MAX];
    lk_bench measured[RANKS_MAX];
    bool known[RANKS_MAX]; /* the failure, to all ranks */
    lk_status status[RANKS_MAX];
    lk_error err[RANKS_MAX];
};

static lk_status parse(const struct work *work, lk_config *config, lk_error *err) {
    static const char text[] = TINY_CONFIG("");
    return lk_config_parse_text(text, strlen(text), "tiny", work->sets, LK_COUNT(work->sets),
                                config, err);
}

static void train_rank(const lk_context *context, void *self) {
    struct work *work = self;
    int r = context->comm->rank;
    lk_counted counted;
    lk_context own = *context;
    lk_config config;
    if ((work->status[r] = parse(work, &config, &work->err[r]))) return;
    lk_train_options options = { .config = &config,
                                 .data = work->place->pack,
                                 .out = r == 0 ? work->place->run : "/nowhere",
                                 .force = true };
    lk_counted_begin(&counted, context->comm);
    own.comm = &counted.comm;
    work->status[r] = lk_train_model(&own, &options, &work->err[r]);
    work->traffic[r] = counted.traffic;
    lk_config_deinit(&config);
}

static void bench_rank(const lk_context *context, void *self) {
    struct work *work = self;
    int r = context->comm->rank;
    lk_config config;
    if ((work->status[r] = parse(work, &config, &work->err[r]))) return;
    work->status[r] =
        lk_bench_run(context, &config, work->bench, &work->measured[r], &work->err[r]);
    work->known[r] = context->comm->agreed;
    lk_config_deinit(&config);
}

static void do_work(int n_ranks, lk_test_rank *body, struct work *work) {
    for (int r = 0; r < n_ranks; r++) work->status[r] = LK_MEMORY;
    lk_test_ranks(n_ranks, LIMIT_S, body, work);
    for (int r = 0; r < n_ranks; r++) assert_ok(work->status[r], &work->err[r]);
}

/* What a run exchanges for its second step. */
static lk_traffic step_of_training(int n_ranks, struct work *work) {
    static const char *const steps[] = { "train.steps=1", "train.steps=2" };
    lk_traffic got[2];
    for (int i = 0; i < 2; i++) {
        work->sets[1] = steps[i];
        do_work(n_ranks, train_rank, work);
        got[i] = work->traffic[n_ranks - 1];
    }
    return (lk_traffic){ .n_exchanges = got[1].n_exchanges - got[0].n_exchanges,
                         .n_bytes = got[1].n_bytes - got[0].n_bytes };
}

static void a_step_exchanges_what_a_step_of_training_does(void **state) {
    (void)state;
    struct place p = place("bench_ranks");
    struct work work = { .place = &p, .bench = { .n_steps = 1, .images = { SIDE, 3 } } };
    for (size_t i = 0; i < LK_COUNT(kinds); i++)
        for (int n = 2; n <= RANKS_MAX; n *= 2) {
            work.sets[0] = kinds[i];
            lk_traffic expected = step_of_training(n, &work);
            do_work(n, bench_rank, &work);
            for (int r = 0; r < n; r++) {
                assert_int_equal(work.measured[r].comm.step_exchanges, expected.n_exchanges);
                assert_int_equal(work.measured[r].comm.step_bytes, expected.n_bytes);
                assert_int_equal(work.measured[r].comm.sum_exchanges, 0); /* not asked for */
                lk_bench_deinit(&work.measured[r]);
            }
        }
}

static size_t bytes_of_gradient(const struct work *work) {
    lk_net net;
    lk_config config;
    lk_error err;
    assert_ok(parse(work, &config, &err), &err);
    assert_ok(lk_net_init(&net, lk_test_context(), &config, work->bench.images, 1, 1, true, &err),
              &err);
    size_t n = net.params.n_trained;
    lk_net_deinit(&net);
    lk_config_deinit(&config);
    return n * sizeof(lk_real);
}

static void the_gradient_and_the_rest_of_a_step_are_told_apart(void **state) {
    (void)state;
    struct work work = { .sets = { "model.type=ae", "train.batch_size=8" },
                         .bench = { .n_steps = 3, .images = { SIDE, 3 }, .comm = true } };
    const size_t gradient_bytes = bytes_of_gradient(&work);
    do_work(2, bench_rank, &work);
    for (int r = 0; r < 2; r++) {
        const lk_bench *bench = &work.measured[r];
        const lk_bench_comm *comm = &bench->comm;
        assert_int_equal(bench->batch, 8);
        assert_int_equal(bench->n_ranks, 2);
        assert_int_equal(bench->n_threads, 1);
        assert_int_equal(comm->gradient_bytes, gradient_bytes);
        assert_int_equal(comm->sum_bytes, gradient_bytes); /* to one other process */
        assert_true(comm->sum_exchanges >= 1);
        assert_true(comm->step_exchanges > comm->sum_exchanges);
        assert_true(comm->step_bytes > comm->sum_bytes);
        assert_true(comm->latency_us > 0 && comm->bytes_per_second > 0 && comm->sum_ms > 0);
        assert_true(comm->step_ms > 0 && comm->step_ms < bench->steps_ms);
        lk_bench_deinit(&work.measured[r]);
    }
}

static void a_batch_that_the_ranks_cannot_share_is_refused(void **state) {
    (void)state;
    struct work work = { .sets = { "train.shards=2", "train.batch_size=8" },
                         .bench = { .n_steps = 1, .images = { SIDE, 3 } } };
    lk_test_ranks(4, LIMIT_S, bench_rank, &work);
    for (int r = 0; r < 4; r++) {
        assert_int_equal(work.status[r], LK_USAGE);
        assert_contains(work.err[r].text, "expected one of 1, 2 ");
        assert_true(work.known[r]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_exchanges_what_a_step_of_training_does),
        cmocka_unit_test(the_gradient_and_the_rest_of_a_step_are_told_apart),
        cmocka_unit_test(a_batch_that_the_ranks_cannot_share_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
