/* JPEG by libjpeg. Its warnings (premature end, bad codes) are errors here, because half a face is
   not a training picture. */
#include "image/decode.h"

#include <likeness/memory.h>

#include <setjmp.h>
#include <stdio.h>

#include <jerror.h> /* these two need stdio.h before them */
#include <jpeglib.h>

/* Encoders write about ten scans. Each scan passes over the whole picture, so thousands of tiny
   ones would take very long. */
enum { SCANS_MAX = 100 };

struct reader {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr handler;
    struct jpeg_progress_mgr progress;
    jmp_buf back;
    char reason[JMSG_LENGTH_MAX];
    uint8_t *row;   /* one row as libjpeg gives it */
    lk_image image; /* owned until everything is read */
};

_Noreturn static void leave(j_common_ptr jpeg) {
    struct reader *reader = jpeg->client_data;
    jpeg->err->format_message(jpeg, reader->reason);
    longjmp(reader->back, 1);
}

/* Level -1 is a warning; higher levels are only traces. */
static void on_message(j_common_ptr jpeg, int level) {
    if (level < 0) leave(jpeg);
}

static void limit_scans(j_common_ptr jpeg) {
    struct reader *reader = jpeg->client_data;
    if (reader->jpeg.input_scan_number <= SCANS_MAX) return;
    lk_format(reader->reason, sizeof reader->reason, "expected at most %d scans, got more",
              SCANS_MAX);
    longjmp(reader->back, 1);
}

/* Adobe's CMYK is stored inverted: 255 is no ink. */
static void rgb_from_cmyk(const uint8_t *cmyk, bool inverted, int width, uint8_t *rgb) {
    for (int x = 0; x < width; x++, cmyk += 4, rgb += 3) {
        int black = inverted ? cmyk[3] : 255 - cmyk[3];
        for (int c = 0; c < 3; c++)
            rgb[c] = (uint8_t)(((inverted ? cmyk[c] : 255 - cmyk[c]) * black + 127) / 255);
    }
}

/* With Huffman codes, which almost all files use, even the largest unit of 32 x 32 pixels takes at
   least one bit. */
static lk_status check_claim(const struct jpeg_decompress_struct *jpeg, size_t n_bytes,
                             lk_error *err) {
    lk_status status = lk_decoded_size_check(jpeg->image_width, jpeg->image_height, err);
    if (status || jpeg->arith_code ||
        (size_t)jpeg->image_width * jpeg->image_height / (32 * 32 * 8) <= n_bytes)
        return status;
    return lk_fail(err, LK_FORMAT, "truncated: has %zu bytes, which cannot hold %u x %u pixels",
                   n_bytes, jpeg->image_width, jpeg->image_height);
}

static lk_status read_rows(struct reader *reader, lk_error *err) {
    struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    bool cmyk = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
    jpeg->out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
    lk_status status =
        lk_image_init(&reader->image, (int)jpeg->image_width, (int)jpeg->image_height, 3, err);
    if (status) return status;
    size_t row_bytes = (size_t)jpeg->image_width * 4;
    reader->row = lk_alloc(row_bytes);
    if (!reader->row) return lk_fail_memory(err, row_bytes, "a row of a JPEG");
    jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height) {
        uint8_t *to =
            reader->image.pixels + (size_t)jpeg->output_scanline * (size_t)reader->image.width * 3;
        JSAMPROW row = cmyk ? reader->row : to;
        jpeg_read_scanlines(jpeg, &row, 1);
        if (cmyk) rgb_from_cmyk(reader->row, jpeg->saw_Adobe_marker, reader->image.width, to);
    }
    jpeg_finish_decompress(jpeg);
    return LK_OK;
}

static lk_status refuse(const struct reader *reader, lk_error *err) {
    if (reader->handler.msg_code == JERR_OUT_OF_MEMORY)
        return lk_fail(err, LK_MEMORY, "out of memory for a JPEG");
    return lk_fail(err, LK_FORMAT, "bad JPEG: %s", reader->reason);
}

static lk_status decode(struct reader *reader, const uint8_t *data, size_t n_bytes, lk_error *err) {
    if (setjmp(reader->back)) return refuse(reader, err);
    jpeg_create_decompress(&reader->jpeg);
    reader->jpeg.progress = &reader->progress;
    jpeg_mem_src(&reader->jpeg, data, (unsigned long)n_bytes);
    jpeg_read_header(&reader->jpeg, TRUE);
    lk_status status = check_claim(&reader->jpeg, n_bytes, err);
    return status ? status : read_rows(reader, err);
}

lk_status lk_jpeg_decode(const uint8_t *data, size_t n_bytes, lk_image *image, lk_error *err) {
    struct reader *reader = lk_alloc(sizeof *reader);
    if (!reader) return lk_fail_memory(err, sizeof *reader, "a JPEG decoder");
    reader->jpeg.err = jpeg_std_error(&reader->handler);
    reader->jpeg.client_data = reader;
    reader->progress.progress_monitor = limit_scans;
    reader->handler.error_exit = leave;
    reader->handler.emit_message = on_message;
    lk_status status = decode(reader, data, n_bytes, err);
    if (status)
        lk_image_deinit(&reader->image);
    else
        *image = reader->image;
    jpeg_destroy_decompress(&reader->jpeg);
    lk_free(reader->row);
    lk_free(reader);
    return status;
}
