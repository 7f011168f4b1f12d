/** The matrix product, computed by a BLAS library. */
#ifndef LIKENESS_TENSOR_GEMM_H
#define LIKENESS_TENSOR_GEMM_H

#include <likeness/status.h>

/**
 * C = alpha op(A) op(B) + beta C, row-major; op(A) is m x k, op(B) k x n; lda, ldb, ldc are the row
 * lengths as stored. Runs on the calling thread only.
 */
void lk_gemm(bool transpose_a, bool transpose_b, int m, int n, int k, lk_real alpha,
             const lk_real *a, int lda, const lk_real *b, int ldb, lk_real beta, lk_real *c,
             int ldc);
/**
 * Make BLAS compute on the thread that calls it. Call this once, before threads start.
 * errors  LK_FAILED if the loaded library is OpenBLAS's serial build, which concurrent calls break
 */
lk_status lk_blas_prepare(lk_error *err);
/**
 * Make BLAS take the memory now that n_callers threads need to call it at once. If it fails to get
 * memory later, it waits for ever without an error. lk_graph_finish calls this for its threads.
 * memory  address space only: 135 MB a thread, and as much once more, so that none of BLAS's own
 *         threads waits; under ulimit -v or -d they get a tenth of a second to take theirs first
 * errors  LK_MEMORY, LK_USAGE for more than LK_THREADS_MAX
 */
lk_status lk_blas_reserve(int n_callers, lk_error *err);
/** Whether memory is limited (ulimit -v or -d), so that OpenBLAS's own threads may have been
 * waiting for some since the program began. A normal exit would wait for them. */
bool lk_blas_may_be_stuck(void);
/** The build of BLAS and the core type that it chose, for the records of a run. */
const char *lk_blas_name(void);

#endif
