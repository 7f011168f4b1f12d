/* Eigenvectors by LAPACK's divide and conquer (dsyevd), which is part of OpenBLAS. The only file
   that calls LAPACK. */
#include "evaluate/eigen.h"

#include <likeness/memory.h>

enum { ROWS_MAX = 32766 }; /* LAPACK counts its scratch memory in ints */

/* The Fortran convention: column-major, every argument by address, the lengths of the two strings
   at the end. */
void dsyevd_(const char *job, const char *part, const int *n, double *matrix, const int *row,
             double *values, double *work, const int *n_work, int *indices, const int *n_indices,
             int *info, size_t job_bytes, size_t part_bytes);

static void swap(double *a, double *b, size_t n) {
    for (size_t i = 0; i < n; i++) {
        double kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

lk_status lk_eigen_symmetric(double *matrix, int n_rows, double *values, lk_error *err) {
    if (n_rows > ROWS_MAX)
        return lk_fail(err, LK_USAGE, "eigenvectors: expected at most %d rows, got %d", ROWS_MAX,
                       n_rows);
    const size_t n = (size_t)n_rows, n_work = 1 + 6 * n + 2 * n * n, n_indices = 3 + 5 * n;
    const int work_size = (int)n_work, indices_size = (int)n_indices;
    int info = 0;
    double *work = lk_alloc(n_work * sizeof *work);
    int *indices = lk_alloc(n_indices * sizeof *indices);
    lk_status status =
        work && indices ? LK_OK : lk_fail_memory(err, n_work * sizeof *work, "eigenvectors");
    if (status) goto done;
    dsyevd_("V", "U", &n_rows, matrix, &n_rows, values, work, &work_size, indices, &indices_size,
            &info, 1, 1);
    if (info)
        status = lk_fail(err, LK_FAILED, "eigenvectors of a %d x %d matrix: dsyevd says %d", n_rows,
                         n_rows, info);
    for (size_t i = 0; i < n / 2; i++) {
        swap(&values[i], &values[n - 1 - i], 1);
        swap(matrix + i * n, matrix + (n - 1 - i) * n, n);
    }
done:
    lk_free(work);
    lk_free(indices);
    return status;
}
