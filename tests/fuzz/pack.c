/* Packs: as they are, and with their checksums made right, so that what stands behind those is
   reached. */
#include "base/crc32c.h"
#include "data/pack_format.h"
#include "fuzz.h"

#include <likeness/pack.h>

#include <stdlib.h>
#include <string.h>

static void open_pack(const uint8_t *data, size_t n_bytes) {
    lk_pack *pack = NULL;
    lk_error err = { "" };
    fuzz_file("/fuzz.lkd", data, n_bytes);
    if (!fuzz_read(lk_pack_open("/fuzz.lkd", fuzz_context(), &pack, &err), LK_FORMAT, &err)) return;
    const lk_pack_meta *meta = lk_pack_describe(pack);
    size_t picture = (size_t)meta->size * (size_t)meta->size * (size_t)meta->channels;
    for (int split = 0; split < LK_N_SPLITS; split++)
        for (int i = 0; i < lk_pack_count(pack, (lk_split)split); i++) {
            const char *name = lk_pack_name(pack, (lk_split)split, i);
            fuzz_touch(name, strlen(name) + 1);
            fuzz_touch(lk_pack_pixels(pack, (lk_split)split, i), picture);
        }
    lk_pack_close(pack);
}

/* The checksums of one section's blocks, whose entry begins at `at`; where the next entry
   begins. */
static size_t repair_section(uint8_t *data, size_t n_bytes, size_t at) {
    uint64_t block_bytes = pack_take(data + at + 4, 4), offset = pack_take(data + at + 8, 8),
             size = pack_take(data + at + 16, 8), n_blocks = pack_take(data + at + 24, 4);
    at += PACK_ENTRY_BYTES;
    if (offset > n_bytes || size > n_bytes - offset) return n_bytes;
    for (uint64_t i = 0; i < n_blocks && n_bytes - at >= 4; i++, at += 4) {
        if (i * block_bytes > size) return n_bytes;
        uint64_t left = size - i * block_bytes;
        pack_put(
            data + at, 4,
            lk_crc32c(0, data + offset + i * block_bytes, left < block_bytes ? left : block_bytes));
    }
    return at;
}

static void repair(uint8_t *data, size_t n_bytes) {
    if (n_bytes < PACK_HEADER_BYTES) return;
    uint64_t table = pack_take(data + 16, 8), n_sections = pack_take(data + 12, 4);
    if (table < PACK_HEADER_BYTES || table > n_bytes) return;
    for (size_t at = table; n_sections && n_bytes - at >= PACK_ENTRY_BYTES; n_sections--)
        at = repair_section(data, n_bytes, at);
    pack_put(data + 24, 8, n_bytes - table);
    pack_put(data + 32, 8, n_bytes);
    pack_put(data + 40, 4, lk_crc32c(0, data + table, n_bytes - table));
    pack_put(data + 60, 4, lk_crc32c(0, data, 60));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    uint8_t *copy = malloc(n_bytes ? n_bytes : 1);
    open_pack(data, n_bytes);
    if (n_bytes) memcpy(copy, data, n_bytes);
    repair(copy, n_bytes);
    open_pack(copy, n_bytes);
    free(copy);
    return 0;
}
