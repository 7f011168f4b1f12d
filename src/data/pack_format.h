/* The pack's layout (see data.h) as its writer and its reader share it. */
#ifndef LIKENESS_DATA_PACK_FORMAT_H
#define LIKENESS_DATA_PACK_FORMAT_H

#include <likeness/data.h>

#define PACK_MAGIC "\x89LKD\r\n\x1A\n"
enum {
    PACK_VERSION = 1,
    PACK_HEADER_BYTES = 64,
    PACK_ENTRY_BYTES = 32,
    PACK_BLOCK_BYTES = 1 << 20,
    PACK_SECTIONS_MAX = 64, /* a reader's limit; a writer uses three */
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

struct pack_section {
    char kind[5];
    uint64_t offset, n_bytes;
    uint32_t crc; /* of the block under way */
    lk_text crcs; /* of the full blocks, as they stand in the table */
};

/** Sections are written one after the other; nothing is at `path` before commit. */
struct pack_writer {
    lk_file file;
    uint64_t n_bytes;
    int n_sections;
    struct pack_section sections[3];
};

lk_status lk_pack_writer_open(struct pack_writer *writer, const char *path, lk_error *err);
void lk_pack_writer_section(struct pack_writer *writer, const char *kind);
lk_status lk_pack_writer_add(struct pack_writer *writer, const void *data, size_t n_bytes,
                             lk_error *err);
lk_status lk_pack_writer_commit(struct pack_writer *writer, lk_error *err);
/** Removes what is not committed. */
void lk_pack_writer_close(struct pack_writer *writer);

#endif
