/* A hash table with linear probing. */
#include "data/visited.h"

#include <likeness/memory.h>

enum { START = 64 };

/* Where the pair is, or where it belongs. */
static struct lk_visited_entry *place_of(const struct lk_visited *visited, uint64_t device,
                                         uint64_t inode) {
    uint64_t hash = (inode ^ device * 0x9E3779B97F4A7C15U) * 0xFF51AFD7ED558CCDU,
             mask = (uint64_t)visited->capacity - 1;
    for (uint64_t at = (hash ^ hash >> 32) & mask;; at = (at + 1) & mask) {
        struct lk_visited_entry *entry = &visited->entries[at];
        if (!entry->used || (entry->device == device && entry->inode == inode)) return entry;
    }
}

static lk_status grow(struct lk_visited *visited, lk_error *err) {
    struct lk_visited larger = { .n = visited->n };
    larger.capacity = visited->capacity ? 2 * visited->capacity : START;
    size_t n_bytes = (size_t)larger.capacity * sizeof *larger.entries;
    larger.entries = lk_alloc(n_bytes);
    if (!larger.entries) return lk_fail_memory(err, n_bytes, "the folders visited");
    for (int i = 0; i < visited->capacity; i++) {
        const struct lk_visited_entry *entry = &visited->entries[i];
        if (entry->used) *place_of(&larger, entry->device, entry->inode) = *entry;
    }
    lk_free(visited->entries);
    *visited = larger;
    return LK_OK;
}

lk_status lk_visited_add(struct lk_visited *visited, uint64_t device, uint64_t inode, bool *is_new,
                         lk_error *err) {
    if (2 * visited->n >= visited->capacity) {
        lk_status status = grow(visited, err);
        if (status) return status;
    }
    struct lk_visited_entry *entry = place_of(visited, device, inode);
    *is_new = !entry->used;
    visited->n += !entry->used;
    *entry = (struct lk_visited_entry){ device, inode, true };
    return LK_OK;
}

void lk_visited_deinit(struct lk_visited *visited) {
    lk_free(visited->entries);
    *visited = (struct lk_visited){ 0 };
}
