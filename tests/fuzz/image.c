/* Pictures: CMake builds this once for each format, whose first bytes are FUZZ_MAGIC (other inputs
   are passed over) and whose files are called FUZZ_NAME. */
#include "fuzz.h"

#include <likeness/image.h>

#include <string.h>

static lk_status decode(const uint8_t *data, size_t n_bytes, lk_image *image, lk_image_notes *notes,
                        lk_error *err) {
    static const lk_image_options options = { .background = { 1, 2, 3 } };
    return lk_image_decode_as(data, n_bytes, FUZZ_NAME, &options, image, notes, err);
}

/* Pixels that nobody wrote differ: fuzz.c gives other bytes each time. */
static void check_again(const uint8_t *data, size_t n_bytes, const lk_image *image) {
    lk_image again = { 0 };
    lk_error err = { "" };
    lk_status status = decode(data, n_bytes, &again, NULL, &err);
    if (status != LK_MEMORY) {
        fuzz_check(status == LK_OK, err.text);
        fuzz_check(memcmp(again.pixels, image->pixels, lk_image_bytes(image)) == 0, "pixels");
    }
    lk_image_deinit(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    lk_image image = { 0 };
    lk_image_notes notes;
    lk_error err = { "" };
    if (n_bytes < strlen(FUZZ_MAGIC) || memcmp(data, FUZZ_MAGIC, strlen(FUZZ_MAGIC)) != 0) return 0;
    if (fuzz_read(decode(data, n_bytes, &image, &notes, &err), LK_FORMAT, &err)) {
        fuzz_check(image.width >= 1 && image.height >= 1, "sides");
        fuzz_check(image.width <= LK_IMAGE_PIXELS_MAX / image.height, "pixels");
        fuzz_check(lk_image_kind_is_read(notes.kind), "kind");
        fuzz_check(image.n_channels == 3, "channels");
        fuzz_touch(image.pixels, lk_image_bytes(&image));
        check_again(data, n_bytes, &image);
    }
    lk_image_deinit(&image);
    return 0;
}
