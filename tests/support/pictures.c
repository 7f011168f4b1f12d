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
