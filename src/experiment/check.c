/* Whether a pack fits an experiment, before anything is trained or written. */
#include "experiment/check.h"
#include "base/errors.h"
#include "net/net.h"

/* What is wrong with each run; `failed` is the status of the last. */
struct found {
    lk_errors errors;
    lk_status failed;
};

static void add(struct found *found, const lk_experiment_run *run, lk_status status,
                const lk_error *err) {
    lk_error prefix;
    lk_error_set(&prefix, "%s: ", run->label);
    if (status) lk_errors_add(&found->errors, (lk_error_place){ 0 }, prefix.text, err);
    if (status) found->failed = status;
}

static lk_status end(struct found *found, lk_error *err) {
    lk_errors_end(&found->errors, LK_OK, err);
    return found->failed;
}

lk_status lk_experiment_check_pack(const lk_pack *pack, const char *path, lk_error *err) {
    int n_train = lk_pack_count(pack, LK_SPLIT_TRAIN), n_test = lk_pack_count(pack, LK_SPLIT_TEST);
    if (n_test >= 1 && n_train >= 2) return LK_OK;
    return lk_fail(err, LK_FORMAT,
                   "%s: expected at least 2 training pictures and 1 test picture, got %d and %d",
                   path, n_train, n_test);
}

lk_status lk_experiment_check_sizes(const lk_context *context, const lk_experiment *experiment,
                                    const char *data, lk_image_shape images, lk_error *err) {
    struct found found = { 0 };
    for (int i = 0; i < experiment->n_runs; i++) {
        const lk_experiment_run *run = &experiment->runs[i];
        lk_status status = lk_net_check(context, &run->config, images, err);
        if (status == LK_USAGE && data)
            lk_error_prefix(err, "on %s, pictures of %d x %d x %d", data, images.channels,
                            images.size, images.size);
        add(&found, run, status, err);
    }
    return end(&found, err);
}

lk_status lk_experiment_check(const lk_context *context, const lk_experiment *experiment,
                              const char *data, lk_error *err) {
    struct found found = { 0 };
    lk_pack *pack = NULL;
    lk_status status = lk_pack_open(data, context, &pack, err);
    if (!status) status = lk_experiment_check_pack(pack, data, err);
    lk_pack_close(pack);
    if (status) return status;
    for (int i = 0; i < experiment->n_runs; i++) {
        const lk_experiment_run *run = &experiment->runs[i];
        add(&found, run, lk_train_check(context, &run->config, data, err), err);
    }
    return end(&found, err);
}
