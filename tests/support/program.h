/**
 * For tests of the program: run it in the scratch folder of shell.h, read its output, and make its
 * input files. All names are relative to that folder. The main function of a test passes
 * program_start and program_end to cmocka.
 */
#ifndef LIKENESS_TEST_PROGRAM_H
#define LIKENESS_TEST_PROGRAM_H

#include "io/npy.h"
#include "net/preparation.h"
#include "pictures.h"
#include "shell.h"

#include <likeness/image.h>

#include <cjson/cJSON.h>

enum { SIDE = 16 }; /* side of the pictures and models made here */

extern lk_context context; /* for direct calls of the library */

int program_start(void **state);
int program_end(void **state);

/* ---- files ---- */

/** The path of a name. It lives until the fourth call after this one. */
const char *in_folder(const char *name);
void put(const char *name, const void *data, size_t n_bytes);
void make_folder_of(const char *name);
/** A PNG of smooth colours that depend on `seed`; grey: with equal channels. */
void draw(const char *name, int width, int height, int seed, bool grey);
/** A config of a network for pictures of SIDE x SIDE, and a model file of it with the initial
 * weights. */
extern const char small_config[];
void make_model(const char *name, int channels);
/** The same with one value of the config changed, as --set does. */
void make_model_of(const char *name, int channels, const char *set);
/** The same, for pictures that were prepared like that. */
void make_model_for(const char *name, int channels, const char *set, const lk_preparation *data);

/** What a file holds. */
lk_npy array_of(const char *name);
lk_image picture_of(const char *name);
/** Fails unless two pictures have the same pixels; their files may differ in their notes. */
void assert_same_pixels(const char *a, const char *b);
/** Picture number i of an array N x 3 x SIDE x SIDE, as bytes. */
lk_image picture_in(const lk_npy *array, int i);
/** Where a figure shows a picture of SIDE x SIDE; fails where it does not. */
lk_test_place assert_shows(const lk_image *figure, const lk_image *picture);

/* ---- the program ---- */

/** Run `likeness WORDS` in the scratch folder. Returns the exit code; `out` gets both outputs. */
int likeness(const char *format, ...) LK_PRINTF(1, 2);

/** Words for the program, and what it must print. */
struct row {
    const char *words, *message;
};
/** Run every row. Each must end with that exit code. */
void check_rows(const struct row *rows, size_t n, int expected);

/** Run `likeness WORDS`, whose standard output must be one line with one JSON object. The result
 * lives until the next call. */
const cJSON *json_of(const char *words);
/** A number of an object; NaN if it is null. */
double number(const cJSON *object, const char *key);
const char *string(const cJSON *object, const char *key);
const cJSON *item(const cJSON *object, const char *key, int i);

/* ---- what a run wrote ---- */

/** The text of a file; the caller frees it with lk_free. */
char *text_of(const char *name);
void assert_same_bytes(const char *a, const char *b);
/** The n-th line (from 0) of that type in a run's metrics.jsonl. The caller deletes it. */
cJSON *record_line(const char *file, const char *type, int n);

#endif
