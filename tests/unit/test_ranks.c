/* Several processes that train together, here as threads: the same bits as one. */
#include "ranks.h"
#include "runs.h"

#include "base/comm_queue.h"
#include "net/trained.h"
#include "tiny.h"

#include <likeness/memory.h>
#include <likeness/ops.h>
#include <likeness/train.h>

#include <cJSON.h>
#include <stdio.h>
#include <string.h>

enum { RANKS_MAX = 8, LIMIT_S = 300 };

/* ---- sums and messages ---- */

enum { SHARDS = 8, VALUES = LK_COMM_BYTES / 8 + 3 }; /* more than one message of doubles */

struct sums {
    double *rows; /* (SHARDS, VALUES) */
    double *got[RANKS_MAX];
    lk_status status[RANKS_MAX];
};

static void sum_shards(const lk_context *context, void *self) {
    struct sums *sums = self;
    lk_comm *comm = context->comm;
    int own = SHARDS / comm->n_ranks;
    size_t n_bytes = (size_t)own * VALUES * sizeof(double);
    lk_error err;
    double *rows = lk_alloc(n_bytes);
    memcpy(rows, sums->rows + (size_t)(comm->rank * own) * VALUES, n_bytes);
    lk_tree_sum(rows, own, VALUES);
    sums->status[comm->rank] = lk_comm_sum_doubles(comm, rows, VALUES, &err);
    sums->got[comm->rank] = rows;
}

/* Values of very different sizes, whose sum depends on the order. */
static void every_rank_has_the_bits_of_the_tree_over_all_shards(void **state) {
    (void)state;
    struct sums sums = { .rows = lk_alloc(SHARDS * VALUES * sizeof(double)) };
    double *expected = lk_alloc(SHARDS * VALUES * sizeof(double));
    lk_real *numbers = lk_test_normal(SHARDS * VALUES, 1);
    for (size_t i = 0; i < SHARDS * VALUES; i++)
        sums.rows[i] = (double)numbers[i] * (i % 3 ? 1e9 : 1e-3);
    memcpy(expected, sums.rows, SHARDS * VALUES * sizeof(double));
    lk_tree_sum(expected, SHARDS, VALUES);
    for (int n = 1; n <= SHARDS; n *= 2) {
        lk_test_ranks(n, LIMIT_S, sum_shards, &sums);
        for (int r = 0; r < n; r++) {
            assert_int_equal(sums.status[r], LK_OK);
            assert_memory_equal(sums.got[r], expected, VALUES * sizeof(double));
            lk_free(sums.got[r]);
        }
    }
    lk_free(sums.rows);
    lk_free(expected);
    lk_free(numbers);
}

/* Counts what this rank sends. */
struct counter {
    lk_status (*exchange)(lk_comm *comm, const lk_exchange *e, lk_error *err);
    size_t n_bytes[RANKS_MAX];
};
static struct counter counter;

static lk_status count_and_exchange(lk_comm *comm, const lk_exchange *e, lk_error *err) {
    counter.n_bytes[comm->rank] += e->n_bytes;
    return counter.exchange(comm, e, err);
}

enum { MANY = 1 << 18 };

static void sum_many(const lk_context *context, void *self) {
    lk_comm comm = *context->comm;
    lk_real *values = lk_alloc(MANY * sizeof *values);
    lk_error err;
    counter.exchange = comm.exchange;
    comm.exchange = count_and_exchange;
    ((lk_status *)self)[comm.rank] = lk_comm_sum(&comm, values, MANY, &err);
    lk_free(values);
}

static void a_rank_sends_less_than_two_times_many_values(void **state) {
    (void)state;
    for (size_t n = 2; n <= RANKS_MAX; n *= 2) {
        lk_status status[RANKS_MAX];
        counter = (struct counter){ 0 };
        lk_test_ranks((int)n, LIMIT_S, sum_many, status);
        for (size_t r = 0; r < n; r++) {
            assert_int_equal(status[r], LK_OK);
            assert_int_equal(counter.n_bytes[r], 2 * MANY * sizeof(lk_real) / n * (n - 1));
        }
    }
}

