/* Folders of results: two rows, baselines.json and verdicts.json, each after a 0 byte; what is read
   becomes tables. */
#include "base/file.h"
#include "fuzz.h"
#include "report/report.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    static const char *const names[] = { "a-s1.json", "b-s1.json", "baselines.json",
                                         "verdicts.json", NULL };
    fuzz_parts parts = fuzz_split(data, n_bytes);
    const char *folder = fuzz_folder(names);
    lk_results results;
    lk_error err = { "" };
    for (int i = 0; names[i]; i++) {
        char path[LK_PATH_MAX];
        lk_format(path, sizeof path, "%s/%s", folder, names[i]);
        fuzz_file(path, parts.text[i], strlen(parts.text[i]));
    }
    lk_results_init(&results);
    if (fuzz_read(lk_results_read(&results, folder, NULL, &err), LK_FORMAT, &err) &&
        fuzz_read(lk_results_label(&results, &err), LK_FORMAT, &err)) {
        for (int format = 0; format < LK_N_REPORT_FORMATS; format++) {
            const lk_report_view view = { .sort = LK_SORT_LABEL };
            lk_text text = { 0 };
            fuzz_check(lk_report_print(&results, (lk_report_format)format, &view, &text, &err) ==
                           LK_OK,
                       err.text);
            lk_text_deinit(&text);
        }
        fuzz_check(lk_results_write_evidence(&results, "pairs", &err) == LK_OK, err.text);
    }
    lk_results_deinit(&results);
    fuzz_parts_free(&parts);
    return 0;
}
