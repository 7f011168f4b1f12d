/* PNG by libpng, encoded in memory so that a file appears whole or not at all. */
#include "base/file.h"

#include <likeness/image.h>
#include <likeness/memory.h>

#include <png.h>
#include <string.h>
#include <zlib.h>

lk_status lk_image_encode_png(const lk_image *image, lk_text *out, lk_error *err) {
    png_image png = { .version = PNG_IMAGE_VERSION,
                      .width = (png_uint_32)image->width,
                      .height = (png_uint_32)image->height,
                      .format = image->n_channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB };
    png_alloc_size_t n_bytes = PNG_IMAGE_PNG_SIZE_MAX(png);
    lk_status status = LK_OK;
    char *bytes = lk_alloc(n_bytes);
    if (!bytes) return lk_fail_memory(err, n_bytes, "a PNG");
    if (png_image_write_to_memory(&png, bytes, &n_bytes, 0, image->pixels, 0, NULL))
        lk_text_bytes(out, bytes, n_bytes);
    else /* lk_image_init keeps pictures within libpng's limits */
        status = lk_fail(err, LK_MEMORY, "out of memory: a PNG: %s", png.message);
    if (!status && out->failed) status = lk_fail_memory(err, n_bytes, "a PNG");
    lk_free(bytes);
    return status;
}

/* ---- notes ---- */

static void put_number(uint32_t value, lk_text *out) {
    const uint8_t bytes[] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                              (uint8_t)value };
    lk_text_bytes(out, bytes, sizeof bytes);
}

static bool is_ascii(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80) return false;
    return true;
}

/* A chunk of a PNG: length, type, content, checksum of type and content. iTXt is not compressed and
   names no language. */
static void put_note(const lk_image_note *note, lk_text *out) {
    bool plain = is_ascii(note->text);
    lk_text chunk = { 0 };
    lk_text_add(&chunk, "%s%s", plain ? "tEXt" : "iTXt", note->key);
    lk_text_bytes(&chunk, "\0\0\0\0", plain ? 1 : 5);
    lk_text_add(&chunk, "%s", note->text);
    out->failed = out->failed || chunk.failed;
    if (!chunk.failed) {
        put_number((uint32_t)chunk.n - 4, out);
        lk_text_bytes(out, chunk.data, chunk.n);
        put_number((uint32_t)crc32(0, (const Bytef *)chunk.data, (uInt)chunk.n), out);
    }
    lk_text_deinit(&chunk);
}

lk_status lk_image_encode_png_noted(const lk_image *image, const lk_image_note *notes, int n_notes,
                                    lk_text *out, lk_error *err) {
    enum { HEAD = 8 + 25 }; /* the signature and the chunk IHDR */
    lk_text png = { 0 };
    lk_status status = lk_image_encode_png(image, &png, err);
    if (!status) {
        lk_text_bytes(out, png.data, HEAD);
        for (int i = 0; i < n_notes; i++) put_note(&notes[i], out);
        lk_text_bytes(out, png.data + HEAD, png.n - HEAD);
        if (out->failed) status = lk_fail_memory(err, png.n, "a PNG");
    }
    lk_text_deinit(&png);
    return status;
}

lk_status lk_image_write_png(const char *path, const lk_image *image, lk_error *err) {
    lk_text png = { 0 };
    lk_status status = lk_image_encode_png(image, &png, err);
    if (!status) status = lk_file_write(path, png.data, png.n, err);
    lk_text_deinit(&png);
    return status;
}
