/* What processes that train together agree on before the first step. */
#include "train/ranks.h"
#include "base/file.h"
#include "base/sha256.h"
#include "tensor/gemm.h"
#include "tensor/kernels.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

int lk_ranks_shards(const lk_config *config) {
    const lk_config_train *train = &config->train;
    return train->shards ? (int)train->shards : lk_shard_count((int)train->batch_size);
}

static bool can_share(int n_ranks, int batch, int n_shards) {
    return (n_ranks & (n_ranks - 1)) == 0 && n_ranks <= n_shards && batch % n_ranks == 0;
}

/* All ranks find the same, without an exchange: that needs a number which is a power of two. */
lk_status lk_ranks_check(lk_comm *comm, const lk_config *config, lk_error *err) {
    int batch = (int)config->train.batch_size, n_shards = lk_ranks_shards(config);
    lk_text good = { 0 };
    if (comm->n_ranks == 1 || can_share(comm->n_ranks, batch, n_shards)) return LK_OK;
    comm->agreed = true;
    for (int n = 1; n <= n_shards; n *= 2)
        if (can_share(n, batch, n_shards)) lk_text_add(&good, "%s%d", n > 1 ? ", " : "", n);
    lk_status status =
        lk_fail(err, LK_USAGE,
                "processes: expected one of %s for a batch of %d pictures in %d "
                "shards (train.batch_size, train.shards), got %d",
                good.failed ? "1, 2, 4, ..." : good.data, batch, n_shards, comm->n_ranks);
    lk_text_deinit(&good);
    return status;
}

/* ---- the same on all ranks ---- */

enum { FACT_BYTES = 320 };
/* What must be the same. */
struct facts {
    char program[FACT_BYTES], machine[FACT_BYTES], config[FACT_BYTES], data[FACT_BYTES];
};

static void hash(const void *data, size_t n_bytes, char out[FACT_BYTES]) {
    uint8_t bytes[LK_SHA256_BYTES];
    lk_sha256(data, n_bytes, bytes);
    for (int i = 0; i < 8; i++) snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

/* The file that runs, which stays the same. */
static struct {
    pthread_once_t once;
    lk_status status;
    lk_error err;
    char digest[FACT_BYTES];
} program = { .once = PTHREAD_ONCE_INIT };

static void hash_program(void) {
    lk_map map;
    program.status = lk_map_open("/proc/self/exe", &map, &program.err);
    if (program.status) return;
    hash(map.data, map.n_bytes, program.digest);
    lk_map_close(&map);
}

static lk_status collect(const lk_run *t, struct facts *facts, lk_error *err) {
    memset(facts, 0, sizeof *facts);
    pthread_once(&program.once, hash_program);
    if (program.status) {
        *err = program.err;
        return program.status;
    }
    lk_format(facts->program, FACT_BYTES, "%s, file %s", LIKENESS_VERSION, program.digest);
    lk_format(facts->machine, FACT_BYTES, "kernels %s, %s", t->context->kernels->isa,
              lk_blas_name());
    hash(t->config_text.data, t->config_text.n, facts->config);
    lk_format(facts->data, FACT_BYTES, "%s", t->data.fingerprint);
    return LK_OK;
}

static lk_status compare(const char *what, const char *own, const char *first, lk_error *err) {
    if (strcmp(own, first) == 0) return LK_OK;
    return lk_fail(err, LK_USAGE, "%s: expected %s, as rank 0 has, got %s", what, first, own);
}

lk_status lk_ranks_compare(const lk_run *t, lk_error *err) {
    lk_comm *comm = t->context->comm;
    struct facts own, first;
    if (comm->n_ranks == 1) return LK_OK;
    lk_status status = lk_comm_agree(comm, false, collect(t, &own, err), err);
    if (status) return status;
    first = own;
    status = lk_comm_share(comm, &first, sizeof first, err);
    if (status) return status;
    status = compare("program", own.program, first.program, err);
    if (!status) status = compare("kernels and BLAS", own.machine, first.machine, err);
    if (!status) status = compare("config", own.config, first.config, err);
    if (!status) status = compare("pack", own.data, first.data, err);
    return lk_comm_agree(comm, false, status, err);
}

/* ---- the state at the start ---- */

lk_status lk_ranks_share(lk_run *t, lk_error *err) {
    lk_comm *comm = t->context->comm;
    const lk_params *params = &t->net.params;
    lk_real *arrays[2 + LK_MOMENTS_MAX] = { params->trained, t->state.average };
    for (int i = 0; i < LK_MOMENTS_MAX; i++) arrays[2 + i] = t->state.moment[i];
    lk_status status = lk_comm_share(comm, &t->position, sizeof t->position, err);
    for (size_t i = 0; i < LK_COUNT(arrays) && !status; i++)
        if (arrays[i])
            status = lk_comm_share(comm, arrays[i], params->n_trained * sizeof(lk_real), err);
    if (!status && params->n_statistics)
        status =
            lk_comm_share(comm, params->statistics, params->n_statistics * sizeof(lk_real), err);
    t->saved_step = t->position.step;
    return status;
}
