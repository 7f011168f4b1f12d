/* The folders that were visited: a set of pairs (device, inode). */
#ifndef LIKENESS_DATA_VISITED_H
#define LIKENESS_DATA_VISITED_H

#include <likeness/status.h>

struct lk_visited {
    struct lk_visited_entry {
        uint64_t device, inode;
        bool used;
    } * entries;
    int n, capacity; /* a power of two, at most half of it used */
};

/** Add a pair unless it is there; `is_new` tells which. Errors: LK_MEMORY. */
lk_status lk_visited_add(struct lk_visited *visited, uint64_t device, uint64_t inode, bool *is_new,
                         lk_error *err);
void lk_visited_deinit(struct lk_visited *visited);

#endif
