/* A batch of CIFAR-10, as all six files. */
#include "arrays.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    static const char *const paths[] = { "/cifar/data_batch_1.bin", "/cifar/data_batch_2.bin",
                                         "/cifar/data_batch_3.bin", "/cifar/data_batch_4.bin",
                                         "/cifar/data_batch_5.bin", "/cifar/test_batch.bin" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) fuzz_file(paths[i], data, n_bytes);
    fuzz_source("cifar10", "/cifar");
    return 0;
}
