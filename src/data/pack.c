/* Reading a pack: the file is mapped, and nothing in it is used before it is checked. */
#include "base/crc32c.h"
#include "base/file.h"
#include "data/pack_format.h"

#include <likeness/image.h>
#include <likeness/json.h>
#include <likeness/pack.h>

#include <cjson/cJSON.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

/* A section as the table describes it. Its range lies inside the file. */
struct section {
    char kind[5];
    const uint8_t *data, *crcs;
    uint64_t n_bytes;
    uint32_t block_bytes, n_blocks;
    int first_task; /* the number of its first block; blocks of all sections are numbered */
};

#define SPLIT_NAME(word, split) #word,
static const char *const split_names[LK_N_SPLITS] = { LK_SPLIT_LIST(SPLIT_NAME) };

const char *lk_split_name(lk_split split) {
    return split_names[split];
}

struct lk_pack {
    lk_map map;
    struct stat file; /* when it was opened */
    lk_pack_meta meta;
    struct section sections[PACK_SECTIONS_MAX];
    int n_sections, n_blocks;
    int first[LK_N_SPLITS], n; /* where the splits begin; the number of pictures */
    size_t picture_bytes;
    const uint8_t *pixels;
    const char **names;
};

static lk_status check_header(const lk_map *map, lk_error *err) {
    const uint8_t *at = map->data;
    size_t n_same = 0;
    while (n_same < 8 && n_same < map->n_bytes && at[n_same] == (uint8_t)PACK_MAGIC[n_same])
        n_same++;
    if (n_same < 8) return lk_fail(err, LK_FORMAT, "not a pack: its first 8 bytes differ");
    if (map->n_bytes < PACK_HEADER_BYTES)
        return lk_fail(err, LK_FORMAT,
                       "truncated: expected at least the header's %d bytes, got %zu",
                       PACK_HEADER_BYTES, map->n_bytes);
    uint32_t version = (uint32_t)pack_take(at + 8, 4), got = lk_crc32c(0, at, 60),
             expected = (uint32_t)pack_take(at + 60, 4);
    if (version != PACK_VERSION)
        return lk_fail(err, LK_FORMAT, "pack version: expected %d, got %u", PACK_VERSION, version);
    if (got != expected)
        return lk_fail(err, LK_FORMAT, "header: expected CRC %08x, got %08x", expected, got);
    uint64_t n_bytes = pack_take(at + 32, 8), offset = pack_take(at + 16, 8),
             table = pack_take(at + 24, 8);
    if (n_bytes != map->n_bytes)
        return lk_fail(err, LK_FORMAT, "truncated or extended: expected %llu bytes, got %zu",
                       (unsigned long long)n_bytes, map->n_bytes);
    if (offset < PACK_HEADER_BYTES || offset > n_bytes || table != n_bytes - offset)
        return lk_fail(err, LK_FORMAT,
                       "table: expected a range that ends with the file of %zu bytes, got offset "
                       "%llu and %llu bytes",
                       map->n_bytes, (unsigned long long)offset, (unsigned long long)table);
    got = lk_crc32c(0, at + offset, table);
    expected = (uint32_t)pack_take(at + 40, 4);
    if (got == expected) return LK_OK;
    return lk_fail(err, LK_FORMAT, "table: expected CRC %08x, got %08x", expected, got);
}

/* Read the entry of the table at *at. The sections must follow each other up to the table, so this
   one must begin at `offset`. */
