/*
 * Loaded before a program that uses MPI (LD_PRELOAD), this library makes one of its messages fail.
 * It is not part of the program and checks nothing. scripts/mpi_test.sh builds it.
 *
 * The environment chooses:
 *   MPI_FAIL_AT     "RANK N LATE": the N-th MPI_Isend or MPI_Irecv of that rank fails; LATE 1: not
 *                   the call itself, but the wait for it
 *   MPI_FAIL_COUNT  a file that gets the number of these calls of that rank, at the end
 */
#include <mpi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
    int rank, late;
    long n, seen;
    bool is_late; /* the next wait fails */
} plan;

__attribute__((constructor)) static void begin(void) {
    const char *at = getenv("MPI_FAIL_AT");
    if (!at || sscanf(at, "%d %ld %d", &plan.rank, &plan.n, &plan.late) != 3) abort();
}

static bool is_watched(void) {
    int rank;
    return PMPI_Comm_rank(MPI_COMM_WORLD, &rank) == MPI_SUCCESS && rank == plan.rank;
}

/* Whether this call fails. */
static bool fails(void) {
    if (!is_watched() || ++plan.seen != plan.n) return false;
    plan.is_late = plan.late;
    return !plan.late;
}

int MPI_Isend(const void *data, int n, MPI_Datatype type, int peer, int tag, MPI_Comm comm,
              MPI_Request *request) {
    return fails() ? MPI_ERR_OTHER : PMPI_Isend(data, n, type, peer, tag, comm, request);
}

int MPI_Irecv(void *data, int n, MPI_Datatype type, int peer, int tag, MPI_Comm comm,
              MPI_Request *request) {
    return fails() ? MPI_ERR_OTHER : PMPI_Irecv(data, n, type, peer, tag, comm, request);
}

int MPI_Testall(int n, MPI_Request requests[], int *done, MPI_Status statuses[]) {
    return plan.is_late ? MPI_ERR_OTHER : PMPI_Testall(n, requests, done, statuses);
}

int MPI_Finalize(void) {
    const char *path = getenv("MPI_FAIL_COUNT");
    FILE *file = path && is_watched() ? fopen(path, "w") : NULL;
    if (file) {
        fprintf(file, "%ld\n", plan.seen);
        fclose(file);
    }
    return PMPI_Finalize();
}
