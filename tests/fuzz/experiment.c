/* Experiments: the file, then after a 0 byte each a.json and base.json, configs that it may name
   and that may extend one another. */
#include "fuzz.h"

#include <likeness/experiment.h>

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    static const char *const names[] = { "/fuzz/experiment.json", "/fuzz/a.json",
                                         "/fuzz/base.json" };
    fuzz_parts parts = fuzz_split(data, n_bytes);
    lk_experiment experiment;
    lk_error err = { "" };
    for (size_t i = 0; i < LK_COUNT(names); i++)
        fuzz_file(names[i], parts.text[i], strlen(parts.text[i]));
    const char *sets[] = { "train.epochs=1", parts.text[3] };
    if (fuzz_read(lk_experiment_load(names[0], sets, parts.n > 3 ? 2 : 1, &experiment, &err),
                  LK_USAGE, &err)) {
        fuzz_check(experiment.n_runs > 0 && experiment.n_seeds > 0, "an experiment without runs");
        lk_experiment_deinit(&experiment);
    }
    fuzz_parts_free(&parts);
    return 0;
}
