/*
 * Configs nobody wrote: every config that comes with the program, changed at random. Each must
 * either train (two steps on four pictures a batch) or be refused as LK_USAGE, within 2 GB; a
 * learning rate may also lead it astray (LK_DIVERGED). The changes are the same at every run;
 * LIKENESS_LONG=1 tries twenty times as many.
 */
#include "base/file.h"
#include "base/limits.h"
#include "base/rng.h"
#include "support.h"

#include <likeness/prepare.h>
#include <likeness/train.h>

#include <cJSON.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* A small network for pictures of 64 x 64, with most kinds of layers: its lists are changed too,
   which a preset's name cannot be. */
static const char own_layers[] =
    "{\"encoder\": [{\"type\": \"conv\", \"out\": 8, \"stride\": 4}, {\"type\": \"batch_norm\"}, "
    "{\"type\": \"relu\"},"
    "{\"type\": \"conv\", \"out\": 8, \"kernel\": 3, \"stride\": 2}, {\"type\": \"leaky_relu\"}, "
    "{\"type\": \"flatten\"}],"
    "\"decoder\": [{\"type\": \"linear\", \"out\": 512}, {\"type\": \"reshape\", \"shape\": [8, 8, "
    "8]}, {\"type\": \"tanh\"},"
    "{\"type\": \"conv_transpose\", \"out\": 8}, {\"type\": \"batch_norm\"}, {\"type\": \"relu\"}, "
    "{\"type\": \"conv_transpose\", \"out\": "
    "8},"
    "{\"type\": \"conv_transpose\", \"out\": 0}, {\"type\": \"sigmoid\"}]}";

enum { N = 200, N_LONG = 4000 };

static char folder[LK_PATH_MAX - 64], pack[LK_PATH_MAX];
static glob_t configs;

static uint32_t below(lk_rng *rng, size_t n) {
    return lk_rng_below(rng, (uint32_t)n);
}

/* ---- changes of values ---- */

static int count(const cJSON *value) {
    int n = 1;
    for (const cJSON *child = value->child; child; child = child->next) n += count(child);
    return n;
}

/* Value number *n of a tree, and what holds it. */
static cJSON *find(cJSON *parent, cJSON *value, int *n, cJSON **holder) {
    *holder = parent;
    if ((*n)-- == 0) return value;
    for (cJSON *child = value->child; child; child = child->next) {
        cJSON *found = find(value, child, n, holder);
        if (found) return found;
    }
    return NULL;
}

static cJSON *odd_value(lk_rng *rng) {
    static const char *const texts[] = {
        "null",
        "true",
        "\"\"",
        "\"x\"",
        "[]",
        "{}",
        "[[]]",
        "-1",
        "0",
        "1",
        "2",
        "0.5",
        "1e-300",
        "1e37",
        "65536",
        "1048576",
        "2147483648",
        "9007199254740991",
        "-1e308",
        "[3, 5]",
        "[1048576, 1048576, 1048576]",
        "{\"type\": \"mmd\"}",
        "{\"type\": \"lwssim\"}",
        "\"dcgan\"",
        "\"sum\"",
        "\"cosine\"",
    };
    return cJSON_Parse(texts[below(rng, LK_COUNT(texts))]);
}

static void replace(cJSON *holder, cJSON *value, cJSON *by) {
    if (cJSON_IsObject(holder)) by->string = strdup(value->string);
    cJSON_ReplaceItemViaPointer(holder, value, by);
}

static const char *any_word(lk_rng *rng) {
    static const char *const words[] = { "type",  "model",   "train",   "conv",    "linear",
                                         "relu",  "sigmoid", "flatten", "reshape", "vae",
                                         "ssim",  "lwssim",  "ms_ssim", "kl",      "none",
                                         "sgd",   "weights", "windows", "out",     "latent",
                                         "steps", "extends" };
    return words[below(rng, LK_COUNT(words))];
}

/* One change of the tree. The root stays. */
static void change(cJSON *root, lk_rng *rng) {
    int n = 1 + (int)below(rng, (size_t)count(root) - 1);
    cJSON *holder = NULL, *value = find(NULL, root, &n, &holder);
    switch (below(rng, 6)) {
    case 0:
        replace(holder, value, odd_value(rng));
        break;
    case 1:
        cJSON_Delete(cJSON_DetachItemViaPointer(holder, value));
        break;
    case 2: /* twice */
        if (cJSON_IsObject(holder))
            cJSON_AddItemToObject(holder, value->string, cJSON_Duplicate(value, true));
        else
            cJSON_AddItemToArray(holder, cJSON_Duplicate(value, true));
        break;
    case 3:
        if (cJSON_IsNumber(value))
            replace(holder, value,
                    cJSON_CreateNumber(value->valuedouble * (below(rng, 2) ? 2 : 1000)));
        else
            replace(holder, value, cJSON_CreateString(any_word(rng)));
        break;
    case 4: /* to the end of its list */
        if (cJSON_IsArray(holder))
            cJSON_AddItemToArray(holder, cJSON_DetachItemViaPointer(holder, value));
        break;
    default:
        if (cJSON_IsObject(value)) cJSON_AddItemToObject(value, any_word(rng), odd_value(rng));
    }
}

/* ---- changes of text ---- */

static void damage(lk_text *text, lk_rng *rng) {
    for (uint32_t i = 0, n = 1 + below(rng, 3); i < n && text->n; i++) switch (below(rng, 3)) {
        case 0:
            text->data[below(rng, text->n)] = (char)below(rng, 256);
            break;
        case 1:
            text->data[below(rng, text->n)] = "{}[]\",:0-e/"[below(rng, 11)];
            break;
        default:
            text->n = below(rng, text->n);
        }
}

