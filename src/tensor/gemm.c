/* The matrix product: the one file that names BLAS. */
#include "tensor/gemm.h"

#include <likeness/memory.h>
#include <likeness/text.h>
#include <likeness/threads.h>

#include <cblas.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#define GEMM_float    cblas_sgemm
#define GEMM_double   cblas_dgemm
#define GEMM_OF(real) GEMM_##real
#define GEMM(real)    GEMM_OF(real)

/* OpenMP keeps its number of threads for each thread that calls it: what lk_blas_prepare set holds
   for its caller only. */
static void stay_in_this_thread(void) {
    static _Thread_local bool told;
    if (!told && openblas_get_parallel() == OPENBLAS_OPENMP) openblas_set_num_threads(1);
    told = true;
}

void lk_gemm(bool transpose_a, bool transpose_b, int m, int n, int k, lk_real alpha,
             const lk_real *a, int lda, const lk_real *b, int ldb, lk_real beta, lk_real *c,
             int ldc) {
    stay_in_this_thread();
    GEMM(LK_REAL)
    (CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
     transpose_b ? CblasTrans : CblasNoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

lk_status lk_blas_prepare(lk_error *err) {
    if (openblas_get_parallel() == OPENBLAS_SEQUENTIAL)
        return lk_fail(err, LK_FAILED,
                       "the BLAS library in use is OpenBLAS's serial build (%s), which computes "
                       "wrong sums when several threads call it; "
                       "expected its pthread build: apt-get install libopenblas0-pthread && "
                       "update-alternatives --auto "
                       "libopenblas.so.0-x86_64-linux-gnu",
                       openblas_get_config());
    openblas_set_num_threads(1);
    if (openblas_get_num_threads() != 1)
        return lk_fail(err, LK_FAILED, "%s: cannot be set to one thread a call",
                       openblas_get_config());
    return LK_OK;
}

/* Functions of OpenBLAS that are in none of its headers: the working memory of one call, kept for
   later ones. Where there is no memory, OpenBLAS tries again for ever. */
void *blas_memory_alloc(int unused);
void blas_memory_free(void *buffer);

/* of address space: 128 MB, and some more for what goes with them */
enum { BUFFER_BYTES = (128 << 20) + (1 << 20) };

static bool is_limited(void) {
    struct rlimit space, data;
    return getrlimit(RLIMIT_AS, &space) != 0 || getrlimit(RLIMIT_DATA, &data) != 0 ||
           space.rlim_cur != RLIM_INFINITY || data.rlim_cur != RLIM_INFINITY;
}

/* BLAS starts a thread for each further processor, and each takes a buffer when it first runs. If
   they had time for that and there is room for one more buffer than ours, none of them waits for
   memory and takes the first buffer that we give back. */
static bool there_is_room(size_t n) {
    static const struct timespec a_moment = { .tv_nsec = 100 * 1000 * 1000 };
    if (is_limited()) nanosleep(&a_moment, NULL);
    size_t n_bytes = (n + 1) * BUFFER_BYTES;
    void *room = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return room != MAP_FAILED && munmap(room, n_bytes) == 0;
}

lk_status lk_blas_reserve(int n_callers, lk_error *err) {
    if (n_callers > LK_THREADS_MAX)
        return lk_fail(err, LK_USAGE, "threads: expected at most %d in all, got %d", LK_THREADS_MAX,
                       n_callers);
    size_t n = (size_t)n_callers;
    void **buffers = lk_alloc(n * sizeof *buffers);
    if (!buffers) return lk_fail_memory(err, n * sizeof *buffers, "BLAS's buffers");
    bool fine = there_is_room(n);
    int reason = errno;
    for (size_t i = 0; i < n && fine; i++) buffers[i] = blas_memory_alloc(0);
    for (size_t i = 0; i < n && fine; i++) blas_memory_free(buffers[i]);
    lk_free(buffers);
    if (fine) return LK_OK;
    return lk_fail(
        err, LK_MEMORY,
        "BLAS needs %.3g GB of address space for %d threads: %s; use fewer --threads or a "
        "higher ulimit -v",
        (double)(n + 1) * BUFFER_BYTES / 1e9, n_callers, strerror(reason));
}

/* A thread of BLAS that takes its buffer late waits for memory after our last check. */
bool lk_blas_may_be_stuck(void) {
    return is_limited();
}

/* OpenBLAS writes its answer into one buffer again at every call. */
static char blas_name[256];

static void keep_name(void) {
    lk_format(blas_name, sizeof blas_name, "%s", openblas_get_config()); /* with the core type */
}

const char *lk_blas_name(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, keep_name);
    return blas_name;
}
