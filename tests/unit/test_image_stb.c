/* GIF, TGA and PSD, which stb_image decodes after our own check: files made by hand, every kind of
   pixel, and the message of every refusal. */
#include "base/file.h"
#include "image/decode.h"
#include "support.h"

#include <stdio.h>
#include <string.h>

typedef lk_status decoder(const uint8_t *data, size_t n_bytes, lk_decoding *how, lk_image *image,
                          lk_error *err);

static const lk_image_options defaults;

/* A file being made: bytes that a test adds and then changes. */
struct file {
    uint8_t bytes[1 << 17];
    size_t n;
};

static struct file file;

static void add(const void *bytes, size_t n) {
    assert_true(n <= sizeof file.bytes - file.n);
    memcpy(file.bytes + file.n, bytes, n);
    file.n += n;
}

#define ADD(...) add((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))
#define RGB(...) ((const uint8_t[]){ __VA_ARGS__ })

static void decodes(decoder *decode, int width, int height, const uint8_t *rgb) {
    lk_image image;
    lk_error err = { "" };
    assert_ok(decode(file.bytes, file.n, &(lk_decoding){ .options = &defaults }, &image, &err),
              &err);
    assert_int_equal(image.width, width);
    assert_int_equal(image.height, height);
    assert_int_equal(image.n_channels, 3);
    assert_memory_equal(image.pixels, rgb, lk_image_bytes(&image));
    lk_image_deinit(&image);
}

static void refused(decoder *decode, const char *words) {
    lk_image image;
    lk_error err = { "" };
    assert_int_equal(
        decode(file.bytes, file.n, &(lk_decoding){ .options = &defaults }, &image, &err),
        LK_FORMAT);
    assert_contains(err.text, words);
}

/* With one byte changed. */
static void refused_with(decoder *decode, size_t at, uint8_t byte, const char *words) {
    uint8_t kept = file.bytes[at];
    file.bytes[at] = byte;
    refused(decode, words);
    file.bytes[at] = kept;
}

static void every_truncation_is_refused(decoder *decode) {
    size_t n = file.n;
    for (file.n = 0; file.n < n; file.n++) refused(decode, "truncated: has ");
}

/* ---- GIF ---- */

static const uint8_t four_colours[12] = { 1, 2, 3, 40, 50, 60, 7, 8, 9, 100, 110, 120 };

static void begin_gif(int width, int height) {
    file.n = 0;
    add("GIF89a", 6);
    ADD((uint8_t)width, (uint8_t)(width >> 8), (uint8_t)height, (uint8_t)(height >> 8));
    ADD(0x81, 0, 0);
    add(four_colours, 12);
}

/* Writes codes: the lowest bits first, in blocks of up to 255 bytes. */
struct codes {
    uint32_t bits;
    int n_bits, size, next;
    uint8_t block[255], n;
};

static void end_block(struct codes *codes) {
    if (codes->n) {
        ADD(codes->n);
        add(codes->block, codes->n);
    }
    codes->n = 0;
}

static void put_code(struct codes *codes, int code) {
    codes->bits |= (uint32_t)code << codes->n_bits;
    for (codes->n_bits += codes->size; codes->n_bits >= 8; codes->n_bits -= 8) {
        codes->block[codes->n++] = (uint8_t)codes->bits;
        codes->bits >>= 8;
        if (codes->n == 255) end_block(codes);
    }
}

static void put_clear(struct codes *codes) {
    put_code(codes, 4);
    codes->size = 3;
    codes->next = 6;
}

/* A code of pixels. The decoder defines a new code after it, except after the first one. */
static void put_pixel(struct codes *codes, int code, bool first) {
    put_code(codes, code);
    if (!first && codes->next < 4096 && ++codes->next == 1 << codes->size && codes->next < 4096)
        codes->size++;
}

/* Without an end code the codes end with their blocks. */
static void end_blocks(struct codes *codes) {
    codes->size = (8 - codes->n_bits) % 8;
    put_code(codes, 0);
    end_block(codes);
    ADD(0);
}

static void end_codes(struct codes *codes) {
    put_code(codes, 5);
    end_blocks(codes);
}

