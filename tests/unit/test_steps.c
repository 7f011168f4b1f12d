/* A run does what its config says: the same steps and the same validation by hand, from the
   library's parts, give the numbers that the run wrote. */
#include "net/net.h"
#include "net/tensors.h"
#include "optim/optim.h"
#include "runs.h"

#include <likeness/loader.h>
#include <likeness/prepare.h>
#include <likeness/train.h>

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STEPS_AN_EPOCH = 7, STEPS = 17, WARMUP = 3, LOG_EVERY = 2, SEED = 6 };
#define LR      0.02
#define GAMMA   0.5
#define CLIP    0.002
#define AVERAGE 0.8

static const char stepped[] =
    TINY_CONFIG(", \"seed\": 6, \"reconstruction\": {\"scale\": 2},"
                "\"optimizer\": {\"lr\": 0.02, \"clip_norm\": 0.002, \"average\": 0.8,"
                "\"schedule\": {\"type\": \"exponential\", \"gamma\": 0.5, \"warmup_steps\": 3}}");

/* What training by hand has. */
struct hand {
    lk_net net;
    lk_pack *pack;
    lk_loader *loader;
    lk_training_state state;
};

static void open_hand(struct hand *h, const struct place *p, const lk_config *config) {
    lk_error err;
    const lk_loader_options options = {
        .batch_size = 8, .seed = SEED, .shuffle = true, .flip = true, .drop_last = true
    };
    *h = (struct hand){ 0 };
    assert_ok(lk_net_init(&h->net, lk_test_context(), config, (lk_image_shape){ 16, 3 }, 8, 4, true,
                          &err),
              &err);
    assert_ok(lk_pack_open(p->pack, lk_test_context(), &h->pack, &err), &err);
    assert_ok(lk_loader_create(h->pack, &options, &h->loader, &err), &err);
    assert_int_equal(lk_loader_batches(h->loader), STEPS_AN_EPOCH);
    h->state = (lk_training_state){ .n = h->net.params.n_trained,
                                    .weight = h->net.params.trained,
                                    .gradient = h->net.params.gradient };
    size_t bytes = h->state.n * sizeof(lk_real);
    for (int i = 0; i < 2; i++) h->state.moment[i] = lk_alloc(bytes);
    h->state.average = lk_alloc(bytes);
}

static void close_hand(struct hand *h) {
    for (int i = 0; i < 2; i++) lk_free(h->state.moment[i]);
    lk_free(h->state.average);
    lk_loader_destroy(h->loader);
    lk_pack_close(h->pack);
    lk_net_deinit(&h->net);
}

/* What metrics.jsonl says. */
struct lines {
    cJSON *all[STEPS];
    int n;
};

static void read_lines(const struct place *p, struct lines *lines) {
    char path[LK_PATH_MAX + 32], *data = NULL;
    size_t n_bytes;
    lk_error err;
    snprintf(path, sizeof path, "%s/metrics.jsonl", p->run);
    assert_ok(lk_file_read(path, 1 << 20, &data, &n_bytes, &err), &err);
    *lines = (struct lines){ 0 };
    char *rest = data;
    data[n_bytes - 1] = 0;
    for (char *line; (line = strtok_r(rest, "\n", &rest));) {
        assert_true(lines->n < STEPS);
        lines->all[lines->n++] = cJSON_Parse(line);
    }
    lk_free(data);
}

/* A number of the line of that type after so many steps. */
static double said(const struct lines *lines, const char *type, int step, const char *key) {
    for (int i = 0; i < lines->n; i++) {
        const cJSON *line = lines->all[i], *value = cJSON_GetObjectItem(line, key);
        if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(line, "type")), type) != 0) continue;
        if (cJSON_GetObjectItem(line, "step")->valueint != step) continue;
        if (!value) print_error("the %s line of step %d has no %s\n", type, step, key);
        assert_non_null(value);
        return value->valuedouble;
    }
    print_error("no %s line of step %d\n", type, step);
    fail();
    return 0;
}

