/*
 * The claims of Lu, "The Level Weighted Structural Similarity Loss: A Step Away from MSE" (AAAI
 * 2019), as rows, and how they are judged.
 *
 * (a) to (d) and (f) are what Table 1 and the text say. (e), "color loss in SSIM pics", is three:
 * SSIM leaves less chroma than MSE; its colours are further off than LWSSIM's; LWSSIM's are not
 * further off than MSE's, where "not further" allows a Delta E of 1, commonly taken for the least
 * difference visible side by side (CIE76; fixed before any result was seen).
 */
#include "report/report.h"

#include <math.h>

const lk_claim lk_claims[] = {
    { "a.ssim", "(a) SSIM-trained: higher SSIM than MSE-trained", "ssim", "mse", 0, LK_METRIC_SSIM,
      true, false },
    { "a.lwssim", "(a) LWSSIM-trained: higher SSIM than MSE-trained", "lwssim", "mse", 0,
      LK_METRIC_SSIM, true, false },
    { "b", "(b) LWSSIM-trained: SSIM at least that of SSIM-trained", "lwssim", "ssim", 0,
      LK_METRIC_SSIM, true, true },
    { "c", "(c) LWSSIM-trained: lower MSE than SSIM-trained", "lwssim", "ssim", 0, LK_METRIC_MSE,
      false, false },
    { "d", "(d) LWSSIM-trained: lower MSE than MSE-trained", "lwssim", "mse", 0, LK_METRIC_MSE,
      false, false },
    { "e.chroma", "(e) SSIM-trained lose colour: less chroma than MSE-trained", "ssim", "mse", 0,
      LK_METRIC_CHROMA_RATIO, false, false },
    { "e.ssim", "(e) SSIM-trained lose colour: higher Delta E than LWSSIM-trained", "ssim",
      "lwssim", 0, LK_METRIC_DELTA_E, true, false },
    { "e.lwssim", "(e) LWSSIM-trained do not: Delta E at most 1 above MSE-trained", "lwssim", "mse",
      1, LK_METRIC_DELTA_E, false, true },
    { "f.ssim", "(f) SSIM-trained: sharper than MSE-trained", "ssim", "mse", 0,
      LK_METRIC_SHARPNESS_RATIO, true, false },
    { "f.lwssim", "(f) LWSSIM-trained: sharper than MSE-trained", "lwssim", "mse", 0,
      LK_METRIC_SHARPNESS_RATIO, true, false },
};
const size_t lk_n_claims = LK_COUNT(lk_claims);

/* The 97.5 % points of Student's t with 2, 3, ... degrees of freedom. */
static const double student[] = { 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262,
                                  2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110,
                                  2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060,
                                  2.056, 2.052, 2.048, 2.045, 2.042, 2.040 };
_Static_assert(LK_COUNT(student) == LK_LIST_MAX - LK_JUDGED_SEEDS + 1, "a limit for each number");

double lk_claim_limit(int n_seeds) {
    return n_seeds < LK_JUDGED_SEEDS ? 2 : student[n_seeds - LK_JUDGED_SEEDS];
}

lk_verdict lk_claim_judge(const lk_claim *claim, double difference, double limit, int64_t steps) {
    double excess = (claim->higher ? difference : -difference) + claim->margin;
    if (steps == 0) return LK_VERDICT_IMPORTED;
    if (steps < LK_JUDGED_STEPS) return LK_VERDICT_TOO_SHORT;
    if (isnan(difference) || isnan(limit)) return LK_VERDICT_NONE;
    if (excess > limit) return LK_VERDICT_HOLDS;
    return excess < -limit ? LK_VERDICT_FAILS : LK_VERDICT_UNDECIDED;
}
