/* A thread never waits while it holds pixels, so two cannot wait for each other. */
#include "data/budget.h"

void lk_budget_init(lk_budget *budget) {
    pthread_mutex_init(&budget->mutex, NULL);
    pthread_cond_init(&budget->given_back, NULL);
    budget->n_free = LK_IMAGE_PIXELS_MAX;
}

void lk_budget_deinit(lk_budget *budget) {
    pthread_cond_destroy(&budget->given_back);
    pthread_mutex_destroy(&budget->mutex);
}

void lk_claim_take(void *claim, size_t n_pixels) {
    lk_claim *mine = claim;
    lk_budget *budget = mine->budget;
    size_t n = n_pixels > LK_IMAGE_LARGE ? LK_IMAGE_PIXELS_MAX : n_pixels;
    if (!budget || n == mine->n_held) return;
    pthread_mutex_lock(&budget->mutex);
    budget->n_free += mine->n_held;
    mine->n_held = 0;
    pthread_cond_broadcast(&budget->given_back);
    while (budget->n_free < n) pthread_cond_wait(&budget->given_back, &budget->mutex);
    budget->n_free -= n;
    mine->n_held = n;
    pthread_mutex_unlock(&budget->mutex);
}

void lk_claim_end(lk_claim *claim) {
    if (claim->n_held) lk_claim_take(claim, 0);
}