/* Pixels of two bits with one code each; the codes are cleared after every `clear_after`. */
static void add_pixels(const uint8_t *indices, size_t n, size_t clear_after) {
    struct codes codes = { .size = 3 };
    ADD(2);
    for (size_t i = 0; i < n; i++) {
        if (i % clear_after == 0) put_clear(&codes);
        put_pixel(&codes, indices[i], i % clear_after == 0);
    }
    end_codes(&codes);
}

static void add_frame(int left, int top, int width, int height, uint8_t flags) {
    ADD(0x2C, (uint8_t)left, 0, (uint8_t)top, 0);
    ADD((uint8_t)width, (uint8_t)(width >> 8), (uint8_t)height, (uint8_t)(height >> 8), flags);
}

static void make_gif(int width, int height, const uint8_t *indices, uint8_t flags) {
    begin_gif(width, height);
    add_frame(0, 0, width, height, flags);
    add_pixels(indices, (size_t)(width * height), 3);
    ADD(0x3B);
}

static void a_gif_has_the_colours_of_its_palette(void **state) {
    (void)state;
    make_gif(2, 2, RGB(3, 0, 1, 2), 0);
    decodes(lk_gif_decode, 2, 2, RGB(100, 110, 120, 1, 2, 3, 40, 50, 60, 7, 8, 9));
    memcpy(file.bytes, "GIF87a", 6);
    decodes(lk_gif_decode, 2, 2, RGB(100, 110, 120, 1, 2, 3, 40, 50, 60, 7, 8, 9));
    begin_gif(2, 1);
    add_frame(0, 0, 2, 1, 0x80); /* a palette of its own */
    ADD(9, 8, 7, 6, 5, 4);
    add_pixels(RGB(1, 0), 2, 3);
    ADD(0x3B);
    decodes(lk_gif_decode, 2, 1, RGB(6, 5, 4, 9, 8, 7));
    every_truncation_is_refused(lk_gif_decode);
}

static void rows_of_an_interlaced_gif_come_in_four_passes(void **state) {
    (void)state;
    static const int passes[9] = { 0, 8, 4, 2, 6, 1, 3, 5, 7 };
    uint8_t indices[9], rgb[27];
    for (int height = 1; height <= 9; height++) {
        int n = 0;
        for (int i = 0; i < 9; i++)
            if (passes[i] < height) indices[n++] = (uint8_t)(passes[i] % 4);
        for (int y = 0; y < height; y++) memcpy(rgb + 3 * y, four_colours + 3 * (y % 4), 3);
        make_gif(1, height, indices, 0x40);
        decodes(lk_gif_decode, 1, height, rgb);
    }
}

static void a_transparent_pixel_of_a_gif_shows_the_background(void **state) {
    (void)state;
    begin_gif(2, 1);
    ADD(0x21, 0xFE, 3, 'w', 'h', 'y', 2, 'y', '?', 0); /* text */
    ADD(0x21, 0xF9, 4, 1, 0, 0, 3, 0);                 /* colour 3 is transparent */
    add_frame(0, 0, 2, 1, 0);
    add_pixels(RGB(3, 2), 2, 3);
    ADD(0x3B);
    file.bytes[11] = 1; /* the background, which shows nowhere */
    decodes(lk_gif_decode, 2, 1, RGB(0, 0, 0, 7, 8, 9));
    every_truncation_is_refused(lk_gif_decode);
}

static void of_an_animation_the_first_frame_is_read(void **state) {
    (void)state;
    begin_gif(2, 1);
    add_frame(0, 0, 2, 1, 0);
    add_pixels(RGB(0, 1), 2, 3);
    ADD(0x21, 0xF9, 4, 8, 0, 0, 0, 0);
    add_frame(1, 0, 1, 1, 0x80);
    ADD(0, 0, 0, 9, 9, 9);
    add_pixels(RGB(1), 1, 3);
    add_frame(0, 0, 1, 1, 0);
    add_pixels(RGB(2), 1, 3);
    ADD(0x3B);
    decodes(lk_gif_decode, 2, 1, RGB(1, 2, 3, 40, 50, 60));
    every_truncation_is_refused(lk_gif_decode);
}

/* Code 6 is made while it is read: colour 2 twice; code 7 then three times. */
static void make_gif_of_runs(int width) {
    struct codes codes = { .size = 3 };
    begin_gif(width, 1);
    add_frame(0, 0, width, 1, 0);
    ADD(2);
    put_clear(&codes);
    put_pixel(&codes, 2, true);
    put_pixel(&codes, 6, false);
    put_pixel(&codes, 7, false);
    end_codes(&codes);
    ADD(0x3B);
}

