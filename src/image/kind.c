/*
 * What kind of picture a file is. Its first bytes decide. Where they are few and could begin any
 * text or data ("BM", "P5"), more bytes must fit, or the name must be that of a picture.
 * source  the "magic" numbers of each format's specification; boxes "ftyp" of ISO 14496-12
 */
#include <likeness/image.h>

#include <string.h>
#include <strings.h>

static const struct row {
    const char *name;
    bool is_read;
    const char *endings;
} rows[LK_N_IMAGE_KINDS] = { [LK_IMAGE_OTHER] = { "other", false, "" },
                             [LK_IMAGE_UNKNOWN] = { "unknown", false, "" },
#define X(constant, name, is_read, endings) [constant] = { name, is_read, endings },
                             LK_IMAGE_KIND_LIST(X)
#undef X
};

const char lk_image_kinds_read[] =
    "JPEG, PNG, WebP, BMP, GIF, PSD, binary PGM or PPM (P5, P6), or TGA called *.tga";

const char *lk_image_kind_name(lk_image_kind kind) {
    return rows[kind].name;
}

bool lk_image_kind_is_read(lk_image_kind kind) {
    return rows[kind].is_read;
}

/* ---- names ---- */

static bool has_word(const char *words, const char *word) {
    size_t n = strlen(word);
    for (const char *at = words; n && *at;) {
        size_t length = strcspn(at, " ");
        if (length == n && strncasecmp(at, word, n) == 0) return true;
        at += length + (at[length] == ' ');
    }
    return false;
}

lk_image_kind lk_image_kind_named(const char *name) {
    const char *slash = strrchr(name, '/'), *dot = strrchr(slash ? slash : name, '.');
    for (int kind = 0; dot && kind < LK_N_IMAGE_KINDS; kind++)
        if (has_word(rows[kind].endings, dot + 1)) return (lk_image_kind)kind;
    return LK_IMAGE_OTHER;
}

/* ---- bytes ---- */

/* Bytes at the start of a file; those of `weak` kinds also begin other files. */
static const struct magic {
    lk_image_kind kind;
    const char *bytes;
    size_t n;
    bool weak;
} magics[] = {
#define MAGIC(kind, bytes)                                                                         \
    { kind, bytes, sizeof bytes - 1, false }
#define WEAK_MAGIC(kind, bytes)                                                                    \
    { kind, bytes, sizeof bytes - 1, true }
    MAGIC(LK_IMAGE_JPEG, "\xFF\xD8\xFF"),
    MAGIC(LK_IMAGE_PNG, "\x89PNG\r\n\x1A\n"),
    WEAK_MAGIC(LK_IMAGE_BMP, "BM"),
    WEAK_MAGIC(LK_IMAGE_PNM, "P5"),
    WEAK_MAGIC(LK_IMAGE_PNM, "P6"),
    MAGIC(LK_IMAGE_GIF, "GIF8"),
    MAGIC(LK_IMAGE_PSD, "8BPS"),
    MAGIC(LK_IMAGE_RAW, "II*\0\x10\0\0\0CR"),
    MAGIC(LK_IMAGE_TIFF, "II*\0"),
    MAGIC(LK_IMAGE_TIFF, "MM\0*"),
    MAGIC(LK_IMAGE_TIFF, "II+\0\x08\0"), /* BigTIFF */
    MAGIC(LK_IMAGE_TIFF, "MM\0+\0\x08"),
    MAGIC(LK_IMAGE_RAW, "IIRO"),
    MAGIC(LK_IMAGE_RAW, "IIRS"),
    MAGIC(LK_IMAGE_RAW, "IIU\0"),
    MAGIC(LK_IMAGE_RAW, "FUJIFILMCCD-RAW"),
    MAGIC(LK_IMAGE_JPEG_XL, "\0\0\0\x0CJXL \r\n\x87\n"),
    WEAK_MAGIC(LK_IMAGE_JPEG_XL, "\xFF\x0A"),
    MAGIC(LK_IMAGE_JPEG_2000, "\0\0\0\x0CjP  \r\n\x87\n"),
    MAGIC(LK_IMAGE_JPEG_2000, "\xFF\x4F\xFF\x51"),
    MAGIC(LK_IMAGE_SVG, "<svg"),
    MAGIC(LK_IMAGE_EXR, "\x76\x2F\x31\x01"),
    MAGIC(LK_IMAGE_HDR, "#?RADIANCE"),
    MAGIC(LK_IMAGE_DDS, "DDS |\0\0\0"),
    MAGIC(LK_IMAGE_XCF, "gimp xcf"),
    MAGIC(LK_IMAGE_QOI, "qoif"),
#undef MAGIC
#undef WEAK_MAGIC
};

