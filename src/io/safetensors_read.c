/* Reading safetensors: a mapped file whose header and checksums are verified when it is opened. */
#include "base/crc32c.h"
#include "base/file.h"
#include "io/safetensors.h"
#include "io/safetensors_header.h"
#include "safetensors.h"

#include <cJSON.h>
#include <stdio.h>
#include <string.h>

enum { LENGTH_BYTES = 8, HEADER_MAX = 100000000, NAME_MAX_SHOWN = 80 };

struct lk_safetensors {
    lk_map map;
    struct header header;
};

static lk_status read_length(const lk_map *map, size_t *header_bytes, lk_error *err) {
    if (map->n_bytes < LENGTH_BYTES)
        return lk_fail(err, LK_FORMAT, "expected a safetensors file of at least 8 bytes, got %zu",
                       map->n_bytes);
    uint64_t n = 0;
    memcpy(&n, map->data, LENGTH_BYTES);
    if (n > HEADER_MAX)
        return lk_fail(
            err, LK_FORMAT,
            "header: expected a length of at most %d bytes, got %llu: not a safetensors file?",
            HEADER_MAX, (unsigned long long)n);
    if (n > map->n_bytes - LENGTH_BYTES)
        return lk_fail(
            err, LK_FORMAT,
            "header: expected %llu bytes, got a file with %zu after the length: truncated?",
            (unsigned long long)n, map->n_bytes - LENGTH_BYTES);
    *header_bytes = (size_t)n;
    return LK_OK;
}

static const cJSON *metadata_of(const struct header *header) {
    return cJSON_GetObjectItemCaseSensitive(header->json.root, "__metadata__");
}

static bool has_checksums(const struct header *header) {
    const cJSON *metadata = metadata_of(header), *entry = NULL;
    cJSON_ArrayForEach(entry, metadata) if (strncmp(entry->string, CRC_KEY, strlen(CRC_KEY)) ==
                                            0) return true;
    return false;
}

/* `stored` has 8 lower-case hexadecimal digits, or is NULL. */
static lk_status compare_crc(const char *stored, uint32_t crc, lk_error *err) {
    char computed[CRC_DIGITS + 1], shown[NAME_MAX_SHOWN];
    snprintf(computed, sizeof computed, "%08x", (unsigned)crc);
    if (!stored) return lk_fail(err, LK_FORMAT, "damaged: the metadata has no CRC-32C for it");
    if (strcmp(stored, computed) == 0) return LK_OK;
    return lk_fail(err, LK_FORMAT, "damaged: expected CRC-32C %s by the metadata, got %s",
                   lk_text_quoted(stored, shown, sizeof shown), computed);
}

static lk_status check_header_crc(const struct header *header, const char *text, size_t n_bytes,
                                  lk_error *err) {
    const cJSON *stored = cJSON_GetObjectItemCaseSensitive(metadata_of(header), CRC_KEY);
    bool in_place = n_bytes >= strlen(HEADER_START) + CRC_DIGITS &&
                    memcmp(text, HEADER_START, strlen(HEADER_START)) == 0;
    if (!in_place)
        return lk_fail(
            err, LK_FORMAT,
            "header: damaged: has checksums of tensors, but does not start with its own");
    lk_status status = compare_crc(stored->valuestring, lk_header_crc(text, n_bytes), err);
    if (status) lk_error_prefix(err, "header");
    return status;
}

static lk_status check_tensor_crc(const struct header *header, const lk_stored_tensor *tensor,
                                  lk_error *err) {
    char shown[NAME_MAX_SHOWN];
    lk_text key = { 0 };
    lk_text_add(&key, CRC_KEY ".%s", tensor->name);
    if (key.failed) return lk_fail_memory(err, strlen(tensor->name), "a tensor's name");
    const cJSON *stored = cJSON_GetObjectItemCaseSensitive(metadata_of(header), key.data);
    lk_text_deinit(&key);
    lk_status status = compare_crc(stored ? stored->valuestring : NULL,
                                   lk_crc32c(0, tensor->data, tensor->n_bytes), err);
    if (status)
        lk_error_prefix(err, "tensor %s", lk_text_quoted(tensor->name, shown, sizeof shown));
    return status;
}

static lk_status load(lk_safetensors *file, lk_error *err) {
    size_t header_bytes = 0;
    lk_status status = read_length(&file->map, &header_bytes, err);
    if (status) return status;
    const char *text = (const char *)file->map.data + LENGTH_BYTES;
    const uint8_t *data = file->map.data + LENGTH_BYTES + header_bytes;
    status = lk_header_read(text, header_bytes, file->map.n_bytes - LENGTH_BYTES - header_bytes,
                            &file->header, err);
    if (status) return status;
    for (size_t i = 0; i < file->header.n; i++)
        file->header.entries[i].tensor.data = data + file->header.entries[i].begin;
    if (!has_checksums(&file->header)) return LK_OK;
    status = check_header_crc(&file->header, text, header_bytes, err);
    for (size_t i = 0; i < file->header.n && !status; i++)
        status = check_tensor_crc(&file->header, &file->header.entries[i].tensor, err);
    return status;
}

lk_status lk_safetensors_open(const char *path, lk_safetensors **out, lk_error *err) {
    lk_safetensors *file = lk_alloc(sizeof *file);
    if (!file) return lk_fail_memory(err, sizeof *file, path);
    lk_status status = lk_map_open(path, &file->map, err);
    if (status) goto done;
    status = load(file, err);
    if (status) {
        lk_error_prefix(err, "%s", path);
        goto done;
    }
    *out = file;
    file = NULL;
done:
    lk_safetensors_close(file);
    return status;
}

void lk_safetensors_close(lk_safetensors *file) {
    if (!file) return;
    lk_header_deinit(&file->header);
    lk_map_close(&file->map);
    lk_free(file);
}

size_t lk_safetensors_count(const lk_safetensors *file) {
    return file->header.n;
}

const lk_stored_tensor *lk_safetensors_at(const lk_safetensors *file, size_t index) {
    return &file->header.entries[index].tensor;
}

const lk_stored_tensor *lk_safetensors_find(const lk_safetensors *file, const char *name) {
    for (size_t i = 0; i < file->header.n; i++)
        if (strcmp(file->header.entries[i].tensor.name, name) == 0)
            return &file->header.entries[i].tensor;
    return NULL;
}

const char *lk_safetensors_metadata(const lk_safetensors *file, const char *key) {
    const cJSON *entry = cJSON_GetObjectItemCaseSensitive(metadata_of(&file->header), key);
    return entry ? entry->valuestring : NULL;
}