/* A config with one to three changes, as text. Named by its number alone. */
static void generate(int number, lk_text *out) {
    lk_rng rng = lk_rng_at(5, LK_STREAM_TEST, 0, (uint32_t)number);
    lk_config config;
    lk_text whole = { 0 };
    lk_error err;
    assert_ok(
        lk_config_load(configs.gl_pathv[below(&rng, configs.gl_pathc)], NULL, 0, &config, &err),
        &err);
    assert_ok(lk_config_print(&config, 64, &whole, &err), &err);
    cJSON *root = cJSON_ParseWithLength(whole.data, whole.n);
    cJSON *own = below(&rng, 8) ? cJSON_Parse(own_layers) : NULL;
    if (own)
        replace(cJSON_GetObjectItem(root, "model"),
                cJSON_GetObjectItem(cJSON_GetObjectItem(root, "model"), "architecture"), own);
    bool as_text = below(&rng, 5) == 0;
    for (uint32_t i = 0, n = 1 + below(&rng, 3); i < n && !as_text && root->child; i++)
        change(root, &rng);
    char *text = cJSON_Print(root);
    lk_text_add(out, "%s", text);
    if (as_text) damage(out, &rng);
    free(text);
    cJSON_Delete(root);
    lk_text_deinit(&whole);
    lk_config_deinit(&config);
}

/* ---- trying them ---- */

#define MEMORY_BYTES ((size_t)1 << 31) /* what a config may ask for */

/* of anonymous memory after any step; that of mapped files, checkpoints of gigabytes among them, is
   lent */
static size_t most_bytes;

static void note_memory(void *self, const lk_train_progress *progress) {
    size_t n_bytes = lk_memory_anonymous();
    (void)self, (void)progress;
    if (n_bytes > most_bytes) most_bytes = n_bytes;
}

static lk_status train(const lk_text *text, lk_error *err) {
    static const char *const sets[] = { "train.steps=2", "train.batch_size=4",
                                        "train.grid_images=1" };
    char out[LK_PATH_MAX];
    lk_config config;
    lk_status status =
        lk_config_parse_text(text->data, text->n, "generated", NULL, 0, &config, err);
    if (status) return status;
    lk_config_deinit(&config);
    status =
        lk_config_parse_text(text->data, text->n, "generated", sets, LK_COUNT(sets), &config, err);
    if (status) return status;
    snprintf(out, sizeof out, "%s/run", folder);
    lk_train_options options = {
        .config = &config, .data = pack, .out = out, .force = true, .progress = note_memory
    };
    status = lk_train_model(lk_test_context_alone(), &options, err);
    lk_config_deinit(&config);
    return status;
}

static void every_changed_config_trains_or_is_wrong_usage(void **state) {
    (void)state;
    long share, n_shares;
    if (lk_memory_available() < MEMORY_BYTES * 3 / 4) {
        print_message("SKIPPED: less than 1.5 GB of memory is free\n");
        skip();
    }
    int n = lk_test_share(&share, &n_shares) ? N_LONG : N, tried = 0, trained = 0, refused = 0,
        astray = 0, slowest = 0;
    double most_s = 0;
    for (int i = (int)share - 1; i < n; i += (int)n_shares) {
        lk_text text = { 0 };
        lk_error err = { "" };
        generate(i, &text);
        double begin = lk_seconds();
        lk_status status = train(&text, &err);
        double seconds = lk_seconds() - begin;
        if (seconds > most_s) most_s = seconds, slowest = i;
        tried++;
        trained += status == LK_OK;
        refused += status == LK_USAGE;
        astray += status == LK_DIVERGED;
        if (status != LK_OK && status != LK_USAGE && status != LK_DIVERGED)
            fail_msg("config %d: %s: %s\n%s", i, lk_status_words(status), err.text, text.data);
        if (status && !err.text[0]) fail_msg("config %d is refused without words", i);
        lk_text_deinit(&text);
    }
    printf("bad inputs: %d tried: %d configs trained, %d were refused, %d diverged; slowest %.1f s "
           "(config %d), at most %zu MB\n",
           tried, trained, refused, astray, most_s, slowest, most_bytes >> 20);
    assert_true(most_bytes > 64 << 20 && most_bytes < MEMORY_BYTES);
    /* else the changes are too small, or too large, to tell anything */
    assert_true(trained > tried / 20 && refused > tried / 5);
}

static int setup(void **state) {
    (void)state;
    lk_error err;
    lk_prepare_options options = lk_prepare_defaults();
    lk_prepare_report report;
    struct rlimit wish = { MEMORY_BYTES, MEMORY_BYTES };
    setrlimit(RLIMIT_RSS, &wish); /* the kernel does not look at it */
    snprintf(folder, sizeof folder, "%s", lk_test_folder("generated"));
    snprintf(pack, sizeof pack, "%s/faces.lkd", folder);
    options.source = "synthetic";
    options.count = 24;
    options.size = 64;
    options.val = 0.1;
    assert_ok(lk_prepare(&options, lk_test_context_alone(), pack, &report, &err), &err);
    glob(LIKENESS_SOURCE "/configs/paper/[amvz]*_*.json", 0, NULL, &configs);
    glob(LIKENESS_SOURCE "/configs/paper/zhao.json", GLOB_APPEND, NULL, &configs);
    glob(LIKENESS_SOURCE "/configs/quick/*.json", GLOB_APPEND, NULL, &configs);
    glob(LIKENESS_SOURCE "/configs/bench/*.json", GLOB_APPEND, NULL, &configs);
    assert_true(configs.gl_pathc >= 12);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    globfree(&configs);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_changed_config_trains_or_is_wrong_usage),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
