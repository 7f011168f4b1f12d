/** What a model remembers of the pack that it was trained on. */
#ifndef LIKENESS_TRAIN_PREPARATION_H
#define LIKENESS_TRAIN_PREPARATION_H

#include "net/preparation.h"

#include <likeness/pack.h>

lk_preparation lk_preparation_of_pack(const lk_pack_meta *meta);

#endif
