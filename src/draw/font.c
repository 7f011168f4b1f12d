/* Fonts from the library's own bytes: no file of the machine is read, and Fontconfig, which wants a
   home folder for its cache, is not asked. The licence of DejaVu, Bitstream Vera's, allows it to be
   part of any program: /usr/share/doc/fonts-dejavu-core/copyright. */
#include "draw/font.h"

#include <cairo-ft.h>

/* The build says where the files of Debian's fonts-dejavu-core are. */
#define EMBED(name, path)                                                                          \
    __asm__(".pushsection .rodata\n"                                                               \
            ".hidden " #name "_begin\n"                                                            \
            ".hidden " #name "_end\n"                                                              \
            ".global " #name "_begin\n"                                                            \
            ".global " #name "_end\n"                                                              \
            ".balign 16\n" #name "_begin:\n"                                                       \
            ".incbin \"" path "\"\n" #name "_end:\n"                                               \
            ".byte 0\n"                                                                            \
            ".popsection\n");                                                                      \
    __attribute__((visibility("hidden"))) extern const unsigned char name##_begin[], name##_end[]

EMBED(lk_font_regular, LIKENESS_FONTS "/DejaVuSans.ttf");
EMBED(lk_font_bold, LIKENESS_FONTS "/DejaVuSans-Bold.ttf");

/* Cairo keeps fonts for later pages, so that the end of a page is not the end of its font. */
static void close_font(void *opened) {
    FT_Face face = opened;
    FT_Library library = face->glyph->library;
    FT_Done_Face(face);
    FT_Done_FreeType(library);
}

static lk_status fail(lk_error *err) {
    return lk_fail(err, LK_MEMORY, "out of memory: a font");
}

lk_status lk_font_open(bool bold, cairo_font_face_t **face, lk_error *err) {
    static const cairo_user_data_key_t key;
    const unsigned char *begin = bold ? lk_font_bold_begin : lk_font_regular_begin,
                        *end = bold ? lk_font_bold_end : lk_font_regular_end;
    FT_Library library = NULL;
    FT_Face opened = NULL;
    if (FT_Init_FreeType(&library)) return fail(err);
    if (FT_New_Memory_Face(library, begin, end - begin, 0, &opened)) {
        FT_Done_FreeType(library);
        return fail(err);
    }
    cairo_font_face_t *made = cairo_ft_font_face_create_for_ft_face(opened, FT_LOAD_NO_HINTING);
    if (cairo_font_face_set_user_data(made, &key, opened, close_font)) {
        cairo_font_face_destroy(made);
        close_font(opened);
        return fail(err);
    }
    *face = made;
    return LK_OK;
}
