/**
 * Reads TensorBoard's event files as its readers do, without the code that writes them: with a
 * checksum of its own, bit by bit, and with its own reading of messages.
 */
#ifndef LIKENESS_TEST_EVENTS_H
#define LIKENESS_TEST_EVENTS_H

#include "support.h"

typedef struct lk_test_histogram {
    double min, max, num, sum, sum_squares, limit[64], count[64];
    size_t n_limits, n_counts;
} lk_test_histogram;

typedef enum lk_test_kind {
    LK_TEST_NOTHING,
    LK_TEST_NUMBER,
    LK_TEST_TEXT,
    LK_TEST_PICTURE,
    LK_TEST_HISTOGRAM
} lk_test_kind;

/** A value of a tag at a step. */
typedef struct lk_test_point {
    int64_t step;
    char tag[128];
    lk_test_kind kind;
    double number;
    uint8_t *bytes; /* of a text or picture; a 0 follows */
    size_t n_bytes;
    int width, height;
    char plugin[32];
    lk_test_histogram histogram;
} lk_test_point;

/** What the files of a folder say, in the order of their names. */
typedef struct lk_test_events {
    lk_test_point *points;
    size_t n, capacity;
    int n_files, n_cut, n_starts; /* files; those that end within a record; starts in them */
    size_t n_forgotten;           /* numbers that a later start took back */
} lk_test_events;

/** Read all of them; a start after the first takes back what was said of its step and later ones.
 * Anything wrong fails the test, except a record that is cut short at the end of a file. */
lk_test_events lk_test_events_read(const char *folder);
void lk_test_events_free(lk_test_events *events);
/** The n-th value of that tag, or NULL. */
const lk_test_point *lk_test_events_find(const lk_test_events *events, const char *tag, size_t n);
/** Fails unless both say the same of the same steps, in the same order, times and rates aside. */
void lk_test_events_compare(const lk_test_events *a, const lk_test_events *b);

/** The data of the n-th record of a file; NULL: it has fewer that are whole. Fails where a checksum
 * is wrong. The caller frees it with lk_free. */
char *lk_test_event_record(const char *path, size_t n, size_t *n_bytes);
uint32_t lk_test_event_checksum(const uint8_t *data, size_t n);

#endif
