/* Pictures: CMake builds this once for each format, which FUZZ_DECODE reads and whose first bytes
   are FUZZ_MAGIC; other inputs are passed over. */
#include "fuzz.h"
#include "image/decode.h"

#include <string.h>

/* Pixels that nobody wrote differ: fuzz.c gives other bytes each time. */
static void check_again(const uint8_t *data, size_t n_bytes, const lk_image *image) {
    lk_image again = { 0 };
    lk_error err = { "" };
    lk_status status = FUZZ_DECODE(data, n_bytes, &again, &err);
    if (status != LK_MEMORY) {
        fuzz_check(status == LK_OK, err.text);
        fuzz_check(memcmp(again.pixels, image->pixels, lk_image_bytes(image)) == 0, "pixels");
    }
    lk_image_deinit(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    lk_image image = { 0 };
    lk_error err = { "" };
    if (n_bytes < strlen(FUZZ_MAGIC) || memcmp(data, FUZZ_MAGIC, strlen(FUZZ_MAGIC)) != 0) return 0;
    if (fuzz_read(FUZZ_DECODE(data, n_bytes, &image, &err), LK_FORMAT, &err)) {
        fuzz_check(image.width >= 1 && image.width <= LK_IMAGE_SIDE_MAX, "width");
        fuzz_check(image.height >= 1 && image.height <= LK_IMAGE_SIDE_MAX, "height");
        fuzz_check(image.n_channels == 3, "channels");
        fuzz_touch(image.pixels, lk_image_bytes(&image));
        check_again(data, n_bytes, &image);
    }
    lk_image_deinit(&image);
    return 0;
}