static lk_status read_entry(const lk_pack *pack, const uint8_t **at, uint64_t *offset,
                            struct section *section, lk_error *err) {
    const uint8_t *end = pack->map.data + pack->map.n_bytes, *entry = *at;
    uint64_t table_offset = pack_take(pack->map.data + 16, 8);
    if ((size_t)(end - entry) < PACK_ENTRY_BYTES)
        return lk_fail(err, LK_FORMAT, "table: ends within an entry");
    memcpy(section->kind, entry, 4);
    for (int i = 0; i < 4; i++)
        if (section->kind[i] < 'A' || section->kind[i] > 'Z')
            return lk_fail(err, LK_FORMAT, "table: a section's kind is not four capital letters");
    section->block_bytes = (uint32_t)pack_take(entry + 4, 4);
    section->n_bytes = pack_take(entry + 16, 8);
    section->n_blocks = (uint32_t)pack_take(entry + 24, 4);
    uint64_t begins = pack_take(entry + 8, 8);
    if (begins != *offset || section->n_bytes > table_offset - begins)
        return lk_fail(
            err, LK_FORMAT,
            "section %s: expected offset %llu and an end by %llu, got offset %llu and %llu bytes",
            section->kind, (unsigned long long)*offset, (unsigned long long)table_offset,
            (unsigned long long)begins, (unsigned long long)section->n_bytes);
    uint64_t n_blocks = section->block_bytes ? section->n_bytes / section->block_bytes +
                                                   (section->n_bytes % section->block_bytes ? 1 : 0)
                                             : UINT64_MAX;
    if (section->n_blocks != n_blocks ||
        section->n_blocks > (size_t)(end - entry - PACK_ENTRY_BYTES) / 4)
        return lk_fail(err, LK_FORMAT, "section %s: got %u blocks of %u bytes for %llu bytes",
                       section->kind, section->n_blocks, section->block_bytes,
                       (unsigned long long)section->n_bytes);
    section->data = pack->map.data + begins;
    section->crcs = entry + PACK_ENTRY_BYTES;
    *at = section->crcs + 4 * (size_t)section->n_blocks;
    *offset += section->n_bytes;
    return LK_OK;
}

static lk_status read_table(lk_pack *pack, lk_error *err) {
    const uint8_t *header = pack->map.data, *at = header + pack_take(header + 16, 8);
    uint64_t n_sections = pack_take(header + 12, 4), offset = PACK_HEADER_BYTES, n_blocks = 0;
    if (n_sections > PACK_SECTIONS_MAX)
        return lk_fail(err, LK_FORMAT, "sections: expected at most %d, got %llu", PACK_SECTIONS_MAX,
                       (unsigned long long)n_sections);
    for (uint64_t i = 0; i < n_sections; i++) {
        struct section *section = &pack->sections[i];
        lk_status status = read_entry(pack, &at, &offset, section, err);
        if (status) return status;
        section->first_task = (int)n_blocks;
        n_blocks += section->n_blocks;
        if (n_blocks > INT32_MAX) /* never: such a table has 8 GB, more than a test may write */
            return lk_fail(err, LK_FORMAT, "table: expected at most %d blocks, got more",
                           INT32_MAX);
    }
    if (at != header + pack->map.n_bytes || offset != pack_take(header + 16, 8))
        return lk_fail(err, LK_FORMAT, "table: does not account for every byte of the file");
    pack->n_sections = (int)n_sections;
    pack->n_blocks = (int)n_blocks;
    return LK_OK;
}

struct check {
    const lk_pack *pack;
    atomic_bool failed;
};

static const struct section *section_of(const lk_pack *pack, int task, uint32_t *block) {
    int i = pack->n_sections - 1;
    while (pack->sections[i].first_task > task) i--;
    *block = (uint32_t)(task - pack->sections[i].first_task);
    return &pack->sections[i];
}

static uint32_t crc_of(const struct section *section, uint32_t block) {
    uint64_t at = (uint64_t)block * section->block_bytes, left = section->n_bytes - at;
    return lk_crc32c(0, section->data + at,
                     left < section->block_bytes ? left : section->block_bytes);
}

static bool is_valid(const lk_pack *pack, int task) {
    uint32_t block;
    const struct section *section = section_of(pack, task, &block);
    return crc_of(section, block) == pack_take(section->crcs + 4 * (size_t)block, 4);
}

static void check_block(void *context, int index, int thread) {
    struct check *check = context;
    (void)thread;
    if (!is_valid(check->pack, index)) atomic_store(&check->failed, true);
}

