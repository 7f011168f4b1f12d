/* Reads the curves of runs that a search has found. */
#include "experiment/curves.h"
#include "net/run_files.h"
#include "train/record.h"

/* Why a run has no curves; NULL: it has some, or is damaged, which reading it will say. */
static const char *what_is_missing(const char *folder, const char *csv) {
    double epochs, steps;
    lk_error ignored;
    if (!lk_file_may_exist(csv)) return "there is no " LK_RUN_EPOCHS;
    if (lk_record_length(folder, &epochs, &steps, &ignored) || epochs > 0) return NULL;
    return "it has no epochs, as it was imported or has just begun";
}

lk_status lk_curves_add_result(lk_curves *curves, const lk_result *row, const lk_log *log,
                               lk_error *err) {
    char csv[LK_PATH_MAX];
    const char *folder = row->folder ? row->folder : row->path,
               *missing = "there is no " LK_RUN_EPOCHS;
    if (folder && lk_format(csv, sizeof csv, "%s/" LK_RUN_EPOCHS, folder))
        missing = what_is_missing(folder, csv);
    if (!missing) return lk_curves_add(curves, csv, row->label, err);
    if (log) lk_log_say(log, LK_WARNING, "%s: skipped: %s", folder ? folder : row->name, missing);
    return LK_OK;
}
