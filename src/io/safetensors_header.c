/* The header of a safetensors file. Every number in it is checked before it is used; the checksums
   of the data are not checked here. */
#include "io/safetensors_header.h"
#include "base/crc32c.h"
#include "safetensors.h"

#include <cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 80 };

/* A value as messages show it. */
static const char *describe(const cJSON *value, char out[TEXT_MAX]) {
    if (!value) return "nothing";
    if (cJSON_IsNumber(value)) return lk_number_text(value->valuedouble, out);
    if (cJSON_IsString(value)) return lk_text_quoted(value->valuestring, out, TEXT_MAX);
    return cJSON_IsArray(value)    ? "a list"
           : cJSON_IsObject(value) ? "an object"
           : cJSON_IsNull(value)   ? "null"
                                   : "true or false";
}

static lk_status read_size(const cJSON *value, size_t *out, lk_error *err) {
    /* 2^53: doubles hold every whole number up to here */
    const double largest = 9007199254740992.0;
    char got[TEXT_MAX];
    double v = cJSON_IsNumber(value) ? value->valuedouble : -1;
    if (!(v >= 0 && v <= largest && v == floor(v)))
        return lk_fail(err, LK_FORMAT, "expected a whole number from 0 to 2^53, got %s",
                       describe(value, got));
    *out = (size_t)v;
    return LK_OK;
}

static lk_status read_type(const cJSON *value, lk_stored_type *type, lk_error *err) {
    char got[TEXT_MAX];
    for (int i = 0; i < LK_N_STORED_TYPES; i++) {
        if (!cJSON_IsString(value) ||
            strcmp(value->valuestring, lk_stored_type_name((lk_stored_type)i)) != 0)
            continue;
        *type = (lk_stored_type)i;
        return LK_OK;
    }
    return lk_fail(err, LK_FORMAT, "dtype: expected F32, F64, U8 or I64, got %s",
                   describe(value, got));
}

/* Sets n_dims, shape and n_bytes; the type is known. */
static lk_status read_shape(const cJSON *value, lk_stored_tensor *tensor, lk_error *err) {
    char got[TEXT_MAX];
    if (!cJSON_IsArray(value))
        return lk_fail(err, LK_FORMAT, "shape: expected a list, got %s", describe(value, got));
    int n_dims = cJSON_GetArraySize(value), d = 0;
    if (n_dims > LK_STORED_DIMS_MAX)
        return lk_fail(err, LK_FORMAT, "shape: expected at most %d dimensions, got %d",
                       LK_STORED_DIMS_MAX, n_dims);
    tensor->n_dims = n_dims;
    tensor->n_bytes = lk_stored_type_bytes(tensor->type);
    for (const cJSON *dim = value->child; dim; dim = dim->next, d++) {
        lk_status status = read_size(dim, &tensor->shape[d], err);
        if (status) {
            lk_error_prefix(err, "shape[%d]", d);
            return status;
        }
        if (tensor->shape[d] && tensor->n_bytes > SIZE_MAX / tensor->shape[d])
            return lk_fail(err, LK_FORMAT, "shape: its product does not fit this machine");
        tensor->n_bytes *= tensor->shape[d];
    }
    return LK_OK;
}

static lk_status read_offsets(const cJSON *value, size_t data_bytes, struct entry *entry,
                              lk_error *err) {
    char got[TEXT_MAX];
    if (!cJSON_IsArray(value) || cJSON_GetArraySize(value) != 2)
        return lk_fail(err, LK_FORMAT, "expected a list of two, [begin, end], got %s",
                       describe(value, got));
    lk_status status = read_size(value->child, &entry->begin, err);
    if (!status) status = read_size(value->child->next, &entry->end, err);
    if (status) return status;
    if (entry->begin > entry->end || entry->end > data_bytes)
        return lk_fail(err, LK_FORMAT, "expected a part of the %zu bytes of data, got [%zu, %zu]",
                       data_bytes, entry->begin, entry->end);
    if (entry->end - entry->begin != entry->tensor.n_bytes)
        return lk_fail(err, LK_FORMAT, "expected %zu bytes by dtype and shape, got %zu",
                       entry->tensor.n_bytes, entry->end - entry->begin);
    return LK_OK;
}

static lk_status read_tensor(const cJSON *value, size_t data_bytes, struct entry *entry,
                             lk_error *err) {
    entry->tensor.name = value->string;
    char got[TEXT_MAX];
    if (!cJSON_IsObject(value))
        return lk_fail(err, LK_FORMAT, "expected an object, got %s", describe(value, got));
    for (const cJSON *member = value->child; member; member = member->next)
        if (strcmp(member->string, "dtype") != 0 && strcmp(member->string, "shape") != 0 &&
            strcmp(member->string, "data_offsets") != 0)
            return lk_fail(err, LK_FORMAT,
                           "expected the keys dtype, shape and data_offsets, got %s",
                           lk_text_quoted(member->string, got, sizeof got));
    lk_status status =
        read_type(cJSON_GetObjectItemCaseSensitive(value, "dtype"), &entry->tensor.type, err);
    if (!status)
        status = read_shape(cJSON_GetObjectItemCaseSensitive(value, "shape"), &entry->tensor, err);
    if (status) return status;
    status = read_offsets(cJSON_GetObjectItemCaseSensitive(value, "data_offsets"), data_bytes,
                          entry, err);
    if (status) lk_error_prefix(err, "data_offsets");
    return status;
}

