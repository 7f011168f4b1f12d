/* Bytes that are read once, from the first to the last: a file, unpacked if it is a gzip, or a
   member of a zip. */
#ifndef LIKENESS_DATA_STREAM_H
#define LIKENESS_DATA_STREAM_H

#include "data/zip.h"

struct lk_stream;

/** Open a file; `may_be_gzip`: its first bytes decide. Errors: LK_READ, LK_FORMAT, LK_MEMORY. */
lk_status lk_stream_open(const char *path, bool may_be_gzip, struct lk_stream **out, lk_error *err);
/** Open a member of a zip, which must stay open. */
lk_status lk_stream_open_member(const struct lk_zip *zip, uint32_t member, const char *path,
                                struct lk_stream **out, lk_error *err);
/** NULL is allowed. */
void lk_stream_close(struct lk_stream *stream);
/** The path, for messages. */
const char *lk_stream_path(const struct lk_stream *stream);
/** Fails unless n_bytes are what is left; of packed bytes only what they can hold at most is
 * known. Errors: LK_FORMAT. */
lk_status lk_stream_expect(const struct lk_stream *stream, uint64_t n_bytes, lk_error *err);
/** The bytes of a file that are left. Not for packed ones. */
uint64_t lk_stream_left(const struct lk_stream *stream);
/** Read exactly n_bytes. Errors: LK_FORMAT with the path; LK_MEMORY. */
lk_status lk_stream_read(struct lk_stream *stream, void *data, size_t n_bytes, lk_error *err);
/** Fails unless everything was read; verifies the checksum of a gzip. */
lk_status lk_stream_end(struct lk_stream *stream, lk_error *err);

#endif
