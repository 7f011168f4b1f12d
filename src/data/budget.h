/* Memory for decoding: threads share a number of pixels, so that large pictures fit into it at any
   number of threads. */
#ifndef LIKENESS_DATA_BUDGET_H
#define LIKENESS_DATA_BUDGET_H

#include <likeness/image.h>

#include <pthread.h>

/** LK_IMAGE_PIXELS_MAX pixels at once. */
typedef struct lk_budget {
    pthread_mutex_t mutex;
    pthread_cond_t given_back;
    size_t n_free;
} lk_budget;

void lk_budget_init(lk_budget *budget);
void lk_budget_deinit(lk_budget *budget);

/** What one picture holds. Zero with only `budget` set; NULL there means no limit. */
typedef struct lk_claim {
    lk_budget *budget;
    size_t n_held;
} lk_claim;

/** Hold n_pixels, instead of what was held before. Waits until they are free; a picture of more
 * than LK_IMAGE_LARGE pixels waits until it is alone. `claim` is an lk_claim. */
void lk_claim_take(void *claim, size_t n_pixels);
/** Give back what is held. */
void lk_claim_end(lk_claim *claim);

#endif