/* Sums in the background, next to others in front of them. */
enum { PIECES = 80, PIECE = 1000 };

struct pieces {
    lk_real got[RANKS_MAX][PIECES * PIECE];
    lk_status status[RANKS_MAX];
};

static void sum_pieces(const lk_context *context, void *self) {
    struct pieces *pieces = self;
    lk_comm *comm = context->comm;
    lk_comm_queue *queue = NULL;
    lk_error err;
    int r = comm->rank;
    lk_real *values = pieces->got[r];
    for (int i = 0; i < PIECES * PIECE; i++) values[i] = LK_R(0.1 * (i + 1) * (r + 1));
    pieces->status[r] = lk_comm_queue_create(comm->second, &queue, &err);
    for (int i = 0; i < PIECES && !pieces->status[r]; i++) {
        double one = 1;
        lk_comm_queue_sum(queue, values + (ptrdiff_t)i * PIECE, PIECE);
        pieces->status[r] = lk_comm_sum_doubles(comm, &one, 1, &err);
    }
    if (!pieces->status[r]) pieces->status[r] = lk_comm_queue_finish(queue, &err);
    lk_comm_queue_destroy(queue);
}

static void sums_in_the_background_have_the_same_bits(void **state) {
    (void)state;
    struct pieces *pieces = lk_alloc(sizeof *pieces);
    lk_test_ranks(4, LIMIT_S, sum_pieces, pieces);
    for (int r = 0; r < 4; r++) {
        assert_int_equal(pieces->status[r], LK_OK);
        for (int i = 0; i < PIECES * PIECE; i++) {
            lk_real one = LK_R(0.1 * (i + 1)), two = LK_R(0.1 * (i + 1) * 2),
                    three = LK_R(0.1 * (i + 1) * 3), four = LK_R(0.1 * (i + 1) * 4);
            lk_real expected = (one + two) + (three + four);
            assert_memory_equal(&pieces->got[r][i], &expected, sizeof expected);
        }
    }
    lk_free(pieces);
}

struct told {
    float gathered[RANKS_MAX][4];
    int shared[RANKS_MAX];
};

static void tell(const lk_context *context, void *self) {
    struct told *told = self;
    lk_comm *comm = context->comm;
    lk_error err;
    const float own[2] = { comm->rank == 0 ? -0.0F : 0.5F, (float)comm->rank };
    told->shared[comm->rank] = 7 + comm->rank;
    if (lk_comm_gather(comm, own, sizeof own, told->gathered[comm->rank], &err)) return;
    lk_comm_share(comm, &told->shared[comm->rank], sizeof(int), &err);
}

static void gathered_and_shared_bytes_are_those_of_their_rank(void **state) {
    (void)state;
    struct told told = { 0 };
    const float expected[4] = { -0.0F, 0, 0.5F, 1 };
    lk_test_ranks(2, LIMIT_S, tell, &told);
    for (int r = 0; r < 2; r++) {
        assert_memory_equal(told.gathered[r], expected, sizeof expected);
        assert_int_equal(told.shared[r], 7);
    }
}

struct outcomes {
    lk_status own[RANKS_MAX], agreed[RANKS_MAX];
    bool known[RANKS_MAX];
    lk_error err[RANKS_MAX];
};

static void agree(const lk_context *context, void *self) {
    struct outcomes *o = self;
    lk_comm *comm = context->comm;
    int r = comm->rank;
    lk_status own = o->own[r];
    if (own) lk_fail(&o->err[r], own, "trouble of %d", r);
    o->agreed[r] = lk_comm_agree(comm, r > 0, own, &o->err[r]);
    o->known[r] = comm->agreed;
}

