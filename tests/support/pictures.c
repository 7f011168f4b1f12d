#include "pictures.h"
#include "base/file.h"
#include "support.h"

#include <likeness/image.h>

#include <stdio.h>
#include <string.h>

void lk_test_put_picture(const char *path, int width, int height, int level) {
    lk_image image;
    lk_error err;
    char parent[LK_PATH_MAX];
    snprintf(parent, sizeof parent, "%s", path);
    *strrchr(parent, '/') = 0;
    assert_ok(lk_folder_create(parent, &err), &err);
    assert_ok(lk_image_init(&image, width, height, 3, &err), &err);
    for (int i = 0; i < width * height; i++)
        image.pixels[3 * i] = (uint8_t)level, image.pixels[3 * i + 1] = (uint8_t)(2 * level),
                         image.pixels[3 * i + 2] = (uint8_t)(255 - level);
    assert_ok(lk_image_write_png(path, &image, &err), &err);
    lk_image_deinit(&image);
}

static const uint8_t *pixel_at(const lk_image *image, int x, int y) {
    return image->pixels + ((size_t)y * (size_t)image->width + (size_t)x) * 3;
}

const uint8_t *lk_test_cell(const lk_image *figure, int n_rows, int n_columns, int row,
                            int column) {
    return pixel_at(figure, figure->width - (n_columns - column) * LK_TEST_CELL,
                    figure->height - (n_rows - row) * LK_TEST_CELL);
}

static bool shows_at(const lk_image *figure, const lk_image *picture, int zoom, int x, int y) {
    int n = picture->n_channels;
    for (int v = 0; v < picture->height * zoom; v++)
        for (int u = 0; u < picture->width * zoom; u++) {
            const uint8_t *from =
                picture->pixels + (size_t)(v / zoom * picture->width + u / zoom) * (size_t)n;
            const uint8_t *got = pixel_at(figure, x + u, y + v);
            for (int c = 0; c < 3; c++)
                if (got[c] != from[n == 3 ? c : 0]) return false;
        }
    return true;
}

bool lk_test_find(const lk_image *figure, const lk_image *picture, int zoom, lk_test_place *place) {
    for (int y = 0; y + picture->height * zoom <= figure->height; y++)
        for (int x = 0; x + picture->width * zoom <= figure->width; x++) {
            if (!shows_at(figure, picture, zoom, x, y)) continue;
            *place = (lk_test_place){ x, y };
            return true;
        }
    return false;
}