/* One step of which `done` are done; its loss. */
static double step(struct hand *h, const lk_config *config, const struct lines *lines, int done) {
    lk_graph *graph = h->net.graph;
    double lr =
        LR * pow(GAMMA, done / STEPS_AN_EPOCH) * (done < WARMUP ? (done + 1.0) / WARMUP : 1);
    lk_loader_fill(h->loader, lk_test_context(), (uint32_t)(done / STEPS_AN_EPOCH),
                   done % STEPS_AN_EPOCH, h->net.model.images->value, NULL);
    lk_graph_forward(graph, LK_TRAIN, 8, (uint32_t)done);
    lk_graph_backward(graph);
    double loss = (double)h->net.model.objective->value[0],
           norm = lk_gradient_norm(lk_test_context(), h->state.gradient, h->state.n);
    assert_true(norm > CLIP); /* else this test sees nothing */
    lk_optimizer_step(
        lk_test_context(), &config->optimizer.chosen, h->state,
        (lk_step_options){ .step = done + 1, .lr = lr, .clip_norm = CLIP, .average = AVERAGE },
        norm);
    if ((done + 1) % LOG_EVERY == 0) {
        assert_near(said(lines, "step", done + 1, "lr"), lr, 1e-15);
        assert_near(said(lines, "step", done + 1, "loss"), loss, 0);
        assert_near(said(lines, "step", done + 1, "gradient_norm"), norm, 0);
    }
    return loss;
}

/* Loads the trained parameters of a file that the run wrote. */
static lk_real *stored(const struct place *p, const char *name, const char *prefix,
                       const lk_params *params) {
    char path[LK_PATH_MAX + 64];
    lk_safetensors *file = NULL;
    lk_error err;
    lk_real *values = lk_alloc(params->n_trained * sizeof *values);
    snprintf(path, sizeof path, "%s/%s", p->run, name);
    assert_ok(lk_safetensors_open(path, &file, &err), &err);
    assert_ok(lk_tensors_load(file, path, params, LK_PARAM_TRAINED, values, prefix, &err), &err);
    lk_safetensors_close(file);
    return values;
}

static void check_stored(const struct place *p, const char *name, const char *prefix,
                         const lk_params *params, const lk_real *expected) {
    lk_real *values = stored(p, name, prefix, params);
    assert_memory_equal(values, expected, params->n_trained * sizeof *values);
    lk_free(values);
}

static void check_step_of(const struct place *p, const char *name, const char *step) {
    char path[LK_PATH_MAX + 64];
    lk_safetensors *file = NULL;
    lk_error err;
    snprintf(path, sizeof path, "%s/checkpoints/%s", p->run, name);
    assert_ok(lk_safetensors_open(path, &file, &err), &err);
    assert_string_equal(lk_safetensors_metadata(file, "likeness.step"), step);
    lk_safetensors_close(file);
}

static void a_run_takes_the_steps_that_its_config_says(void **state) {
    (void)state;
    struct place p = place("steps");
    static const char *const sets[] = { "train.steps=17", "train.log_every_steps=2" };
    lk_config config;
    struct hand h;
    struct lines lines;
    lk_error err;
    assert_ok(lk_config_parse_text(stepped, strlen(stepped), "tiny", sets, 2, &config, &err), &err);
    assert_ok(train_config(lk_test_context(), &p, &config, false, NULL, &err), &err);
    read_lines(&p, &lines);
    open_hand(&h, &p, &config);
    assert_int_equal(lines.n, STEPS / LOG_EVERY + 3);
    size_t bytes = h.state.n * sizeof(lk_real);
    lk_real *best = lk_alloc(bytes);
    double sum = 0, least = (double)INFINITY;
    int n = 0;
    for (int done = 1; done <= STEPS; done++) {
        sum += step(&h, &config, &lines, done - 1), n++;
        if (done % STEPS_AN_EPOCH != 0 && done != STEPS) continue;
        assert_near(said(&lines, "epoch", done, "train_loss"), sum / n, 1e-12);
        double val_loss = said(&lines, "epoch", done, "val_loss");
        if (val_loss < least) memcpy(best, h.state.average, bytes), least = val_loss;
        sum = 0, n = 0;
    }
    check_stored(&p, "checkpoints/last.safetensors", "", &h.net.params, h.state.weight);
    check_stored(&p, "checkpoints/last.safetensors", "average.", &h.net.params, h.state.average);
    check_stored(&p, "model.safetensors", "", &h.net.params, best);
    /* saved every 3 steps and at each epoch's end */
    check_step_of(&p, "last.safetensors", "17");
    check_step_of(&p, "previous.safetensors", "15");
    for (int i = 0; i < lines.n; i++) cJSON_Delete(lines.all[i]);
    lk_free(best);
    close_hand(&h);
    lk_config_deinit(&config);
}