static void all_ranks_get_the_error_of_the_lowest_one_and_errors_before_stops(void **state) {
    (void)state;
    static const struct {
        lk_status own[4], expected;
        const char *message;
    } rows[] = {
        { { LK_OK, LK_OK, LK_OK, LK_OK }, LK_OK, "" },
        { { LK_OK, LK_OK, LK_WRITE, LK_READ }, LK_WRITE, "rank 2: trouble of 2" },
        { { LK_TERMINATED, LK_OK, LK_OK, LK_DIVERGED }, LK_DIVERGED, "rank 3: trouble of 3" },
        { { LK_TERMINATED, LK_INTERRUPTED, LK_OK, LK_OK }, LK_INTERRUPTED, "rank 1" },
        { { LK_USAGE, LK_OK, LK_OK, LK_USAGE }, LK_USAGE, "trouble of 0" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        struct outcomes o = { .own = { LK_OK } };
        memcpy(o.own, rows[i].own, sizeof rows[i].own);
        lk_test_ranks(4, LIMIT_S, agree, &o);
        for (int r = 0; r < 4; r++) {
            assert_int_equal(o.agreed[r], rows[i].expected);
            assert_int_equal(o.known[r], rows[i].expected != LK_OK);
            assert_contains(o.err[r].text, rows[i].message);
        }
    }
}

/* Rank 1 never begins the sum. */
static void sum_alone(const lk_context *context, void *self) {
    struct outcomes *o = self;
    lk_comm *comm = context->comm;
    lk_comm_queue *queue = NULL;
    lk_real value = 1;
    int r = comm->rank;
    comm->second->step = 7;
    if (lk_comm_queue_create(comm->second, &queue, &o->err[r])) return;
    if (r == 0) lk_comm_queue_sum(queue, &value, 1);
    o->agreed[r] = lk_comm_queue_finish(queue, &o->err[r]);
    lk_comm_queue_destroy(queue);
}

static void a_sum_in_the_background_says_for_which_rank_it_has_waited(void **state) {
    (void)state;
    struct outcomes o = { .own = { LK_OK } };
    lk_test_ranks(2, 0.05, sum_alone, &o);
    assert_int_equal(o.agreed[0], LK_FAILED);
    assert_contains(o.err[0].text, "rank 1, in step 7");
    assert_int_equal(o.agreed[1], LK_OK);
}

static void wait_for_the_last(const lk_context *context, void *self) {
    struct outcomes *o = self;
    lk_comm *comm = context->comm;
    int r = comm->rank;
    float value = 1;
    lk_error err;
    comm->step = 12;
    if (r == comm->n_ranks - 1) return;
    o->agreed[r] = lk_comm_merge(comm, &value, sizeof value, &o->err[r]);
    o->own[r] = lk_comm_agree(comm, false, LK_OK, &err);
}

static void a_rank_that_never_comes_ends_the_wait_with_its_name_and_the_step(void **state) {
    (void)state;
    struct outcomes o = { .own = { LK_OK } };
    lk_test_ranks(2, 0.05, wait_for_the_last, &o);
    assert_int_equal(o.agreed[0], LK_FAILED);
    assert_contains(o.err[0].text, "rank 0 of 2");
    assert_contains(o.err[0].text, "rank 1, in step 12");
    assert_int_equal(o.own[0], LK_FAILED); /* at once, and not agreed */
    assert_false(o.known[0]);
}

/* ---- training ---- */

struct training {
    const struct place *place;
    const char *const *sets;
    int n_sets;
    bool resume;
    struct stop *stop; /* of rank 1 */
    lk_status status[RANKS_MAX];
    lk_error err[RANKS_MAX];
};

static void train_rank(const lk_context *context, void *self) {
    static const char text[] = TINY_CONFIG("");
    struct training *t = self;
    int r = context->comm->rank;
    lk_config config;
    if (lk_config_parse_text(text, strlen(text), "tiny", t->sets, t->n_sets, &config, &t->err[r]))
        return;
    lk_train_options options = { .config = &config,
                                 .data = t->place->pack,
                                 .out = r == 0 ? t->place->run : "/nowhere",
                                 .resume = t->resume };
    if (r == 1 && t->stop) options.stop = (lk_stop){ lk_test_stop, t->stop };
    t->status[r] = lk_train_model(context, &options, &t->err[r]);
    lk_config_deinit(&config);
}

/* Returns the status, which must be that of all ranks. */
static lk_status train_ranks(int n_ranks, struct training *t) {
    for (int r = 0; r < n_ranks; r++) t->status[r] = LK_MEMORY;
    lk_test_ranks(n_ranks, LIMIT_S, train_rank, t);
    for (int r = 1; r < n_ranks; r++) {
        if (t->status[r] != t->status[0]) fail_msg("%s; %s", t->err[0].text, t->err[r].text);
        assert_string_equal(t->err[r].text, t->err[0].text);
    }
    return t->status[0];
}

enum { SETS = 8 };
static const char *const kinds[][SETS] = {
    { "model.type=ae", "reconstruction.type=lwssim" },
    { "model.type=vae" },
    { "model.type=vae", "train.precision=bf16" },
    { "model.type=mmd", "train.shards=8" },
    { "model.type=vq" },
    { "model.type=vae", "regularizer.type=tc", "optimizer.average=0.9", "optimizer.clip_norm=0.1" },
    { "model.architecture={\"preset\": \"resnet\", \"width\": 16}", "model.latent=5" },
    { "model.type=vae", "model.latent=[2, 2, 2]", "regularizer.free_bits=0.1",
      "model.architecture={\"preset\": \"kl_f8\", \"width\": 16}",
      "corruption={\"type\": \"mask\", \"patch\": 4}", "train.augment=[{\"type\": \"shift\"}]",
      "train.patience=1" },
};

static int count_sets(const char *const *sets) {
    int n = 0;
    while (n < SETS && sets[n]) n++;
    return n;
}

/* Nine steps: an epoch's end and the run's; the last batch of validation has 3 pictures of 8. */
static void the_bytes_are_the_same_at_any_number_of_ranks(void **state) {
    (void)state;
    for (size_t i = 0; i < LK_COUNT(kinds); i++) {
        struct place first = { .run = "" };
        const char *sets[SETS + 1] = { "train.steps=9" };
        int n_sets = 1 + count_sets(kinds[i]);
        memcpy(sets + 1, kinds[i], sizeof kinds[i]);
        for (int n = 1; n <= 4; n *= 2) {
            char name[64];
            snprintf(name, sizeof name, "ranks%d_%d", (int)i, n);
            struct place p = place(name);
            struct training t = { .place = &p, .sets = sets, .n_sets = n_sets };
            if (train_ranks(n, &t)) fail_msg("%s: %s", name, t.err[0].text);
            if (n == 1) first = p;
            assert_same_run(&first, &p);
        }
    }
}

/* Rank 1 is asked to stop, and all do: after a step, and within a validation. */
static void a_run_goes_on_with_another_number_of_ranks_to_the_same_bytes(void **state) {
    (void)state;
    static const char *const sets[] = { "model.type=vae", "train.steps=16" };
    struct place whole = place("ranks_whole");
    struct training t = { .place = &whole, .sets = sets, .n_sets = LK_COUNT(sets) };
    assert_int_equal(train_ranks(1, &t), LK_OK);
    static const int questions[] = { 3, 9 };
    for (size_t i = 0; i < LK_COUNT(questions); i++) {
        char name[64];
        snprintf(name, sizeof name, "ranks_parts%d", (int)i);
        struct place p = place(name);
        struct stop stop = { .after = -1, .question = questions[i] };
        struct training part = {
            .place = &p, .sets = sets, .n_sets = LK_COUNT(sets), .stop = &stop
        };
        assert_int_equal(train_ranks(2, &part), LK_TERMINATED);
        assert_contains(part.err[1].text, "stopped after step");
        part.stop = NULL;
        part.resume = true;
        assert_int_equal(train_ranks(i ? 1 : 4, &part), LK_OK);
        assert_same_run(&whole, &p);
    }
}

static void a_number_of_ranks_that_cannot_share_the_batch_is_refused(void **state) {
    (void)state;
    static const struct {
        int n;
        const char *set, *message;
    } rows[] = { { 3, "train.shards=4", "expected one of 1, 2, 4 for" },
                 { 4, "train.shards=2", "expected one of 1, 2 for" },
                 { 4, "train.batch_size=6", "expected one of 1, 2 for" } };
    struct place p = place("ranks_refused");
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        struct training t = { .place = &p, .sets = &rows[i].set, .n_sets = 1 };
        assert_int_equal(train_ranks(rows[i].n, &t), LK_USAGE);
        assert_contains(t.err[0].text, rows[i].message);
    }
}

