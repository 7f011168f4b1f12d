/* JPEG by libjpeg. Where it would only warn that pixels are lost, the picture is refused, because
   half a face is not a training picture. */
#include "image/decode.h"

#include <likeness/memory.h>

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h> /* these two need stdio.h before them */

#include <jerror.h>

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
    lk_decoding *how;
    int orientation; /* 0: no EXIF so far */
};

_Noreturn static void leave(j_common_ptr jpeg) {
    struct reader *reader = jpeg->client_data;
    jpeg->err->format_message(jpeg, reader->reason);
    longjmp(reader->back, 1);
}

/* Whether a warning of libjpeg means that pixels are lost or wrong. */
static bool loses_pixels(const struct jpeg_error_mgr *handler) {
    switch (handler->msg_code) {
    case JWRN_ADOBE_XFORM:    /* an unknown kind of colours: libjpeg takes the usual one */
    case JWRN_BOGUS_ICC:      /* a colour profile, which is not used */
    case JWRN_JFIF_MAJOR:     /* a newer version of the format */
    case JWRN_NOT_SEQUENTIAL: /* some phones fill the fields of a progressive scan with zeros */
    case JWRN_TOO_MUCH_DATA:  /* rows beyond the last: only an encoder can have too many */
        return false;
    case JWRN_EXTRANEOUS_DATA: {
        /* bytes between segments or after the last pixel; but before a restart marker they mean
           that the decoder lost its place in the interval */
        int marker = handler->msg_parm.i[1];
        return marker >= JPEG_RST0 && marker <= JPEG_RST0 + 7;
    }
    case JWRN_ARITH_BAD_CODE:    /* codes that do not exist */
    case JWRN_HUFF_BAD_CODE:     /* the same */
    case JWRN_BOGUS_PROGRESSION: /* scans do not continue each other: one of them is missing */
    case JWRN_HIT_MARKER:        /* a scan ends before its pixels do */
    case JWRN_JPEG_EOF:          /* the file ends too early */
    case JWRN_MUST_RESYNC:       /* a restart marker is missing, and the pixels before it */
    default:                     /* not in libjpeg-turbo 2.1 */
        return true;
    }
}

/* Level -1 is a warning; higher levels are only traces. */
static void on_message(j_common_ptr jpeg, int level) {
    if (level < 0 && loses_pixels(jpeg->err)) leave(jpeg);
}

/* APP1 holds EXIF, or other data. jpeg_mem_src has all bytes at hand, so that none are copied. */
static boolean read_app1(j_decompress_ptr jpeg) {
    struct reader *reader = jpeg->client_data;
    struct jpeg_source_mgr *source = jpeg->src;
    const uint8_t *data = source->next_input_byte;
    size_t n = source->bytes_in_buffer < 2 ? 2 : (size_t)data[0] << 8 | data[1];
    if (n < 2) ERREXIT(jpeg, JERR_BAD_LENGTH);
    if (n > source->bytes_in_buffer) WARNMS(jpeg, JWRN_JPEG_EOF); /* does not return */
    if (!reader->orientation && n >= 8 && memcmp(data + 2, "Exif\0\0", 6) == 0)
        reader->orientation = lk_exif_orientation(data + 2, n - 2);
    source->skip_input_data(jpeg, (long)n);
    return TRUE;
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
    reader->image = (lk_image){ (int)jpeg->image_width, (int)jpeg->image_height, 3, NULL };
    lk_status status = lk_decoding_begin(reader->how, jpeg->image_width, jpeg->image_height, 3,
                                         &reader->image.pixels, err);
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
    jpeg_set_marker_processor(&reader->jpeg, JPEG_APP0 + 1, read_app1);
    jpeg_mem_src(&reader->jpeg, data, (unsigned long)n_bytes);
    jpeg_read_header(&reader->jpeg, TRUE);
    lk_status status = check_claim(&reader->jpeg, n_bytes, err);
    return status ? status : read_rows(reader, err);
}

lk_status lk_jpeg_decode(const uint8_t *data, size_t n_bytes, lk_decoding *how, lk_image *image,
                         lk_error *err) {
    struct reader *reader = lk_alloc(sizeof *reader);
    if (!reader) return lk_fail_memory(err, sizeof *reader, "a JPEG decoder");
    reader->jpeg.err = jpeg_std_error(&reader->handler);
    reader->jpeg.client_data = reader;
    reader->how = how;
    reader->progress.progress_monitor = limit_scans;
    reader->handler.error_exit = leave;
    reader->handler.emit_message = on_message;
    lk_status status = decode(reader, data, n_bytes, err);
    if (status)
        lk_image_deinit(&reader->image);
    else
        *image = reader->image;
    how->orientation = reader->orientation;
    jpeg_destroy_decompress(&reader->jpeg);
    lk_free(reader->row);
    lk_free(reader);
    return status;
}
