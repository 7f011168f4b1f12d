/* The list of all regularizers, the one without a term, and a sum of others. */
#include "loss/loss_list.h"

#include <likeness/loss.h>

#define ROW(name) &lk_regularizer_##name.choice,
const lk_choice *const lk_regularizers[] = { LK_REGULARIZER_LIST(ROW) NULL };
static const lk_choice *const terms[] = { LK_REGULARIZER_TERM_LIST(ROW) NULL };
#undef ROW

const lk_regularizer lk_regularizer_none = {
    .choice = { .name = "none", .summary = "codes are free" },
};

/* ---- sum ---- */

struct sum {
    lk_chosen_list terms;
};

static const lk_items items = { .list = terms };
static const lk_option sum_options[] = {
    { .key = "terms",
      .type = LK_CHOICES,
      .offset = offsetof(struct sum, terms),
      .min = 1,
      .max = LK_SUM_TERMS_MAX,
      .text = "[{\"type\": \"kl\"}, {\"type\": \"mmd\"}]",
      .words = "regularizers",
      .help = "the regularizers to add, each with its keys and its weight; none may be a sum; kl "
              "and mmd are InfoVAE (Zhao, Song, Ermon 2017)",
      .items = &items },
    { 0 },
};

const lk_regularizer lk_regularizer_sum = {
    .choice = { .name = "sum",
                .summary = "several regularizers, each with its weight",
                .options = sum_options,
                .options_size = sizeof(struct sum) },
};

static const struct sum *sum_of(const lk_chosen *regularizer) {
    return regularizer->choice == &lk_regularizer_sum.choice ? regularizer->options : NULL;
}

const lk_chosen *lk_regularizer_term(const lk_chosen *regularizer, int i) {
    const struct sum *sum = sum_of(regularizer);
    if (sum) return i < sum->terms.n ? &sum->terms.item[i].chosen : NULL;
    bool is_none = !regularizer->choice || regularizer->choice == &lk_regularizer_none.choice;
    return !is_none && i == 0 ? regularizer : NULL;
}

/* ---- what is asked of them ---- */

static const lk_regularizer *row_of(const lk_chosen *regularizer) {
    return (const lk_regularizer *)regularizer->choice;
}

const lk_regularizer *lk_regularizer_needs_posterior(const lk_chosen *regularizer) {
    const lk_chosen *term;
    for (int i = 0; (term = lk_regularizer_term(regularizer, i)); i++)
        if (row_of(term)->needs_posterior) return row_of(term);
    return NULL;
}

const lk_regularizer *lk_regularizer_whole_batches(const lk_chosen *regularizer) {
    const lk_chosen *term;
    for (int i = 0; (term = lk_regularizer_term(regularizer, i)); i++)
        if (row_of(term)->whole_batches) return row_of(term);
    return NULL;
}

const lk_regularizer *lk_regularizer_fits_prior(const lk_chosen *regularizer) {
    const lk_chosen *term;
    for (int i = 0; (term = lk_regularizer_term(regularizer, i)); i++)
        if (row_of(term)->fits_prior) return row_of(term);
    return NULL;
}

double lk_prior_variance(const lk_chosen *regularizer) {
    const lk_chosen *term;
    for (int i = 0; (term = lk_regularizer_term(regularizer, i)); i++)
        if (row_of(term)->prior_variance) return row_of(term)->prior_variance(term->options);
    return 0;
}

lk_status lk_regularizer_check(void *options, const lk_json *json, const struct cJSON *object,
                               const char *path, lk_error *err) {
    const lk_regularizer_options *o = options;
    if (!o->cycle_steps || (o->warmup_steps && o->warmup_steps <= o->cycle_steps)) return LK_OK;
    long long warmup = o->warmup_steps, cycle = o->cycle_steps;
    if (warmup)
        lk_fail(err, LK_USAGE, "expected 0 or at least warmup_steps, %lld, got %lld", warmup,
                cycle);
    else
        lk_fail(err, LK_USAGE, "expected 0, as no weight grows without warmup_steps, got %lld",
                cycle);
    return lk_choice_error_at(json, object, path, "cycle_steps", -1, err);
}
