/* From an opened source to a pack. */
#ifndef LIKENESS_DATA_PACKING_H
#define LIKENESS_DATA_PACKING_H

#include "data/source.h"

/** Read, render and write every picture of a listing; `report` has its n_absent already. Errors as
 * lk_prepare. */
lk_status lk_packing_run(const lk_source *source, struct lk_listing *listing,
                         const lk_context *context, const char *out, lk_prepare_report *report,
                         lk_error *err);

#endif