static lk_status check_metadata(const cJSON *metadata, lk_error *err) {
    char got[TEXT_MAX], key[TEXT_MAX];
    if (!cJSON_IsObject(metadata))
        return lk_fail(err, LK_FORMAT, "__metadata__: expected an object, got %s",
                       describe(metadata, got));
    for (const cJSON *entry = metadata->child; entry; entry = entry->next)
        if (!cJSON_IsString(entry))
            return lk_fail(err, LK_FORMAT, "__metadata__: %s: expected a string, got %s",
                           lk_text_quoted(entry->string, key, sizeof key), describe(entry, got));
    return LK_OK;
}

static lk_status read_members(struct header *header, size_t data_bytes, lk_error *err) {
    char name[TEXT_MAX];
    size_t n_bytes =
        lk_size_mul((size_t)cJSON_GetArraySize(header->json.root), sizeof *header->entries);
    header->entries = lk_alloc(n_bytes);
    if (!header->entries) return lk_fail_memory(err, n_bytes, "the header");
    for (const cJSON *member = header->json.root->child; member; member = member->next) {
        bool is_tensor = strcmp(member->string, "__metadata__") != 0;
        lk_status status = is_tensor
                               ? read_tensor(member, data_bytes, &header->entries[header->n], err)
                               : check_metadata(member, err);
        if (status && is_tensor)
            lk_error_prefix(err, "tensor %s", lk_text_quoted(member->string, name, sizeof name));
        if (status) return status;
        header->n += is_tensor;
    }
    return LK_OK;
}

static int by_offset(const void *left, const void *right) {
    const struct entry *a = left, *b = right;
    if (a->begin != b->begin) return a->begin < b->begin ? -1 : 1;
    if (a->end != b->end) return a->end < b->end ? -1 : 1;
    return strcmp(a->tensor.name, b->tensor.name);
}

static lk_status check_layout(const struct header *header, size_t data_bytes, lk_error *err) {
    char name[TEXT_MAX];
    size_t end = 0;
    for (size_t i = 0; i < header->n; i++) {
        const struct entry *entry = &header->entries[i];
        if (entry->begin != end)
            return lk_fail(err, LK_FORMAT,
                           "tensor %s: data_offsets: expected to begin at %zu, where the tensor "
                           "before it ends, got %zu",
                           lk_text_quoted(entry->tensor.name, name, sizeof name), end,
                           entry->begin);
        end = entry->end;
    }
    if (end != data_bytes)
        return lk_fail(err, LK_FORMAT, "expected %zu bytes of data by the tensors, got %zu", end,
                       data_bytes);
    return LK_OK;
}

/* lk_json_parse allows comments, this format does not. */
static bool has_comment(const char *text, size_t n_bytes) {
    bool in_string = false;
    for (size_t i = 0; i < n_bytes; i++) {
        if (text[i] == '"')
            in_string = !in_string;
        else if (text[i] == '\\')
            i++;
        else if (text[i] == '/' && !in_string)
            return true;
    }
    return false;
}

lk_status lk_header_read(const char *text, size_t n_bytes, size_t data_bytes, struct header *header,
                         lk_error *err) {
    if (n_bytes == 0 || text[0] != '{' || has_comment(text, n_bytes))
        return lk_fail(
            err, LK_FORMAT,
            "header: expected one JSON object without comments that starts at the first byte");
    struct header result = { 0 };
    lk_status status = lk_json_parse(text, n_bytes, "header", &result.json, err);
    if (status == LK_USAGE) status = LK_FORMAT;
    if (!status) status = read_members(&result, data_bytes, err);
    if (!status && result.n) qsort(result.entries, result.n, sizeof *result.entries, by_offset);
    if (!status) status = check_layout(&result, data_bytes, err);
    if (status)
        lk_header_deinit(&result);
    else
        *header = result;
    return status;
}

void lk_header_deinit(struct header *header) {
    lk_json_deinit(&header->json);
    lk_free(header->entries);
    *header = (struct header){ 0 };
}

uint32_t lk_header_crc(const char *text, size_t n_bytes) {
    const size_t start = strlen(HEADER_START), rest = start + CRC_DIGITS;
    uint32_t crc = lk_crc32c(0, text, start);
    crc = lk_crc32c(crc, "00000000", CRC_DIGITS);
    return lk_crc32c(crc, text + rest, n_bytes - rest);
}
