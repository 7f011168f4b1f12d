/* PNG by libpng, which checks every chunk's CRC. Only the chunks needed for colours are read;
   warnings are about the other chunks and are ignored. */
#include "image/decode.h"

#include <likeness/memory.h>

#include <png.h>
#include <setjmp.h>
#include <string.h>

/* Inflating makes at most this many bytes of one (zlib's technical notes). */
enum { INFLATE_MAX = 1032 };

struct reader {
    png_structp png;
    png_infop info;
    const uint8_t *at, *end;
    char reason[96];
    size_t lacking; /* bytes that could not be allocated */
    uint8_t **rows;
    lk_image image; /* owned until everything is read */
};

_Noreturn static void leave(png_structp png, png_const_charp reason) {
    struct reader *reader = png_get_error_ptr(png);
    lk_format(reader->reason, sizeof reader->reason, "%s", reason);
    png_longjmp(png, 1);
}

static void pass_over(png_structp png, png_const_charp reason) {
    (void)png, (void)reason;
}

static void *take_memory(png_structp png, png_alloc_size_t n_bytes) {
    void *block = lk_alloc(n_bytes);
    if (!block) ((struct reader *)png_get_mem_ptr(png))->lacking = n_bytes;
    return block;
}

static void give_memory(png_structp png, void *block) {
    (void)png;
    lk_free(block);
}

static void take_bytes(png_structp png, png_bytep out, size_t n) {
    struct reader *reader = png_get_io_ptr(png);
    if (n > (size_t)(reader->end - reader->at)) png_error(png, "the file ends too early");
    memcpy(out, reader->at, n);
    reader->at += n;
}

/* Ask libpng to convert every kind of pixel to 8 bits of red, green and blue. */
static void ask_for_rgb(struct reader *reader) {
    png_set_palette_to_rgb(reader->png);
    png_set_expand_gray_1_2_4_to_8(reader->png);
    png_set_strip_16(reader->png);
    png_set_strip_alpha(reader->png);
    png_set_gray_to_rgb(reader->png);
    png_set_interlace_handling(reader->png);
    png_read_update_info(reader->png, reader->info);
}

static lk_status check_size(struct reader *reader, size_t n_bytes, lk_error *err) {
    unsigned width = png_get_image_width(reader->png, reader->info),
             height = png_get_image_height(reader->png, reader->info);
    lk_status status = lk_decoded_size_check(width, height, err);
    size_t n_inflated = png_get_rowbytes(reader->png, reader->info) * height;
    if (!status && n_inflated / INFLATE_MAX > n_bytes)
        status =
            lk_fail(err, LK_FORMAT, "truncated: has %zu bytes, which cannot hold %u x %u pixels",
                    n_bytes, width, height);
    return status ? status : lk_image_init(&reader->image, (int)width, (int)height, 3, err);
}

static lk_status read_rows(struct reader *reader, lk_error *err) {
    size_t height = (size_t)reader->image.height, row = (size_t)reader->image.width * 3;
    ask_for_rgb(reader);
    if (png_get_rowbytes(reader->png, reader->info) != row) /* never: libpng makes it RGB */
        return lk_fail(err, LK_FORMAT, "bad PNG: unknown kind of pixels");
    reader->rows = lk_alloc(height * sizeof *reader->rows);
    if (!reader->rows)
        return lk_fail_memory(err, height * sizeof *reader->rows, "the rows of a PNG");
    for (size_t y = 0; y < height; y++) reader->rows[y] = reader->image.pixels + y * row;
    png_read_image(reader->png, reader->rows);
    png_read_end(reader->png, NULL);
    return LK_OK;
}

static lk_status decode(struct reader *reader, size_t n_bytes, lk_error *err) {
    if (setjmp(png_jmpbuf(reader->png)))
        return reader->lacking ? lk_fail_memory(err, reader->lacking, "a PNG")
                               : lk_fail(err, LK_FORMAT, "bad PNG: %s", reader->reason);
    reader->info = png_create_info_struct(reader->png);
    if (!reader->info) return lk_fail_memory(err, sizeof *reader, "a PNG decoder");
    /* all but IHDR, PLTE, tRNS, IDAT, IEND */
    png_set_keep_unknown_chunks(reader->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_read_fn(reader->png, reader, take_bytes);
    png_read_info(reader->png, reader->info);
    lk_status status = check_size(reader, n_bytes, err);
    return status ? status : read_rows(reader, err);
}

/* Comes before libpng's own check, whose message does not give the reason. */
static lk_status check_claim(const uint8_t *data, size_t n_bytes, lk_error *err) {
    long long side[2] = { 0 };
    if (n_bytes < 24) return LK_OK;
    for (int i = 0; i < 8; i++) side[i / 4] = side[i / 4] << 8 | data[16 + i];
    return lk_decoded_size_check(side[0], side[1], err);
}

lk_status lk_png_decode(const uint8_t *data, size_t n_bytes, lk_image *image, lk_error *err) {
    lk_status status = check_claim(data, n_bytes, err);
    if (status) return status;
    struct reader *reader = lk_alloc(sizeof *reader);
    if (!reader) return lk_fail_memory(err, sizeof *reader, "a PNG decoder");
    reader->at = data;
    reader->end = data + n_bytes;
    reader->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, reader, leave, pass_over, reader,
                                           take_memory, give_memory);
    status = reader->png ? decode(reader, n_bytes, err)
                         : lk_fail_memory(err, sizeof *reader, "a PNG decoder");
    if (status)
        lk_image_deinit(&reader->image);
    else
        *image = reader->image;
    if (reader->png) png_destroy_read_struct(&reader->png, &reader->info, NULL);
    lk_free(reader->rows);
    lk_free(reader);
    return status;
}
