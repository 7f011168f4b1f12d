/* What a run's folder says of its length. */
#include "base/file.h"
#include "support.h"
#include "train/record.h"

#include <string.h>

static lk_status length_of(const char *csv, double *epochs, double *steps, lk_error *err) {
    const char *folder = lk_test_folder("record");
    lk_test_write(lk_test_path(folder, "metrics.csv"), csv, strlen(csv));
    return lk_record_length(folder, epochs, steps, err);
}

static void epochs_and_steps_are_found_by_the_names_of_their_columns(void **state) {
    (void)state;
    static const char *const files[] = {
        "epoch,step,lr\n1,10,0.5\n2,20,0.5\n",
        "step,epoch\n10,1\n20,2\n",
        "lr,val_mae,step,val_epoch,epoch\n0.5,,10,7,1\n0.5,,20,7,2\n\n",
        "epoch,step\n2,20",
    };
    for (size_t i = 0; i < LK_COUNT(files); i++) {
        double epochs = 0, steps = 0;
        lk_error err;
        assert_ok(length_of(files[i], &epochs, &steps, &err), &err);
        assert_near(epochs, 2, 0);
        assert_near(steps, 20, 0);
    }
}

static void a_run_that_was_imported_has_none(void **state) {
    (void)state;
    double epochs = 7, steps = 7;
    lk_error err;
    assert_ok(length_of("epoch,step,lr,train_loss\n", &epochs, &steps, &err), &err);
    assert_near(epochs, 0, 0);
    assert_near(steps, 0, 0);
}

static void a_table_without_them_is_refused(void **state) {
    (void)state;
    static const char *const files[] = {
        "",
        "epoch,step\n",
        "epoch,steps\n2,20\n",
        "epoch,lr,step\n2,20\n",
        "epoch,step\n,20\n",
        "epoch,step\n2,many\n",
        "epoch,step\n2,20 or so\n",
        "epoch,step\n0,20\n",
        "epoch,step\n2,-1\n",
        "epoch,step\nnan,20\n",
    };
    for (size_t i = 0; i < LK_COUNT(files); i++) {
        double epochs = 0, steps = 0;
        lk_error err;
        if (length_of(files[i], &epochs, &steps, &err) != LK_FORMAT) fail_msg("file %zu", i);
        assert_contains(err.text, "metrics.csv: ");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(epochs_and_steps_are_found_by_the_names_of_their_columns),
        cmocka_unit_test(a_run_that_was_imported_has_none),
        cmocka_unit_test(a_table_without_them_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
