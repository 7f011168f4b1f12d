/** Every preset, and the layers of one. */
#ifndef LIKENESS_MODEL_PRESETS_H
#define LIKENESS_MODEL_PRESETS_H

#include <likeness/model.h>

/** Name and file in presets/; a row lk_preset_<name> for each. LK_WORDS gives their names. */
#define LK_PRESET_LIST(X)                                                                          \
    X(compact, strided)                                                                            \
    X(dcgan, strided)                                                                              \
    X(wae, strided)                                                                                \
    X(shallow, strided)                                                                            \
    X(resnet, residual)                                                                            \
    X(kl_f8, residual)

#define LK_PRESET_EXTERN(name, file) extern const lk_preset lk_preset_##name;
LK_PRESET_LIST(LK_PRESET_EXTERN)
#undef LK_PRESET_EXTERN

/** What the layers of a preset follow. */
typedef struct lk_preset_plan {
    const lk_preset *preset;
    int width, stages, end; /* end: the side of the encoder's last maps */
    bool maps;              /* codes are maps (C, end, end), not vectors */
} lk_preset_plan;

/** Channels of a stage, from 0: the width, then twice as many each time, up to 8 times. */
int lk_preset_channels(const lk_preset_plan *plan, int stage);
/** Append the layers from a code (Z) to maps of side x side. */
void lk_preset_add_maps(int channels, int side, lk_text *out);

/**
 * Append {"encoder": [...], "decoder": [...]}: the layers of a preset for pictures of size x size
 * and codes (Z) or (C, H, W). `width` 0: the preset's own. Errors: LK_USAGE: the sizes nearby that
 * work, or the codes that do; LK_MEMORY.
 */
lk_status lk_preset_layers(const lk_preset *preset, int width, int size, lk_shape code,
                           lk_text *out, lk_error *err);

#endif