/* Weights that do not move and no batch norm: every epoch is as good as the first, which is
   kept. */
static void of_equal_epochs_the_first_is_the_best(void **state) {
    (void)state;
    struct place p = place("equal");
    static const char still[] =
        "{\"model\": {\"latent\": 4, \"architecture\": {\"encoder\": [{\"type\": \"flatten\"}],"
        "\"decoder\": [{\"type\": \"linear\", \"out\": 768}, {\"type\": \"reshape\", \"shape\": "
        "[3, 16, 16]}, {\"type\": \"sigmoid\"}]}}, \"optimizer\": {\"lr\": 0},"
        "\"train\": {\"batch_size\": 8, \"epochs\": 3}}";
    lk_config config = lk_test_config(still);
    lk_safetensors *file = NULL;
    lk_error err;
    char path[LK_PATH_MAX + 64];
    assert_ok(train_config(lk_test_context(), &p, &config, false, NULL, &err), &err);
    snprintf(path, sizeof path, "%s/checkpoints/best.safetensors", p.run);
    assert_ok(lk_safetensors_open(path, &file, &err), &err);
    assert_string_equal(lk_safetensors_metadata(file, "likeness.epoch"), "1");
    lk_safetensors_close(file);
    lk_config_deinit(&config);
}

/* The last line of metrics.jsonl. */
static void last_line(const struct place *p, lk_json *json) {
    char out[8192];
    lk_error err;
    assert_int_equal(lk_test_run(out, sizeof out, "tail -n 1 '%s/metrics.jsonl'", p->run), 0);
    assert_ok(lk_json_parse(out, strlen(out), "metrics.jsonl", json, &err), &err);
}

static double number_at(const cJSON *object, const char *const *keys, int n) {
    for (int i = 0; i < n; i++) object = cJSON_GetObjectItemCaseSensitive(object, keys[i]);
    return cJSON_IsNumber(object) ? object->valuedouble : (double)NAN;
}

/* What validation says of a trained model's terms, once more by hand; the model holds the averaged
   weights where there are some. */
