/* Headers of safetensors alone: how many bytes of data follow stands in the input's first two
   bytes. */
#include "fuzz.h"
#include "io/safetensors_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    struct header header = { 0 };
    lk_error err = { "" };
    if (n_bytes < 2) return 0;
    size_t data_bytes = (size_t)data[0] + 256 * (size_t)data[1], end = 0;
    if (!fuzz_read(lk_header_read((const char *)data + 2, n_bytes - 2, data_bytes, &header, &err),
                   LK_FORMAT, &err))
        return 0;
    for (size_t i = 0; i < header.n; i++) {
        fuzz_check(header.entries[i].begin == end && header.entries[i].end >= end,
                   "a hole or an overlap");
        end = header.entries[i].end;
    }
    fuzz_check(end == data_bytes, "the tensors are not all of the data");
    lk_header_deinit(&header);
    return 0;
}
