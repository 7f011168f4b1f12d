/* Running the program, and making its input files. */
#include "program.h"
#include "net/trained.h"
#include "tensor/gemm.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

lk_context context;
static lk_comm comm;
static lk_json json;

const char *in_folder(const char *name) {
    return lk_test_path(folder, name);
}

void put(const char *name, const void *data, size_t n_bytes) {
    lk_test_write(in_folder(name), data, n_bytes);
}

void make_folder_of(const char *name) {
    lk_error err;
    assert_ok(lk_folder_create(in_folder(name), &err), &err);
}

void draw(const char *name, int width, int height, int seed, bool grey) {
    lk_image image;
    lk_error err;
    assert_ok(lk_image_init(&image, width, height, 3, &err), &err);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++) {
                double wave =
                    sin(0.3 * x + seed + (grey ? 0 : c)) * cos(0.2 * y * (1 + 0.1 * seed));
                image.pixels[(y * width + x) * 3 + c] = (uint8_t)(128 + 100 * wave);
            }
    assert_ok(lk_image_write_png(in_folder(name), &image, &err), &err);
    lk_image_deinit(&image);
}

const char small_config[] =
    "{\"name\": \"small\", \"seed\": 3, \"model\": {\"latent\": 6, \"architecture\": {"
    "\"encoder\": [{\"type\": \"conv\", \"out\": 5, \"kernel\": 4, \"stride\": 4, \"padding\": 0}, "
    "{\"type\": \"batch_norm\"},"
    " {\"type\": \"relu\"}, {\"type\": \"flatten\"}],"
    "\"decoder\": [{\"type\": \"linear\", \"out\": 80}, {\"type\": \"reshape\", \"shape\": [5, 4, "
    "4]},"
    " {\"type\": \"conv_transpose\", \"out\": 0, \"kernel\": 4, \"stride\": 4, \"padding\": 0}, "
    "{\"type\": \"sigmoid\"}]}},"
    "\"train\": {\"batch_size\": 4}}";

void make_model(const char *name, int channels) {
    make_model_of(name, channels, "seed=3");
}

void make_model_of(const char *name, int channels, const char *set) {
    make_model_for(name, channels, set, NULL);
}

void make_model_for(const char *name, int channels, const char *set, const lk_preparation *data) {
    lk_config config = { 0 };
    lk_net net = { 0 };
    lk_error err;
    assert_ok(
        lk_config_parse_text(small_config, strlen(small_config), "small", &set, 1, &config, &err),
        &err);
    assert_ok(
        lk_net_init(&net, &context, &config, (lk_image_shape){ SIDE, channels }, 1, 1, false, &err),
        &err);
    assert_ok(lk_model_write(in_folder(name), &net, &config, data, NULL, net.params.trained, &err),
              &err);
    lk_net_deinit(&net);
    lk_config_deinit(&config);
}

lk_npy array_of(const char *name) {
    lk_npy array;
    lk_error err;
    assert_ok(lk_npy_read(in_folder(name), &array, &err), &err);
    return array;
}

lk_image picture_of(const char *name) {
    lk_image image;
    lk_error err;
    assert_ok(lk_image_read(in_folder(name), &image, &err), &err);
    return image;
}

void assert_same_pixels(const char *a, const char *b) {
    lk_image of_a = picture_of(a), of_b = picture_of(b);
    assert_int_equal(of_a.width, of_b.width);
    assert_int_equal(of_a.height, of_b.height);
    assert_memory_equal(of_a.pixels, of_b.pixels, lk_image_bytes(&of_a));
    lk_image_deinit(&of_a);
    lk_image_deinit(&of_b);
}

lk_image picture_in(const lk_npy *array, int i) {
    lk_image image;
    lk_error err;
    assert_ok(lk_image_init(&image, SIDE, SIDE, 3, &err), &err);
    for (int c = 0; c < 3; c++)
        for (int k = 0; k < SIDE * SIDE; k++) {
            double value = array->values[(i * 3 + c) * SIDE * SIDE + k];
            image.pixels[k * 3 + c] = (uint8_t)lround(255 * value);
        }
    return image;
}

