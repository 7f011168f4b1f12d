/*
 * WebP by libwebp: still pictures, lossy and lossless. Colour profiles are ignored, as in the other
 * formats. libwebp takes its memory from malloc.
 * source  "WebP Container Specification", Google
 */
#include "image/decode.h"

#include <likeness/memory.h>

#include <string.h>
#include <webp/decode.h>

enum { RIFF_HEADER = 12, CHUNK_HEADER = 8 };

static size_t number_at(const uint8_t *at) {
    return at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 | (size_t)at[3] << 24;
}

/* The chunks must fill the file; what follows them is not part of the picture. */
static lk_status check_length(const uint8_t *data, size_t *n_bytes, lk_error *err) {
    size_t n = *n_bytes < RIFF_HEADER ? RIFF_HEADER : number_at(data + 4) + 8;
    if (n > *n_bytes)
        return lk_fail(err, LK_FORMAT, "truncated: expected %zu bytes, got %zu", n, *n_bytes);
    *n_bytes = n;
    return LK_OK;
}

static int orientation_of(const uint8_t *data, size_t n_bytes) {
    for (size_t at = RIFF_HEADER; at + CHUNK_HEADER <= n_bytes;) {
        size_t n = number_at(data + at + 4), left = n_bytes - at - CHUNK_HEADER;
        if (n > left) break;
        if (memcmp(data + at, "EXIF", 4) == 0)
            return lk_exif_orientation(data + at + CHUNK_HEADER, n);
        at += CHUNK_HEADER + n + n % 2;
    }
    return 1;
}

static lk_status refuse(VP8StatusCode code, lk_error *err) {
    switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY:
        return lk_fail(err, LK_MEMORY, "out of memory for a WebP");
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA:
        return lk_fail(err, LK_FORMAT, "bad WebP: its pixels end too early");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return lk_fail(err, LK_FORMAT, "WebP of a kind that is not supported");
    default:
        return lk_fail(err, LK_FORMAT, "bad WebP: damaged");
    }
}

static lk_status read_pixels(const uint8_t *data, size_t n_bytes,
                             const WebPBitstreamFeatures *features, int n_channels, uint8_t *pixels,
                             lk_error *err) {
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) /* another major version of libwebp */
        return lk_fail(err, LK_FORMAT, "WebP: libwebp does not fit the one it was built for");
    config.output.colorspace = n_channels == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = pixels;
    config.output.u.RGBA.stride = features->width * n_channels;
    config.output.u.RGBA.size =
        (size_t)features->width * (size_t)features->height * (size_t)n_channels;
    VP8StatusCode code = WebPDecode(data, n_bytes, &config);
    WebPFreeDecBuffer(&config.output);
    return code == VP8_STATUS_OK ? LK_OK : refuse(code, err);
}

lk_status lk_webp_decode(const uint8_t *data, size_t n_bytes, lk_decoding *how, lk_image *image,
                         lk_error *err) {
    WebPBitstreamFeatures features;
    lk_status status = check_length(data, &n_bytes, err);
    if (status) return status;
    VP8StatusCode code = WebPGetFeatures(data, n_bytes, &features);
    if (code != VP8_STATUS_OK) return refuse(code, err);
    if (features.has_animation)
        return lk_fail(err, LK_FORMAT, "animated WebP, which is not supported");
    int n_channels = features.has_alpha ? 4 : 3;
    uint8_t *pixels = NULL;
    status = lk_decoding_begin(how, features.width, features.height, n_channels, &pixels, err);
    if (!status) status = read_pixels(data, n_bytes, &features, n_channels, pixels, err);
    if (status) {
        lk_free(pixels);
        return status;
    }
    how->orientation = orientation_of(data, n_bytes);
    *image = lk_decoding_end(how, features.width, features.height, n_channels, pixels);
    return LK_OK;
}
