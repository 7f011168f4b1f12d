/* The encoder and the decoder of a trained model as two ONNX files. */
#include "base/file.h"
#include "export/graph.h"
#include "net/trained.h"

#include <likeness/export.h>

static const char pictures_words[] = "pictures, values in [0, 1]";

/* The shape of codes in files: maps stay maps. */
static lk_shape code_shape(const lk_trained *part) {
    lk_shape code = lk_config_code(&part->config), shape = { .rank = code.rank + 1 };
    for (int i = 0; i < code.rank; i++) shape.d[i + 1] = code.d[i];
    return shape;
}

static lk_onnx_plan plan_of(const lk_trained *part) {
    const lk_model *model = &part->net.model;
    const lk_onnx_value code = {
        { "code", "codes; with posteriors their means", code_shape(part), false }, model->latent
    };
    const lk_onnx_value logvar = { { "logvar", "logarithms of the posteriors' variances",
                                     code_shape(part), false },
                                   model->logvar };
    lk_onnx_plan plan = { .graph = part->net.graph };
    const lk_node *node = model->images ? model->images : model->output;
    const lk_onnx_value pictures = { { "pictures", pictures_words, node->shape, false }, node };
    if (model->images) {
        plan.input = pictures;
        plan.outputs[0] = code;
        plan.outputs[1] = logvar;
    } else {
        plan.input = code;
        plan.outputs[0] = pictures;
    }
    return plan;
}

static lk_onnx_about about(const lk_trained *part) {
    static const char *const keys[] = { "likeness.images", "likeness.config", "likeness.data",
                                        "likeness.codes" };
    bool encodes = part->net.model.images != NULL;
    lk_onnx_about about = { .name = encodes ? "encoder" : "decoder",
                            .words =
                                encodes ? "from pictures to codes" : "from codes to pictures" };
    size_t n = 0;
    for (size_t i = 0; i < LK_COUNT(keys); i++) {
        const char *value = lk_safetensors_metadata(part->file, keys[i]);
        if (value) about.notes[n++] = (lk_onnx_note){ keys[i], value };
    }
    return about;
}

static lk_status write_part(const lk_trained *part, const char *path, lk_error *err) {
    lk_onnx onnx;
    uint8_t *bytes = NULL;
    size_t n_bytes = 0;
    const lk_onnx_plan plan = plan_of(part);
    const lk_onnx_about words = about(part);
    lk_onnx_init(&onnx);
    lk_status status = lk_onnx_graph(&onnx, &plan, err);
    if (!status) status = lk_onnx_pack(&onnx, &words, &bytes, &n_bytes, err);
    if (!status) status = lk_file_write(path, bytes, n_bytes, err);
    lk_free(bytes);
    lk_onnx_deinit(&onnx);
    return status;
}

static lk_status check_path(const char *folder, const char *name, bool force,
                            char path[LK_PATH_MAX], lk_error *err) {
    if (!lk_format(path, LK_PATH_MAX, "%s/%s", folder, name))
        return lk_fail(err, LK_USAGE, "%.200s...: path is too long", folder);
    if (force || !lk_file_may_exist(path)) return LK_OK;
    return lk_fail(err, LK_USAGE, "%s: exists; --force replaces it", path);
}

lk_status lk_export_onnx(const lk_context *context, const char *model, const char *folder,
                         bool force, lk_error *err) {
    char encoder_path[LK_PATH_MAX], decoder_path[LK_PATH_MAX];
    lk_trained encoder = { 0 }, decoder = { 0 };
    lk_status status = check_path(folder, LK_ONNX_ENCODER, force, encoder_path, err);
    if (!status) status = check_path(folder, LK_ONNX_DECODER, force, decoder_path, err);
    if (!status) status = lk_trained_open_part(model, context, LK_MODEL_ENCODER, &encoder, err);
    if (status) return status;
    status = lk_trained_open_other(&encoder, context, LK_MODEL_DECODER, &decoder, err);
    if (!status) status = lk_folder_create(folder, err);
    if (!status) status = write_part(&encoder, encoder_path, err);
    if (!status) status = write_part(&decoder, decoder_path, err);
    lk_trained_close(&decoder);
    lk_trained_close(&encoder);
    return status;
}
