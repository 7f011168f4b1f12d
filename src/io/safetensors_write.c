/* Writing safetensors: the header, checked by the rules of the reader, then every tensor from where
   it lies. */
#include "base/crc32c.h"
#include "base/file.h"
#include "io/safetensors.h"
#include "io/safetensors_header.h"
#include "safetensors.h"

#include <cJSON.h>
#include <stdio.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "numbers are written as they lie in memory");

static size_t tensor_bytes(const lk_stored_tensor *tensor) {
    size_t n_bytes = lk_stored_type_bytes(tensor->type);
    for (int d = 0; d < tensor->n_dims; d++) n_bytes = lk_size_mul(n_bytes, tensor->shape[d]);
    return n_bytes;
}

static bool add_crc(cJSON *metadata, const lk_stored_tensor *tensor) {
    char digits[CRC_DIGITS + 1];
    lk_text key = { 0 };
    snprintf(digits, sizeof digits, "%08x",
             (unsigned)lk_crc32c(0, tensor->data, tensor_bytes(tensor)));
    lk_text_add(&key, CRC_KEY ".%s", tensor->name);
    bool ok = !key.failed && cJSON_AddStringToObject(metadata, key.data, digits);
    lk_text_deinit(&key);
    return ok;
}

static bool add_number(cJSON *list, size_t value) {
    return cJSON_AddItemToArray(list, cJSON_CreateNumber((double)value));
}

static bool add_tensor(cJSON *root, const lk_stored_tensor *tensor, size_t begin) {
    cJSON *object = cJSON_AddObjectToObject(root, tensor->name);
    cJSON *type =
        object ? cJSON_AddStringToObject(object, "dtype", lk_stored_type_name(tensor->type)) : NULL;
    cJSON *shape = type ? cJSON_AddArrayToObject(object, "shape") : NULL;
    cJSON *offsets = shape ? cJSON_AddArrayToObject(object, "data_offsets") : NULL;
    if (!offsets) return false;
    for (int d = 0; d < tensor->n_dims; d++)
        if (!add_number(shape, tensor->shape[d])) return false;
    return add_number(offsets, begin) && add_number(offsets, begin + tensor_bytes(tensor));
}

static bool build(cJSON *root, const lk_stored_tensor *tensors, size_t n_tensors,
                  const lk_metadata *metadata, size_t n_metadata) {
    cJSON *object = cJSON_AddObjectToObject(root, "__metadata__");
    bool ok = object && cJSON_AddStringToObject(object, CRC_KEY, "00000000");
    for (size_t i = 0; i < n_metadata && ok; i++)
        ok = cJSON_AddStringToObject(object, metadata[i].key, metadata[i].value) != NULL;
    for (size_t i = 0; i < n_tensors && ok; i++) ok = add_crc(object, &tensors[i]);
    for (size_t i = 0, begin = 0; i < n_tensors && ok; begin += tensor_bytes(&tensors[i]), i++)
        ok = add_tensor(root, &tensors[i], begin);
    return ok;
}

/* Data must start at a multiple of 8 bytes. The length before the header has 8 bytes, so the size
   of the header must be a multiple of 8 too. */
static void finish(lk_text *text) {
    while (text->n % 8 && !text->failed) lk_text_bytes(text, " ", 1);
    if (text->failed) return;
    char digits[CRC_DIGITS + 1];
    snprintf(digits, sizeof digits, "%08x", (unsigned)lk_header_crc(text->data, text->n));
    memcpy(text->data + strlen(HEADER_START), digits, CRC_DIGITS);
}

static lk_status make_header(const lk_stored_tensor *tensors, size_t n_tensors,
                             const lk_metadata *metadata, size_t n_metadata, lk_text *text,
                             lk_error *err) {
    cJSON *root = cJSON_CreateObject();
    lk_status status = LK_OK;
    if (!root || !build(root, tensors, n_tensors, metadata, n_metadata)) {
        status = lk_fail(err, LK_MEMORY, "out of memory for the header");
        goto done;
    }
    status = lk_json_print(root, false, text, err);
    if (status) goto done;
    finish(text);
    if (text->failed) status = lk_fail_memory(err, text->n, "the header");
done:
    cJSON_Delete(root);
    return status;
}

static lk_status check_arguments(const lk_stored_tensor *tensors, size_t n_tensors,
                                 const lk_metadata *metadata, size_t n_metadata, lk_error *err) {
    char shown[80];
    for (size_t i = 0; i < n_metadata; i++)
        if (strncmp(metadata[i].key, CRC_KEY, strlen(CRC_KEY)) == 0)
            return lk_fail(err, LK_USAGE,
                           "metadata %s: keys that start with " CRC_KEY
                           " are reserved for checksums",
                           lk_text_quoted(metadata[i].key, shown, sizeof shown));
    for (size_t i = 0; i < n_tensors; i++) {
        if (tensors[i].n_dims >= 0 && tensors[i].n_dims <= LK_STORED_DIMS_MAX) continue;
        return lk_fail(err, LK_USAGE, "tensor %s: expected 0 to %d dimensions, got %d",
                       lk_text_quoted(tensors[i].name, shown, sizeof shown), LK_STORED_DIMS_MAX,
                       tensors[i].n_dims);
    }
    return LK_OK;
}

/* A header that the reader would refuse is not written. */
static lk_status check_header(const lk_text *text, const lk_stored_tensor *tensors,
                              size_t n_tensors, lk_error *err) {
    size_t data_bytes = 0;
    for (size_t i = 0; i < n_tensors; i++) data_bytes += tensor_bytes(&tensors[i]);
    struct header header = { 0 };
    lk_status status = lk_header_read(text->data, text->n, data_bytes, &header, err);
    lk_header_deinit(&header);
    return status == LK_FORMAT ? LK_USAGE : status;
}

static lk_status write_file(const char *path, const char *old_name, const lk_text *text,
                            const lk_stored_tensor *tensors, size_t n_tensors, lk_error *err) {
    lk_file file;
    const uint64_t length = text->n;
    lk_status status = lk_file_create(path, &file, err);
    file.old_name = old_name;
    if (!status) status = lk_file_append(&file, &length, sizeof length, err);
    if (!status) status = lk_file_append(&file, text->data, text->n, err);
    for (size_t i = 0; i < n_tensors && !status; i++)
        status = lk_file_append(&file, tensors[i].data, tensor_bytes(&tensors[i]), err);
    if (!status) status = lk_file_commit(&file, err);
    lk_file_discard(&file);
    return status;
}

lk_status lk_safetensors_replace(const char *path, const char *old_name,
                                 const lk_stored_tensor *tensors, size_t n_tensors,
                                 const lk_metadata *metadata, size_t n_metadata, lk_error *err) {
    lk_text text = { 0 };
    lk_status status = check_arguments(tensors, n_tensors, metadata, n_metadata, err);
    if (!status) status = make_header(tensors, n_tensors, metadata, n_metadata, &text, err);
    if (!status) status = check_header(&text, tensors, n_tensors, err);
    if (status) lk_error_prefix(err, "%s", path);
    if (!status) status = write_file(path, old_name, &text, tensors, n_tensors, err);
    lk_text_deinit(&text);
    return status;
}

lk_status lk_safetensors_write(const char *path, const lk_stored_tensor *tensors, size_t n_tensors,
                               const lk_metadata *metadata, size_t n_metadata, lk_error *err) {
    return lk_safetensors_replace(path, NULL, tensors, n_tensors, metadata, n_metadata, err);
}
