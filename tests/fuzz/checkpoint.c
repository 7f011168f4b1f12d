/*
 * Checkpoints and model files: resumed into a network of 32 numbers, and opened for use, where the
 * network is the file's own. Checksums are left out of the corpus: they are optional, and hide what
 * stands behind them.
 */
#include "train/checkpoint.h"
#include "fuzz.h"
#include "net/trained.h"

#include <stdlib.h>
#include <string.h>

#define FUZZ_CONFIG                                                                                \
    "{\"model\": {\"latent\": 2, \"architecture\": {\"encoder\": [{\"type\": \"flatten\"}], "      \
    "\"decoder\": [{\"type\": \"linear\", "                                                        \
    "\"out\": 4}, {\"type\": \"reshape\", \"shape\": [1, 2, 2]}, {\"type\": \"batch_norm\"}, "     \
    "{\"type\": \"sigmoid\"}]}}, "                                                                 \
    "\"train\": {\"batch_size\": 2}, \"optimizer\": {\"average\": 0.5}}"

static lk_config config;
static lk_net net;
static lk_training_state state;

static void end(void) {
    for (size_t i = 0; i < LK_COUNT(state.moment); i++) free(state.moment[i]);
    free(state.average);
    lk_net_deinit(&net);
    lk_config_deinit(&config);
}

/* Once: the network that checkpoints are for. */
static void start(void) {
    const lk_image_shape images = { 2, 1 };
    lk_error err = { "" };
    lk_status status =
        lk_config_parse_text(FUZZ_CONFIG, strlen(FUZZ_CONFIG), "own", NULL, 0, &config, &err);
    if (!status) status = lk_net_init(&net, fuzz_context(), &config, images, 2, 0, true, &err);
    fuzz_check(status == LK_OK, err.text);
    state = (lk_training_state){ .n = net.params.n_trained,
                                 .weight = net.params.trained,
                                 .gradient = net.params.gradient };
    state.average = calloc(state.n, sizeof *state.average);
    for (size_t i = 0; i < LK_COUNT(state.moment); i++)
        state.moment[i] = calloc(state.n, sizeof *state.average);
    atexit(end);
}

static void open_model(const char *path) {
    lk_trained trained;
    lk_error err = { "" };
    if (fuzz_read(lk_trained_open(path, fuzz_context(), NULL, 0, &trained, &err), LK_FORMAT, &err))
        lk_trained_close(&trained);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    static const char path[] = "/fuzz/checkpoints/previous.safetensors";
    static const lk_preparation preparation = { .background = "black",
                                                .fingerprint = "0123456789abcdef" };
    lk_origin origin = { .path = "" };
    const lk_checkpoint checkpoint = { .config = &config,
                                       .config_text = "",
                                       .data = &preparation,
                                       .net = &net,
                                       .state = &state,
                                       .origin = &origin,
                                       .steps_an_epoch = 1 };
    lk_position position = { 0 };
    lk_extension extension;
    bool found = false;
    lk_error err = { "" };
    if (!net.graph) start();
    fuzz_file(path, data, n_bytes);
    lk_status status =
        lk_checkpoint_resume(&checkpoint, "/fuzz", &position, &extension, &found, &err);
    fuzz_check(found, "not found");
    if (status != LK_USAGE && fuzz_read(status, LK_FORMAT, &err))
        fuzz_check(position.step >= 1 && position.ended >= 0 && position.ended <= position.step,
                   "a position that cannot be");
    fuzz_read(lk_checkpoint_weights(&checkpoint, path, state.weight, &err), LK_FORMAT, &err);
    open_model(path);
    return 0;
}
