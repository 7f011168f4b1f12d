/** Pictures that tests write. */
#ifndef LIKENESS_TEST_PICTURES_H
#define LIKENESS_TEST_PICTURES_H

#include <likeness/image.h>

/** Writes a PNG of one colour, (level, 2 level, 255 - level) modulo 256, and makes its folder if
 * needed. */
void lk_test_put_picture(const char *path, int width, int height, int level);

/** The cells of figures: small pictures are enlarged to sides of 128, and 2 pixels apart. */
enum { LK_TEST_SHOWN = 128, LK_TEST_GAP = 2, LK_TEST_CELL = LK_TEST_SHOWN + LK_TEST_GAP };
/** The first pixel of a cell of a wide figure without captions, which ends in its cells at the
 * right and at the bottom. */
const uint8_t *lk_test_cell(const lk_image *figure, int n_rows, int n_columns, int row, int column);
/** Where a figure shows a picture, exactly, with pixels of zoom x zoom; false: nowhere. */
typedef struct lk_test_place {
    int x, y;
} lk_test_place;
bool lk_test_find(const lk_image *figure, const lk_image *picture, int zoom, lk_test_place *place);

#endif
