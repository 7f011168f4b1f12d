/* What the reader and the writer of safetensors share: the checks of a header. Private to io. */
#ifndef LIKENESS_IO_SAFETENSORS_HEADER_H
#define LIKENESS_IO_SAFETENSORS_HEADER_H

#include "io/stored.h"

#include <likeness/json.h>

/* The header starts with this where it has a checksum; its 8 digits follow. */
#define HEADER_START "{\"__metadata__\":{\"crc32c\":\""
#define CRC_KEY      "crc32c"

enum { CRC_DIGITS = 8 };

struct entry {
    lk_stored_tensor tensor;
    size_t begin, end; /* in the data */
};

struct header {
    lk_json json; /* names and metadata live here */
    size_t n;
    struct entry *entries; /* sorted by begin */
};

/* Check `text` as the header of `data_bytes` of data. Errors: LK_FORMAT, LK_MEMORY, without the
   path in front. */
lk_status lk_header_read(const char *text, size_t n_bytes, size_t data_bytes, struct header *header,
                         lk_error *err);
void lk_header_deinit(struct header *header);

/* CRC-32C of the header as if its own digits were zeros; it starts with HEADER_START. */
uint32_t lk_header_crc(const char *text, size_t n_bytes);

#endif
