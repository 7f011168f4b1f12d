/* A run small enough for tests. */
#include "tiny.h"
#include "base/file.h"

#include <likeness/memory.h>
#include <likeness/prepare.h>

#include <stdio.h>
#include <string.h>

static void draw_pack(const char *path, int n) {
    lk_error err;
    lk_prepare_options options = lk_prepare_defaults();
    lk_prepare_report report;
    options.source = "synthetic";
    options.count = n;
    options.size = 16;
    assert_ok(lk_prepare(&options, lk_test_context(), path, &report, &err), &err);
}

/* To draw the faces takes longer than to train on them, so a program draws them once. */
const char *lk_test_pack(const char *folder, int n) {
    static char path[LK_PATH_MAX], *bytes;
    static size_t n_bytes;
    static int n_drawn;
    lk_error err;
    snprintf(path, sizeof path, "%s/faces.lkd", folder);
    if (n == n_drawn) {
        lk_test_write(path, bytes, n_bytes);
        return path;
    }
    draw_pack(path, n);
    lk_free(bytes);
    assert_ok(lk_file_read(path, 1 << 24, &bytes, &n_bytes, &err), &err);
    n_drawn = n;
    return path;
}

void lk_test_tiny(const char *name, int n, const char *config, char folder[LK_PATH_MAX]) {
    snprintf(folder, LK_PATH_MAX, "%s", lk_test_folder(name));
    lk_test_pack(folder, n);
    lk_test_write(lk_test_path(folder, "tiny.json"), config, strlen(config));
}

lk_config lk_test_config(const char *text) {
    lk_config config;
    lk_error err;
    assert_ok(lk_config_parse_text(text, strlen(text), "tiny.json", NULL, 0, &config, &err), &err);
    return config;
}
