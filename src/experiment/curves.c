/* Reads the curves of runs that a search has found. */
#include "experiment/curves.h"
#include "base/file.h"
#include "net/run_files.h"

lk_status lk_curves_add_result(lk_curves *curves, const lk_result *row, const lk_log *log,
                               lk_error *err) {
    char csv[LK_PATH_MAX];
    const char *folder = row->folder ? row->folder : row->path;
    if (folder && lk_format(csv, sizeof csv, "%s/" LK_RUN_EPOCHS, folder) && lk_file_may_exist(csv))
        return lk_curves_add(curves, csv, row->label, err);
    if (log)
        lk_log_say(log, LK_WARNING, "%s: skipped: there is no " LK_RUN_EPOCHS,
                   folder ? folder : row->name);
    return LK_OK;
}
