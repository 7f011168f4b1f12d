/* A zip archive that several threads read at the same time: one libzip handle for each, all opened
   by one thread. */
#ifndef LIKENESS_DATA_ZIP_H
#define LIKENESS_DATA_ZIP_H

#include <likeness/status.h>

struct lk_zip;

/**
 * Open for readers 0 to n_readers - 1 and read the table of contents.
 * errors  LK_FORMAT: not a zip (an HTML page is named as such), truncated, encrypted; LK_MEMORY
 */
lk_status lk_zip_open(const char *path, int n_readers, struct lk_zip **out, lk_error *err);
/** NULL is allowed. */
void lk_zip_close(struct lk_zip *zip);
/** Whether there is a member of that name. Only for the opening thread. */
bool lk_zip_has(const struct lk_zip *zip, const char *name);
/**
 * Read a whole member and verify its CRC. Only one thread at a time may use a reader. The caller
 * frees `data` with lk_free.
 * errors  LK_FORMAT: the reason, without a path; LK_MEMORY
 */
lk_status lk_zip_read(const struct lk_zip *zip, int reader, const char *name, char **data,
                      size_t *n_bytes, lk_error *err);

#endif
