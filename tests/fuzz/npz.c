/* An npy or an npz as pictures. libzip reads the file itself, so it is written. */
#include "arrays.h"
#include "base/file.h"
#include "fuzz.h"

#include <likeness/text.h>

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    static const char *const names[] = { "a.npz", NULL };
    char path[LK_PATH_MAX];
    lk_format(path, sizeof path, "%s/a.npz", fuzz_folder(names));
    FILE *file = fopen(path, "we");
    fuzz_check(file && fwrite(data, 1, n_bytes, file) == n_bytes && fclose(file) == 0, "no file");
    fuzz_file(path, data, n_bytes);
    fuzz_source("npy", path);
    return 0;
}