static void codes_of_a_gif_stand_for_several_pixels(void **state) {
    (void)state;
    make_gif_of_runs(6);
    decodes(lk_gif_decode, 6, 1, RGB(7, 8, 9, 7, 8, 9, 7, 8, 9, 7, 8, 9, 7, 8, 9, 7, 8, 9));
    make_gif_of_runs(5);
    refused(lk_gif_decode, "expected codes of 5 pixels, got more");
    make_gif_of_runs(7);
    refused(lk_gif_decode, "expected codes of 7 pixels, got fewer");
}

static void codes_of_a_gif_may_end_with_their_blocks(void **state) {
    (void)state;
    for (int n = 1; n <= 3; n++) {
        struct codes codes = { .size = 3 };
        begin_gif(2, 1);
        add_frame(0, 0, 2, 1, 0);
        ADD(2);
        for (int i = 0; i < n; i++) {
            put_clear(&codes);
            put_pixel(&codes, 1, true);
        }
        while ((8 - codes.n_bits) % 8 >= codes.size) put_clear(&codes); /* they add nothing */
        end_blocks(&codes);
        ADD(0x3B);
        if (n == 2)
            decodes(lk_gif_decode, 2, 1, RGB(40, 50, 60, 40, 50, 60));
        else
            refused(lk_gif_decode, n < 2 ? "expected codes of 2 pixels, got fewer" : "got more");
    }
}

static void codes_of_a_gif_grow_to_12_bits_and_may_stay_there(void **state) {
    (void)state;
    enum { SIDE = 90, N = SIDE * SIDE };
    static uint8_t indices[N], rgb[3 * N];
    for (int i = 0; i < N; i++) indices[i] = (uint8_t)(i * i / 7 % 4);
    for (int i = 0; i < N; i++) memcpy(rgb + 3 * i, four_colours + 3 * indices[i], 3);
    begin_gif(SIDE, SIDE);
    add_frame(0, 0, SIDE, SIDE, 0);
    add_pixels(indices, N, N);
    ADD(0x3B);
    decodes(lk_gif_decode, SIDE, SIDE, rgb);
    begin_gif(SIDE + 2, SIDE);
    add_frame(0, 0, SIDE + 2, SIDE, 0);
    static uint8_t more[N + 2 * SIDE];
    add_pixels(more, sizeof more, sizeof more);
    ADD(0x3B);
    refused(lk_gif_decode, "bad GIF: too many codes");
}

static void each_damage_of_a_gif_is_refused_by_its_words(void **state) {
    (void)state;
    enum { FRAME = 25, START = 35, BLOCK = 36, CODES = 37 };
    make_gif(2, 2, RGB(3, 0, 1, 2), 0);
    refused_with(lk_gif_decode, 4, '8', "expected version 87a or 89a, got 88a");
    refused_with(lk_gif_decode, 6, 0, "got 0 x 2");
    refused_with(lk_gif_decode, 7, 0x20, "expected 8194 x 2 pixels");
    refused_with(lk_gif_decode, FRAME, 0x2D, "or the end at byte 25, got 2d");
    refused_with(lk_gif_decode, FRAME, 0x3B, "bad GIF: has no frame");
    refused_with(lk_gif_decode, FRAME + 1, 1,
                 "expected 2 x 2 pixels at (0, 0), got 2 x 2 at (1, 0)");
    refused_with(lk_gif_decode, FRAME + 3, 2, "got 2 x 2 at (0, 2)");
    refused_with(lk_gif_decode, FRAME + 5, 1, "got 1 x 2 at (0, 0)");
    refused_with(lk_gif_decode, FRAME + 7, 0, "got 2 x 0 at (0, 0)");
    refused_with(lk_gif_decode, START, 1, "expected first codes of 2 to 8 bits, got 1");
    refused_with(lk_gif_decode, START, 9, "expected first codes of 2 to 8 bits, got 9");
    refused_with(lk_gif_decode, BLOCK, 0xFF, "truncated: has");
    refused_with(lk_gif_decode, CODES, file.bytes[CODES] & 0xF8,
                 "code 0 is used before"); /* no clear code */
    refused_with(lk_gif_decode, CODES, (uint8_t)((file.bytes[CODES] & 0xC7) | 6 << 3),
                 "code 6 is used before");
    refused_with(lk_gif_decode, CODES, (uint8_t)(file.bytes[CODES] | 7 << 3),
                 "code 7 is used before");
    every_truncation_is_refused(lk_gif_decode);
    file.bytes[10] = 0x80; /* a palette of two colours: the others are not there */
    memmove(file.bytes + 19, file.bytes + FRAME, file.n - FRAME);
    file.n -= 6;
    refused(lk_gif_decode, "expected colours from a palette of 2, got one beyond it at pixel 0");
    file.bytes[10] = 0;
    memmove(file.bytes + 13, file.bytes + 19, file.n - 19);
    file.n -= 6;
    refused(lk_gif_decode, "bad GIF: has no palette");
}

