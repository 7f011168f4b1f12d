/**
 * What the tests share: comparisons that print both sides, a scratch folder, running the program.
 * cmocka.h needs four headers before it, so tests include only this file.
 */
#ifndef LIKENESS_TEST_SUPPORT_H
#define LIKENESS_TEST_SUPPORT_H

#include "tensor/kernels.h"

#include <likeness/context.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* must come after these headers: it uses what they define */
#include <cmocka.h>

#include <likeness/tensor.h>

/** Fails unless |got - expected| <= tolerance; NaN fails. Prints both and the difference. */
#define assert_near(got, expected, tolerance)                                                      \
    lk_test_near((got), (expected), (tolerance), #got, __FILE__, __LINE__)
void lk_test_near(double got, double expected, double tolerance, const char *what, const char *file,
                  int line);

/** Fails unless the status is LK_OK; prints the error's text. */
#define assert_ok(status, err) lk_test_ok((status), (err), #status, __FILE__, __LINE__)
void lk_test_ok(lk_status status, const lk_error *err, const char *what, const char *file,
                int line);

/** Fails unless `text` contains `part`; " ... " in it stands for any text, so that a test can name
 * the place and the values of a message without freezing its words. */
#define assert_contains(text, part) lk_test_contains((text), (part), __FILE__, __LINE__)
void lk_test_contains(const char *text, const char *part, const char *file, int line);

/** |got - expected|_2 / |expected|_2 over n values (|got|_2 if expected is 0). */
double lk_test_relative_l2(const lk_real *got, const lk_real *expected, size_t n);

/** n values from a normal distribution, a different set for each index. The caller frees them. */
lk_real *lk_test_normal(size_t n, uint32_t index);

/** The kernels for the best instruction set that is allowed. */
const lk_kernels *lk_test_kernels(void);
/** A context with two threads, and one with a single thread for thousands of tiny steps. Each is
 * made once in a test program. */
const lk_context *lk_test_context(void);
const lk_context *lk_test_context_alone(void);

/** An absolute path made exactly n bytes long by slashes in front, so it names the same file. It
 * lives until the next call. */
const char *lk_test_long_path(const char *path, size_t n);

/**
 * Makes an empty folder of this name in the build folder. The path lives until the next call. The
 * folder belongs to this process, so that a test may run twice at the same time, and is removed
 * when the tests have passed. LIKENESS_SCRATCH=DIR makes it in DIR, where it stays.
 */
const char *lk_test_folder(const char *name);

/**
 * Whether the long form of a test is asked for (LIKENESS_LONG=1), and which share of its cases:
 * LIKENESS_LONG=2/3 is the second of three shares, which run in processes at the same time; 1 means
 * 1/1.
 */
bool lk_test_share(long *share, long *n_shares);

/** FOLDER/NAME. The result lives until the fourth call after this one. */
char *lk_test_path(const char *folder, const char *name);
/** Write a file. */
void lk_test_write(const char *path, const void *data, size_t n_bytes);

/** Whether the library that stops the program at a moment (LD_PRELOAD) is built; prints a message
 * if it is not. */
bool lk_test_has_shim(void);

/** Run a shell command. `out` gets standard output and error together, cut to n_bytes. Returns the
 * exit code. */
int lk_test_run(char *out, size_t n_bytes, const char *format, ...) LK_PRINTF(3, 4);

#endif