/* Two convolutions with the same weights, or with weights of their own. */
struct shared {
    bool same;
    lk_status status[RANKS_MAX];
    lk_error err[RANKS_MAX];
};

static void build_twice(const lk_context *context, void *self) {
    struct shared *shared = self;
    int r = context->comm->rank;
    lk_params params;
    lk_graph *graph = NULL;
    lk_params_init(&params);
    const lk_graph_options options = {
        .context = context, .params = &params, .n = 2, .training = true
    };
    shared->status[r] = lk_graph_create(options, &graph, &shared->err[r]);
    if (shared->status[r]) return;
    lk_node *x = lk_input(graph, "x", LK_SHAPE_4(2, 1, 4, 4));
    for (int i = 0; i < 2; i++) {
        lk_node *w = lk_parameter(graph, i && !shared->same ? "v" : "w", LK_SHAPE_4(1, 1, 1, 1),
                                  LK_PARAM_TRAINED, (lk_init){ 0 });
        x = lk_conv2d(x, w, NULL, (lk_conv_options){ .stride = 1 });
    }
    shared->status[r] = lk_graph_finish(graph, lk_mean(x), &shared->err[r]);
    lk_graph_destroy(graph);
    lk_params_deinit(&params);
}

static void a_parameter_of_two_nodes_is_refused_where_there_are_several_ranks(void **state) {
    (void)state;
    static const struct {
        int n;
        bool same;
        lk_status expected;
    } rows[] = { { 1, true, LK_OK }, { 2, false, LK_OK }, { 2, true, LK_USAGE } };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        struct shared shared = { .same = rows[i].same };
        lk_test_ranks(rows[i].n, LIMIT_S, build_twice, &shared);
        for (int r = 0; r < rows[i].n; r++) assert_int_equal(shared.status[r], rows[i].expected);
        if (rows[i].expected)
            assert_contains(shared.err[0].text, "parameter w: expected one ... got 2");
    }
}

