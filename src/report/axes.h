/** Labels of the runs of a sweep. */
#ifndef LIKENESS_REPORT_AXES_H
#define LIKENESS_REPORT_AXES_H

#include "report/report.h"

/** Give the labels of the rows from `first` on, all of one folder, the keys that others of them
 * have: after a sweep over lr and one over lr and latent, "lr=0.01" becomes "lr=0.01, latent=128".
 * Errors: LK_MEMORY. */
lk_status lk_results_label_axes(lk_results *results, size_t first, lk_error *err);

#endif
