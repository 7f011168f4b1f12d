/* Names of runs, which become folders, and labels, which become cells of tables. */
#include "experiment/names.h"
#include "base/crc32c.h"

#include <string.h>

bool lk_experiment_is_name(const char *name) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    return *name && *name != '.' && strlen(name) <= LK_NAME_MAX &&
           strspn(name, allowed) == strlen(name);
}

static void shorten(char *name) {
    enum { CHECKSUM = 9 };
    size_t n = strlen(name);
    if (n > LK_NAME_MAX)
        lk_format(name + LK_NAME_MAX - CHECKSUM, CHECKSUM + 1, "_%08x",
                  (unsigned)lk_crc32c(0, name, n));
}

lk_status lk_experiment_name_run(const char *name, const char *label, const lk_grid *grid,
                                 int point, lk_experiment_run *run, lk_error *err) {
    lk_text names = { 0 }, labels = { 0 };
    lk_text_add(&names, "%s%s", name, *name && grid->n_axes ? "-" : "");
    lk_text_add(&labels, "%s%s", label, *label && grid->n_axes ? ", " : "");
    lk_grid_name(grid, point, &names);
    lk_grid_label(grid, point, &labels);
    bool fine = !names.failed && !labels.failed;
    if (fine && grid->n_axes) shorten(names.data);
    if (fine) {
        lk_format(run->name, sizeof run->name, "%s", names.data);
        lk_format(run->label, sizeof run->label, "%s", labels.data);
        memcpy(run->config.name, run->name, sizeof run->name);
    }
    lk_text_deinit(&names);
    lk_text_deinit(&labels);
    return fine ? LK_OK : lk_fail_memory(err, sizeof run->name, "the name of a run");
}

lk_status lk_experiment_name_changed(const char *name, const char *const *sets, int n_sets,
                                     char out[LK_WORDS_MAX], lk_error *err) {
    lk_grid grid;
    lk_text text = { 0 };
    lk_status status = lk_grid_read_sets(sets, n_sets, &grid, err);
    lk_text_add(&text, "%s%s", name, grid.n_axes ? "-" : "");
    if (!status) lk_grid_name(&grid, 0, &text);
    if (!status && text.failed) status = lk_fail_memory(err, text.n, "the name of a run");
    if (!status && grid.n_axes) shorten(text.data);
    if (!status) lk_format(out, LK_WORDS_MAX, "%s", text.data);
    lk_text_deinit(&text);
    lk_grid_deinit(&grid);
    return status;
}
