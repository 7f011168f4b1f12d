/** Safetensors, read and written: only the file format, nothing about what is stored in it. */
#ifndef LIKENESS_IO_SAFETENSORS_H
#define LIKENESS_IO_SAFETENSORS_H

#include "io/stored.h"
#include <likeness/status.h>

typedef struct lk_metadata {
    const char *key, *value;
} lk_metadata;

/**
 * Write a safetensors file, with the tensors in the given order, copied from where they lie. The
 * file appears whole or not at all.
 *
 * format  u64 header length, JSON header padded with spaces to a multiple of 8, data without holes
 *         (https://github.com/huggingface/safetensors). The metadata starts with checksums, CRC-32C
 *         in 8 hexadecimal digits: "crc32c" of the header itself, computed with those 8 digits as
 *         zeros, comes first; "crc32c.<name>" is that of a tensor's bytes. The caller's metadata
 *         follows. Equal arguments give equal bytes.
 * errors  LK_USAGE (a name or key twice, not UTF-8, starting with "crc32c"; more than
 *         LK_STORED_DIMS_MAX dimensions), LK_WRITE, LK_MEMORY. After an error the old file is
 *         unchanged
 */
lk_status lk_safetensors_write(const char *path, const lk_stored_tensor *tensors, size_t n_tensors,
                               const lk_metadata *metadata, size_t n_metadata, lk_error *err);
/** The same, and the old file is kept as `old_name` in the same folder (see lk_file; NULL: it is
 * not kept). */
lk_status lk_safetensors_replace(const char *path, const char *old_name,
                                 const lk_stored_tensor *tensors, size_t n_tensors,
                                 const lk_metadata *metadata, size_t n_metadata, lk_error *err);

/** A safetensors file open for reading. It is mapped: nothing is copied. */
typedef struct lk_safetensors lk_safetensors;

/**
 * Open a file and check all of it: lengths, JSON, UTF-8, names, types, shapes, and offsets without
 * holes or overlap that end with the file. If the metadata has any "crc32c" key, the checksums of
 * the header and of every tensor too.
 *
 * memory  the caller closes it; views, names and metadata live until then
 * errors  LK_READ; LK_FORMAT: path, tensor, expected, got; LK_MEMORY
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