static lk_status check_blocks(const lk_pack *pack, const lk_context *context, lk_error *err) {
    struct check check = { .pack = pack };
    atomic_init(&check.failed, false);
    lk_threads_run(context->threads, pack->n_blocks, check_block, &check);
    if (!atomic_load(&check.failed)) return LK_OK;
    int bad = 0;
    /* report the first bad block, whichever thread found one first */
    while (bad < pack->n_blocks - 1 && is_valid(pack, bad)) bad++;
    uint32_t block;
    const struct section *section = section_of(pack, bad, &block);
    return lk_fail(
        err, LK_FORMAT, "section %s, block %u (from byte %llu): expected CRC %08x, got %08x",
        section->kind, block,
        (unsigned long long)((size_t)(section->data - pack->map.data) +
                             (uint64_t)block * section->block_bytes),
        (uint32_t)pack_take(section->crcs + 4 * (size_t)block, 4), crc_of(section, block));
}

static lk_status find_section(const lk_pack *pack, const char *kind, const struct section **section,
                              lk_error *err) {
    for (int i = 0; i < pack->n_sections; i++) {
        if (strcmp(pack->sections[i].kind, kind) != 0) continue;
        *section = &pack->sections[i];
        return LK_OK;
    }
    return lk_fail(err, LK_FORMAT, "has no section %s", kind);
}

static lk_status take_int(const cJSON *meta, const char *key, int low, int high, int *value,
                          lk_error *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(meta, key);
    double v = cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
    if (!(v >= low && v <= high) || v != floor(v))
        return lk_fail(err, LK_FORMAT, "META: %s: expected a whole number from %d to %d, got %g",
                       key, low, high, v);
    *value = (int)v;
    return LK_OK;
}

static lk_status take_word(const cJSON *meta, const char *key, char *out, size_t n_bytes,
                           lk_error *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(meta, key);
    if (cJSON_IsString(item) && lk_format(out, n_bytes, "%s", item->valuestring)) return LK_OK;
    return lk_fail(err, LK_FORMAT, "META: %s: expected a word of at most %zu letters", key,
                   n_bytes - 1);
}

/* Older packs say nothing of it: transparent pixels kept the colour that they had. */
static lk_status read_background(const cJSON *meta, lk_pack_meta *to, lk_error *err) {
    uint8_t colour[3];
    lk_format(to->background, sizeof to->background, "#000000");
    if (!cJSON_HasObjectItem(meta, "background")) return LK_OK;
    lk_status status = take_word(meta, "background", to->background, sizeof to->background, err);
    if (status || lk_image_colour_read(to->background, colour)) return status;
    return lk_fail(err, LK_FORMAT, "META: background: expected #rrggbb, got \"%s\"",
                   to->background);
}

/* Older packs say nothing of it: a folder's pictures were split by name. */
static lk_status read_parts(const cJSON *meta, lk_pack_meta *to, lk_error *err) {
    bool by_name = strcmp(to->source, "folder") == 0;
    lk_status status = LK_OK;
    to->n_equal = -1;
    lk_format(to->parts, sizeof to->parts, "%s", by_name ? "name" : "source");
    if (cJSON_HasObjectItem(meta, "parts"))
        status = take_word(meta, "parts", to->parts, sizeof to->parts, err);
    if (!status && cJSON_HasObjectItem(meta, "n_equal"))
        status = take_int(meta, "n_equal", 0, INT32_MAX, &to->n_equal, err);
    return status;
}

