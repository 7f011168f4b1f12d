/*
 * The row `mpi`: messages between two processes. This is the one file that uses MPI. Only
 * point-to-point messages: MPI_Allreduce may add in any order.
 */
#include "base/comm_mpi.h"

#include <stdlib.h>

static int number_in(const char *variable) {
    const char *text = getenv(variable);
    return text ? atoi(text) : 0;
}

/* Open MPI; MPICH and Slurm's PMI; Slurm's PMIx. */
int lk_mpi_started(void) {
    int n = number_in("OMPI_COMM_WORLD_SIZE");
    if (n < 1) n = number_in("PMI_SIZE");
    if (n < 1 && getenv("PMIX_RANK")) n = number_in("SLURM_STEP_NUM_TASKS");
    return n > 1 ? n : 1;
}

#ifdef LIKENESS_MPI

#include "base/limits.h"

#include <likeness/log.h>
#include <likeness/memory.h>

#include <mpi.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *lk_mpi_words(void) {
    static char words[MPI_MAX_LIBRARY_VERSION_STRING];
    int n;
    MPI_Get_library_version(words, &n);
    words[strcspn(words, ",\n")] = 0; /* without who built it, and where */
    return words;
}

/* ---- messages ---- */

struct state {
    MPI_Comm ranks;
    bool sleeps;   /* while it waits: others need the processor */
    int n_sent;    /* exchanges so far: all ranks count alike */
    double stop_s; /* when this rank was asked to stop; 0: not yet */
};

enum { SPINS = 50000, TAGS = 30000, STOP_S = 15 };

/* One thread at a time may call MPI (MPI_THREAD_SERIALIZED). */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static lk_status failed(const lk_comm *comm, const lk_exchange *e, int code, lk_error *err) {
    char reason[MPI_MAX_ERROR_STRING];
    int n;
    MPI_Error_string(code, reason, &n);
    return lk_fail(err, LK_FAILED, "rank %d of %d: the exchange with rank %d failed: %s",
                   comm->rank, comm->n_ranks, e->peer, reason);
}

static void sleep_for(double seconds) {
    const struct timespec time = { .tv_nsec = (long)(seconds * 1e9) };
    nanosleep(&time, NULL);
}

/* A rank that was asked to stop and waits for one that does not come would otherwise wait until it
   is killed. */
static bool is_stopped(lk_comm *comm, const lk_exchange *e) {
    struct state *state = comm->state;
    lk_status asked = lk_stop_ask(&comm->stop, NULL);
    if (!asked || asked == LK_FAILED) return asked;
    if (state->stop_s <= 0) state->stop_s = lk_seconds();
    return !e->patient && lk_seconds() - state->stop_s > STOP_S;
}

static lk_status check_time(lk_comm *comm, const lk_exchange *e, double begin_s, lk_error *err) {
    if (e->limit_s > 0 && lk_seconds() - begin_s > e->limit_s) return lk_comm_late(comm, e, err);
    if (!is_stopped(comm, e)) return LK_OK;
    return lk_fail(err, LK_FAILED,
                   "rank %d of %d was asked to stop, and rank %d did not come within %d s",
                   comm->rank, comm->n_ranks, e->peer, STOP_S);
}

/* The library works only while it is called. So first it is asked again and again, as the other
   rank mostly comes within microseconds; then with pauses that become longer. */
static lk_status wait_for(lk_comm *comm, const lk_exchange *e, MPI_Request requests[2],
                          MPI_Status statuses[2], lk_error *err) {
    const struct state *state = comm->state;
    double begin_s = lk_seconds(), pause_s = 20e-6;
    for (int n = 0;; n++) {
        int done = 0;
        pthread_mutex_lock(&turn);
        int code = MPI_Testall(2, requests, &done, statuses);
        pthread_mutex_unlock(&turn);
        if (code) return failed(comm, e, code, err);
        if (done) return LK_OK;
        if (n < SPINS && !state->sleeps) continue;
        sleep_for(pause_s);
        if (n % 64 == 63 && pause_s < 1e-3) pause_s *= 2;
        lk_status status = check_time(comm, e, begin_s, err);
        if (status) return status;
    }
}

static int begin(struct state *state, const lk_exchange *e, MPI_Request requests[2]) {
    int n = (int)e->n_bytes, tag = state->n_sent++ % TAGS;
    pthread_mutex_lock(&turn);
    int code = MPI_Irecv(e->receive, n, MPI_BYTE, e->peer, tag, state->ranks, &requests[0]);
    if (!code) code = MPI_Isend(e->send, n, MPI_BYTE, e->peer, tag, state->ranks, &requests[1]);
    pthread_mutex_unlock(&turn);
    return code;
}

static lk_status exchange(lk_comm *comm, const lk_exchange *e, lk_error *err) {
    MPI_Request requests[2] = { MPI_REQUEST_NULL, MPI_REQUEST_NULL };
    MPI_Status statuses[2];
    int n = (int)e->n_bytes, got = 0, code = begin(comm->state, e, requests);
    if (code) return failed(comm, e, code, err);
    lk_status status = wait_for(comm, e, requests, statuses, err);
    if (status) return status;
    MPI_Get_count(&statuses[0], MPI_BYTE, &got);
    if (got == n) return LK_OK;
    return lk_fail(err, LK_FAILED, "rank %d of %d: expected %d bytes of rank %d, got %d",
                   comm->rank, comm->n_ranks, n, e->peer, got);
}

/* ---- processors ---- */

struct place {
    char host[128];
    cpu_set_t processors;
};

