/** Folders of single pictures: their names, and writing them. Private to the program. */
#ifndef LIKENESS_CLI_PICTURE_FILES_H
#define LIKENESS_CLI_PICTURE_FILES_H

#include "base/file.h"

#include <likeness/image.h>
#include <likeness/memory.h>

/**
 * Paths below a folder, made of names that may be any paths and may be equal: parts that lead out
 * of the folder are dropped, and of equal ones all but the first get a number, "face-2". With
 * `extension` (".png"; "": none) it replaces that of each name.
 * memory  the strings belong to the arena; `names` and `files` (n) may be the same array
 * errors  LK_MEMORY
 */
lk_status lk_file_names(const char *const *names, int n, const char *extension, lk_arena *arena,
                        const char **files, lk_error *err);

/**
 * Make a folder for pictures, which may be there if it is empty. `may_hold_files`: it may hold some
 * anyway. `flag` is for the message.
 * errors  LK_USAGE "--folder: expected a new or an empty folder, ..."; LK_WRITE
 */
lk_status lk_picture_folder_create(const char *flag, const char *path, bool may_hold_files,
                                   lk_error *err);
/** Write one of many pictures as a PNG, as lk_file_write_swept does. Errors: LK_WRITE, LK_MEMORY */
lk_status lk_picture_file_write(const char *path, const lk_image *image, lk_error *err);

/** Pictures that go into a folder one after the other. */
typedef struct lk_picture_folder {
    const char *path;
    const char *const *files; /* their paths in it, from lk_file_names */
    lk_image_shape shape;
    char
        last[LK_PATH_MAX]; /* the subfolder of the last one; "": the folder itself or none so far */
} lk_picture_folder;

/** Write pictures first, ..., first + n - 1. Shape of pixels: (n, H, W, C). Errors: as above */
lk_status lk_picture_folder_write(lk_picture_folder *folder, int first, int n,
                                  const uint8_t *pixels, lk_error *err);

#endif
