/* The question whether to stop. */
#include <likeness/stop.h>

lk_status lk_stop_ask(const lk_stop *stop, lk_error *err) {
    lk_status status = stop && stop->asked ? stop->asked(stop->self) : LK_OK;
    return status ? lk_fail(err, status,
                            "stopped while measuring; nothing of it is kept; the same command "
                            "(train: with --resume) measures again")
                  : LK_OK;
}
