/*
 * GIF, TGA and PSD by stb_image; its other formats are compiled out. Version 2.27 believes what a
 * file says, so decode_gif.c, decode_tga.c and decode_psd.c check a file to the last byte before it
 * comes here. stb keeps the reason of the last failure in each thread.
 */
#include "image/decode.h"

#include <likeness/memory.h>

#include <string.h>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_GIF
#define STBI_ONLY_TGA
#define STBI_ONLY_PSD
#define STBI_NO_STDIO
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STBI_MAX_DIMENSIONS 65535 /* what a GIF or a TGA can say */
/* not lk_alloc: its zeros would hide pixels that stb never wrote from the tests */
#define STBI_MALLOC(n)                    lk_realloc(NULL, 0, n)
#define STBI_REALLOC_SIZED(block, old, n) lk_realloc(block, old, n)
#define STBI_FREE(block)                  lk_free(block)
#pragma GCC diagnostic ignored "-Wunused-function" /* functions of formats that are off */
#include <stb_image.h>

lk_status lk_stb_size_check(long long width, long long height, lk_error *err) {
    lk_status status = lk_decoded_size_check(width, height, err);
    if (status || width * height <= LK_IMAGE_LARGE) return status;
    return lk_fail(err, LK_FORMAT, "expected at most %d pixels, got %lld x %lld", LK_IMAGE_LARGE,
                   width, height);
}

lk_status lk_stb_decode(const lk_stb_file *file, const lk_decoding *how, int n_channels,
                        uint8_t **pixels, lk_error *err) {
    int width = 0, height = 0, stored = 0;
    long long n_pixels = (long long)file->width * file->height;
    lk_status status = lk_decoding_claim(how, file->width, file->height, err);
    if (status) return status;
    uint8_t *made =
        stbi_load_from_memory(file->data, (int)file->n_bytes, &width, &height, &stored, n_channels);
    if (!made && strcmp(stbi_failure_reason(), "outofmem") == 0)
        return lk_fail_memory(err, (size_t)n_pixels * (size_t)n_channels, file->kind);
    if (!made) return lk_fail(err, LK_FORMAT, "bad %s: %s", file->kind, stbi_failure_reason());
    if ((long long)width * height != n_pixels) { /* never: our check and stb read the same bytes */
        lk_free(made);
        return lk_fail(err, LK_FORMAT, "bad %s: expected %d x %d pixels, got %d x %d", file->kind,
                       file->width, file->height, width, height);
    }
    *pixels = made;
    return LK_OK;
}

lk_status lk_stb_decode_image(const lk_stb_file *file, lk_decoding *how, int n_channels,
                              lk_image *image, lk_error *err) {
    uint8_t *pixels = NULL;
    lk_status status = lk_stb_decode(file, how, n_channels, &pixels, err);
    if (!status) *image = lk_decoding_end(how, file->width, file->height, n_channels, pixels);
    return status;
}