/* ---- evaluation ---- */

struct measuring {
    const char *pack;
    char run[LK_PATH_MAX];
    bool corrupted;
    lk_split split;
    lk_status status[RANKS_MAX];
    lk_error err[RANKS_MAX];
    char *json; /* of rank 0 */
    lk_score *scores[RANKS_MAX];
    size_t n;
};

/* The model of each rank works as if it was alone. */
static void measure_on_rank(const lk_context *context, void *self) {
    struct measuring *m = self;
    lk_comm alone = lk_comm_single();
    int r = context->comm->rank;
    lk_context own = *context;
    lk_evaluation evaluation;
    lk_trained trained;
    cJSON *json = NULL;
    own.comm = &alone;
    const lk_evaluate_options options = { .split = m->split,
                                          .corrupted = m->corrupted,
                                          .baselines = true,
                                          .scores = &m->scores[r],
                                          .comm = context->comm };
    m->status[r] = lk_trained_open(m->run, &own, NULL, 0, &trained, &m->err[r]);
    if (m->status[r]) return;
    m->status[r] = lk_evaluate_trained(&own, &trained, m->pack, &options, &evaluation, &m->err[r]);
    lk_trained_close(&trained);
    if (m->status[r] || r > 0) return;
    m->status[r] = lk_evaluation_json(&evaluation, &json, &m->err[r]);
    if (!m->status[r]) m->json = cJSON_PrintUnformatted(json);
    m->n = evaluation.model.n;
    cJSON_Delete(json);
}

static void measure_by(int n_ranks, struct measuring *m) {
    m->json = NULL;
    lk_test_ranks(n_ranks, LIMIT_S, measure_on_rank, m);
    for (int r = 0; r < n_ranks; r++) assert_ok(m->status[r], &m->err[r]);
}

