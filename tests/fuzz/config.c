/* Configs: a text, then words of --set, each after a 0 byte. What is read is printed and reads back
   the same. */
#include "fuzz.h"

#include <likeness/config.h>

#include <string.h>

static void check_round_trip(const lk_config *config) {
    lk_config again;
    lk_text text = { 0 }, difference = { 0 };
    lk_error err = { "" };
    fuzz_check(lk_config_print(config, 64, &text, &err) == LK_OK, "cannot be printed");
    fuzz_check(lk_config_parse_text(text.data, text.n, "printed", NULL, 0, &again, &err) == LK_OK,
               err.text);
    fuzz_check(lk_config_difference(config, &again, 64, &difference, &err) == LK_OK,
               "cannot be compared");
    fuzz_check(difference.n == 0, difference.data ? difference.data : "");
    lk_config_deinit(&again);
    lk_text_deinit(&text);
    lk_text_deinit(&difference);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    fuzz_parts parts = fuzz_split(data, n_bytes);
    const char *sets[FUZZ_PARTS_MAX];
    lk_config config;
    lk_error err = { "" };
    for (size_t i = 1; i < parts.n; i++) sets[i - 1] = parts.text[i];
    const char *text = parts.text[0];
    lk_status status = lk_config_parse_text(text, strlen(text), "fuzz.json", sets, (int)parts.n - 1,
                                            &config, &err);
    if (fuzz_read(status, LK_USAGE, &err)) {
        check_round_trip(&config);
        lk_config_deinit(&config);
    }
    fuzz_parts_free(&parts);
    return 0;
}
