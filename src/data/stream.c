/* Files are mapped. A gzip is unpacked as it is read, so that a small file that would unpack to
   more than anyone has memory for is no danger. */
#include "data/stream.h"
#include "base/file.h"

#include <likeness/memory.h>
#include <likeness/text.h>

#include <string.h>
#include <zlib.h>

enum { KIND_FILE, KIND_GZIP, KIND_MEMBER };

/* deflate packs 258 bytes into 2 bits at most */
enum { RATIO_MAX = 1032, SPARE = 1 << 16 };

struct lk_stream {
    int kind;
    char path[LK_PATH_MAX];
    lk_map map;
    size_t at;     /* of the map; of a gzip: where zlib was given its next bytes */
    uint64_t left; /* of a member: bytes */
    uint64_t packed;
    z_stream z;
    bool ended; /* of a gzip */
    struct lk_zip_stream *member;
};

static lk_status create(const char *path, struct lk_stream **out, lk_error *err) {
    struct lk_stream *stream = lk_alloc(sizeof *stream);
    if (!stream) return lk_fail_memory(err, sizeof *stream, path);
    if (!lk_format(stream->path, sizeof stream->path, "%s", path)) {
        lk_free(stream);
        return lk_fail(err, LK_FORMAT, "%.200s...: path is too long", path);
    }
    *out = stream;
    return LK_OK;
}

lk_status lk_stream_open(const char *path, bool may_be_gzip, struct lk_stream **out,
                         lk_error *err) {
    struct lk_stream *stream = NULL;
    lk_status status = create(path, &stream, err);
    if (!status) status = lk_map_open(path, &stream->map, err);
    if (!status && may_be_gzip && stream->map.n_bytes >= 2 &&
        memcmp(stream->map.data, "\x1F\x8B", 2) == 0) {
        if (inflateInit2(&stream->z, MAX_WBITS + 16) != Z_OK)
            status = lk_fail_memory(err, 0, path);
        else
            stream->kind = KIND_GZIP;
    }
    if (status)
        lk_stream_close(stream);
    else
        *out = stream;
    return status;
}

lk_status lk_stream_open_member(const struct lk_zip *zip, uint32_t member, const char *path,
                                struct lk_stream **out, lk_error *err) {
    struct lk_stream *stream = NULL;
    lk_status status = create(path, &stream, err);
    if (status) return status;
    stream->kind = KIND_MEMBER;
    if (!lk_zip_sizes(zip, member, &stream->left, &stream->packed))
        status = lk_fail(err, LK_FORMAT, "the zip does not tell its size");
    if (!status) status = lk_zip_stream_open(zip, member, &stream->member, err);
    if (status) {
        lk_error_prefix(err, "%s", path);
        lk_stream_close(stream);
    } else
        *out = stream;
    return status;
}

void lk_stream_close(struct lk_stream *stream) {
    if (!stream) return;
    if (stream->kind == KIND_GZIP) inflateEnd(&stream->z);
    lk_zip_stream_close(stream->member);
    lk_map_close(&stream->map);
    lk_free(stream);
}

const char *lk_stream_path(const struct lk_stream *stream) {
    return stream->path;
}

uint64_t lk_stream_left(const struct lk_stream *stream) {
    return stream->kind == KIND_MEMBER ? stream->left : stream->map.n_bytes - stream->at;
}

lk_status lk_stream_expect(const struct lk_stream *stream, uint64_t n_bytes, lk_error *err) {
    uint64_t left = lk_stream_left(stream),
             packed = stream->kind == KIND_MEMBER ? stream->packed : left;
    bool is_known = stream->kind != KIND_GZIP, is_packed = stream->kind != KIND_FILE;
    if ((!is_known || left == n_bytes) &&
        (!is_packed || n_bytes / RATIO_MAX <= packed + SPARE / RATIO_MAX))
        return LK_OK;
    return lk_fail(err, LK_FORMAT, "%s: expected %llu bytes of pictures by its header, got %s%llu",
                   stream->path, (unsigned long long)n_bytes, is_known ? "" : "at most ",
                   (unsigned long long)(is_known ? left : RATIO_MAX * packed));
}

static lk_status ended_early(const struct lk_stream *stream, lk_error *err) {
    return lk_fail(err, LK_FORMAT, "%s: ends too early", stream->path);
}

/* zlib counts in 32 bits, so it is given its input and output in pieces. */
static lk_status inflate_some(struct lk_stream *stream, lk_error *err) {
    enum { PIECE = 1 << 30 };
    size_t left = stream->map.n_bytes - stream->at, n = left < PIECE ? left : PIECE;
    stream->z.next_in = (Bytef *)(uintptr_t)(stream->map.data + stream->at);
    stream->z.avail_in = (uInt)n;
    int code = inflate(&stream->z, Z_NO_FLUSH);
    stream->at += n - stream->z.avail_in;
    if (code == Z_STREAM_END) stream->ended = true;
    if (code == Z_MEM_ERROR) return lk_fail_memory(err, 0, stream->path);
    if (code == Z_OK || code == Z_STREAM_END) return LK_OK;
    return code == Z_BUF_ERROR ? ended_early(stream, err)
                               : lk_fail(err, LK_FORMAT, "%s: damaged gzip: %s", stream->path,
                                         stream->z.msg ? stream->z.msg : "unknown format");
}

static lk_status read_gzip(struct lk_stream *stream, uint8_t *data, size_t n_bytes, lk_error *err) {
    lk_status status = LK_OK;
    stream->z.next_out = data;
    stream->z.avail_out = (uInt)n_bytes;
    while (stream->z.avail_out && !status)
        status = stream->ended ? ended_early(stream, err) : inflate_some(stream, err);
    return status;
}

lk_status lk_stream_read(struct lk_stream *stream, void *data, size_t n_bytes, lk_error *err) {
    if (stream->kind == KIND_GZIP) return read_gzip(stream, data, n_bytes, err);
    if (lk_stream_left(stream) < n_bytes) return ended_early(stream, err);
    if (stream->kind == KIND_FILE) {
        if (n_bytes) memcpy(data, stream->map.data + stream->at, n_bytes);
        stream->at += n_bytes;
        return LK_OK;
    }
    stream->left -= n_bytes;
    lk_status status = lk_zip_stream_read(stream->member, data, n_bytes, err);
    if (status) lk_error_prefix(err, "%s", stream->path);
    return status;
}

lk_status lk_stream_end(struct lk_stream *stream, lk_error *err) {
    uint8_t more;
    lk_status status = LK_OK;
    stream->z.next_out = &more;
    stream->z.avail_out = 1;
    while (stream->kind == KIND_GZIP && !stream->ended && stream->z.avail_out && !status)
        status = inflate_some(stream, err);
    if (status) return status;
    if (lk_stream_left(stream) == 0 && stream->z.avail_out) return LK_OK;
    return lk_fail(err, LK_FORMAT, "%s: goes on after its last picture", stream->path);
}
