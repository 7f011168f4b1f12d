/**
 * base: the number type and the macros that every other header uses.
 *
 * Rules that hold in the whole library
 *   errors     what can fail returns lk_status and takes `lk_error *err` (may be NULL) last;
 *              outputs are written on success only. The library never prints and never exits.
 *   ownership  arguments are borrowed; results belong to the owner the comment names.
 *   globals    none that change: threads, kernels, logger and comm travel in an lk_context.
 */
#ifndef LIKENESS_BASE_H
#define LIKENESS_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef LK_REAL
#define LK_REAL float
#endif
/* float; double in the build that checks gradients (-DLK_REAL=double) */
typedef LK_REAL lk_real;
#define LK_R(x) ((lk_real)(x)) /* a constant of that type */

/* Around all that a public header declares: C linkage in C++, and the shared library exports it,
   which exports nothing else. */
#if defined(__GNUC__)
#define LK_EXPORT_BEGIN _Pragma("GCC visibility push(default)")
#define LK_EXPORT_END   _Pragma("GCC visibility pop")
#else
#define LK_EXPORT_BEGIN
#define LK_EXPORT_END
#endif
#ifdef __cplusplus
#define LK_HEADER_BEGIN                                                                            \
    extern "C" {                                                                                   \
    LK_EXPORT_BEGIN
#define LK_HEADER_END                                                                              \
    LK_EXPORT_END                                                                                  \
    }
#else
#define LK_HEADER_BEGIN LK_EXPORT_BEGIN
#define LK_HEADER_END   LK_EXPORT_END
#endif

#if defined(__GNUC__)
#define LK_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define LK_PRINTF(fmt, args)
#endif
#define LK_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/**
 * An enum and its words from one list, so that their order cannot differ. With
 * `#define LIST(X) X(a, LK_A) X(b, LK_B)`, LIST(LK_WORDS_ENUM) gives the constants of the enum and
 * LK_WORDS(LIST) gives "a|b".
 */
#define LK_WORDS_ENUM(word, constant) constant,
#define LK_WORDS_TEXT(word, ...)      "|" #word
#define LK_WORDS(LIST)                (&LIST(LK_WORDS_TEXT)[1])

#endif
