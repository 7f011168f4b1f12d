/** The texts of configs/architectures, in the order of lk_architecture_names. The build makes them
 * part of the library. */
#ifndef LIKENESS_MODEL_PRESETS_H
#define LIKENESS_MODEL_PRESETS_H

#include <likeness/base.h>

#include <stddef.h>

extern const unsigned char *const lk_preset_texts[];
extern const size_t lk_preset_bytes[];

#endif