static void a_gif_of_more_bytes_than_its_pixels_need_is_refused(void **state) {
    (void)state;
    begin_gif(1, 1);
    add_frame(0, 0, 1, 1, 0);
    ADD(2);
    static const uint8_t block[256] = { 255 };
    for (int i = 0; i < 5; i++) add(block, 256);
    ADD(0, 0x3B);
    refused(lk_gif_decode, "expected at most 1026 bytes for 1 x 1 pixels, got 1275");
}

/* ---- TGA ---- */

/* Three bytes of text follow the header. */
static void begin_tga(uint8_t type, int width, int height, uint8_t bits, uint8_t order) {
    file.n = 0;
    ADD(3, type % 8 == 1, type, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    ADD((uint8_t)width, (uint8_t)(width >> 8), (uint8_t)height, (uint8_t)(height >> 8));
    ADD(bits, order, 'w', 'h', 'y');
}

enum { BELOW = 0, ABOVE = 0x20 };

static void a_tga_is_read_from_below_or_from_above(void **state) {
    (void)state;
    begin_tga(2, 1, 2, 24, BELOW);
    ADD(1, 2, 3, 4, 5, 6);
    decodes(lk_tga_decode, 1, 2, RGB(6, 5, 4, 3, 2, 1));
    every_truncation_is_refused(lk_tga_decode);
    file.n = 27;
    file.bytes[17] = ABOVE;
    decodes(lk_tga_decode, 1, 2, RGB(3, 2, 1, 6, 5, 4));
    add("what follows is not looked at", 29);
    decodes(lk_tga_decode, 1, 2, RGB(3, 2, 1, 6, 5, 4));
}

static void pixels_of_a_tga_have_8_to_32_bits(void **state) {
    (void)state;
    begin_tga(2, 2, 1, 32, ABOVE | 8);
    ADD(1, 2, 3, 0, 4, 5, 6, 128);
    decodes(lk_tga_decode, 2, 1, RGB(0, 0, 0, 3, 3, 2));
    file.bytes[17] = ABOVE; /* a fourth byte that is no alpha */
    decodes(lk_tga_decode, 2, 1, RGB(3, 2, 1, 6, 5, 4));
    every_truncation_is_refused(lk_tga_decode);
    for (uint8_t bits = 15; bits <= 16; bits++) {
        begin_tga(2, 2, 1, bits, ABOVE);
        ADD(0x1F, 0x7C, 0xF0, 0x83);
        decodes(lk_tga_decode, 2, 1, RGB(255, 0, 255, 0, 255, 131));
        every_truncation_is_refused(lk_tga_decode);
    }
    begin_tga(3, 2, 1, 8, ABOVE);
    ADD(7, 9);
    decodes(lk_tga_decode, 2, 1, RGB(7, 7, 7, 9, 9, 9));
    every_truncation_is_refused(lk_tga_decode);
    begin_tga(3, 2, 1, 16, ABOVE | 8);
    ADD(7, 0, 9, 255);
    decodes(lk_tga_decode, 2, 1, RGB(0, 0, 0, 9, 9, 9));
    every_truncation_is_refused(lk_tga_decode);
}

static void begin_palette_tga(uint8_t type, uint8_t bits, uint8_t n_colours, uint8_t colour_bits) {
    begin_tga(type, 3, 1, bits, ABOVE);
    file.bytes[5] = n_colours;
    file.bytes[7] = colour_bits;
}

static void a_palette_of_a_tga_has_15_to_32_bits(void **state) {
    (void)state;
    begin_palette_tga(1, 8, 2, 24);
    ADD(3, 2, 1, 6, 5, 4, 1, 0, 1);
    decodes(lk_tga_decode, 3, 1, RGB(4, 5, 6, 1, 2, 3, 4, 5, 6));
    refused_with(lk_tga_decode, file.n - 1, 2, "expected one of 2 colours, got colour 2");
    refused_with(lk_tga_decode, 3, 1, "expected a palette that starts at 0, got 1");
    refused_with(lk_tga_decode, 4, 1, "expected a palette that starts at 0, got 256");
    refused_with(lk_tga_decode, 5, 0, "got 0 colours of 24 bits");
    refused_with(lk_tga_decode, 6, 1, "too few for its palette");
    refused_with(lk_tga_decode, 7, 8, "got 2 colours of 8 bits");
    every_truncation_is_refused(lk_tga_decode);
    begin_palette_tga(1, 8, 2, 32);
    ADD(3, 2, 1, 0, 6, 5, 4, 255, 1, 0, 1);
    decodes(lk_tga_decode, 3, 1, RGB(4, 5, 6, 1, 2, 3, 4, 5, 6));
    every_truncation_is_refused(lk_tga_decode);
    begin_palette_tga(1, 16, 2, 16); /* two bytes an index */
    ADD(0x1F, 0x7C, 0xE0, 0x83, 1, 0, 0, 0, 1, 0);
    decodes(lk_tga_decode, 3, 1, RGB(0, 255, 0, 255, 0, 255, 0, 255, 0));
    refused_with(lk_tga_decode, file.n - 1, 1, "expected one of 2 colours, got colour 257");
    every_truncation_is_refused(lk_tga_decode);
}

static void runs_of_a_tga_repeat_a_pixel_or_hold_each(void **state) {
    (void)state;
    begin_tga(10, 2, 2, 24, ABOVE);
    ADD(0x82, 1, 2, 3, 0x00, 4, 5, 6); /* a run beyond the row's end */
    decodes(lk_tga_decode, 2, 2, RGB(3, 2, 1, 3, 2, 1, 3, 2, 1, 6, 5, 4));
    refused_with(lk_tga_decode, 21, 0x84, "expected a run of at most 4 pixels, got 5");
    refused_with(lk_tga_decode, 25, 1, "expected a run of at most 1 pixels, got 2");
    every_truncation_is_refused(lk_tga_decode);
    begin_palette_tga(9, 8, 2, 24);
    ADD(3, 2, 1, 6, 5, 4, 0x80, 1, 0x01, 0, 1);
    decodes(lk_tga_decode, 3, 1, RGB(4, 5, 6, 1, 2, 3, 4, 5, 6));
    refused_with(lk_tga_decode, file.n - 4, 7, "expected one of 2 colours, got colour 7");
    refused_with(lk_tga_decode, file.n - 1, 9, "expected one of 2 colours, got colour 9");
    every_truncation_is_refused(lk_tga_decode);
    begin_tga(11, 300, 1, 8, ABOVE);
    ADD(0xFF, 1, 0xFF, 2, 0xAB, 3);
    uint8_t grey[900];
    memset(grey, 1, 384), memset(grey + 384, 2, 384), memset(grey + 768, 3, 132);
    decodes(lk_tga_decode, 300, 1, grey);
    every_truncation_is_refused(lk_tga_decode);
    begin_tga(10, 2, 1, 16, ABOVE);
    ADD(0x81, 0xE0, 0x03);
    decodes(lk_tga_decode, 2, 1, RGB(0, 255, 0, 0, 255, 0));
    every_truncation_is_refused(lk_tga_decode);
}

static void other_kinds_of_tga_are_refused_by_their_words(void **state) {
    (void)state;
    begin_tga(2, 1, 2, 24, BELOW);
    ADD(1, 2, 3, 4, 5, 6);
    static const uint8_t types[] = { 0, 1, 4, 8, 9, 12, 17, 25, 34 };
    for (size_t i = 0; i < LK_COUNT(types); i++)
        refused_with(lk_tga_decode, 2, types[i], "bad TGA: expected type 1 or 9 with a palette");
    refused_with(lk_tga_decode, 1, 1, "got type 2, palette 1");
    refused_with(lk_tga_decode, 1, 2, "got type 2, palette 2");
    refused_with(lk_tga_decode, 16, 8, "expected 15, 16, 24 or 32 bits per pixel of type 2, got 8");
    refused_with(lk_tga_decode, 16, 0, "of type 2, got 0");
    refused_with(lk_tga_decode, 2, 3, "expected 8 or 16 bits per pixel of type 3, got 24");
    refused_with(lk_tga_decode, 17, 0x10, "from right to left");
    refused_with(lk_tga_decode, 17, 0x40, "interleaved");
    refused_with(lk_tga_decode, 17, 0x80, "interleaved");
    refused_with(lk_tga_decode, 12, 0, "got 0 x 2");
    refused_with(lk_tga_decode, 15, 0xFF, "too few for its pixels");
    refused_with(lk_tga_decode, 0, 255, "too few for its text");
}

/* ---- PSD ---- */

/* Resources of three bytes, layers of one, and how the pixels are stored. */
static void begin_psd(uint8_t width, uint8_t height, uint8_t compression) {
    file.n = 0;
    add("8BPS", 4);
    ADD(0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, height, 0, 0, 0, width, 0, 8, 0, 3);
    ADD(0, 0, 0, 0, 0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'd', 0, compression);
}

static void a_psd_holds_planes(void **state) {
    (void)state;
    begin_psd(2, 2, 0);
    ADD(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    decodes(lk_psd_decode, 2, 2, RGB(1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12));
    add("more", 4);
    decodes(lk_psd_decode, 2, 2, RGB(1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12));
    file.n -= 4;
    every_truncation_is_refused(lk_psd_decode);
}

static void rows_of_a_psd_are_runs_of_their_own_length(void **state) {
    (void)state;
    enum { LENGTHS = 44, PIXELS = 56 };
    begin_psd(3, 2, 1);
    ADD(0, 2, 0, 4, 0, 4, 0, 3, 0, 5, 0, 2);
    ADD(254, 1, 2, 2, 3, 4, 0, 5, 255, 6, 128, 254, 7, 1, 8, 9, 0, 10, 254, 11);
    decodes(lk_psd_decode, 3, 2, RGB(1, 5, 8, 1, 6, 9, 1, 6, 10, 2, 7, 11, 3, 7, 11, 4, 7, 11));
    every_truncation_is_refused(lk_psd_decode);
    file.n = PIXELS + 20;
    refused_with(lk_psd_decode, LENGTHS + 1, 1, "got one of 3 that does not end with its bytes");
    refused_with(lk_psd_decode, LENGTHS + 1, 3, "rows of 3 pixels, got one of 6 that does not end");
    refused_with(lk_psd_decode, LENGTHS, 1, "too few for its pixels");
    refused_with(lk_psd_decode, PIXELS, 255, "expected rows of 3 pixels, got one of 2");
    refused_with(lk_psd_decode, PIXELS, 253, "expected rows of 3 pixels, got one of 4");
}

static void other_kinds_of_psd_are_refused_by_their_words(void **state) {
    (void)state;
    begin_psd(1, 1, 0);
    ADD(1, 2, 3);
    decodes(lk_psd_decode, 1, 1, RGB(1, 2, 3));
    refused_with(lk_psd_decode, 5, 2, "expected version 1, got 2");
    refused_with(lk_psd_decode, 13, 4, "expected 3 channels, 8 bits, mode 3 (RGB), got 4, 8, 3");
    refused_with(lk_psd_decode, 23, 16, "got 3, 16, 3");
    refused_with(lk_psd_decode, 25, 4, "got 3, 8, 4");
    refused_with(lk_psd_decode, 14, 0x80, "got 1 x 2147483649");
    refused_with(lk_psd_decode, 21, 0, "got 0 x 1");
    refused_with(lk_psd_decode, 26, 0xFF, "too few for its sections");
    refused_with(lk_psd_decode, 30, 0x80, "too few for its sections");
    refused_with(lk_psd_decode, 43, 2, "expected compression 0 or 1, got 2");
}

/* ---- all three ---- */

static void more_than_16_million_pixels_are_refused(void **state) {
    (void)state;
    static const char words[] = "expected at most 16777216 pixels, got 8192 x 2049";
    begin_gif(8192, 2049);
    refused(lk_gif_decode, words);
    begin_gif(8192, 2048);
    refused(lk_gif_decode, "truncated: has 25 bytes");
    begin_tga(10, 8192, 2049, 24, 0);
    refused(lk_tga_decode, words);
    begin_psd(0, 1, 1);
    file.bytes[20] = 0x20, file.bytes[16] = 8; /* 8192 x 2049 */
    refused(lk_psd_decode, words);
}

static void reads(const char *path) {
    lk_image image;
    lk_error err;
    assert_ok(lk_image_read(path, &image, &err), &err);
    lk_image_deinit(&image);
}

static void a_file_s_first_bytes_say_what_it_is_and_only_of_a_tga_its_name(void **state) {
    (void)state;
    char path[LK_PATH_MAX];
    lk_image image;
    lk_error err;
    snprintf(path, sizeof path, "%s/a.TGA", lk_test_folder("stb"));
    begin_tga(3, 1, 1, 8, 0);
    ADD(7);
    lk_test_write(path, file.bytes, file.n);
    reads(path);
    assert_int_equal(lk_image_decode(file.bytes, file.n, &image, &err), LK_FORMAT);
    assert_contains(err.text, "TGA called *.tga, got a file that starts with bytes 03 00");
    make_gif(1, 1, RGB(1), 0);
    lk_test_write(path, file.bytes, file.n);
    reads(path);
    begin_psd(1, 1, 0);
    ADD(1, 2, 3);
    lk_test_write(path, file.bytes, file.n);
    reads(path);
    lk_test_write(path, "neither", 7);
    assert_int_equal(lk_image_read(path, &image, &err), LK_FORMAT);
    assert_contains(err.text, "a.TGA: truncated: has 7 bytes, too few for the header");
}

/* Files and pixels of scripts/golden/decode.py. */
static void they_decode_as_pillow_does(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        { "decode.gif", "decode_gif.png" },          { "decode_interlaced.gif", "decode_gif.png" },
        { "decode.tga", "photo_cat.png" },           { "decode.psd", "photo_cat.png" },
        { "decode_lossless.webp", "photo_cat.png" }, { "decode_lossy.webp", "decode_webp.png" },
        { "decode_alpha.webp", "decode_alpha.png" }
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_image got, expected;
        lk_error err;
        char path[LK_PATH_MAX];
        snprintf(path, sizeof path, "%s/tests/golden/%s", LIKENESS_SOURCE, rows[i][0]);
        assert_ok(lk_image_read(path, &got, &err), &err);
        snprintf(path, sizeof path, "%s/tests/golden/%s", LIKENESS_SOURCE, rows[i][1]);
        assert_ok(lk_image_read(path, &expected, &err), &err);
        assert_int_equal(got.width, expected.width);
        assert_int_equal(got.height, expected.height);
        assert_memory_equal(got.pixels, expected.pixels, lk_image_bytes(&expected));
        lk_image_deinit(&got);
        lk_image_deinit(&expected);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gif_has_the_colours_of_its_palette),
        cmocka_unit_test(rows_of_an_interlaced_gif_come_in_four_passes),
        cmocka_unit_test(a_transparent_pixel_of_a_gif_shows_the_background),
        cmocka_unit_test(of_an_animation_the_first_frame_is_read),
        cmocka_unit_test(codes_of_a_gif_stand_for_several_pixels),
        cmocka_unit_test(codes_of_a_gif_may_end_with_their_blocks),
        cmocka_unit_test(codes_of_a_gif_grow_to_12_bits_and_may_stay_there),
        cmocka_unit_test(each_damage_of_a_gif_is_refused_by_its_words),
        cmocka_unit_test(a_gif_of_more_bytes_than_its_pixels_need_is_refused),
        cmocka_unit_test(a_tga_is_read_from_below_or_from_above),
        cmocka_unit_test(pixels_of_a_tga_have_8_to_32_bits),
        cmocka_unit_test(a_palette_of_a_tga_has_15_to_32_bits),
        cmocka_unit_test(runs_of_a_tga_repeat_a_pixel_or_hold_each),
        cmocka_unit_test(other_kinds_of_tga_are_refused_by_their_words),
        cmocka_unit_test(a_psd_holds_planes),
        cmocka_unit_test(rows_of_a_psd_are_runs_of_their_own_length),
        cmocka_unit_test(other_kinds_of_psd_are_refused_by_their_words),
        cmocka_unit_test(more_than_16_million_pixels_are_refused),
        cmocka_unit_test(a_file_s_first_bytes_say_what_it_is_and_only_of_a_tga_its_name),
        cmocka_unit_test(they_decode_as_pillow_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