/* Which of the ranks that may run on the same processors this one is, and how many they are. */
static lk_status find_sharers(lk_comm *comm, int *index, int *n, lk_error *err) {
    struct place own, *all = lk_alloc((size_t)comm->n_ranks * sizeof *all);
    if (!all) return lk_fail_memory(err, (size_t)comm->n_ranks * sizeof *all, "the ranks' places");
    memset(&own, 0, sizeof own);
    gethostname(own.host, sizeof own.host - 1);
    sched_getaffinity(0, sizeof own.processors, &own.processors);
    lk_status status = lk_comm_gather(comm, &own, sizeof own, all, err);
    *index = *n = 0;
    for (int r = 0; r < comm->n_ranks && !status; r++) {
        bool shares = memcmp(&all[r], &own, sizeof own) == 0;
        *n += shares;
        *index += shares && r < comm->rank;
    }
    lk_free(all);
    return status;
}

/* The processors [begin, end) of those that this process may run on. */
static void pin(int begin, int end) {
    cpu_set_t all, own;
    CPU_ZERO(&own);
    if (sched_getaffinity(0, sizeof all, &all) != 0) return;
    int i = 0;
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &all)) continue;
        if (i >= begin && i < end) CPU_SET(cpu, &own);
        i++;
    }
    sched_setaffinity(0, sizeof own, &own);
}

static int count_processors(void) {
    cpu_set_t all;
    return sched_getaffinity(0, sizeof all, &all) == 0 ? CPU_COUNT(&all) : 1;
}

static lk_status divide_processors(lk_comm *comm, int *n_threads, lk_error *err) {
    struct state *state = comm->state;
    int index, sharers;
    lk_status status = find_sharers(comm, &index, &sharers, err);
    if (status) return status;
    int available = lk_processors_available(), all = count_processors();
    const char *asked = getenv("LIKENESS_THREADS");
    if (!*n_threads && asked && *asked) *n_threads = atoi(asked);
    if (!*n_threads) *n_threads = available > sharers ? available / sharers : 1;
    state->sleeps = available < sharers * *n_threads;
    if (sharers > 1 && !state->sleeps)
        pin((int)((int64_t)all * index / sharers), (int)((int64_t)all * (index + 1) / sharers));
    return LK_OK;
}

/* ---- the row ---- */

static lk_status open_channel(lk_comm *comm, MPI_Comm ranks, lk_error *err) {
    struct state *state = lk_alloc(sizeof *state);
    comm->state = state;
    comm->room = lk_alloc(LK_COMM_BYTES);
    if (!comm->room || !state) return lk_fail_memory(err, LK_COMM_BYTES, "messages");
    state->ranks = ranks;
    return LK_OK;
}

static lk_status open_second(lk_comm *comm, lk_error *err) {
    MPI_Comm ranks;
    lk_comm *second = lk_alloc(sizeof *second);
    if (!second) return lk_fail_memory(err, sizeof *second, "messages");
    *second = *comm;
    comm->second = second;
    int code = MPI_Comm_dup(MPI_COMM_WORLD, &ranks);
    if (code) return lk_fail(err, LK_FAILED, "rank %d: MPI_Comm_dup failed", comm->rank);
    lk_status status = open_channel(second, ranks, err);
    if (status) return status;
    struct state *state = second->state;
    state->sleeps = true;
    return LK_OK;
}

static void close_channel(lk_comm *comm) {
    lk_free(comm->room);
    lk_free(comm->state);
}

static lk_status join(lk_comm *comm, int *n_threads, lk_error *err) {
    if (comm->n_ranks & (comm->n_ranks - 1)) {
        comm->agreed = true;
        return lk_fail(err, LK_USAGE,
                       "processes: expected a power of two (1, 2, 4, 8, ...), got %d",
                       comm->n_ranks);
    }
    lk_status status = open_channel(comm, MPI_COMM_WORLD, err);
    if (!status) status = divide_processors(comm, n_threads, err);
    return status ? status : open_second(comm, err);
}

lk_status lk_mpi_open(lk_comm *comm, int *n_threads, lk_error *err) {
    int level;
    *comm = lk_comm_single();
    if (lk_mpi_started() == 1) return LK_OK;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &level) || level < MPI_THREAD_SERIALIZED)
        return lk_fail(err, LK_FAILED, "%s cannot start", lk_mpi_words());
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    *comm = (lk_comm){ .name = "mpi", .exchange = exchange, .limit_s = LK_RANK_TIMEOUT_S };
    MPI_Comm_rank(MPI_COMM_WORLD, &comm->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &comm->n_ranks);
    return join(comm, n_threads, err);
}

void lk_mpi_close(lk_comm *comm, lk_status status) {
    if (strcmp(comm->name, "mpi") != 0) return;
    if (status && !comm->agreed) {
        sleep_for(0.3); /* MPICH's mpirun may lose what was written just before */
        MPI_Abort(MPI_COMM_WORLD, lk_status_exit_code(status));
    }
    MPI_Finalize();
    if (comm->second) close_channel(comm->second);
    lk_free(comm->second);
    close_channel(comm);
}

#else

const char *lk_mpi_words(void) {
    return "no";
}

lk_status lk_mpi_open(lk_comm *comm, int *n_threads, lk_error *err) {
    (void)n_threads;
    *comm = lk_comm_single();
    if (lk_mpi_started() == 1) return LK_OK;
    return lk_fail(err, LK_USAGE,
                   "expected a build with MPI for %d processes (cmake -DLIKENESS_MPI=ON), got one "
                   "without",
                   lk_mpi_started());
}

void lk_mpi_close(lk_comm *comm, lk_status status) {
    (void)comm, (void)status;
}

#endif
