/* A weighted sum of other losses, in the manner of Zhao, Gallo, Frosio, Kautz, "Loss functions for
   image restoration with neural networks", 2017. */
#include "loss/loss_list.h"

#include <likeness/loss.h>
#include <likeness/ops.h>

struct term {
    double scale;
};

static const lk_option term_options[] = {
    LK_OPTION_NUMBER(struct term, scale, 1, 1e-9, 1e9, "factor on the term"),
    { 0 },
};

static const lk_items terms = {
    .list = lk_loss_terms, .type = "mse", .common = term_options, .common_size = sizeof(struct term)
};

static const lk_option options[] = {
    { .key = "terms",
      .type = LK_CHOICES,
      .offset = offsetof(lk_sum_options, terms),
      .min = 1,
      .max = LK_SUM_TERMS_MAX,
      .text = "[{\"type\": \"ms_ssim\", \"scale\": 0.84}, {\"type\": \"l1\", \"scale\": 0.16}]",
      .words = "losses",
      .help = "the losses to add, each with its keys and a scale; none may be a sum",
      .items = &terms },
    { 0 },
};

double lk_sum_scale(const lk_sum_options *sum, int i) {
    return ((const struct term *)sum->terms.item[i].common)->scale;
}

/* The sum is ((first + second) + third) + ..., each scaled if its scale is not 1. */
lk_node *lk_sum_part(const lk_sum_options *o, lk_node *sum, int i) {
    for (int n = o->terms.n - 1; n > 0 && n > i; n--) sum = sum->in[0];
    lk_node *scaled = i ? sum->in[1] : sum;
    return lk_sum_scale(o, i) == 1 ? scaled : scaled->in[0];
}

static lk_node *sum_build(lk_node *x, lk_node *y, const void *chosen) {
    const lk_sum_options *o = chosen;
    lk_node *sum = NULL;
    for (int i = 0; i < o->terms.n; i++) {
        const lk_chosen *term = &o->terms.item[i].chosen;
        lk_node *value = ((const lk_loss *)term->choice)->build(x, y, term->options);
        double scale = lk_sum_scale(o, i);
        if (!value) {
            char where[32];
            lk_format(where, sizeof where, "terms[%d]", i);
            if (x) lk_graph_prefix_error(x->graph, where);
            return NULL;
        }
        lk_name(value, "terms[%d]", i);
        lk_node *weighted =
            scale == 1 ? value : lk_name(lk_affine(value, scale, 0), "terms[%d] weighted", i);
        sum = sum ? lk_add(sum, weighted) : weighted;
    }
    return sum;
}

const lk_loss lk_loss_sum = { .choice = { .name = "sum",
                                          .summary = "a weighted sum of other losses",
                                          .options = options,
                                          .options_size = sizeof(lk_sum_options) },
                              .build = sum_build };

const lk_sum_options *lk_sum_options_of(const lk_chosen *loss) {
    return loss->choice == &lk_loss_sum.choice ? loss->options : NULL;
}
