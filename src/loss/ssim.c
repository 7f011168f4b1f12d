/* ssim: (1/I) sum_i lambda_i (1 - SSIM_i), SSIM_i the mean over positions, channels, images of
   l^alpha c^beta s^gamma under window i: Wang, Bovik, Sheikh, Simoncelli 2004; Lu, "The Level
   Weighted Structural Similarity Loss", AAAI 2019, eq. (4). The figure that reports show is
   metric/ssim.c's. */
#include "loss/loss_list.h"
#include "structural.h"

static const lk_option options[] = { LK_STRUCTURAL_OPTIONS("[11]", "gaussian") };

static double image(lk_node *loss, const lk_real *x, const lk_real *y, void *scratch,
                    lk_real *gradient) {
    return lk_structural_image(loss, LK_SIMILARITY_PRODUCT, x, y, scratch, gradient);
}

static void forward(lk_node *loss) {
    lk_imagewise_forward(loss, image);
}

static const lk_op op = {
    .name = "ssim",
    .summary = "1 - structural similarity",
    .arity = 2,
    .options_size = sizeof(lk_structural_options),
    .is_loss = true,
    .infer = lk_structural_infer,
    .forward = forward,
    .backward = lk_imagewise_backward,
    .samples = lk_structural_samples,
};

static lk_node *build(lk_node *x, lk_node *y, const void *chosen) {
    lk_node *in[] = { x, y };
    return x ? lk_apply(x->graph, &op, in, 2, chosen) : NULL;
}

static const lk_op *const ops[] = { &op, NULL };
const lk_loss lk_loss_ssim = { .choice = { .name = "ssim",
                                           .summary =
                                               "1 - SSIM: 1 - mean of l^alpha c^beta s^gamma over "
                                               "windows, positions, channels (Wang et al. 2004)",
                                           .options = options,
                                           .options_size = sizeof(lk_structural_options),
                                           .check = lk_structural_check },
                               .build = build,
                               .ops = ops };
