/** Every corruption: a row lk_corruption_<name> in corruptions.c. */
#ifndef LIKENESS_MODEL_CORRUPTIONS_H
#define LIKENESS_MODEL_CORRUPTIONS_H

#include <likeness/model.h>

#define LK_CORRUPTION_LIST(X)                                                                      \
    X(none)                                                                                        \
    X(gaussian)                                                                                    \
    X(mask)                                                                                        \
    X(salt_pepper)

#define LK_CORRUPTION_EXTERN(name) extern const lk_corruption lk_corruption_##name;
LK_CORRUPTION_LIST(LK_CORRUPTION_EXTERN)
#undef LK_CORRUPTION_EXTERN

#endif
