/* Every loss: a file of this name and a row lk_loss_<name>. */
#include <likeness/loss.h>

#define LK_LOSS_LIST(X)                                                                                                                    \
    X(mse)                                                                                                                                 \
    X(l1)                                                                                                                                  \
    X(ssim)                                                                                                                                \
    X(lwssim)

#define LK_LOSS_EXTERN(name) extern const lk_loss lk_loss_##name;
LK_LOSS_LIST(LK_LOSS_EXTERN)
#undef LK_LOSS_EXTERN
