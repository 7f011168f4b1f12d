/* One step of an optimiser over flat arrays. */
#include "isa.h"

#include <math.h>

/* Kingma, Ba: "Adam", ICLR 2015, algorithm 1; the decoupled decay of Loshchilov, Hutter, ICLR 2019;
   order of operations as PyTorch's. */
void lk_kernel_adam(size_t n, const lk_adam_step *step, const lk_real *gradient, lk_real *m,
                    lk_real *v, lk_real *w) {
    const lk_real beta1 = LK_R(step->beta1), beta2 = LK_R(step->beta2),
                  rest1 = LK_R(1 - step->beta1), rest2 = LK_R(1 - step->beta2);
    const lk_real scale = LK_R(step->gradient_scale), eps = LK_R(step->eps),
                  scale2 = LK_R(1 / sqrt(step->correction2));
    const lk_real rate = LK_R(step->lr / step->correction1),
                  decay = LK_R(step->decoupled ? 0 : step->weight_decay);
    const lk_real shrink = LK_R(step->decoupled ? 1 - step->lr * step->weight_decay : 1);
    LK_VECTOR for (size_t i = 0; i < n; i++) {
        lk_real g = scale * gradient[i] + decay * w[i];
        m[i] = beta1 * m[i] + rest1 * g;
        v[i] = beta2 * v[i] + rest2 * g * g;
        w[i] = shrink * w[i] - rate * (m[i] / (LK_SQRT(v[i]) * scale2 + eps));
    }
}

void lk_kernel_sgd(size_t n, const lk_sgd_step *step, const lk_real *gradient, lk_real *m,
                   lk_real *w) {
    const lk_real momentum = LK_R(step->first ? 0 : step->momentum),
                  scale = LK_R(step->gradient_scale), rate = LK_R(step->lr);
    const lk_real decay = LK_R(step->weight_decay),
                  ahead = LK_R(step->nesterov ? step->momentum : 0), own = step->nesterov ? 1 : 0;
    const lk_real held = 1 - own;
    LK_VECTOR for (size_t i = 0; i < n; i++) {
        lk_real g = scale * gradient[i] + decay * w[i];
        m[i] = momentum * m[i] + g;
        w[i] -= rate * (own * g + (held + ahead) * m[i]);
    }
}

void lk_kernel_average(size_t n, lk_real decay, const lk_real *w, lk_real *mean) {
    LK_VECTOR for (size_t i = 0; i < n; i++) mean[i] += (1 - decay) * (w[i] - mean[i]);
}
