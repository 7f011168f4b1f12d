/** Preparing a pack: a source lists and reads pictures, lk_prepare writes them. */
#ifndef LIKENESS_PREPARE_H
#define LIKENESS_PREPARE_H

#include <likeness/image.h>
#include <likeness/pack.h>
#include <likeness/stop.h>

LK_HEADER_BEGIN

/** What decides the split of a picture: a hash of its pixels, a hash of its name, or the folders
 * train, val and test that it lies in. */
#define LK_PARTS_LIST(X)                                                                           \
    X(hash, LK_PARTS_HASH)                                                                         \
    X(name, LK_PARTS_NAME)                                                                         \
    X(folder, LK_PARTS_FOLDER)
typedef enum lk_parts { LK_PARTS_LIST(LK_WORDS_ENUM) LK_N_PARTS } lk_parts;

typedef struct lk_prepare_options {
    const char *source; /* celeba, cifar10, folder, mnist, npy, synthetic */
    /* celeba: the folder that contains img_align_celeba, or a zip of it; folder: a folder or a
       zip; mnist, cifar10: the folder; npy: the file */
    const char *path;
    /* folder: further folders and zips, at most 31 */
    const char *const *more_paths;
    int n_more_paths;
    lk_parts parts; /* folder */
    /* celeba: NULL means list_eval_partition.txt or .csv in the folder, next to the zip or in it */
    const char *partition;
    /* side of the centre square that is resized. 0: for celeba 148/178 of the width, for folder
       the largest square */
    int crop;
    int size, channels; /* 0: 64 and 3; 1 channel is grey */
    lk_filter filter;
    /* shares of the pictures, which leave something to train on; but test may be 1, and the others
       are then empty. Sources that know what their test pictures are take val from the others
       unless they know that as well */
    double val, test;
    uint64_t seed; /* synthetic */
    int count;     /* synthetic: how many */
    /* unreadable pictures allowed; below 0: a thousandth of the pictures, at least 10 */
    int max_bad;
    uint8_t background[3]; /* colour behind transparent pixels; zeros are black */
    lk_stop stop;          /* asked after each block of pictures; after a stop no file is left */
    /* called after each block by the thread of the caller; may be NULL */
    void (*progress)(void *self, int n_done, int n_all);
    void *self; /* for `progress` */
} lk_prepare_options;

/** The default of both shares. */
#define LK_SHARE_DEFAULT 0.05

enum { LK_BAD_LISTED = 20 };

typedef struct lk_prepare_report {
    int n[LK_N_SPLITS];
    /* pictures that could not be read; celeba: pictures of the partition that are not there */
    int n_bad, n_absent;
    int n_equal; /* pictures whose pixels equal an earlier one's; -1: not counted (synthetic) */
    lk_error bad[LK_BAD_LISTED]; /* "path: reason" of the first bad ones */
    /* pictures that were turned upright, laid over the background, scaled up from fewer bits */
    int n_turned, n_composited, n_scaled;
    /* files that were left out: pictures of kinds that are not read, and what is no picture */
    int n_skipped[LK_N_IMAGE_KINDS], n_other;
} lk_prepare_report;

/** The defaults: 64 x 64 x 3, bicubic, 5 % val, 5 % test, max_bad -1, seed 1. */
lk_prepare_options lk_prepare_defaults(void);

/**
 * Decode, crop, resize and pack every picture of a source. The bytes do not depend on the number of
 * threads.
 *
 * context  its threads decode; its log reports bad and absent pictures
 * errors   LK_USAGE for options; LK_READ, LK_FORMAT for the source, or for more than max_bad bad
 *          pictures; LK_WRITE; LK_MEMORY. After an error the file `out` is unchanged
 */
lk_status lk_prepare(const lk_prepare_options *options, const lk_context *context, const char *out,
                     lk_prepare_report *report, lk_error *err);

LK_HEADER_END

#endif
