/* How much scratch a window of structural similarity needs: the rows of src/tensor/kernels/structure.c. */
#include <likeness/tensor.h>

size_t lk_structure_scratch(const lk_structure *w) {
    size_t row = (size_t)w->w * (size_t)w->c, padded = row + (size_t)(w->size - 1) * (size_t)w->c;
    size_t n_rows = 2 * LK_MEANS + 2 + LK_SLOPES * (size_t)(w->size + 1) + LK_SLOPES;
    return n_rows * row + LK_SLOPES * padded;
}
