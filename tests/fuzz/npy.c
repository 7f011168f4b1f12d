/* NumPy's array files. */
#include "io/npy.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    lk_npy array = { 0 };
    lk_error err = { "" };
    fuzz_file("/fuzz.npy", data, n_bytes);
    if (fuzz_read(lk_npy_read("/fuzz.npy", &array, &err), LK_FORMAT, &err)) {
        size_t n = 1;
        for (int d = 0; d < array.n_dims; d++) n *= array.shape[d];
        fuzz_check(n == array.n, "shape and values differ");
        fuzz_touch(array.values, array.n * sizeof *array.values);
    }
    lk_npy_deinit(&array);
    return 0;
}
