/*
 * In place of libFuzzer, for the normal tests: replay FOLDER runs a target on every file of a
 * corpus, on truncations of it and with single bits turned over, always the same ones.
 */
#include "base/file.h"
#include "fuzz.h"

#include <likeness/text.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CUTS = 24, FLIPS = 48, FILE_BYTES_MAX = 1 << 20 };

static long n_inputs;

/* In a block of exactly its size, so that a sanitizer sees what is read beyond. */
static void run(const uint8_t *data, size_t n_bytes) {
    uint8_t *copy = malloc(n_bytes ? n_bytes : 1);
    fuzz_check(copy != NULL, "no memory");
    memcpy(copy, data, n_bytes);
    LLVMFuzzerTestOneInput(copy, n_bytes);
    free(copy);
    n_inputs++;
}

static void replay(uint8_t *data, size_t n_bytes) {
    run(data, n_bytes);
    for (size_t i = 0; i < CUTS && i < n_bytes; i++)
        run(data, n_bytes < CUTS ? i : i * n_bytes / CUTS);
    for (size_t i = 0; i < FLIPS && i < n_bytes; i++) {
        size_t at = n_bytes < FLIPS ? i : i * n_bytes / FLIPS;
        uint8_t bit = (uint8_t)(1 << i % 8);
        data[at] ^= bit;
        run(data, n_bytes);
        data[at] ^= bit;
    }
}

static void replay_file(const char *folder, const char *name) {
    static uint8_t data[FILE_BYTES_MAX];
    char path[2 * LK_PATH_MAX];
    lk_format(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    fuzz_check(file != NULL, path);
    size_t n = fread(data, 1, sizeof data, file);
    fclose(file);
    replay(data, n);
}

static int is_visible(const struct dirent *item) {
    return item->d_name[0] != '.';
}

int main(int argc, char **argv) {
    struct dirent **items;
    int n = argc == 2 ? scandir(argv[1], &items, is_visible, alphasort) : -1;
    if (n < 1) {
        fprintf(stderr, "usage: replay FOLDER, with files in it\n");
        return 2;
    }
    for (int i = 0; i < n; i++) {
        replay_file(argv[1], items[i]->d_name);
        free(items[i]);
    }
    free(items);
    printf("%d files, %ld inputs\n", n, n_inputs);
    return 0;
}
