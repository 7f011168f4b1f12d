/**
 * For tests of the program: run it in a scratch folder, read what it says, and make the files it is
 * given. A test's main gives program_start and program_end to cmocka.
 */
#ifndef LIKENESS_TEST_PROGRAM_H
#define LIKENESS_TEST_PROGRAM_H

#include "base/file.h"
#include "support.h"

#include <cjson/cJSON.h>

enum { SIDE = 16 }; /* of the pictures and models made here */

/* the scratch folder: where the program runs and all names below are */
extern char folder[LK_PATH_MAX];
extern char out[1 << 17];  /* what the program wrote last */
extern lk_context context; /* for what tests do by the library */

int program_start(void **state);
int program_end(void **state);

/* ---- files ---- */

/** The path of a name; good for the next three calls. */
const char *in_folder(const char *name);
void put(const char *name, const void *data, size_t n_bytes);
void make_folder_of(const char *name);
/** A PNG of smooth colours that depend on `seed`; grey: of equal channels. */
void draw(const char *name, int width, int height, int seed, bool grey);
/** A config of a network for pictures of SIDE x SIDE, and a model file of it with its first
 * weights. */
extern const char small_config[];
void make_model(const char *name, int channels);
/** The same of the config with one thing changed, as --set does. */
void make_model_of(const char *name, int channels, const char *set);

/* ---- the program ---- */

/** Exit code of `likeness WORDS` in the scratch folder; both outputs in `out`. */
int likeness(const char *format, ...) LK_PRINTF(1, 2);

/** Words, and what the program must say to them. */
struct row {
    const char *words, *message;
};
/** Run every row; each must end with that exit code. */
void check_rows(const struct row *rows, size_t n, int wanted);

/** Standard output of `likeness WORDS`, which must be one line that is one JSON object; good until
 * the next call. */
const cJSON *json_of(const char *words);
/** A number of an object; NaN where it is null. */
double number(const cJSON *object, const char *key);
const char *string(const cJSON *object, const char *key);
const cJSON *item(const cJSON *object, const char *key, int i);

#endif
