/** A run small enough for tests: a tiny network, a pack of synthetic faces, a config. */
#ifndef LIKENESS_TEST_TINY_H
#define LIKENESS_TEST_TINY_H

#include "base/file.h"
#include "support.h"

#include <likeness/config.h>

/** A network for 16 x 16 images with batch norm, 8 images per batch, 3 epochs. Its grids show two
 * pictures, as larger ones take longer to write than a network like this takes to train. `more`:
 * other keys as JSON members after a comma, or "". */
#define TINY_CONFIG(more)                                                                          \
    "{ \"name\": \"tiny\", \"model\": { \"latent\": 6, \"architecture\": {"                        \
    "\"encoder\": [ {\"type\": \"conv\", \"out\": 6, \"bias\": false}, {\"type\": "                \
    "\"batch_norm\"}, {\"type\": \"relu\"},"                                                       \
    "{\"type\": \"conv\", \"out\": 8, \"kernel\": 3}, {\"type\": \"leaky_relu\"}, {\"type\": "     \
    "\"flatten\"} ],"                                                                              \
    "\"decoder\": [ {\"type\": \"linear\", \"out\": 128}, {\"type\": \"reshape\", \"shape\": [8, " \
    "4, 4]}, {\"type\": \"batch_norm\"},"                                                          \
    "{\"type\": \"relu\"}, {\"type\": \"conv_transpose\", \"out\": 6}, {\"type\": \"relu\"}, "     \
    "{\"type\": \"conv_transpose\", \"out\": 0},"                                                  \
    "{\"type\": \"sigmoid\"} ] } }, \"train\": { \"batch_size\": 8, \"epochs\": 3, \"shards\": "   \
    "4, \"log_every_steps\": 2,"                                                                   \
    "\"checkpoint_every_steps\": 3, \"grid_images\": 2 }" more "}"

/** Makes a pack of n synthetic faces of 16 x 16 in the folder. The path lives until the next
 * call. */
const char *lk_test_pack(const char *folder, int n);
/** Makes a fresh folder with faces.lkd, a pack of n faces, and the config tiny.json. */
void lk_test_tiny(const char *name, int n, const char *config, char folder[LK_PATH_MAX]);
/** Parse the text of a config; an error fails the test. */
lk_config lk_test_config(const char *text);

#endif
