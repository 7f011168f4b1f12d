/** The checksum of packs and checkpoints. */
#ifndef LIKENESS_BASE_CRC32C_H
#define LIKENESS_BASE_CRC32C_H

#include <likeness/base.h>

/** CRC-32C (Castagnoli, reflected 0x82F63B78); start with crc = 0, chain by passing the result
 * on. */
uint32_t lk_crc32c(uint32_t crc, const void *data, size_t n_bytes);

#endif
