/* Shared by the reader and the writer of safetensors: the checks of a header. Private to io. */
#ifndef LIKENESS_IO_SAFETENSORS_HEADER_H
#define LIKENESS_IO_SAFETENSORS_HEADER_H

#include "io/stored.h"

#include <likeness/json.h>

/* A header with a checksum starts with this; the 8 digits follow. */
#define HEADER_START "{\"__metadata__\":{\"crc32c\":\""
#define CRC_KEY      "crc32c"

enum { CRC_DIGITS = 8 };

struct entry {
    lk_stored_tensor tensor;
    size_t begin, end; /* bytes in the data */
};

struct header {
    lk_json json; /* names and metadata live here */
    size_t n;
    struct entry *entries; /* sorted by begin */
};

/* Read and check `text`, the header of `data_bytes` bytes of data. Errors: LK_FORMAT, LK_MEMORY,
   without the path in front. */
lk_status lk_header_read(const char *text, size_t n_bytes, size_t data_bytes, struct header *header,
                         lk_error *err);
void lk_header_deinit(struct header *header);

/* CRC-32C of a header that starts with HEADER_START, computed with zeros in place of its digits. */
uint32_t lk_header_crc(const char *text, size_t n_bytes);

#endif
