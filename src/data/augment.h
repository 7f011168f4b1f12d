/** Random changes of training pictures. Internal to the data layer. */
#ifndef LIKENESS_DATA_AUGMENT_H
#define LIKENESS_DATA_AUGMENT_H

#include "base/rng.h"

#include <likeness/loader.h>

/** A square picture (H, W, C) with values in [0, 1], and room for another. */
typedef struct lk_augmented {
    int size, channels;
    lk_real *picture, *spare;
} lk_augmented;

/** A change: its choice, and how it is made. It draws from `rng` alone. */
typedef struct lk_augmentation {
    lk_choice choice;
    void (*apply)(lk_augmented picture, lk_rng *rng, const void *options);
} lk_augmentation;

/** Every change; each has a row lk_augmentation_<name> in augment.c. */
#define LK_AUGMENTATION_LIST(X)                                                                    \
    X(flip)                                                                                        \
    X(shift)                                                                                       \
    X(crop)                                                                                        \
    X(brightness)                                                                                  \
    X(contrast)                                                                                    \
    X(saturation)

#define LK_AUGMENTATION_EXTERN(name) extern const lk_augmentation lk_augmentation_##name;
LK_AUGMENTATION_LIST(LK_AUGMENTATION_EXTERN)
#undef LK_AUGMENTATION_EXTERN

/** Make all changes of a list, in its order. */
void lk_augment(const lk_chosen_list *list, lk_augmented picture, lk_rng *rng);

#endif
