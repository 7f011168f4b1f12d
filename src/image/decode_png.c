/* PNG by libpng, which checks every chunk's CRC. Only the chunks needed for colours and the
   orientation are read; warnings are about the other chunks and are ignored.

   Some cameras and scanners store, say, 12 bits in 16 without spreading them, which sBIT tells and
   which would give an almost black picture. Where no sample is larger than 12 bits can be, it is
   decoded again and scaled. */
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
    lk_image image; /* owned until everything is read; its pixels have n_channels */
    lk_decoding *how;
    size_t n_channels;                /* 3, or 4 with alpha */
    uint32_t full[4];                 /* the largest value of each channel, as sBIT says */
    bool may_scale, scale, too_large; /* sBIT says fewer than 16 bits; scale; a sample above full */
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

/* libpng calls it with each row of 16 bits, in place of its own conversion to 8. */
static void to_8_bits(png_structp png, png_row_infop row, png_bytep data) {
    struct reader *reader = png_get_user_transform_ptr(png);
    size_t n = (size_t)row->width * row->channels;
    for (size_t i = 0, c = 0; i < n; i++, c = c + 1 == row->channels ? 0 : c + 1) {
        uint32_t value = (uint32_t)data[2 * i] << 8 | data[2 * i + 1], full = reader->full[c];
        if (value > full) reader->too_large = true;
        if (reader->scale) value = value * 65535 / full;
        data[i] = (uint8_t)(value >> 8);
    }
}

/* Whether sBIT says that a colour has fewer than 16 bits. */
static bool has_fewer_bits(struct reader *reader) {
    png_color_8p bits = NULL;
    bool deep = png_get_bit_depth(reader->png, reader->info) == 16,
         colour = png_get_color_type(reader->png, reader->info) & PNG_COLOR_MASK_COLOR;
    if (!deep || !png_get_sBIT(reader->png, reader->info, &bits)) return false;
    const uint8_t all[4] = { colour ? bits->red : bits->gray, colour ? bits->green : bits->gray,
                             colour ? bits->blue : bits->gray, bits->alpha };
    bool stored_alpha = png_get_color_type(reader->png, reader->info) & PNG_COLOR_MASK_ALPHA;
    for (int c = 0; c < 4; c++)
        reader->full[c] = c < 3 || stored_alpha ? (1U << all[c]) - 1 : 65535;
    return all[0] < 16 || all[1] < 16 || all[2] < 16;
}

/* Ask libpng to convert every kind of pixel to 8 bits of red, green, blue, and alpha if there is
   any. */
static void ask_for_rgb(struct reader *reader) {
    bool alpha = reader->n_channels == 4;
    png_set_palette_to_rgb(reader->png);
    png_set_expand_gray_1_2_4_to_8(reader->png);
    if (alpha) png_set_tRNS_to_alpha(reader->png);
    png_set_gray_to_rgb(reader->png);
    if (reader->may_scale) {
        png_set_read_user_transform_fn(reader->png, to_8_bits);
        png_set_user_transform_info(reader->png, reader, 8, (int)reader->n_channels);
    } else {
        png_set_strip_16(reader->png);
    }
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
    if (status) return status;
    bool alpha = png_get_color_type(reader->png, reader->info) & PNG_COLOR_MASK_ALPHA ||
                 png_get_valid(reader->png, reader->info, PNG_INFO_tRNS);
    reader->n_channels = alpha ? 4 : 3;
    reader->may_scale = has_fewer_bits(reader);
    reader->image = (lk_image){ (int)width, (int)height, 3, NULL };
    return lk_decoding_begin(reader->how, width, height, (int)reader->n_channels,
                             &reader->image.pixels, err);
}

static lk_status read_rows(struct reader *reader, lk_error *err) {
    size_t height = (size_t)reader->image.height,
           row = (size_t)reader->image.width * reader->n_channels;
    ask_for_rgb(reader);
    if (png_get_rowbytes(reader->png, reader->info) != row) /* never: libpng makes it RGB */
        return lk_fail(err, LK_FORMAT, "bad PNG: unknown kind of pixels");
    reader->rows = lk_alloc(height * sizeof *reader->rows);
    if (!reader->rows)
        return lk_fail_memory(err, height * sizeof *reader->rows, "the rows of a PNG");
    for (size_t y = 0; y < height; y++) reader->rows[y] = reader->image.pixels + y * row;
    png_read_image(reader->png, reader->rows);
    png_read_end(reader->png, reader->info);
    png_uint_32 n_exif = 0;
    png_bytep exif = NULL;
    if (png_get_eXIf_1(reader->png, reader->info, &n_exif, &exif))
        reader->how->orientation = lk_exif_orientation(exif, n_exif);
    return LK_OK;
}

static lk_status decode(struct reader *reader, size_t n_bytes, lk_error *err) {
    if (setjmp(png_jmpbuf(reader->png)))
        return reader->lacking ? lk_fail_memory(err, reader->lacking, "a PNG")
                               : lk_fail(err, LK_FORMAT, "bad PNG: %s", reader->reason);
    reader->info = png_create_info_struct(reader->png);
    if (!reader->info) return lk_fail_memory(err, sizeof *reader, "a PNG decoder");
    /* all but IHDR, PLTE, tRNS, IDAT, IEND, and these two */
    png_set_keep_unknown_chunks(reader->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(reader->png, PNG_HANDLE_CHUNK_AS_DEFAULT,
                                (png_const_bytep) "eXIf\0sBIT", 2);
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

/* Once through the file. `again`: whether it must be read once more, scaled. */
static lk_status decode_once(const uint8_t *data, size_t n_bytes, lk_decoding *how, bool scale,
                             lk_image *image, bool *again, lk_error *err) {
    struct reader *reader = lk_alloc(sizeof *reader);
    if (!reader) return lk_fail_memory(err, sizeof *reader, "a PNG decoder");
    reader->at = data;
    reader->end = data + n_bytes;
    reader->how = how;
    reader->scale = scale;
    reader->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, reader, leave, pass_over, reader,
                                           take_memory, give_memory);
    lk_status status = reader->png ? decode(reader, n_bytes, err)
                                   : lk_fail_memory(err, sizeof *reader, "a PNG decoder");
    *again = reader->may_scale && !reader->too_large && !scale;
    if (status || *again)
        lk_image_deinit(&reader->image);
    else
        *image = lk_decoding_end(how, reader->image.width, reader->image.height,
                                 (int)reader->n_channels, reader->image.pixels);
    if (reader->png) png_destroy_read_struct(&reader->png, &reader->info, NULL);
    lk_free(reader->rows);
    lk_free(reader);
    return status;
}

lk_status lk_png_decode(const uint8_t *data, size_t n_bytes, lk_decoding *how, lk_image *image,
                        lk_error *err) {
    bool again = false;
    lk_status status = check_claim(data, n_bytes, err);
    if (!status) status = decode_once(data, n_bytes, how, false, image, &again, err);
    if (status || !again) return status;
    how->notes.scaled = true;
    return decode_once(data, n_bytes, how, true, image, &again, err);
}
