/* The matrix product: the one file that names BLAS. */
#include <likeness/tensor.h>

#include <cblas.h>

#define GEMM_float    cblas_sgemm
#define GEMM_double   cblas_dgemm
#define GEMM_OF(real) GEMM_##real
#define GEMM(real)    GEMM_OF(real)

/* OpenMP counts threads for each thread that calls it: what lk_blas_prepare said holds for its caller alone. */
static void stay_in_this_thread(void) {
    static _Thread_local bool told;
    if (!told && openblas_get_parallel() == OPENBLAS_OPENMP) openblas_set_num_threads(1);
    told = true;
}

void lk_gemm(bool transpose_a, bool transpose_b, int m, int n, int k, lk_real alpha, const lk_real *a, int lda, const lk_real *b, int ldb,
             lk_real beta, lk_real *c, int ldc) {
    stay_in_this_thread();
    GEMM(LK_REAL)
    (CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans, m, n, k, alpha, a, lda, b, ldb, beta,
     c, ldc);
}

lk_status lk_blas_prepare(lk_error *err) {
    if (openblas_get_parallel() == OPENBLAS_SEQUENTIAL)
        return lk_fail(err, LK_FAILED,
                       "the BLAS library in use is OpenBLAS's serial build (%s), which computes wrong sums when several threads call it; "
                       "wanted its pthread build: apt-get install libopenblas0-pthread && update-alternatives --auto "
                       "libopenblas.so.0-x86_64-linux-gnu",
                       openblas_get_config());
    openblas_set_num_threads(1);
    if (openblas_get_num_threads() != 1) return lk_fail(err, LK_FAILED, "%s: cannot be set to one thread a call", openblas_get_config());
    return LK_OK;
}

const char *lk_blas_name(void) {
    return openblas_get_config(); /* the core type is in it */
}
