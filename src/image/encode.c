/*
 * PNG by stb_image_write, through memory, so that files appear whole or not at all. It does not
 * survive an allocation that fails, so its memory comes from an arena, and where that has none it
 * is left by a jump.
 */
#include <likeness/image.h>

#include <setjmp.h>
#include <string.h>

struct room {
    lk_arena arena;
    jmp_buf full;
};

/* of the picture being written: stb's macros take no argument for it */
static _Thread_local struct room *room;

static void *take(size_t n_bytes) {
    void *block = lk_arena_alloc(&room->arena, n_bytes);
    if (!block) longjmp(room->full, 1);
    return block;
}

static void *grow(void *block, size_t old_bytes, size_t n_bytes) {
    void *grown = take(n_bytes);
    if (block) memcpy(grown, block, old_bytes < n_bytes ? old_bytes : n_bytes);
    return grown;
}

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#define STBIW_MALLOC(n)                    take(n)
#define STBIW_REALLOC_SIZED(block, old, n) grow(block, old, n)
#define STBIW_FREE(block)                  ((void)(block))
#pragma GCC diagnostic ignored "-Wunused-function" /* what the switched-off formats leave behind */
#include <stb_image_write.h>

static void append(void *context, void *data, int n_bytes) {
    lk_text_bytes(context, data, (size_t)n_bytes);
}

static bool encode(const lk_image *image, lk_text *out) {
    if (setjmp(room->full)) return false;
    int row = image->width * image->n_channels;
    return stbi_write_png_to_func(append, out, image->width, image->height, image->n_channels,
                                  image->pixels, row) &&
           !out->failed;
}

lk_status lk_image_encode_png(const lk_image *image, lk_text *out, lk_error *err) {
    struct room here;
    lk_arena_init(&here.arena);
    room = &here;
    bool fine = encode(image, out);
    room = NULL;
    lk_arena_deinit(&here.arena);
    return fine ? LK_OK : lk_fail_memory(err, lk_image_bytes(image), "a PNG");
}

lk_status lk_image_write_png(const char *path, const lk_image *image, lk_error *err) {
    lk_text png = { 0 };
    lk_status status = lk_image_encode_png(image, &png, err);
    if (!status) status = lk_file_write(path, png.data, png.n, err);
    lk_text_deinit(&png);
    return status;
}
