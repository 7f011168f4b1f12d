/* What info can tell about: a kind of file each. Private to the info command. */
#ifndef LIKENESS_CLI_INFO_H
#define LIKENESS_CLI_INFO_H

#include "cli/command.h"

#include <likeness/config.h>
#include <likeness/pack.h>

enum { LK_INFO_ALL_SPLITS = LK_N_SPLITS };

typedef struct lk_info_options {
    lk_strings set;
    int64_t size, channels; /* of the images a config is to take */
    int split;              /* that `names` lists: lk_split, or LK_INFO_ALL_SPLITS */
    char augment[LK_WORDS_MAX], data[LK_WORDS_MAX];
    bool names, tensors, json;
} lk_info_options;

/** The code of a config in words: "128", "4 x 8 x 8". Returns `out`. */
const char *lk_info_code(const lk_config *config, char *out, size_t n_bytes);
/** Add it as "latent", a number or a list of three. Returns false where memory is short. */
bool lk_info_add_code(struct cJSON *json, const lk_config *config);

/** Tell on standard output what the file holds. Errors: those of reading it; LK_WRITE,
 * LK_MEMORY. */
lk_status lk_info_config(lk_cli *cli, const char *path, lk_error *err);
/** Write a picture of training pictures as a config's augmentations change them. Errors: those of
 * reading both; LK_USAGE without --data; LK_WRITE, LK_MEMORY. */
lk_status lk_info_augment(lk_cli *cli, const char *path, lk_error *err);
lk_status lk_info_pack(lk_cli *cli, const char *path, lk_error *err);
lk_status lk_info_tensors(lk_cli *cli, const char *path, lk_error *err);
/** The folder of a run. */
lk_status lk_info_run(lk_cli *cli, const char *path, lk_error *err);

#endif
