/* A run made of weights that were trained elsewhere. */
#include "base/file.h"
#include "evaluate/spread.h"
#include "net/run_files.h"
#include "net/trained.h"
#include "train/folder.h"
#include "train/origin.h"
#include "train/preparation.h"
#include "train/record.h"
#include "train/session.h"

#include <likeness/train.h>

struct import {
    const lk_context *context;
    const lk_import_options *options;
    lk_pack *pack;      /* NULL: none was given */
    lk_preparation *of; /* `data` if it is known how the pictures were made; else NULL */
    lk_preparation data;
    lk_image_shape images;
    lk_config bare; /* the options' config without its loss: nothing is trained here. Borrowed */
    lk_net net;
    lk_text config_text;
    lk_origin origin;
    lk_code_spread codes;
    lk_lock lock;
    lk_session session;
};

/* ---- the pictures ---- */

static lk_status open_pack(struct import *m, lk_error *err) {
    lk_status status = lk_pack_open(m->options->data, m->context, &m->pack, err);
    if (status) return status;
    const lk_pack_meta *meta = lk_pack_describe(m->pack);
    m->images = (lk_image_shape){ meta->size, meta->channels };
    m->data = lk_preparation_of_pack(meta);
    m->of = &m->data;
    return LK_OK;
}

/* A model file of Likeness says what its pictures are. */
static lk_status look_into_file(struct import *m, lk_error *err) {
    const char *path = m->options->weights;
    lk_safetensors *file = NULL;
    lk_status status = lk_safetensors_open(path, &file, err);
    if (status) return status;
    if (lk_safetensors_metadata(file, "likeness.data")) {
        status = lk_preparation_read(file, path, &m->data, err);
        m->of = &m->data;
    }
    if (!status && !m->images.size && !lk_safetensors_metadata(file, "likeness.images"))
        status = lk_fail(err, LK_USAGE,
                         "expected --data FILE.lkd or --size N, as neither the config nor %s says "
                         "how large the pictures are",
                         path);
    if (!status && !m->images.size) status = lk_model_images(file, path, &m->images, err);
    lk_safetensors_close(file);
    return status;
}

static lk_status find_pictures(struct import *m, lk_error *err) {
    m->images = (lk_image_shape){ m->options->size, m->options->channels };
    return m->options->data ? open_pack(m, err) : look_into_file(m, err);
}

/* ---- the network ---- */

static lk_status load_net(struct import *m, lk_error *err) {
    m->bare = *m->options->config;
    m->bare.reconstruction.chosen.choice = NULL;
    lk_status status =
        lk_net_init(&m->net, m->context, &m->bare, m->images, LK_EVALUATION_BATCH, 0, false, err);
    if (!status) status = lk_config_print(m->options->config, m->images.size, &m->config_text, err);
    const lk_origin_request request = { .path = m->options->weights };
    return status ? status : lk_origin_load(&m->net, &request, &m->origin, err);
}

static lk_status measure_codes(struct import *m, lk_error *err) {
    lk_model encoder;
    if (!m->pack) return LK_OK;
    lk_status status = lk_net_part(&m->net, &m->bare, LK_MODEL_ENCODER, &encoder, err);
    if (status) return status;
    status = lk_code_spread_measure(&encoder, m->pack, &m->options->stop, &m->codes, err);
    lk_graph_destroy(encoder.latent->graph);
    return status;
}

/* ---- the folder ---- */

static lk_status write_record(struct import *m, lk_error *err) {
    const lk_record_end end = { .origin = &m->origin };
    lk_record record;
    lk_status status = lk_record_open(&record, m->options->out, end, err);
    if (!status) status = lk_record_sync(&record, err);
    lk_record_close(&record);
    return status;
}

static lk_status write_run(struct import *m, lk_error *err) {
    const char *out = m->options->out;
    char config[LK_PATH_MAX], model[LK_PATH_MAX];
    const lk_session_facts facts = { .folder = out,
                                     .data = m->options->data,
                                     .fingerprint = m->pack ? m->data.fingerprint : NULL,
                                     .command = m->options->command };
    lk_format(config, sizeof config, "%s/" LK_RUN_CONFIG, out);
    lk_format(model, sizeof model, "%s/" LK_RUN_MODEL, out);
    lk_status status = lk_file_write(config, m->config_text.data, m->config_text.n, err);
    if (!status) status = lk_session_begin(&m->session, m->context, &facts, err);
    if (!status) status = write_record(m, err);
    if (!status)
        status = lk_model_write(model, &m->net, m->options->config, m->of, &m->codes,
                                m->net.params.trained, err);
    return status ? status : lk_session_end(&m->session, 0, err);
}

lk_status lk_import_model(const lk_context *context, const lk_import_options *options,
                          lk_error *err) {
    struct import m = { .context = context, .options = options, .lock = LK_LOCK_NONE };
    const lk_folder_request folder = { .out = options->out, .force = options->force };
    lk_status status = find_pictures(&m, err);
    if (!status) status = load_net(&m, err);
    if (!status) status = measure_codes(&m, err);
    if (!status) status = lk_folder_open(&folder, &context->log, &m.lock, err);
    if (!status) status = write_run(&m, err);
    if (!status && options->notes) *options->notes = (lk_run_notes){ .origin = m.origin };
    lk_session_deinit(&m.session);
    lk_code_spread_deinit(&m.codes);
    lk_text_deinit(&m.config_text);
    lk_net_deinit(&m.net);
    lk_pack_close(m.pack);
    lk_folder_unlock(&m.lock);
    return status;
}