static lk_status read_meta(lk_pack *pack, lk_error *err) {
    const struct section *section = NULL;
    lk_status status = find_section(pack, "META", &section, err);
    if (status) return status;
    lk_json json = { 0 };
    status = lk_json_parse((const char *)section->data, section->n_bytes, "META", &json, err);
    if (status) return status == LK_USAGE ? LK_FORMAT : status;
    const cJSON *meta = json.root;
    lk_pack_meta *to = &pack->meta;
    status = take_int(meta, "size", 1, PACK_SIZE_MAX, &to->size, err);
    if (!status) status = take_int(meta, "channels", 1, 3, &to->channels, err);
    for (int i = 0; i < LK_N_SPLITS && !status; i++)
        status =
            take_int(meta, lk_split_name((lk_split)i), 0, INT32_MAX / LK_N_SPLITS, &to->n[i], err);
    if (!status) status = take_int(meta, "crop", 0, LK_IMAGE_SIDE_MAX, &to->crop, err);
    if (!status) status = take_int(meta, "n_bad", 0, INT32_MAX, &to->n_bad, err);
    if (!status) status = take_int(meta, "n_absent", 0, INT32_MAX, &to->n_absent, err);
    if (!status) status = take_word(meta, "filter", to->filter, sizeof to->filter, err);
    if (!status) status = take_word(meta, "source", to->source, sizeof to->source, err);
    if (!status) status = read_parts(meta, to, err);
    if (!status) status = read_background(meta, to, err);
    if (!status && to->channels == 2)
        status = lk_fail(err, LK_FORMAT, "META: channels: expected 1 or 3, got 2");
    lk_json_deinit(&json);
    return status;
}

static uint64_t mixed(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0xFF51AFD7ED558CCDU;
    return (hash ^ hash >> 32) * 0xC4CEB9FE1A85EC53U;
}

static lk_status find_pixels(lk_pack *pack, lk_error *err) {
    const struct section *images = NULL;
    lk_status status = find_section(pack, "IMGS", &images, err);
    if (status) return status;
    lk_pack_meta *meta = &pack->meta;
    for (int i = 0; i < LK_N_SPLITS; i++) pack->first[i] = pack->n, pack->n += meta->n[i];
    pack->picture_bytes = (size_t)meta->size * (size_t)meta->size * (size_t)meta->channels;
    uint64_t expected = (uint64_t)pack->n * pack->picture_bytes;
    if (images->n_bytes != expected || pack->n == 0)
        return lk_fail(err, LK_FORMAT,
                       "IMGS: expected %llu bytes for %d pictures of %d x %d x %d, got %llu",
                       (unsigned long long)expected, pack->n, meta->size, meta->size,
                       meta->channels, (unsigned long long)images->n_bytes);
    pack->pixels = images->data;
    uint64_t hash = mixed(mixed(PACK_VERSION, (uint64_t)meta->size), (uint64_t)meta->channels);
    for (int i = 0; i < LK_N_SPLITS; i++) hash = mixed(hash, (uint64_t)meta->n[i]);
    for (uint32_t i = 0; i < images->n_blocks; i++)
        hash = mixed(hash, pack_take(images->crcs + 4 * (size_t)i, 4));
    lk_format(meta->fingerprint, sizeof meta->fingerprint, "%016llx",
              (unsigned long long)(hash ^ hash >> 29));
    return LK_OK;
}

static lk_status find_names(lk_pack *pack, lk_error *err) {
    const struct section *section = NULL;
    lk_status status = find_section(pack, "NAME", &section, err);
    if (status) return status;
    pack->names = lk_alloc(lk_size_mul((size_t)pack->n, sizeof *pack->names));
    if (!pack->names)
        return lk_fail_memory(err, lk_size_mul((size_t)pack->n, sizeof *pack->names),
                              "the names of a pack");
    const char *at = (const char *)section->data, *end = at + section->n_bytes;
    int n = 0;
    for (; n < pack->n && at < end; n++) {
        const char *zero = memchr(at, 0, (size_t)(end - at));
        if (!zero) break;
        pack->names[n] = at;
        at = zero + 1;
    }
    if (n == pack->n && at == end) return LK_OK;
    return lk_fail(err, LK_FORMAT, "NAME: does not hold exactly %d names", pack->n);
}

