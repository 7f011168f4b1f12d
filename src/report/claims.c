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

lk_verdict lk_claim_judge(const lk_claim *claim, double difference, double se, int64_t steps) {
    double excess = (claim->higher ? difference : -difference) + claim->margin;
    if (steps == 0) return LK_VERDICT_IMPORTED;
    if (steps < LK_JUDGED_STEPS) return LK_VERDICT_TOO_SHORT;
    if (isnan(difference) || isnan(se)) return LK_VERDICT_NONE;
    if (excess > 2 * se) return LK_VERDICT_HOLDS;
    return excess < -2 * se ? LK_VERDICT_FAILS : LK_VERDICT_UNDECIDED;
}
