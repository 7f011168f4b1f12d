/* How much scratch a window of structural similarity needs. */
#include "tensor/structure.h"
#include "structure.h"

size_t lk_structure_scratch(const lk_structure *w) {
    size_t before = lk_structure_whole((size_t)(w->size - 1) * (size_t)w->c),
           n_rows = 2 * LK_MEANS + 1 + LK_SLOPES * (size_t)(w->size + 3 + LK_STRUCTURE_BLOCK);
    return n_rows * lk_structure_stride(w) + before;
}