static void free_measured(int n_ranks, struct measuring *m) {
    cJSON_free(m->json);
    for (int r = 0; r < n_ranks; r++) lk_free(m->scores[r]);
}

static void train_for_measuring(const struct place *p, const char *const *sets, int n_sets) {
    struct training t = { .place = p, .sets = sets, .n_sets = n_sets };
    if (train_ranks(1, &t)) fail_msg("%s", t.err[0].text);
}

/* Five batches, the last one not full, and a single one. */
static void figures_are_the_same_digits_at_any_number_of_ranks(void **state) {
    (void)state;
    static const char *const sets[] = { "model.type=vae", "train.steps=3",
                                        "corruption={\"type\": \"mask\", \"patch\": 4}" };
    struct place p = place("ranks_measured");
    struct measuring m = { .pack = lk_test_pack(lk_test_folder("ranks_pack"), 600) };
    lk_format(m.run, sizeof m.run, "%s", p.run);
    train_for_measuring(&p, sets, LK_COUNT(sets));
    for (int i = 0; i < 3; i++) {
        m.corrupted = i == 1;
        m.split = i < 2 ? LK_SPLIT_TRAIN : LK_SPLIT_TEST;
        m.pack = i < 2 ? m.pack : p.pack;
        measure_by(1, &m);
        struct measuring one = m;
        assert_int_equal(one.n > 4 * 64, i < 2);
        for (int n = 2; n <= RANKS_MAX; n *= 2) {
            measure_by(n, &m);
            assert_string_equal(m.json, one.json);
            for (int r = 0; r < n; r++)
                assert_memory_equal(m.scores[r], one.scores[0],
                                    one.n * LK_N_METRICS * sizeof(lk_score));
            free_measured(n, &m);
        }
        free_measured(1, &one);
    }
}

static lk_status fails_once(lk_comm *comm, const lk_exchange *exchange, lk_error *err) {
    (void)exchange;
    int *n_calls = comm->state;
    return lk_fail(err, LK_FAILED, "failure %d", ++*n_calls);
}

static void after_a_failure_all_exchanges_fail_for_the_first_reason(void **state) {
    (void)state;
    int n_calls = 0;
    char room[LK_COMM_BYTES], all[2] = { 0 };
    lk_error err;
    lk_comm comm = { .n_ranks = 2, .exchange = fails_once, .room = room, .state = &n_calls };
    for (int i = 0; i < 2; i++) {
        assert_int_equal(lk_comm_gather(&comm, "x", 1, all, &err), LK_FAILED);
        assert_string_equal(err.text, "failure 1");
    }
    assert_int_equal(lk_comm_gather(&comm, "x", 1, all, NULL), LK_FAILED);
    assert_int_equal(n_calls, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rank_has_the_bits_of_the_tree_over_all_shards),
        cmocka_unit_test(a_rank_sends_less_than_two_times_many_values),
        cmocka_unit_test(sums_in_the_background_have_the_same_bits),
        cmocka_unit_test(gathered_and_shared_bytes_are_those_of_their_rank),
        cmocka_unit_test(all_ranks_get_the_error_of_the_lowest_one_and_errors_before_stops),
        cmocka_unit_test(a_sum_in_the_background_says_for_which_rank_it_has_waited),
        cmocka_unit_test(a_rank_that_never_comes_ends_the_wait_with_its_name_and_the_step),
        cmocka_unit_test(after_a_failure_all_exchanges_fail_for_the_first_reason),
        cmocka_unit_test(the_bytes_are_the_same_at_any_number_of_ranks),
        cmocka_unit_test(a_run_goes_on_with_another_number_of_ranks_to_the_same_bytes),
        cmocka_unit_test(a_number_of_ranks_that_cannot_share_the_batch_is_refused),
        cmocka_unit_test(a_parameter_of_two_nodes_is_refused_where_there_are_several_ranks),
        cmocka_unit_test(figures_are_the_same_digits_at_any_number_of_ranks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