/* The brands of a file of boxes: the first is its main one, the rest those that it also fits. */
static lk_image_kind kind_of_boxes(const uint8_t *data, size_t n_bytes) {
    static const struct {
        char brand[5];
        lk_image_kind kind;
    } brands[] = { { "avif", LK_IMAGE_AVIF }, { "avis", LK_IMAGE_AVIF }, { "heic", LK_IMAGE_HEIC },
                   { "heix", LK_IMAGE_HEIC }, { "hevc", LK_IMAGE_HEIC }, { "hevx", LK_IMAGE_HEIC },
                   { "heim", LK_IMAGE_HEIC }, { "heis", LK_IMAGE_HEIC }, { "crx ", LK_IMAGE_RAW },
                   { "mif1", LK_IMAGE_HEIC }, { "msf1", LK_IMAGE_HEIC } };
    lk_image_kind kind = LK_IMAGE_OTHER;
    for (size_t i = 0; i < LK_COUNT(brands) && kind == LK_IMAGE_OTHER; i++)
        for (size_t at = 8; at + 4 <= n_bytes && at < LK_IMAGE_HEAD; at += at == 8 ? 8 : 4)
            if (memcmp(data + at, brands[i].brand, 4) == 0) kind = brands[i].kind;
    return kind;
}

static const struct magic *find_magic(const uint8_t *data, size_t n_bytes) {
    for (size_t i = 0; i < LK_COUNT(magics); i++)
        if (n_bytes >= magics[i].n && memcmp(data, magics[i].bytes, magics[i].n) == 0)
            return &magics[i];
    return NULL;
}

static lk_image_kind kind_of_bytes(const uint8_t *data, size_t n_bytes) {
    const struct magic *magic = find_magic(data, n_bytes);
    if (magic) return magic->kind;
    if (n_bytes >= 12 && memcmp(data, "RIFF", 4) == 0 && memcmp(data + 8, "WEBP", 4) == 0)
        return LK_IMAGE_WEBP;
    if (n_bytes >= 12 && memcmp(data + 4, "ftyp", 4) == 0) return kind_of_boxes(data, n_bytes);
    return LK_IMAGE_OTHER;
}

/* Whether what follows "BM", "P5" or "P6" is the header of such a picture. */
static bool is_confirmed(lk_image_kind kind, const uint8_t *data, size_t n_bytes) {
    static const uint8_t headers[] = { 12, 16, 40, 52, 56, 64, 108, 124 };
    if (kind == LK_IMAGE_PNM)
        return n_bytes > 3 && (data[2] == ' ' || (data[2] >= '\t' && data[2] <= '\r')) &&
               (data[3] == '#' || (data[3] >= '0' && data[3] <= '9'));
    return kind == LK_IMAGE_BMP && n_bytes >= 18 && memchr(headers, data[14], sizeof headers) &&
           !data[15] && !data[16] && !data[17];
}

lk_image_kind lk_image_kind_of(const void *head, size_t n_bytes, const char *name) {
    const uint8_t *data = head;
    lk_image_kind kind = kind_of_bytes(data, n_bytes);
    if (!name) return kind;
    lk_image_kind named = lk_image_kind_named(name);
    const struct magic *magic = find_magic(data, n_bytes);
    if (magic && magic->weak && !is_confirmed(kind, data, n_bytes) && named == LK_IMAGE_OTHER)
        kind = LK_IMAGE_OTHER;
    /* most raw files of cameras are TIFFs */
    if (kind == LK_IMAGE_TIFF && named == LK_IMAGE_RAW) return named;
    if (kind != LK_IMAGE_OTHER || named == LK_IMAGE_OTHER || named == LK_IMAGE_TGA)
        return kind != LK_IMAGE_OTHER ? kind : named;
    return rows[named].is_read ? LK_IMAGE_UNKNOWN : named;
}
