/* What a run's folder tells later: test.json, metrics.csv, config.json and metrics.jsonl, each
   after a 0 byte. */
#include "experiment/row.h"
#include "experiment/run_progress.h"
#include "fuzz.h"
#include "train/record.h"

#include <cjson/cJSON.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    static const char *const names[] = { "test.json", "metrics.csv", "config.json", "metrics.jsonl",
                                         NULL };
    fuzz_parts parts = fuzz_split(data, n_bytes);
    const char *folder = fuzz_folder(names);
    const lk_result_head head = { .label = "fuzz" };
    cJSON *row = NULL;
    lk_record record = { 0 };
    lk_error err = { "" };
    for (int i = 0; names[i]; i++) {
        char path[LK_PATH_MAX];
        lk_format(path, sizeof path, "%s/%s", folder, names[i]);
        fuzz_file(path, parts.text[i], strlen(parts.text[i]));
    }
    if (fuzz_read(lk_result_of_run(folder, &head, &row, &err), LK_FORMAT, &err)) cJSON_Delete(row);
    const lk_result stopped = { .folder = folder, .state = "stopped" };
    lk_run_progress progress;
    fuzz_read(lk_run_progress_read(&stopped, 1e9, &progress, &err), LK_MEMORY, &err);
    lk_run_progress_deinit(&progress);
    const lk_origin origin = { .path = "" };
    const lk_record_end end = { 4, 2, &origin, false };
    fuzz_read(lk_record_open(&record, folder, end, &err), LK_FORMAT, &err);
    lk_record_close(&record);
    fuzz_parts_free(&parts);
    return 0;
}
