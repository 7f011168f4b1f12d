/* How a command steps through the latents of a model. */
#include "cli/latents.h"
#include "cli/pictures.h"
#include "cli/trained.h"
#include "evaluate/spread.h"

#include <math.h>
#include <string.h>

const char *lk_latent_unit_name(lk_latent_unit unit) {
    static const char *const names[] = { "codes", "prior", "plain" };
    return names[unit];
}

static lk_status check_pack(const lk_cli *cli, const lk_trained *encoder, const lk_pack *pack,
                            const char *data, lk_error *err) {
    const char *fingerprint = lk_pack_describe(pack)->fingerprint,
               *trained_on = encoder->data.fingerprint;
    lk_status status = lk_cli_check_pack(pack, data, encoder->net.images, err);
    if (!status && lk_pack_count(pack, LK_SPLIT_TRAIN) == 0)
        return lk_fail(err, LK_FORMAT, "%s: the pack has no train pictures", data);
    if (!status && *trained_on && strcmp(trained_on, fingerprint) != 0)
        lk_log_say(&cli->context.log, LK_WARNING,
                   "%s was trained on another pack than %s: fingerprint %s, here %s", encoder->path,
                   data, trained_on, fingerprint);
    return status;
}

/* `data`: the pack; "": the one that the run was trained on. */
static lk_status measure(const lk_cli *cli, const char *model, const lk_trained *decoder,
                         const char *data, lk_code_spread *spread, lk_error *err) {
    lk_trained encoder;
    lk_pack *pack = NULL;
    char path[LK_PATH_MAX];
    lk_status status =
        lk_trained_open_other(decoder, &cli->context, LK_MODEL_ENCODER, &encoder, err);
    if (status) return status;
    status = lk_cli_open_pack(cli, model, data, path, &pack, err);
    if (!status) status = check_pack(cli, &encoder, pack, path, err);
    if (!status) status = lk_code_spread_measure(&encoder.net.model, pack, NULL, spread, err);
    lk_pack_close(pack);
    lk_trained_close(&encoder);
    return status;
}

/* A run that has gone, or never had, its pack does without it. */
static bool has_recorded_pack(const lk_cli *cli, const char *model) {
    char path[LK_PATH_MAX];
    lk_pack *pack = NULL;
    lk_error ignored;
    bool has = lk_cli_open_pack(cli, model, "", path, &pack, &ignored) == LK_OK;
    lk_pack_close(pack);
    return has;
}

lk_status lk_latents_open(const lk_cli *cli, const char *model, const lk_trained *decoder,
                          const char *data, lk_latents *latents, lk_error *err) {
    double variance = lk_prior_variance(&decoder->config.regularizer.chosen);
    int n = decoder->net.model.latent->shape.d[1];
    *latents = (lk_latents){ .sigma = variance > 0 ? sqrt(variance) : 0 };
    lk_status status = lk_code_spread_read(decoder->file, decoder->path, n, &latents->spread, err);
    if (!status && !latents->spread.n &&
        (*data || (!(latents->sigma > 0) && has_recorded_pack(cli, model))))
        status = measure(cli, model, decoder, data, &latents->spread, err);
    latents->unit = latents->spread.n    ? LK_UNIT_CODES
                    : latents->sigma > 0 ? LK_UNIT_PRIOR
                                         : LK_UNIT_PLAIN;
    if (!status && latents->unit != LK_UNIT_CODES)
        lk_log_say(&cli->context.log, LK_INFO,
                   "%s does not say where the codes of its training pictures lie (checkpoints and "
                   "older models do not): values are %s; --data FILE.lkd measures the codes",
                   decoder->path,
                   latents->unit == LK_UNIT_PRIOR ? "standard deviations of the prior"
                                                  : "plain numbers");
    return status;
}

void lk_latents_deinit(lk_latents *latents) {
    lk_code_spread_deinit(&latents->spread);
}

double lk_latents_at(const lk_latents *latents, int index, double step) {
    if (latents->unit == LK_UNIT_CODES)
        return latents->spread.mean[index] + step * latents->spread.sd[index];
    return step * (latents->unit == LK_UNIT_PRIOR ? latents->sigma : 1);
}