/* Check and read everything in the map. */
static lk_status read_pack(lk_pack *pack, const char *path, const lk_context *context,
                           lk_error *err) {
    lk_status status = check_header(&pack->map, err);
    if (!status) status = read_table(pack, err);
    if (!status) status = check_blocks(pack, context, err);
    if (!status) status = read_meta(pack, err);
    if (!status) status = find_pixels(pack, err);
    if (!status) status = find_names(pack, err);
    if (status) lk_error_prefix(err, "%s", path);
    return status;
}

lk_status lk_pack_open(const char *path, const lk_context *context, lk_pack **out, lk_error *err) {
    lk_pack *pack = lk_alloc(sizeof *pack);
    if (!pack) return lk_fail_memory(err, sizeof *pack, "a pack");
    lk_status status = lk_map_open(path, &pack->map, err);
    /* if the file was moved away meanwhile, nobody writes to it under this name */
    if (stat(path, &pack->file) != 0) pack->file = (struct stat){ 0 };
    if (!status) status = read_pack(pack, path, context, err);
    if (status)
        lk_pack_close(pack);
    else
        *out = pack;
    return status;
}

/* Of the blocks of META alone. */
static lk_status check_meta(const lk_pack *pack, lk_error *err) {
    const struct section *meta = NULL;
    lk_status status = find_section(pack, "META", &meta, err);
    for (uint32_t i = 0; !status && i < meta->n_blocks; i++)
        if (!is_valid(pack, meta->first_task + (int)i))
            status = lk_fail(err, LK_FORMAT, "META: the checksum of block %u does not match", i);
    return status;
}

lk_status lk_pack_read_meta(const char *path, lk_pack_meta *meta, lk_error *err) {
    lk_pack *pack = lk_alloc(sizeof *pack);
    if (!pack) return lk_fail_memory(err, sizeof *pack, "a pack");
    lk_status status = lk_map_open(path, &pack->map, err);
    if (!status) {
        status = check_header(&pack->map, err);
        if (!status) status = read_table(pack, err);
        if (!status) status = check_meta(pack, err);
        if (!status) status = read_meta(pack, err);
        if (status) lk_error_prefix(err, "%s", path);
    }
    if (!status) *meta = pack->meta;
    lk_pack_close(pack);
    return status;
}

lk_status lk_pack_check_same(const char *path, const char *got, const char *expected,
                             lk_error *err) {
    if (!expected || strcmp(got, expected) == 0) return LK_OK;
    return lk_fail(err, LK_FORMAT,
                   "%s: is not the pack of the start: expected fingerprint %s, got %s", path,
                   expected, got);
}

lk_status lk_pack_check_untouched(lk_pack *pack, const char *path, const lk_context *context,
                                  lk_error *err) {
    struct stat now;
    const struct stat *then = &pack->file;
    /* removed or replaced: the mapped file did not change */
    if (stat(path, &now) != 0 || now.st_dev != then->st_dev || now.st_ino != then->st_ino)
        return LK_OK;
    if (now.st_size == then->st_size && now.st_mtim.tv_sec == then->st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == then->st_mtim.tv_nsec)
        return LK_OK;
    lk_pack *again = NULL;
    lk_status status = lk_pack_open(path, context, &again, err);
    if (!status)
        status = lk_pack_check_same(path, again->meta.fingerprint, pack->meta.fingerprint, err);
    if (!status) pack->file = again->file;
    if (status) lk_error_prefix(err, "%s: was written to while it was in use", path);
    lk_pack_close(again);
    return status;
}

void lk_pack_close(lk_pack *pack) {
    if (!pack) return;
    lk_map_close(&pack->map);
    lk_free(pack->names);
    lk_free(pack);
}

const lk_pack_meta *lk_pack_describe(const lk_pack *pack) {
    return &pack->meta;
}

int lk_pack_count(const lk_pack *pack, lk_split split) {
    return pack->meta.n[split];
}

const uint8_t *lk_pack_pixels(const lk_pack *pack, lk_split split, int i) {
    return pack->pixels + (size_t)(pack->first[split] + i) * pack->picture_bytes;
}

const char *lk_pack_name(const lk_pack *pack, lk_split split, int i) {
    return pack->names[pack->first[split] + i];
}
