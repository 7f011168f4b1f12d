/** Heap memory, arenas and pages. */
#ifndef LIKENESS_MEMORY_H
#define LIKENESS_MEMORY_H

#include <likeness/base.h>

LK_HEADER_BEGIN

/** Zeroed memory, aligned to 64 bytes; NULL when out of memory. All heap memory of the library
 * comes from here. */
void *lk_alloc(size_t n_bytes);
/** Grow or shrink. New bytes may have any value. On NULL the old block is still valid. `block` may
 * be NULL. */
void *lk_realloc(void *block, size_t old_bytes, size_t n_bytes);
void lk_free(void *block);
/** n * size, or SIZE_MAX when that overflows (which no allocation can satisfy). */
size_t lk_size_mul(size_t n, size_t size);

/** Many small allocations with one lifetime, freed at once. */
typedef struct lk_arena {
    struct lk_arena_chunk *chunks;
} lk_arena;

void lk_arena_init(lk_arena *arena);
/** Zeroed, 64-byte aligned; NULL when out of memory. Belongs to the arena. */
void *lk_arena_alloc(lk_arena *arena, size_t n_bytes);
/** A copy of `text` in the arena; NULL when out of memory. */
char *lk_arena_text(lk_arena *arena, const char *text);
void lk_arena_deinit(lk_arena *arena);

/** A large zeroed block from the system, on huge pages if it has them; NULL when out of memory. */
void *lk_pages_alloc(size_t n_bytes);
void lk_pages_free(void *block, size_t n_bytes);
/** Resident anonymous memory of this process in bytes (RssAnon); 0 if unknown. */
size_t lk_memory_anonymous(void);
/** The most memory that this process has had, in bytes, with the pages of mapped files (VmHWM); 0
 * if unknown. */
size_t lk_memory_peak(void);

LK_HEADER_END

#endif
