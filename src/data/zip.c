/* Zip archives by libzip, whose handle must not be used by two threads at the same time: under the
   lock a thread only copies the packed bytes. A handle for each thread would hold the table of
   contents as many times. */
#include "data/zip.h"
#include "base/file.h"

#include <likeness/memory.h>

#include <pthread.h>
#include <string.h>
#include <zip.h>
#include <zlib.h>

enum { MEMBER_MAX = 256 << 20, START_BYTES = 16 };

struct lk_zip {
    pthread_mutex_t lock;
    zip_t *handle;
};

/* ---- opening ---- */

/* The start of a file, as far as it is plain text on one line. */
static lk_status read_start(const char *path, char start[START_BYTES + 1], lk_error *err) {
    lk_map map = { 0 };
    lk_status status = lk_map_open(path, &map, err);
    if (status) return status;
    size_t n = 0;
    for (; n < START_BYTES && n < map.n_bytes && map.data[n] >= ' ' && map.data[n] < 127; n++)
        start[n] = (char)map.data[n];
    start[n] = 0;
    lk_map_close(&map);
    return LK_OK;
}

static lk_status refuse(const char *path, int code, lk_error *err) {
    char start[START_BYTES + 1];
    lk_status status = read_start(path, start, err);
    if (status) return status;
    if (start[0] == '<')
        return lk_fail(
            err, LK_FORMAT,
            "%s: expected a zip, got an HTML page (\"%s\"): downloads leave one when the "
            "quota is used up",
            path, start);
    if (strncmp(start, "PK", 2) != 0)
        return lk_fail(err, LK_FORMAT, "%s: expected a folder or a zip, got another file", path);
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    lk_fail(err, LK_FORMAT,
            "%s: begins as a zip, but its table of contents cannot be read (truncated?): %s", path,
            zip_error_strerror(&error));
    zip_error_fini(&error);
    return LK_FORMAT;
}

static lk_status open_handle(struct lk_zip *zip, const char *path, lk_error *err) {
    int code = ZIP_ER_OK;
    zip->handle = zip_open(path, ZIP_RDONLY, &code);
    if (zip->handle) return LK_OK;
    return code == ZIP_ER_MEMORY ? lk_fail_memory(err, 0, path) : refuse(path, code, err);
}

static lk_status refuse_encrypted(const struct lk_zip *zip, const char *path, lk_error *err) {
    zip_int64_t n = zip_get_num_entries(zip->handle, 0);
    for (zip_int64_t i = 0; i < n; i++) {
        zip_stat_t about;
        /* counted as a bad picture when it is rendered */
        if (zip_stat_index(zip->handle, (zip_uint64_t)i, 0, &about) != 0) continue;
        if ((about.valid & ZIP_STAT_ENCRYPTION_METHOD) && about.encryption_method != ZIP_EM_NONE)
            return lk_fail(err, LK_FORMAT,
                           "%s: expected a zip without a password, but %s is encrypted", path,
                           about.name);
    }
    return LK_OK;
}

lk_status lk_zip_open(const char *path, struct lk_zip **out, lk_error *err) {
    struct lk_zip *zip = lk_alloc(sizeof *zip);
    if (!zip) return lk_fail_memory(err, sizeof *zip, path);
    pthread_mutex_init(&zip->lock, NULL);
    lk_status status = open_handle(zip, path, err);
    if (!status) status = refuse_encrypted(zip, path, err);
    if (status)
        lk_zip_close(zip);
    else
        *out = zip;
    return status;
}

void lk_zip_close(struct lk_zip *zip) {
    if (!zip) return;
    if (zip->handle) zip_discard(zip->handle);
    pthread_mutex_destroy(&zip->lock);
    lk_free(zip);
}

/* ---- members ---- */

