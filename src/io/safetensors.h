/** Safetensors, read and written: the file format, and nothing about what is stored in it. */
#ifndef LIKENESS_IO_SAFETENSORS_H
#define LIKENESS_IO_SAFETENSORS_H

#include "io/stored.h"
#include <likeness/status.h>

typedef struct lk_metadata {
    const char *key, *value;
} lk_metadata;

/**
 * Write a safetensors file, whole or not at all, the tensors in the order given and from where they
 * lie.
 *
 * format  u64 header length, JSON header padded by spaces to a multiple of 8, data without holes
 *         (https://github.com/huggingface/safetensors). In its metadata, before the caller's,
 *         CRC-32C in 8 hexadecimal digits: "crc32c.<name>" of a tensor's bytes, and "crc32c", which
 *         comes first, of the header itself with those 8 digits as zeros. Equal arguments give
 *         equal bytes.
 * errors  LK_USAGE (a name or key twice, not UTF-8, starting with "crc32c"; more than
 *         LK_STORED_DIMS_MAX dimensions), LK_WRITE, LK_MEMORY; the old file stays then
 */
lk_status lk_safetensors_write(const char *path, const lk_stored_tensor *tensors, size_t n_tensors,
                               const lk_metadata *metadata, size_t n_metadata, lk_error *err);

/** A safetensors file open for reading, mapped: nothing is copied. */
typedef struct lk_safetensors lk_safetensors;

/**
 * Open and check everything before anything is used: lengths, JSON, UTF-8, names, types, shapes,
 * offsets without holes or overlap that end with the file; and, where the metadata has any "crc32c"
 * key, the header's checksum and every tensor's.
 *
 * memory  the caller closes it; views, names and metadata live until then
 * errors  LK_READ; LK_FORMAT: path, tensor, got, wanted; LK_MEMORY
 */
lk_status lk_safetensors_open(const char *path, lk_safetensors **file, lk_error *err);
void lk_safetensors_close(lk_safetensors *file);
size_t lk_safetensors_count(const lk_safetensors *file);
/** In the order of the data; index below lk_safetensors_count(). */
const lk_stored_tensor *lk_safetensors_at(const lk_safetensors *file, size_t index);
/** The tensor of that name, or NULL. */
const lk_stored_tensor *lk_safetensors_find(const lk_safetensors *file, const char *name);
/** The metadata under that key, or NULL. */
const char *lk_safetensors_metadata(const lk_safetensors *file, const char *key);

#endif
