/* The orientation in EXIF. */
#include "fuzz.h"
#include "image/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    int orientation = lk_exif_orientation(data, n_bytes);
    fuzz_check(orientation >= 1 && orientation <= 8, "orientation");
    return 0;
}
