/* Writing a pack: the sections with a CRC for each block, then the table, and last the header,
   whose numbers are known only then. */
#include "data/pack_write.h"
#include "base/crc32c.h"
#include "data/pack_format.h"

#include <string.h>

static lk_status append(struct pack_writer *writer, const void *data, size_t n_bytes,
                        lk_error *err) {
    writer->n_bytes += n_bytes;
    return lk_file_append(&writer->file, data, n_bytes, err);
}

lk_status lk_pack_writer_open(struct pack_writer *writer, const char *path, lk_error *err) {
    static const uint8_t room[PACK_HEADER_BYTES];
    *writer = (struct pack_writer){ 0 };
    lk_status status = lk_file_create(path, &writer->file, err);
    return status ? status : append(writer, room, sizeof room, err);
}

static void end_block(struct pack_section *section) {
    uint8_t crc[4];
    pack_put(crc, 4, section->crc);
    lk_text_bytes(&section->crcs, crc, 4);
    section->crc = 0;
}

static void end_section(struct pack_writer *writer) {
    struct pack_section *section = &writer->sections[writer->n_sections - 1];
    if (section->n_bytes % PACK_BLOCK_BYTES) end_block(section);
}

void lk_pack_writer_section(struct pack_writer *writer, const char *kind) {
    if (writer->n_sections) end_section(writer);
    struct pack_section *section = &writer->sections[writer->n_sections++];
    section->offset = writer->n_bytes;
    memcpy(section->kind, kind, 4);
}

lk_status lk_pack_writer_add(struct pack_writer *writer, const void *data, size_t n_bytes,
                             lk_error *err) {
    struct pack_section *section = &writer->sections[writer->n_sections - 1];
    const uint8_t *at = data;
    for (size_t left = n_bytes; left;) {
        size_t room = PACK_BLOCK_BYTES - section->n_bytes % PACK_BLOCK_BYTES,
               n = left < room ? left : room;
        section->crc = lk_crc32c(section->crc, at, n);
        section->n_bytes += n;
        if (n == room) end_block(section);
        at += n;
        left -= n;
    }
    return append(writer, data, n_bytes, err);
}

static void build_table(const struct pack_writer *writer, lk_text *table) {
    for (int i = 0; i < writer->n_sections; i++) {
        const struct pack_section *section = &writer->sections[i];
        uint8_t entry[PACK_ENTRY_BYTES] = { 0 };
        memcpy(entry, section->kind, 4);
        pack_put(entry + 4, 4, PACK_BLOCK_BYTES);
        pack_put(entry + 8, 8, section->offset);
        pack_put(entry + 16, 8, section->n_bytes);
        pack_put(entry + 24, 4, section->crcs.n / 4);
        lk_text_bytes(table, entry, sizeof entry);
        lk_text_bytes(table, section->crcs.data, section->crcs.n);
        table->failed = table->failed || section->crcs.failed;
    }
}

lk_status lk_pack_writer_commit(struct pack_writer *writer, lk_error *err) {
    end_section(writer);
    uint8_t header[PACK_HEADER_BYTES] = PACK_MAGIC;
    uint64_t table_offset = writer->n_bytes;
    lk_text table = { 0 };
    build_table(writer, &table);
    lk_status status = table.failed ? lk_fail_memory(err, table.n, "the table of a pack")
                                    : append(writer, table.data, table.n, err);
    pack_put(header + 8, 4, PACK_VERSION);
    pack_put(header + 12, 4, (uint64_t)writer->n_sections);
    pack_put(header + 16, 8, table_offset);
    pack_put(header + 24, 8, table.n);
    pack_put(header + 32, 8, writer->n_bytes);
    pack_put(header + 40, 4, lk_crc32c(0, table.data, table.n));
    pack_put(header + 60, 4, lk_crc32c(0, header, 60));
    lk_text_deinit(&table);
    if (!status) status = lk_file_patch(&writer->file, 0, header, sizeof header, err);
    return status ? status : lk_file_commit(&writer->file, err);
}

void lk_pack_writer_close(struct pack_writer *writer) {
    lk_file_discard(&writer->file);
    for (int i = 0; i < writer->n_sections; i++) lk_text_deinit(&writer->sections[i].crcs);
}
