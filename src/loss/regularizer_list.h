/* Every regulariser: a row lk_regularizer_<name>, in a file of its name but for none. */
#include <likeness/loss.h>

#define LK_REGULARIZER_LIST(X)                                                                     \
    X(none)                                                                                        \
    X(kl)                                                                                          \
    X(mmd)

#define LK_REGULARIZER_EXTERN(name) extern const lk_regularizer lk_regularizer_##name;
LK_REGULARIZER_LIST(LK_REGULARIZER_EXTERN)
#undef LK_REGULARIZER_EXTERN
