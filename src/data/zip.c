/* Zip archives by libzip. One of its handles must not be used by two threads at the same time. */
#include "data/zip.h"
#include "base/file.h"

#include <likeness/memory.h>

#include <string.h>
#include <zip.h>

enum { MEMBER_MAX = 256 << 20, START_BYTES = 16 };

struct lk_zip {
    int n_readers;
    zip_t *readers[];
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
        return lk_fail(err, LK_FORMAT,
                       "%s: expected img_align_celeba.zip or the folder that contains "
                       "img_align_celeba, got another file",
                       path);
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    lk_fail(err, LK_FORMAT,
            "%s: begins as a zip, but its table of contents cannot be read (truncated?): %s", path,
            zip_error_strerror(&error));
    zip_error_fini(&error);
    return LK_FORMAT;
}

static lk_status open_readers(struct lk_zip *zip, const char *path, int n, lk_error *err) {
    for (; zip->n_readers < n; zip->n_readers++) {
        int code = ZIP_ER_OK;
        zip_t *reader = zip->readers[zip->n_readers] = zip_open(path, ZIP_RDONLY, &code);
        if (!reader)
            return code == ZIP_ER_MEMORY ? lk_fail_memory(err, 0, path) : refuse(path, code, err);
    }
    return LK_OK;
}

static lk_status refuse_encrypted(const struct lk_zip *zip, const char *path, lk_error *err) {
    zip_int64_t n = zip_get_num_entries(zip->readers[0], 0);
    for (zip_int64_t i = 0; i < n; i++) {
        zip_stat_t about;
        /* counted as a bad picture when it is rendered */
        if (zip_stat_index(zip->readers[0], (zip_uint64_t)i, 0, &about) != 0) continue;
        if ((about.valid & ZIP_STAT_ENCRYPTION_METHOD) && about.encryption_method != ZIP_EM_NONE)
            return lk_fail(err, LK_FORMAT,
                           "%s: expected a zip without a password, but %s is encrypted", path,
                           about.name);
    }
    return LK_OK;
}

lk_status lk_zip_open(const char *path, int n_readers, struct lk_zip **out, lk_error *err) {
    size_t n_bytes = sizeof(struct lk_zip) + (size_t)n_readers * sizeof(zip_t *);
    struct lk_zip *zip = lk_alloc(n_bytes);
    if (!zip) return lk_fail_memory(err, n_bytes, path);
    lk_status status = open_readers(zip, path, n_readers, err);
    if (!status) status = refuse_encrypted(zip, path, err);
    if (status)
        lk_zip_close(zip);
    else
        *out = zip;
    return status;
}

void lk_zip_close(struct lk_zip *zip) {
    for (int i = 0; zip && i < zip->n_readers; i++) zip_discard(zip->readers[i]);
    lk_free(zip);
}

/* ---- members ---- */

bool lk_zip_has(const struct lk_zip *zip, const char *name) {
    return zip_name_locate(zip->readers[0], name, 0) >= 0;
}

static lk_status failed(zip_error_t *error, lk_error *err) {
    return lk_fail(err, zip_error_code_zip(error) == ZIP_ER_MEMORY ? LK_MEMORY : LK_FORMAT,
                   "cannot unpack: %s", zip_error_strerror(error));
}

/* Read to the end, because libzip compares the CRC there. */
static lk_status read_all(zip_file_t *member, char *data, size_t n_bytes, lk_error *err) {
    size_t done = 0;
    zip_int64_t got;
    while ((got = zip_fread(member, data + done, n_bytes + 1 - done)) > 0) {
        done += (size_t)got;
        if (done > n_bytes) break;
    }
    if (got < 0) return failed(zip_file_get_error(member), err);
    return done == n_bytes
               ? LK_OK
               : lk_fail(err, LK_FORMAT, "cannot unpack: expected %zu bytes, got another size",
                         n_bytes);
}

lk_status lk_zip_read(const struct lk_zip *zip, int reader, const char *name, char **data,
                      size_t *n_bytes, lk_error *err) {
    zip_t *handle = zip->readers[reader];
    zip_stat_t about = { 0 };
    if (zip_stat(handle, name, 0, &about) != 0) return failed(zip_get_error(handle), err);
    if (about.size > MEMBER_MAX)
        return lk_fail(err, LK_FORMAT, "expected at most %d bytes, got %llu", MEMBER_MAX,
                       (unsigned long long)about.size);
    zip_file_t *member = zip_fopen_index(handle, about.index, 0);
    if (!member) return failed(zip_get_error(handle), err);
    char *buffer = lk_alloc((size_t)about.size + 1);
    lk_status status = buffer ? read_all(member, buffer, (size_t)about.size, err)
                              : lk_fail_memory(err, (size_t)about.size + 1, "a member of a zip");
    zip_fclose(member);
    if (status) {
        lk_free(buffer);
        return status;
    }
    *data = buffer;
    *n_bytes = (size_t)about.size;
    return LK_OK;
}
