/* The lists of losses. */
#include "loss/loss_list.h"

#define ROW(name) &lk_loss_##name.choice,
const lk_choice *const lk_losses[] = { LK_LOSS_LIST(ROW) NULL };
const lk_choice *const lk_loss_terms[] = { LK_TERM_LIST(ROW) NULL };
#undef ROW
