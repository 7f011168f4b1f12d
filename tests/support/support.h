/**
 * What the tests share: comparisons that print got and wanted, a scratch folder, the program run
 * for real. cmocka.h needs four headers before it, so tests include this file only.
 */
#ifndef LIKENESS_TEST_SUPPORT_H
#define LIKENESS_TEST_SUPPORT_H

#include "tensor/kernels.h"

#include <likeness/context.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* the order matters: cmocka.h uses what these define */
#include <cmocka.h>

#include <likeness/tensor.h>

/** Fails unless |got - wanted| <= tolerance; NaN fails. Prints both and the difference. */
#define assert_near(got, wanted, tolerance)                                                        \
    lk_test_near((got), (wanted), (tolerance), #got, __FILE__, __LINE__)
void lk_test_near(double got, double wanted, double tolerance, const char *what, const char *file,
                  int line);

/** Fails unless the status is LK_OK; prints the error's text. */
#define assert_ok(status, err) lk_test_ok((status), (err), #status, __FILE__, __LINE__)
void lk_test_ok(lk_status status, const lk_error *err, const char *what, const char *file,
                int line);

/** Fails unless `text` contains `part`; " ... " in it stands for any text, so that a test can name the
 * place and the values of a message without freezing its words. */
#define assert_contains(text, part) lk_test_contains((text), (part), __FILE__, __LINE__)
void lk_test_contains(const char *text, const char *part, const char *file, int line);

/** |got - wanted|_2 / |wanted|_2 over n values (the absolute norm where wanted is 0). */
double lk_test_relative_l2(const lk_real *got, const lk_real *wanted, size_t n);

/** n values of a normal distribution, another set for each index; freed by the caller. */
lk_real *lk_test_normal(size_t n, uint32_t index);

/** The kernels of the best instruction set allowed. */
const lk_kernels *lk_test_kernels(void);
/** A context with two threads, and one with a single thread for thousands of tiny steps; each made
 * once a test program. */
const lk_context *lk_test_context(void);
const lk_context *lk_test_context_alone(void);

/** The same file or folder, an absolute path, by a path of exactly n bytes: slashes in front; it
 * lives until the next call. */
const char *lk_test_long_path(const char *path, size_t n);

/**
 * An empty folder of this name; the path lives until the next call. It is one of this process, so
 * that a test may run twice at once, below the build folder, and goes when the tests have passed.
 * LIKENESS_SCRATCH=DIR has it in DIR, where it stays.
 */
const char *lk_test_folder(const char *name);

/**
 * Whether this is the long form of a test, asked for by LIKENESS_LONG=1, and which share of its
 * cases: LIKENESS_LONG=2/3 is the second of three shares, which processes of their own try at the
 * same time; 1 is 1/1.
 */
bool lk_test_share(long *share, long *n_shares);

/** FOLDER/NAME, in one of four places that take turns. */
char *lk_test_path(const char *folder, const char *name);
/** Write a file. */
void lk_test_write(const char *path, const void *data, size_t n_bytes);

/** Whether the library that stops the program at a moment (LD_PRELOAD) is built here; says so where
 * it is not. */
bool lk_test_has_shim(void);

/** Run a shell command; standard output and error together, cut to n_bytes. Returns the exit
 * code. */
int lk_test_run(char *out, size_t n_bytes, const char *format, ...) LK_PRINTF(3, 4);

#endif
