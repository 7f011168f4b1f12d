/** Processes that mpirun, srun or the like have started to train together. */
#ifndef LIKENESS_BASE_COMM_MPI_H
#define LIKENESS_BASE_COMM_MPI_H

#include <likeness/comm.h>

/** How many processes were started together, as the environment says; 1: only this one. */
int lk_mpi_started(void);
/** "no", or the name and version of the library. It lives until the next call. */
const char *lk_mpi_words(void);
/**
 * Join the other processes, if there are some; otherwise *comm is `single`. Ranks of one machine
 * that may run on the same processors divide them: each is pinned to its own, as far as there are
 * enough. *n_threads: what the user asked for; 0 becomes the number of its processors.
 * ownership  lk_mpi_close ends it
 * errors     LK_USAGE (this build is without MPI; their number is not a power of two), LK_FAILED,
 *            LK_MEMORY
 */
lk_status lk_mpi_open(lk_comm *comm, int *n_threads, lk_error *err);
/** Leave them. With an error that not all ranks know of, it ends all of them at once, and this one
 * with the exit code of `status`. */
void lk_mpi_close(lk_comm *comm, lk_status status);

#endif
