/** Every preset, and the layers of one. */
#ifndef LIKENESS_MODEL_PRESETS_H
#define LIKENESS_MODEL_PRESETS_H

#include <likeness/model.h>

/** The rows of lk_presets. LK_WORDS gives their names. TensorFlow's padding SAME with stride 2 is
 * padding 2 and output padding 1 here. */
#define LK_PRESET_LIST(X)                                                                          \
    X(compact, .width = 32, .kernel = 4, .padding = 1,                                             \
      .summary = "4 x 4 convolutions of stride 2 with 32 to 256 channels, and the mirror image")   \
    X(dcgan, .width = 64, .kernel = 4, .padding = 1,                                               \
      .summary = "like compact, with twice the channels (after Radford, Metz, Chintala 2015)")     \
    X(wae, .width = 128, .kernel = 5, .padding = 2, .output_padding = 1, .last_keeps_side = true,  \
      .summary = "5 x 5, 128 to 1024 channels: the CelebA network of Tolstikhin et al. 2017")

/**
 * Append {"encoder": [...], "decoder": [...]}: the layers of a preset for pictures of size x size
 * and codes (Z) or (C, H, W). `width` 0: the preset's own. Errors: LK_USAGE: the sizes nearby that
 * work, or the sides of codes; LK_MEMORY.
 */
lk_status lk_preset_layers(const lk_preset *preset, int width, int size, lk_shape code,
                           lk_text *out, lk_error *err);

#endif
