/* Text and filled rectangles on a picture, for the labels of figures. The letters come from
   stb_easy_font. */
#include <likeness/image.h>

#pragma GCC diagnostic ignored "-Wunused-function" /* the font has more than is needed here */
#include <stb_easy_font.h>
#include <string.h>

enum { QUADS_MAX = 64 }; /* more than twice what any letter has */

void lk_image_fill(lk_image *image, int x, int y, int width, int height, const uint8_t colour[3]) {
    int left = x < 0 ? 0 : x, top = y < 0 ? 0 : y;
    int right = x + width < image->width ? x + width : image->width,
        bottom = y + height < image->height ? y + height : image->height;
    for (int row = top; row < bottom; row++)
        for (int column = left; column < right; column++)
            memcpy(image->pixels + ((size_t)row * (size_t)image->width + (size_t)column) *
                                       (size_t)image->n_channels,
                   colour, (size_t)image->n_channels);
}

/* The font has the characters 32 to 126. Any other one is drawn once, for its first byte; the bytes
   that continue it in UTF-8 are skipped. */
static bool begins_character(char byte) {
    return ((unsigned char)byte & 0xC0) != 0x80;
}

static char known(char letter) {
    return letter >= 32 && letter < 127 ? letter : '?';
}

static int advance(char letter) {
    char text[] = { known(letter), 0 };
    return stb_easy_font_width(text);
}

static void draw_letter(lk_image *image, int x, int y, int scale, const uint8_t colour[3],
                        char letter) {
    struct vertex {
        float x, y, z;
        uint8_t colour[4];
    } quads[QUADS_MAX][4];
    char text[] = { known(letter), 0 };
    int n = stb_easy_font_print(0, 0, text, NULL, quads, sizeof quads);
    for (int i = 0; i < n; i++) {
        int left = (int)quads[i][0].x, top = (int)quads[i][0].y, right = (int)quads[i][2].x,
            bottom = (int)quads[i][2].y;
        lk_image_fill(image, x + left * scale, y + top * scale, (right - left) * scale,
                      (bottom - top) * scale, colour);
    }
}

void lk_image_draw_text(lk_image *image, int x, int y, int scale, const uint8_t colour[3],
                        const char *text) {
    for (; *text; text++) {
        if (!begins_character(*text)) continue;
        draw_letter(image, x, y, scale, colour, *text);
        x += advance(*text) * scale;
    }
}

int lk_image_text_width(int scale, const char *text) {
    int width = 0;
    for (; *text; text++) width += begins_character(*text) ? advance(*text) * scale : 0;
    return width;
}
