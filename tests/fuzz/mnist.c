/* An IDX file, plain or gzip, as both files of MNIST. */
#include "arrays.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    fuzz_file("/mnist/train-images-idx3-ubyte", data, n_bytes);
    fuzz_file("/mnist/t10k-images-idx3-ubyte", data, n_bytes);
    fuzz_source("mnist", "/mnist");
    return 0;
}
