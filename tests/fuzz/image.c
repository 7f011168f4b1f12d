/* Pictures: CMake builds this once for each format, whose first bytes are FUZZ_MAGIC; other inputs
   are passed over. */
#include "fuzz.h"

#include <likeness/image.h>

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    lk_image image = { 0 };
    lk_error err = { "" };
    if (n_bytes < strlen(FUZZ_MAGIC) || memcmp(data, FUZZ_MAGIC, strlen(FUZZ_MAGIC)) != 0) return 0;
    if (fuzz_read(lk_image_decode(data, n_bytes, &image, &err), LK_FORMAT, &err)) {
        fuzz_check(image.width >= 1 && image.width <= LK_IMAGE_SIDE_MAX, "width");
        fuzz_check(image.height >= 1 && image.height <= LK_IMAGE_SIDE_MAX, "height");
        fuzz_check(image.n_channels == 3, "channels");
        fuzz_touch(image.pixels, lk_image_bytes(&image));
    }
    lk_image_deinit(&image);
    return 0;
}
