/** SHA-256, and bytes as base64. */
#ifndef LIKENESS_BASE_SHA256_H
#define LIKENESS_BASE_SHA256_H

#include <likeness/text.h>

enum { LK_SHA256_BYTES = 32 };
/** The hash of n bytes (FIPS 180-4). */
void lk_sha256(const void *data, size_t n_bytes, uint8_t hash[LK_SHA256_BYTES]);
/** Append n bytes as base64 (RFC 4648, with padding). */
void lk_sha256_base64(const void *data, size_t n_bytes, lk_text *out);

#endif
