/* Every model type: a file of this name and a row lk_model_<name>. */
#include <likeness/model.h>

#define LK_MODEL_LIST(X)                                                                           \
    X(ae)                                                                                          \
    X(vae)                                                                                         \
    X(mmd)                                                                                         \
    X(vq)

#define LK_MODEL_EXTERN(name) extern const lk_model_type lk_model_##name;
LK_MODEL_LIST(LK_MODEL_EXTERN)
#undef LK_MODEL_EXTERN
