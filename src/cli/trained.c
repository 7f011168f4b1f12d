/* What commands tell of the model that they use, and the pack that belongs to it. */
#include "cli/trained.h"

#include "net/run_files.h"
#include "train/session.h"

#include <likeness/json.h>

#include <cJSON.h>
#include <string.h>

bool lk_cli_add_model(cJSON *json, const char *path, const lk_unfinished *unfinished) {
    return cJSON_AddStringToObject(json, "model", path) &&
           (!unfinished->is || (cJSON_AddFalseToObject(json, "finished") &&
                                cJSON_AddBoolToObject(json, "running", unfinished->running) &&
                                lk_json_add_number(json, "step", (double)unfinished->step) &&
                                lk_json_add_number(json, "epoch", (double)unfinished->epoch)));
}

static lk_status open_recorded(const lk_cli *cli, const char *run, const lk_history *history,
                               lk_pack **pack, lk_error *err) {
    if (!*history->data)
        return lk_fail(err, LK_USAGE,
                       "expected --data FILE.lkd: %s does not record the pack that it was trained "
                       "on",
                       run);
    if (!lk_file_may_exist(history->data))
        return lk_fail(err, LK_FORMAT,
                       "%s: the pack that %s was trained on is no longer there; --data FILE.lkd "
                       "says where it is now",
                       history->data, run);
    lk_status status = lk_pack_open(history->data, &cli->context, pack, err);
    if (status) return status;
    const char *now = lk_pack_describe(*pack)->fingerprint;
    if (!*history->fingerprint || strcmp(now, history->fingerprint) == 0) return LK_OK;
    status = lk_fail(err, LK_FORMAT,
                     "%s: expected the pack that %s was trained on, fingerprint %s, got another "
                     "one, %s; --data FILE.lkd chooses a pack",
                     history->data, run, history->fingerprint, now);
    lk_pack_close(*pack);
    *pack = NULL;
    return status;
}

lk_status lk_cli_open_pack(const lk_cli *cli, const char *run, const char *given, char *path,
                           lk_pack **pack, lk_error *err) {
    char folder[LK_PATH_MAX];
    lk_history history = { 0 };
    lk_format(path, LK_PATH_MAX, "%s", given);
    if (*given) return lk_pack_open(path, &cli->context, pack, err);
    lk_status status = lk_session_read(lk_run_folder(run, folder), &history, err);
    if (!status) status = open_recorded(cli, run, &history, pack, err);
    lk_format(path, LK_PATH_MAX, "%s", history.data);
    lk_session_history_deinit(&history);
    return status;
}

void lk_cli_origin_init(lk_cli_origin *origin, const lk_cli *cli, const lk_trained *trained,
                        const char *title) {
    *origin = (lk_cli_origin){ .notes = { .title = title } };
    lk_command_line(cli, &origin->command);
    if (!origin->command.failed) origin->notes.command = origin->command.data;
    if (!trained) return;
    lk_format(origin->seed, sizeof origin->seed, "%lld", (long long)trained->config.seed);
    origin->notes.model = lk_run_name(trained->config.name, trained->path, origin->model);
    origin->notes.seed = origin->seed;
    origin->notes.data = trained->data.fingerprint;
}

void lk_cli_origin_deinit(lk_cli_origin *origin) {
    lk_text_deinit(&origin->command);
}
