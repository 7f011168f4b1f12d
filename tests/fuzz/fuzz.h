/**
 * What fuzz targets share. A target is a file of this folder with LLVMFuzzerTestOneInput; CMake
 * links it with libFuzzer, or with replay.c for the normal tests. The linker sends the library's
 * reading of files here, so that files are blocks of memory of exactly their size, and every byte
 * read beyond one is seen by the address sanitizer.
 */
#ifndef LIKENESS_FUZZ_H
#define LIKENESS_FUZZ_H

#include <likeness/context.h>

/** One input. Always 0; what is wrong aborts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

enum { FUZZ_PARTS_MAX = 8 };

/** An input cut at its 0 bytes: several texts in one file. Each text ends in a 0 byte. */
typedef struct fuzz_parts {
    char *text[FUZZ_PARTS_MAX]; /* "" beyond n */
    size_t n;
    char *memory;
} fuzz_parts;
fuzz_parts fuzz_split(const uint8_t *data, size_t n_bytes);
void fuzz_parts_free(fuzz_parts *parts);

/** From now on the library finds these bytes, which are borrowed, at `path`. */
void fuzz_file(const char *path, const void *data, size_t n_bytes);

/** A context of one thread that drops messages; made once. */
const lk_context *fuzz_context(void);

/** Abort, with the words, unless it holds. */
void fuzz_check(bool holds, const char *words);
/** The status is one of two that a reader may give (or LK_MEMORY), and an error has words. Returns
 * whether it is LK_OK. */
bool fuzz_read(lk_status status, lk_status refusal, const lk_error *err);

/** Read every byte, for the address sanitizer. */
void fuzz_touch(const void *data, size_t n_bytes);

/** An empty folder of this process, removed when it ends, with empty files of those names (a list
 * that ends in NULL). */
const char *fuzz_folder(const char *const *names);

#endif
