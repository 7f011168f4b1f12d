/** Structural similarity: the windows that slide over an image, and the memory they need. */
#ifndef LIKENESS_TENSOR_STRUCTURE_H
#define LIKENESS_TENSOR_STRUCTURE_H

#include <likeness/status.h>

/** How the parts of structural similarity make the loss of one position (Lu 2019, eq. (1) to
 * (5)). */
typedef enum lk_similarity {
    LK_SIMILARITY_PRODUCT,  /* 1 - l^alpha c^beta s^gamma */
    LK_SIMILARITY_SUM,      /* 2 - l^alpha - c^beta s^gamma */
    LK_SIMILARITY_CONTRAST, /* 1 - c s; exponents 1 only */
} lk_similarity;

/** A window that slides over one image, valid positions only, and what is computed of it. */
typedef struct lk_sliding_window {
    lk_similarity kind;
    int h, w, c;         /* of the image */
    int size;            /* side of the window: odd, from 3 to the image's side */
    const lk_real *taps; /* its weights along a side; sum 1, symmetric; NULL: all equal */
    lk_real alpha, beta, gamma, C1, C2;
} lk_sliding_window;

/**
 * Window means that similarity is computed from, and slopes of its loss. s = x + y - 1 and d = x -
 * y hold the same as x and y, but where the images agree d is 0, and so are the loss and its
 * gradient, to the last bit.
 */
enum { LK_MEAN_S, LK_MEAN_D, LK_MEAN_SS, LK_MEAN_DD, LK_MEAN_SD, LK_MEANS };
/** The gradient by a pixel of y is the window mean of A + B s + C d, s and d being the pixel's. */
enum { LK_SLOPE_1, LK_SLOPE_S, LK_SLOPE_D, LK_SLOPES };

/** Most windows that the kernel `compare_windows` takes. */
enum { LK_WINDOWS_AT_ONCE = 4 };

/** Loops over rows run on to a whole number of the longest vectors. */
enum { LK_WINDOW_VECTOR = 16 };
/** Rows that one window goes down before it is the next one's turn. */
enum { LK_WINDOW_BLOCK = 8 };

/** n rounded up to whole vectors. */
static inline size_t lk_whole_vectors(size_t n) {
    return (n + LK_WINDOW_VECTOR - 1) / LK_WINDOW_VECTOR * LK_WINDOW_VECTOR;
}

/** Values from one row to the next: a row of pixels and at least one vector after it. */
static inline size_t lk_window_stride(const lk_sliding_window *w) {
    return lk_whole_vectors((size_t)w->w * (size_t)w->c) + LK_WINDOW_VECTOR;
}

/** Values of scratch that the kernel `compare_window` needs; `compare_windows` needs those of all
 * its windows. */
static inline size_t lk_window_scratch(const lk_sliding_window *w) {
    size_t before = lk_whole_vectors((size_t)(w->size - 1) * (size_t)w->c),
           n_rows = 2 * LK_MEANS + 1 + LK_SLOPES * (size_t)(w->size + 3 + LK_WINDOW_BLOCK);
    return n_rows * lk_window_stride(w) + before;
}

#endif
