/* JSON as the library reads it: what passes is printed, reads back, and prints the same again. */
#include "fuzz.h"

#include <likeness/json.h>

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    lk_json json = { 0 }, again = { 0 };
    lk_text first = { 0 }, second = { 0 };
    lk_error err = { "" };
    if (fuzz_read(lk_json_parse((const char *)data, n_bytes, "fuzz.json", &json, &err), LK_USAGE,
                  &err)) {
        fuzz_check(lk_json_print(json.root, n_bytes % 2, &first, &err) == LK_OK,
                   "cannot be printed");
        fuzz_check(lk_json_parse(first.data, first.n, "printed", &again, &err) == LK_OK, err.text);
        fuzz_check(lk_json_print(again.root, n_bytes % 2, &second, &err) == LK_OK,
                   "cannot be printed twice");
        fuzz_check(strcmp(first.data, second.data) == 0, "reads back as something else");
    }
    lk_json_deinit(&json);
    lk_json_deinit(&again);
    lk_text_deinit(&first);
    lk_text_deinit(&second);
    return 0;
}
