/* Every loss: a file of this name and a row lk_loss_<name>. */
#include <likeness/loss.h>

/* What may be a term of a sum, and the sum. */
#define LK_TERM_LIST(X)                                                                            \
    X(mse)                                                                                         \
    X(l1)                                                                                          \
    X(ssim)                                                                                        \
    X(lwssim)                                                                                      \
    X(ms_ssim)
#define LK_LOSS_LIST(X)                                                                            \
    LK_TERM_LIST(X)                                                                                \
    X(sum)

#define LK_LOSS_EXTERN(name) extern const lk_loss lk_loss_##name;
LK_LOSS_LIST(LK_LOSS_EXTERN)
#undef LK_LOSS_EXTERN

/* Every loss but sum, as choices. Ends in NULL. */
extern const lk_choice *const lk_loss_terms[];