static void check_validation_terms(const char *folder, const char *average) {
    struct place p = place(folder);
    static const char text[] = TINY_CONFIG(", \"regularizer\": {\"weight\": 0.25}, \"seed\": 4");
    const char *const sets[] = { "model.type=mmd", "train.epochs=1", average };
    lk_config config;
    lk_error err;
    assert_ok(lk_config_parse_text(text, strlen(text), "tiny", sets, 3, &config, &err), &err);
    assert_ok(train_config(lk_test_context(), &p, &config, false, NULL, &err), &err);
    lk_net net;
    lk_pack *pack = NULL;
    lk_loader *loader = NULL;
    lk_safetensors *file = NULL;
    char path[LK_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/model.safetensors", p.run);
    assert_ok(
        lk_net_init(&net, lk_test_context(), &config, (lk_image_shape){ 16, 3 }, 8, 4, true, &err),
        &err);
    assert_ok(lk_safetensors_open(path, &file, &err), &err);
    assert_ok(
        lk_tensors_load(file, path, &net.params, LK_PARAM_TRAINED, net.params.trained, "", &err),
        &err);
    assert_ok(lk_tensors_load(file, path, &net.params, LK_PARAM_STATISTIC, net.params.statistics,
                              "", &err),
              &err);
    assert_ok(lk_pack_open(p.pack, lk_test_context(), &pack, &err), &err);
    assert_ok(lk_loader_create(pack, &(lk_loader_options){ .split = LK_SPLIT_VAL, .batch_size = 8 },
                               &loader, &err),
              &err);
    int n = lk_pack_count(pack, LK_SPLIT_VAL), n_whole = n / 8;
    assert_true(n_whole >= 2 && n % 8 >= 2); /* else this test sees nothing */
    double reconstruction = 0, mmd = 0;
    for (int batch = 0; batch < lk_loader_batches(loader); batch++) {
        int n_valid =
            lk_loader_fill(loader, lk_test_context(), 0, batch, net.model.images->value, NULL);
        lk_graph_forward(net.graph, LK_EVAL, n_valid, (uint32_t)batch);
        reconstruction += (double)net.model.terms[0].value->value[0] * n_valid / n;
        if (n_valid == 8) mmd += (double)net.model.terms[1].value->value[0] / n_whole;
    }
    lk_json json = { 0 };
    last_line(&p, &json);
    assert_near(number_at(json.root, (const char *[]){ "val_terms", "reconstruction", "value" }, 3),
                reconstruction, 1e-12);
    assert_near(number_at(json.root, (const char *[]){ "val_terms", "mmd", "value" }, 3), mmd,
                1e-12);
    assert_near(number_at(json.root, (const char *[]){ "val_terms", "mmd", "weighted" }, 3),
                0.25 * mmd, 1e-12);
    assert_near(number_at(json.root, (const char *[]){ "val_loss" }, 1),
                reconstruction + 0.25 * mmd, 1e-12);
    assert_near(number_at(json.root, (const char *[]){ "val_codes", "n" }, 2), n, 0);
    assert_near(number_at(json.root, (const char *[]){ "val_codes", "latents" }, 2), 6, 0);
    assert_true(isfinite(number_at(json.root, (const char *[]){ "val_codes", "mmd" }, 2)));
    lk_json_deinit(&json);
    lk_loader_destroy(loader);
    lk_pack_close(pack);
    lk_safetensors_close(file);
    lk_net_deinit(&net);
    lk_config_deinit(&config);
}

static void validation_terms_count_images_and_mmd_whole_batches(void **state) {
    (void)state;
    check_validation_terms("terms", "optimizer.average=0");
}

static void validation_is_of_the_averaged_weights(void **state) {
    (void)state;
    check_validation_terms("averaged", "optimizer.average=0.9");
}

static void without_validation_the_model_is_the_last_average(void **state) {
    (void)state;
    struct place p = place("unvalidated");
    lk_prepare_options options = lk_prepare_defaults();
    lk_prepare_report report;
    lk_config config = lk_test_config(TINY_CONFIG(", \"optimizer\": {\"average\": 0.8}"));
    lk_net net;
    lk_error err;
    options.source = "synthetic";
    options.count = 20;
    options.size = 16;
    options.val = 0;
    assert_ok(lk_prepare(&options, lk_test_context(), p.pack, &report, &err), &err);
    assert_ok(train_config(lk_test_context(), &p, &config, false, NULL, &err), &err);
    assert_ok(
        lk_net_init(&net, lk_test_context(), &config, (lk_image_shape){ 16, 3 }, 8, 4, true, &err),
        &err);
    static const char last[] = "checkpoints/last.safetensors";
    lk_real *model = stored(&p, "model.safetensors", "", &net.params),
            *average = stored(&p, last, "average.", &net.params),
            *weights = stored(&p, last, "", &net.params);
    size_t bytes = net.params.n_trained * sizeof *model;
    assert_memory_equal(model, average, bytes);
    assert_memory_not_equal(model, weights, bytes);
    lk_free(model);
    lk_free(average);
    lk_free(weights);
    lk_net_deinit(&net);
    lk_config_deinit(&config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_takes_the_steps_that_its_config_says),
        cmocka_unit_test(of_equal_epochs_the_first_is_the_best),
        cmocka_unit_test(validation_terms_count_images_and_mmd_whole_batches),
        cmocka_unit_test(validation_is_of_the_averaged_weights),
        cmocka_unit_test(without_validation_the_model_is_the_last_average),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
