/* Whole safetensors files: what opens has tensors that lie in the file, by names that find them. */
#include "io/safetensors.h"
#include "fuzz.h"

#include <string.h>

static void check(const lk_safetensors *file) {
    size_t total = 0;
    for (size_t i = 0; i < lk_safetensors_count(file); i++) {
        const lk_stored_tensor *tensor = lk_safetensors_at(file, i);
        size_t n = lk_stored_type_bytes(tensor->type);
        for (int d = 0; d < tensor->n_dims; d++) n *= tensor->shape[d];
        fuzz_check(n == tensor->n_bytes, "shape and bytes differ");
        fuzz_check(lk_safetensors_find(file, tensor->name) == tensor,
                   "a name finds another tensor");
        fuzz_touch(tensor->data, tensor->n_bytes);
        total += n;
    }
    const char *value = lk_safetensors_metadata(file, "format");
    fuzz_touch(&total, sizeof total);
    if (value) fuzz_touch(value, strlen(value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    lk_safetensors *file = NULL;
    lk_error err = { "" };
    fuzz_file("/fuzz.safetensors", data, n_bytes);
    if (fuzz_read(lk_safetensors_open("/fuzz.safetensors", &file, &err), LK_FORMAT, &err))
        check(file);
    lk_safetensors_close(file);
    return 0;
}