uint32_t lk_zip_count(const struct lk_zip *zip) {
    zip_int64_t n = zip_get_num_entries(zip->handle, 0);
    return n < 0 ? 0 : n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

const char *lk_zip_name(const struct lk_zip *zip, uint32_t member) {
    const char *name = zip_get_name(zip->handle, member, 0);
    return name ? name : "";
}

int64_t lk_zip_find(const struct lk_zip *zip, const char *name) {
    zip_int64_t member = zip_name_locate(zip->handle, name, 0);
    return member < 0 || member > UINT32_MAX ? LK_ZIP_NONE : member;
}

bool lk_zip_sizes(const struct lk_zip *zip, uint32_t member, uint64_t *n_bytes,
                  uint64_t *n_packed) {
    zip_stat_t about = { 0 };
    if (zip_stat_index(zip->handle, member, 0, &about) != 0) return false;
    *n_bytes = about.size;
    *n_packed = about.comp_size;
    return true;
}

static lk_status failed(zip_error_t *error, lk_error *err) {
    if (zip_error_code_zip(error) == ZIP_ER_MEMORY)
        return lk_fail(err, LK_MEMORY, "cannot unpack: out of memory");
    return lk_fail(err, LK_FORMAT, "cannot unpack: %s", zip_error_strerror(error));
}

lk_status lk_zip_head(const struct lk_zip *zip, uint32_t member, void *data, size_t *n_bytes,
                      lk_error *err) {
    zip_file_t *file = zip_fopen_index(zip->handle, member, 0);
    if (!file) return failed(zip_get_error(zip->handle), err);
    zip_int64_t got = zip_fread(file, data, *n_bytes);
    lk_status status = got < 0 ? failed(zip_file_get_error(file), err) : LK_OK;
    if (!status) *n_bytes = (size_t)got;
    zip_fclose(file);
    return status;
}

static lk_status refuse_size(size_t expected, lk_error *err) {
    return lk_fail(err, LK_FORMAT, "cannot unpack: expected %zu bytes, got another size", expected);
}

/* Read to the end, because libzip compares the CRC there; `data` has room for one byte more. */
static lk_status read_to_end(zip_file_t *file, char *data, size_t n_bytes, lk_error *err) {
    size_t done = 0;
    zip_int64_t got;
    while ((got = zip_fread(file, data + done, n_bytes + 1 - done)) > 0) {
        done += (size_t)got;
        if (done > n_bytes) break;
    }
    if (got < 0) return failed(zip_file_get_error(file), err);
    return done == n_bytes ? LK_OK : refuse_size(n_bytes, err);
}

/* The bytes of a member as they are stored (ZIP_FL_COMPRESSED) or unpacked (0). */
static lk_status fetch(const struct lk_zip *zip, uint32_t member, zip_flags_t flags, size_t n_bytes,
                       char **out, lk_error *err) {
    zip_file_t *file = zip_fopen_index(zip->handle, member, flags);
    if (!file) return failed(zip_get_error(zip->handle), err);
    char *data = lk_alloc(n_bytes + 1);
    lk_status status = data ? read_to_end(file, data, n_bytes, err)
                            : lk_fail_memory(err, n_bytes + 1, "a member of a zip");
    zip_fclose(file);
    if (status)
        lk_free(data);
    else
        *out = data;
    return status;
}

static lk_status check_crc(const char *data, size_t n_bytes, uint32_t expected, lk_error *err) {
    bool same = crc32_z(0, (const Bytef *)data, n_bytes) == expected;
    return same ? LK_OK : lk_fail(err, LK_FORMAT, "cannot unpack: CRC error");
}

/* Unpack `packed` into `data`, which has room for exactly the n_bytes that must come of it. */
static lk_status inflate_all(char *packed, size_t n_packed, char *data, size_t n_bytes,
                             lk_error *err) {
    z_stream stream = { .next_in = (Bytef *)packed,
                        .avail_in = (uInt)n_packed,
                        .next_out = (Bytef *)data,
                        .avail_out = (uInt)n_bytes };
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return lk_fail(err, LK_MEMORY, "cannot unpack: out of memory");
    int code = inflate(&stream, Z_FINISH);
    bool whole = code == Z_STREAM_END && stream.total_out == n_bytes;
    inflateEnd(&stream);
    if (code == Z_MEM_ERROR) return lk_fail(err, LK_MEMORY, "cannot unpack: out of memory");
    if (whole) return LK_OK;
    return code == Z_DATA_ERROR ? lk_fail(err, LK_FORMAT, "cannot unpack: the data is damaged")
                                : refuse_size(n_bytes, err);
}

static lk_status unpack(char **data, size_t n_packed, size_t n_bytes, lk_error *err) {
    char *unpacked = lk_alloc(n_bytes + 1);
    if (!unpacked) return lk_fail_memory(err, n_bytes + 1, "a member of a zip");
    lk_status status = inflate_all(*data, n_packed, unpacked, n_bytes, err);
    lk_free(status ? unpacked : *data);
    if (!status) *data = unpacked;
    return status;
}

/* The member as it is stored, or unpacked where zlib cannot do that. */
static lk_status fetch_locked(struct lk_zip *zip, uint32_t member, zip_stat_t *about, char **data,
                              lk_error *err) {
    lk_status status = LK_OK;
    pthread_mutex_lock(&zip->lock);
    if (zip_stat_index(zip->handle, member, 0, about) != 0)
        status = failed(zip_get_error(zip->handle), err);
    else if (about->size > MEMBER_MAX || about->comp_size > MEMBER_MAX)
        status = lk_fail(err, LK_FORMAT, "expected at most %d bytes, got %llu", MEMBER_MAX,
                         (unsigned long long)about->size);
    else {
        bool as_stored = about->comp_method == ZIP_CM_DEFLATE;
        status = fetch(zip, member, as_stored ? ZIP_FL_COMPRESSED : 0,
                       (size_t)(as_stored ? about->comp_size : about->size), data, err);
    }
    pthread_mutex_unlock(&zip->lock);
    return status;
}

lk_status lk_zip_read(const struct lk_zip *zip, uint32_t member, char **data, size_t *n_bytes,
                      lk_error *err) {
    zip_stat_t about = { 0 };
    char *got = NULL;
    lk_status status = fetch_locked((struct lk_zip *)(uintptr_t)zip, member, &about, &got, err);
    if (!status && about.comp_method == ZIP_CM_DEFLATE) {
        status = unpack(&got, (size_t)about.comp_size, (size_t)about.size, err);
        if (!status) status = check_crc(got, (size_t)about.size, about.crc, err);
    }
    if (status) {
        lk_free(got);
        return status;
    }
    *data = got;
    *n_bytes = (size_t)about.size;
    return LK_OK;
}

/* ---- streams ---- */

struct lk_zip_stream {
    zip_file_t *file;
    uint64_t n_left;
};

lk_status lk_zip_stream_open(const struct lk_zip *zip, uint32_t member, struct lk_zip_stream **out,
                             lk_error *err) {
    zip_stat_t about = { 0 };
    if (zip_stat_index(zip->handle, member, 0, &about) != 0)
        return failed(zip_get_error(zip->handle), err);
    struct lk_zip_stream *stream = lk_alloc(sizeof *stream);
    if (!stream) return lk_fail_memory(err, sizeof *stream, "a member of a zip");
    stream->n_left = about.size;
    stream->file = zip_fopen_index(zip->handle, member, 0);
    if (stream->file) {
        *out = stream;
        return LK_OK;
    }
    lk_free(stream);
    return failed(zip_get_error(zip->handle), err);
}

lk_status lk_zip_stream_read(struct lk_zip_stream *stream, void *data, size_t n_bytes,
                             lk_error *err) {
    char more;
    for (size_t done = 0; done < n_bytes;) {
        zip_int64_t got = zip_fread(stream->file, (char *)data + done, n_bytes - done);
        if (got < 0) return failed(zip_file_get_error(stream->file), err);
        if (got == 0) return refuse_size(n_bytes, err);
        done += (size_t)got;
    }
    stream->n_left -= n_bytes < stream->n_left ? n_bytes : stream->n_left;
    /* libzip compares the CRC at the end */
    if (stream->n_left == 0 && zip_fread(stream->file, &more, 1) < 0)
        return failed(zip_file_get_error(stream->file), err);
    return LK_OK;
}

void lk_zip_stream_close(struct lk_zip_stream *stream) {
    if (!stream) return;
    zip_fclose(stream->file);
    lk_free(stream);
}
