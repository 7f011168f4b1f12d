/* PNG by libpng, encoded in memory so that a file appears whole or not at all. */
#include "base/file.h"

#include <likeness/image.h>
#include <likeness/memory.h>

#include <png.h>
#include <setjmp.h>
#include <string.h>
#include <zlib.h>

/* zlib's default, 6, takes twice as long for pictures of faces, and saves one percent. */
enum { LEVEL = 5 };

_Noreturn static void leave(png_structp png, png_const_charp reason) {
    (void)reason;
    png_longjmp(png, 1);
}

static void pass_over(png_structp png, png_const_charp reason) {
    (void)png, (void)reason;
}

static void *take_memory(png_structp png, png_alloc_size_t n_bytes) {
    (void)png;
    return lk_alloc(n_bytes);
}

static void give_memory(png_structp png, void *block) {
    (void)png;
    lk_free(block);
}

static void put_bytes(png_structp png, png_bytep bytes, size_t n) {
    lk_text_bytes(png_get_io_ptr(png), bytes, n);
}

static void flush_nothing(png_structp png) {
    (void)png;
}

static png_bytep row_of(const lk_image *image, int y) {
    return image->pixels + (size_t)y * (size_t)image->width * (size_t)image->n_channels;
}

/* Whether four in five values equal those of the pixel to their left, as in text, curves, and
   pictures enlarged four times or more. Every eighth row shows it. */
static bool is_flat(const lk_image *image) {
    size_t n = (size_t)image->n_channels, n_bytes = n * (size_t)image->width, n_seen = 0,
           n_same = 0;
    for (int y = 0; y < image->height; y += 8, n_seen += n_bytes) {
        const uint8_t *row = row_of(image, y);
        for (size_t i = n; i < n_bytes; i++) n_same += row[i] == row[i - n];
    }
    return n_same >= n_seen / 5 * 4;
}

/* A flat picture becomes smallest, and in half the time, if a row is either itself or, where it
   equals the one above, zero. Elsewhere libpng tries its five filters on each row. */
static void write_rows(png_structp png, const lk_image *image, bool flat) {
    size_t n_bytes = (size_t)image->width * (size_t)image->n_channels;
    for (int y = 0; y < image->height; y++) {
        png_bytep row = row_of(image, y);
        if (flat && y > 0) {
            bool same = memcmp(row, row - n_bytes, n_bytes) == 0;
            png_set_filter(png, PNG_FILTER_TYPE_BASE, same ? PNG_FILTER_UP : PNG_FILTER_NONE);
        }
        png_write_row(png, row);
    }
}

static void write_png(png_structp png, png_infop info, const lk_image *image, lk_text *out) {
    bool flat = is_flat(image);
    png_set_write_fn(png, out, put_bytes, flush_nothing);
    png_set_IHDR(png, info, (png_uint_32)image->width, (png_uint_32)image->height, 8,
                 image->n_channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
    png_set_compression_level(png, LEVEL);
    if (flat) png_set_compression_strategy(png, Z_DEFAULT_STRATEGY);
    /* all that rows may ask for: libpng keeps the row above from the start or never */
    png_set_filter(png, PNG_FILTER_TYPE_BASE,
                   flat ? PNG_FILTER_NONE | PNG_FILTER_UP : PNG_ALL_FILTERS);
    png_write_info(png, info);
    write_rows(png, image, flat);
    png_write_end(png, info);
}

/* Returns false where memory lacks. */
static bool wrote_png(png_structp png, png_infop info, const lk_image *image, lk_text *out) {
    if (setjmp(png_jmpbuf(png))) return false;
    write_png(png, info, image, out);
    return true;
}

lk_status lk_image_encode_png(const lk_image *image, lk_text *out, lk_error *err) {
    png_structp png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, NULL, leave, pass_over, NULL,
                                                take_memory, give_memory);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    /* lk_image_init keeps pictures within libpng's limits */
    bool done = info && wrote_png(png, info, image, out) && !out->failed;
    if (png) png_destroy_write_struct(&png, &info);
    return done ? LK_OK : lk_fail_memory(err, lk_image_bytes(image), "a PNG");
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
