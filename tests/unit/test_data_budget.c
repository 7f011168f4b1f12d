/* Pixels that threads share while they decode. */
#include "data/budget.h"
#include "support.h"

#include <likeness/threads.h>

#include <sched.h>
#include <stdatomic.h>

enum { N_TASKS = 400, MILLION = 1 << 20 };

static lk_budget budget;
static atomic_long n_used, n_large, n_pictures, n_faults;

/* A picture of some size; every seventh is large. The claim is first an estimate, as from the size
   of a file. Only the test's own thread may use cmocka, so faults are counted. */
static void decode(void *context, int index, int thread) {
    lk_claim claim = { .budget = &budget };
    long n = index % 7 == 0 ? (17L + index % 48) * MILLION : (1L + index % 16) * MILLION;
    bool large = n > LK_IMAGE_LARGE;
    (void)context, (void)thread;
    lk_claim_take(&claim, (size_t)(index % 3) * 8 * MILLION);
    lk_claim_take(&claim, (size_t)n);
    long now = atomic_fetch_add(&n_used, n) + n;
    if (large) atomic_fetch_add(&n_large, 1);
    for (int i = 0; i < 20; i++) {
        sched_yield(); /* so that others would come in */
        n_faults += n_used > LK_IMAGE_PIXELS_MAX || (large && (n_large > 1 || n_used > now));
    }
    if (large) atomic_fetch_sub(&n_large, 1);
    atomic_fetch_add(&n_pictures, 1);
    atomic_fetch_sub(&n_used, n);
    lk_claim_end(&claim);
}

static void a_large_picture_is_alone_and_others_share_64_million_pixels(void **state) {
    (void)state;
    lk_threads *threads = NULL;
    lk_error err;
    assert_ok(lk_threads_create(8, &threads, &err), &err);
    lk_budget_init(&budget);
    lk_threads_run(threads, N_TASKS, decode, NULL);
    assert_int_equal(n_faults, 0);
    assert_int_equal(n_pictures, N_TASKS);
    assert_int_equal(budget.n_free, LK_IMAGE_PIXELS_MAX);
    lk_budget_deinit(&budget);
    lk_threads_destroy(threads);
}

static void without_a_budget_nothing_waits(void **state) {
    (void)state;
    lk_claim claim = { 0 };
    lk_claim_take(&claim, 60 * MILLION);
    lk_claim_take(&claim, 61 * MILLION);
    lk_claim_end(&claim);
    assert_int_equal(claim.n_held, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_picture_is_alone_and_others_share_64_million_pixels),
        cmocka_unit_test(without_a_budget_nothing_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
