/* compare --loss on photographs, against plain numpy float64 and scikit-image
   (scripts/golden/literal.py). */
#include "program.h"

#include <math.h>
#include <stdio.h>

#include "literal_values.h"

/* Pictures are converted to the build's numbers; in float this is most of the difference. */
#define TOLERANCE (sizeof(lk_real) == 8 ? 1e-10 : 1e-7)

static const cJSON *compare(const char *x, const char *y, const char *loss) {
    char words[2 * LK_PATH_MAX];
    snprintf(words, sizeof words,
             "compare '%s/tests/golden/photo_%s.png' '%s/tests/golden/photo_%s.png' --json%s%s%s",
             LIKENESS_SOURCE, x, LIKENESS_SOURCE, y, *loss ? " --loss '" : "", loss,
             *loss ? "'" : "");
    return json_of(words);
}

static void ssim_of_photographs_is_that_of_scikit_image(void **state) {
    (void)state;
    for (size_t i = 0; i < LK_COUNT(golden_photos); i++) {
        const struct golden_photos *row = &golden_photos[i];
        assert_near(number(compare(row->x, row->y, ""), "ssim"), row->ssim, TOLERANCE);
        assert_near(number(compare(row->x, row->y, "ssim"), "loss"), 1 - row->ssim, TOLERANCE);
    }
}

static void every_loss_of_photographs_is_that_of_its_formula_in_numpy(void **state) {
    (void)state;
    for (size_t i = 0; i < LK_COUNT(golden_losses); i++) {
        const struct golden_loss *row = &golden_losses[i];
        double got = number(compare(row->x, row->y, row->loss), "loss");
        if (!(fabs(got - row->value) <= TOLERANCE * fmax(1, row->value)))
            fail_msg("%s and %s, %s: expected %.12g, got %.12g", row->x, row->y, row->loss,
                     row->value, got);
    }
}

static void every_loss_of_a_photograph_and_itself_is_0(void **state) {
    (void)state;
    for (size_t i = 0; i < LK_COUNT(golden_losses); i++)
        assert_near(number(compare("cat", "cat", golden_losses[i].loss), "loss"), 0, 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ssim_of_photographs_is_that_of_scikit_image),
        cmocka_unit_test(every_loss_of_photographs_is_that_of_its_formula_in_numpy),
        cmocka_unit_test(every_loss_of_a_photograph_and_itself_is_0),
    };
    return cmocka_run_group_tests(tests, program_start, program_end);
}
