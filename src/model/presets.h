/** The texts of configs/architectures, made part of the library by the build, in the order of
 * lk_architecture_names. */
#ifndef LIKENESS_MODEL_PRESETS_H
#define LIKENESS_MODEL_PRESETS_H

#include <likeness/base.h>

#include <stddef.h>

extern const unsigned char *const lk_preset_texts[];
extern const size_t lk_preset_bytes[];

#endif
