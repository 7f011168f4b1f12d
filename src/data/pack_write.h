/** Writing a pack. */
#ifndef LIKENESS_DATA_PACK_WRITE_H
#define LIKENESS_DATA_PACK_WRITE_H

#include "base/file.h"

#include <likeness/text.h>

struct pack_section {
    char kind[5];
    uint64_t offset, n_bytes;
    uint32_t crc; /* of the current block */
    lk_text crcs; /* of the full blocks, as stored in the table */
};

/** Sections are written one after the other. The file appears at `path` only with the commit. */
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
/** Removes the file if it was not committed. */
void lk_pack_writer_close(struct pack_writer *writer);

#endif
