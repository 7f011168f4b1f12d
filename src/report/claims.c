/*
 * The claims of Lu, "The Level Weighted Structural Similarity Loss: A Step Away from MSE" (AAAI 2019), as rows, and how they are judged.
 *
 * (a) to (d) and (f) are what Table 1 and the text say. (e), "color loss in SSIM pics", is three: SSIM leaves less chroma than MSE; its
 * colours are further off than LWSSIM's; LWSSIM's are not further off than MSE's, where "not further" allows a Delta E of 1, commonly
 * taken for the least difference that shows side by side (CIE76; fixed before any result was seen).
 */
#include <likeness/report.h>

#include <math.h>

const lk_claim lk_claims[] = {
    { "a.ssim", "(a) SSIM has a higher SSIM than MSE", LK_METRIC_SSIM, "ssim", "mse", true, false, 0 },
    { "a.lwssim", "(a) LWSSIM has a higher SSIM than MSE", LK_METRIC_SSIM, "lwssim", "mse", true, false, 0 },
    { "b", "(b) LWSSIM has at least the SSIM of SSIM", LK_METRIC_SSIM, "lwssim", "ssim", true, true, 0 },
    { "c", "(c) LWSSIM has a lower MSE than SSIM", LK_METRIC_MSE, "lwssim", "ssim", false, false, 0 },
    { "d", "(d) LWSSIM has a lower MSE than MSE", LK_METRIC_MSE, "lwssim", "mse", false, false, 0 },
    { "e.chroma", "(e) SSIM loses colour: less chroma than MSE", LK_METRIC_CHROMA_RATIO, "ssim", "mse", false, false, 0 },
    { "e.ssim", "(e) SSIM loses colour: a larger Delta E than LWSSIM", LK_METRIC_DELTA_E, "ssim", "lwssim", true, false, 0 },
    { "e.lwssim", "(e) LWSSIM does not: a Delta E at most 1 above MSE's", LK_METRIC_DELTA_E, "lwssim", "mse", false, true, 1 },
    { "f.ssim", "(f) SSIM is sharper than MSE", LK_METRIC_SHARPNESS_RATIO, "ssim", "mse", true, false, 0 },
    { "f.lwssim", "(f) LWSSIM is sharper than MSE", LK_METRIC_SHARPNESS_RATIO, "lwssim", "mse", true, false, 0 },
};
const size_t lk_n_claims = LK_COUNT(lk_claims);

lk_verdict lk_claim_judge(const lk_claim *claim, double difference, double se, int64_t steps) {
    double excess = (claim->higher ? difference : -difference) + claim->margin;
    if (steps < LK_JUDGED_STEPS) return LK_VERDICT_TOO_SHORT;
    if (isnan(difference) || isnan(se)) return LK_VERDICT_NONE;
    if (excess > 2 * se) return LK_VERDICT_HOLDS;
    return excess < -2 * se ? LK_VERDICT_FAILS : LK_VERDICT_UNDECIDED;
}
