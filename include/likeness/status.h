/** Status and error text. */
#ifndef LIKENESS_STATUS_H
#define LIKENESS_STATUS_H

#include <likeness/base.h>

LK_HEADER_BEGIN

/** Every status: name, exit code of the program, words. */
#define LK_STATUS_LIST(X)                                                                          \
    X(LK_OK, 0, "done")                                                                            \
    X(LK_FAILED, 1, "failed")                                                                      \
    X(LK_MEMORY, 1, "out of memory")                                                               \
    X(LK_USAGE, 2, "wrong usage or config")                                                        \
    X(LK_FORMAT, 3, "bad data or file format")                                                     \
    X(LK_READ, 3,                                                                                  \
      "cannot be read") /* absent, or not given by the system: its content may be valid */         \
    X(LK_DIVERGED, 4, "diverged")                                                                  \
    X(LK_WRITE, 5, "write failed")                                                                 \
    X(LK_TERMINATED, 75, "stopped by SIGTERM or SIGUSR1")                                          \
    X(LK_INTERRUPTED, 130, "stopped by SIGINT")

#define LK_STATUS_ENUM(name, exit_code, words) name,
typedef enum lk_status { LK_STATUS_LIST(LK_STATUS_ENUM) } lk_status;
#undef LK_STATUS_ENUM

int lk_status_exit_code(lk_status status);
const char *lk_status_words(lk_status status);

enum { LK_ERROR_BYTES = 4096 };

/** The caller's storage for a message: what, where, expected and got. A config may have several
 * errors; each is a line then. */
typedef struct lk_error {
    char text[LK_ERROR_BYTES];
} lk_error;

/** Write one message, of at most 1023 bytes; a longer one loses its middle. `err` may be NULL.
 * Returns 0: lk_fail is then an expression. */
int lk_error_set(lk_error *err, const char *format, ...) LK_PRINTF(2, 3);

/* In this header, so that an analyser of one source file sees which status comes back. */
static inline lk_status lk_error_status(int written, lk_status status) {
    (void)written;
    return status;
}

/** Write a message and return `status`: lk_fail(err, status, format, ...). Failing is one
 * statement. */
#define lk_fail(err, status, ...) lk_error_status(lk_error_set((err), __VA_ARGS__), (status))

/** Fail for memory that could not be had. */
static inline lk_status lk_fail_memory(lk_error *err, size_t n_bytes, const char *what) {
    return lk_fail(err, LK_MEMORY, "out of memory: %zu bytes for %s", n_bytes, what);
}

/** Put "<prefix>: " in front of the message: each level adds where it was. */
void lk_error_prefix(lk_error *err, const char *format, ...) LK_PRINTF(2, 3);

LK_HEADER_END

#endif
