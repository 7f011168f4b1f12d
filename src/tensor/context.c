/* Starting the library. */
#include <likeness/context.h>
#include <likeness/memory.h>

#include "tensor/gemm.h"
#include "tensor/kernels.h"

lk_status lk_context_open(int n_threads, lk_context *context, lk_error *err) {
    context->threads = NULL;
    context->comm = lk_alloc(sizeof *context->comm);
    if (!context->comm) return lk_fail_memory(err, sizeof *context->comm, "the context");
    *context->comm = lk_comm_single();
    lk_status status = lk_blas_prepare(err); /* before threads start */
    if (!status) status = lk_kernels_choose(&context->kernels, err);
    if (!status) status = lk_threads_create(n_threads, &context->threads, err);
    return status;
}

void lk_context_close(lk_context *context) {
    lk_threads_destroy(context->threads);
    lk_free(context->comm);
    context->threads = NULL;
    context->comm = NULL;
}