lk_test_place assert_shows(const lk_image *figure, const lk_image *picture) {
    lk_test_place place = { 0 };
    if (!lk_test_find(figure, picture, LK_TEST_SHOWN / SIDE, &place))
        fail_msg("expected a figure that shows the picture, got none");
    return place;
}

int likeness(const char *format, ...) {
    char words[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    return lk_test_run(out, sizeof out, "cd '%s' && '%s' %s", folder, LIKENESS_PROGRAM, words);
}

const cJSON *json_of(const char *words) {
    lk_error err;
    int code = lk_test_run(out, sizeof out, "(cd '%s' && '%s' %s 2>/dev/null)", folder,
                           LIKENESS_PROGRAM, words);
    if (code != 0) fail_msg("likeness %s: exit code %d", words, code);
    assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
    lk_json_deinit(&json);
    assert_ok(lk_json_parse(out, strlen(out), words, &json, &err), &err);
    assert_true(cJSON_IsObject(json.root));
    return json.root;
}

double number(const cJSON *object, const char *key) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!value) fail_msg("no key %s", key);
    if (!cJSON_IsNumber(value) && !cJSON_IsNull(value)) fail_msg("%s is no number", key);
    return cJSON_IsNull(value) ? (double)NAN : value->valuedouble;
}

const char *string(const cJSON *object, const char *key) {
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    if (!value) fail_msg("no string %s", key);
    return value;
}

const cJSON *item(const cJSON *object, const char *key, int i) {
    const cJSON *value = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(object, key), i);
    if (!value) fail_msg("no item %d of %s", i, key);
    return value;
}

void check_rows(const struct row *rows, size_t n, int expected) {
    for (size_t i = 0; i < n; i++) {
        int code = likeness("%s", rows[i].words);
        assert_contains(out, rows[i].message);
        if (code != expected)
            fail_msg("likeness %s: expected exit code %d, got %d", rows[i].words, expected, code);
    }
}

int program_start(void **state) {
    (void)state;
    lk_error err;
    snprintf(folder, sizeof folder, "%s", lk_test_folder(program_invocation_short_name));
    comm = lk_comm_single();
    context.comm = &comm;
    assert_ok(lk_blas_prepare(&err), &err);
    assert_ok(lk_kernels_choose(&context.kernels, &err), &err);
    assert_ok(lk_threads_create(2, &context.threads, &err), &err);
    return 0;
}

int program_end(void **state) {
    (void)state;
    lk_threads_destroy(context.threads);
    lk_json_deinit(&json);
    return 0;
}

/* ---- what a run wrote ---- */

char *text_of(const char *name) {
    char *text = NULL;
    size_t n;
    lk_error err;
    assert_ok(lk_file_read(in_folder(name), 1 << 24, &text, &n, &err), &err);
    return text;
}

void assert_same_bytes(const char *a, const char *b) {
    char *of_a = NULL, *of_b = NULL;
    size_t n_a = 0, n_b = 0;
    lk_error err;
    assert_ok(lk_file_read(in_folder(a), 1 << 24, &of_a, &n_a, &err), &err);
    assert_ok(lk_file_read(in_folder(b), 1 << 24, &of_b, &n_b, &err), &err);
    assert_int_equal(n_a, n_b);
    assert_memory_equal(of_a, of_b, n_a);
    lk_free(of_a), lk_free(of_b);
}

cJSON *record_line(const char *file, const char *type, int n) {
    char *text = text_of(file), *rest = NULL;
    cJSON *found = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line && !found;
         line = strtok_r(NULL, "\n", &rest)) {
        cJSON *object = cJSON_Parse(line);
        if (strcmp(string(object, "type"), type) == 0 && n-- == 0)
            found = object;
        else
            cJSON_Delete(object);
    }
    lk_free(text);
    assert_non_null(found);
    return found;
}
