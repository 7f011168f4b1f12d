/**
 * TensorBoard's event files, events.out.tfevents.*: records, each with an Event of events.proto.
 *
 *   record   bytes of the data (u64), their checksum (u32), the data, its checksum (u32); all
 *            little-endian
 *   checksum CRC-32C, rotated right by 15 bits, plus 0xA282EAD8
 *
 * Readers end at a record that is cut short, so a file can be read after any kill. Nothing may
 * follow such a record: each process that writes makes a file of its own. Readers take the files of
 * a folder in the order of their names.
 */
#ifndef LIKENESS_IO_EVENTS_H
#define LIKENESS_IO_EVENTS_H

#include "base/file.h"

#include <likeness/memory.h>

/** The checksum of a record. */
uint32_t lk_events_checksum(const void *data, size_t n_bytes);

/**
 * Create a file, which must not exist. It begins with a start at `step`: readers forget what
 * earlier files say of that step and later ones.
 * memory  the caller closes the file with lk_file_close; after an error with lk_file_discard
 * errors  LK_WRITE, LK_MEMORY
 */
lk_status lk_events_create(const char *path, int64_t step, lk_file *file, lk_error *err);

/** What is known at a step: values with tags. TensorBoard groups tags by what stands before their
 * first "/". Running out of memory is sticky: lk_event_append then fails. */
typedef struct lk_event {
    int64_t step;
    void **values;
    size_t n;
    bool failed;
    lk_arena arena; /* owns all but the list */
} lk_event;

void lk_event_init(lk_event *event, int64_t step);
void lk_event_deinit(lk_event *event);
/** Add a number; NaN is left out. */
void lk_event_number(lk_event *event, const char *tag, double value);
/** Add a text, in Markdown. */
void lk_event_text(lk_event *event, const char *tag, const char *text);
/** Add a picture, the bytes of a PNG file. */
void lk_event_png(lk_event *event, const char *tag, const void *png, size_t n_bytes);
/** Add a histogram of the values that are finite, if there are any: LK_EVENT_BUCKETS of equal width
 * from the least to the greatest, or one if all are equal. */
enum { LK_EVENT_BUCKETS = 30 };
void lk_event_histogram(lk_event *event, const char *tag, const lk_real *values, size_t n);
/** Append it to a file, with the time of now. Errors: LK_WRITE, LK_MEMORY. */
lk_status lk_event_append(const lk_event *event, lk_file *file, lk_error *err);

#endif
