/* What a model remembers of the pack that it was trained on. */
#include "train/preparation.h"

#include <string.h>

lk_preparation lk_preparation_of_pack(const lk_pack_meta *meta) {
    lk_preparation made = { .crop = meta->crop };
    lk_format(made.source, sizeof made.source, "%s", meta->source);
    lk_format(made.background, sizeof made.background, "%s", meta->background);
    lk_format(made.fingerprint, sizeof made.fingerprint, "%s", meta->fingerprint);
    for (int filter = 0; filter < LK_N_FILTERS; filter++)
        if (strcmp(meta->filter, lk_filter_name((lk_filter)filter)) == 0) made.filter = filter;
    return made;
}
