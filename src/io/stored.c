/* The types of stored numbers. */
#include "io/stored.h"

static const struct {
    const char *name;
    size_t n_bytes;
} types[LK_N_STORED_TYPES] = {
#define ROW(name, bytes) { #name, bytes },
    LK_STORED_TYPE_LIST(ROW)
#undef ROW
};

const char *lk_stored_type_name(lk_stored_type type) {
    return types[type].name;
}

size_t lk_stored_type_bytes(lk_stored_type type) {
    return types[type].n_bytes;
}
