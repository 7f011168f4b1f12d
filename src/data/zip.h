/* A zip archive that several threads read at once: one handle of libzip for each, all opened by one
   thread. */
#ifndef LIKENESS_DATA_ZIP_H
#define LIKENESS_DATA_ZIP_H

#include <likeness/status.h>

struct lk_zip;

/**
 * Open for readers 0 to n_readers - 1 and read the table of contents.
 * errors  LK_FORMAT: no zip (of an HTML page it says so), truncated, encrypted; LK_MEMORY
 */
lk_status lk_zip_open(const char *path, int n_readers, struct lk_zip **out, lk_error *err);
/** Allowed on NULL. */
void lk_zip_close(struct lk_zip *zip);
/** Whether there is a member of that name. By the opening thread only. */
bool lk_zip_has(const struct lk_zip *zip, const char *name);
/**
 * A whole member, its CRC verified. Each reader by one thread at a time. The caller frees with
 * lk_free.
 * errors  LK_FORMAT: the reason, without names; LK_MEMORY
 */
lk_status lk_zip_read(const struct lk_zip *zip, int reader, const char *name, char **data,
                      size_t *n_bytes, lk_error *err);

#endif
