/* The pack's layout (see likeness/pack.h), shared by its writer and its reader. */
#ifndef LIKENESS_DATA_PACK_FORMAT_H
#define LIKENESS_DATA_PACK_FORMAT_H

#include <likeness/base.h>

#define PACK_MAGIC "\x89LKD\r\n\x1A\n"
enum {
    PACK_VERSION = 1,
    PACK_HEADER_BYTES = 64,
    PACK_ENTRY_BYTES = 32,
    PACK_BLOCK_BYTES = 1 << 20,
    PACK_SECTIONS_MAX = 64, /* the reader's limit; the writer uses three */
    PACK_SIZE_MAX = 4096,   /* side of a picture */
};

static inline void pack_put(uint8_t *at, int n_bytes, uint64_t value) {
    for (int i = 0; i < n_bytes; i++, value >>= 8) at[i] = (uint8_t)value;
}

static inline uint64_t pack_take(const uint8_t *at, int n_bytes) {
    uint64_t value = 0;
    for (int i = n_bytes - 1; i >= 0; i--) value = value << 8 | at[i];
    return value;
}

#endif
