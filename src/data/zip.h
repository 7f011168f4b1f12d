/* A zip archive that several threads read at the same time: one libzip handle, whose raw bytes they
   fetch one after the other and unpack side by side. */
#ifndef LIKENESS_DATA_ZIP_H
#define LIKENESS_DATA_ZIP_H

#include <likeness/status.h>

struct lk_zip;

enum { LK_ZIP_NONE = -1 };

/**
 * Open and read the table of contents.
 * errors  LK_FORMAT: not a zip (an HTML page is named as such), truncated, encrypted; LK_MEMORY
 */
lk_status lk_zip_open(const char *path, struct lk_zip **out, lk_error *err);
/** NULL is allowed. */
void lk_zip_close(struct lk_zip *zip);
/* These five are only for the opening thread. */
uint32_t lk_zip_count(const struct lk_zip *zip);
/** The name of a member, "" where it cannot be told. */
const char *lk_zip_name(const struct lk_zip *zip, uint32_t member);
/** Read the first bytes of a member, at most *n_bytes, which becomes how many there were. Errors:
 * LK_FORMAT, LK_MEMORY. */
lk_status lk_zip_head(const struct lk_zip *zip, uint32_t member, void *data, size_t *n_bytes,
                      lk_error *err);
/** The member of that name, or LK_ZIP_NONE. */
int64_t lk_zip_find(const struct lk_zip *zip, const char *name);
/** Its bytes, unpacked and packed; false where they cannot be told. */
bool lk_zip_sizes(const struct lk_zip *zip, uint32_t member, uint64_t *n_bytes, uint64_t *n_packed);
/**
 * Read a whole member and verify its CRC; any thread may do so. The caller frees `data` with
 * lk_free.
 * errors  LK_FORMAT: the reason, without a path; LK_MEMORY
 */
lk_status lk_zip_read(const struct lk_zip *zip, uint32_t member, char **data, size_t *n_bytes,
                      lk_error *err);

/** A member read from its start on, by the opening thread. */
struct lk_zip_stream;
lk_status lk_zip_stream_open(const struct lk_zip *zip, uint32_t member, struct lk_zip_stream **out,
                             lk_error *err);
/** Exactly n_bytes. The CRC is verified when the last byte has been read. Errors: LK_FORMAT, the
 * reason without a path; LK_MEMORY. */
lk_status lk_zip_stream_read(struct lk_zip_stream *stream, void *data, size_t n_bytes,
                             lk_error *err);
/** NULL is allowed. */
void lk_zip_stream_close(struct lk_zip_stream *stream);

#endif
