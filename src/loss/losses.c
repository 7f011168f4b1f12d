/* The lists of all losses and regularisers, and the regulariser without a term. */
#include "loss/loss_list.h"

#define ROW(name) &lk_loss_##name.choice,
const lk_choice *const lk_losses[] = { LK_LOSS_LIST(ROW) NULL };
const lk_choice *const lk_loss_terms[] = { LK_TERM_LIST(ROW) NULL };
#undef ROW

const lk_regularizer lk_regularizer_none = {
    .choice = { .name = "none", .summary = "codes are free" },
};

#define ROW(name) &lk_regularizer_##name.choice,
const lk_choice *const lk_regularizers[] = { LK_REGULARIZER_LIST(ROW) NULL };

double lk_prior_variance(const lk_chosen *regularizer) {
    const lk_regularizer *row = (const lk_regularizer *)regularizer->choice;
    return row->prior_variance ? row->prior_variance(regularizer->options) : 0;
}
