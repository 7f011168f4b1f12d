/** Pictures that tests write. */
#ifndef LIKENESS_TEST_PICTURES_H
#define LIKENESS_TEST_PICTURES_H

/** Writes a PNG of one colour, (level, 2 level, 255 - level) modulo 256, and makes its folder if
 * needed. */
void lk_test_put_picture(const char *path, int width, int height, int level);

#endif
